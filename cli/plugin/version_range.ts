/**
 * Versions and the ranges that packages ask for, as npm writes them.
 *
 * @module
 */

interface Version {
  readonly numbers: readonly [number, number, number];
  /** Words behind the `-`; empty for a release. */
  readonly words: readonly string[];
}

interface Bound {
  readonly sign: ">=" | ">" | "<" | "<=";
  readonly version: Version;
}

const FULL = /^v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]*)?$/;
const PART = /^(\^|~|>=|<=|>|<|=)?v?(\d+|[xX*])(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(?:-([0-9A-Za-z.-]+))?(?:\+.*)?$/;

/**
 * Whether a version lies in a range: `^1.2`, `~1.2.3`, `1.x`, `>=2.9 <4`, `1 - 3`, `*`, several by `||`. A version before
 * a release, such as `2.0.0-rc.1`, stands below it: `^1.2` does not take it.
 *
 * @returns `undefined` if one of the two cannot be read, as a tag or an address in place of a range.
 */
export function satisfies(version: string, range: string): boolean | undefined {
  const wanted = versionOf(version);
  const sets = range.split("||").map(boundsOf);
  if (wanted === undefined || sets.some((set) => set === undefined)) return undefined;
  return sets.some((set) => set!.every((bound) => holds(wanted, bound)));
}

/** Whether a text is an exact version, such as `1.2.0` or `2.0.0-rc.1`. */
export function isVersion(text: string): boolean {
  return FULL.test(text);
}

function versionOf(text: string): Version | undefined {
  const [, major, minor, patch, words] = FULL.exec(text.trim()) ?? [];
  return major === undefined ? undefined : made([Number(major), Number(minor), Number(patch)], words);
}

function made(numbers: readonly [number, number, number], words?: string): Version {
  return { numbers, words: words === undefined ? [] : words.split(".") };
}

/** What all must hold; `undefined` if it cannot be read. */
function boundsOf(text: string): Bound[] | undefined {
  const spread = text.trim().replace(/^(\S+)\s+-\s+(\S+)$/, ">=$1 <=$2").replaceAll(/([<>=~^])\s+/g, "$1");
  if (spread === "") return [];
  const parts = spread.split(/\s+/).map(partBounds);
  return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
}

function partBounds(text: string): Bound[] | undefined {
  const found = PART.exec(text);
  if (!found) return undefined;
  const [, sign = "=", ...given] = found;
  const [a, b, c] = given.slice(0, 3).map((part) =>
    part === undefined || /[xX*]/.test(part) ? undefined : Number(part)
  );
  if (a === undefined) return sign === "<" || sign === ">" ? undefined : [];
  const low = made([a, b ?? 0, c ?? 0], b === undefined || c === undefined ? undefined : given[3]);
  /** The first version behind those that are meant; itself no release, so that what comes before a release is out too. */
  const next = b === undefined ? made([a + 1, 0, 0], "0") : made([a, b + 1, 0], "0");
  const isPartial = b === undefined || c === undefined;
  const from: Bound = { sign: ">=", version: low };
  const below = (version: Version): Bound => ({ sign: "<", version });
  switch (sign) {
    case "^":
      if (a > 0 || b === undefined) return [from, below(made([a + 1, 0, 0], "0"))];
      return [from, below(b > 0 || c === undefined ? made([0, b + 1, 0], "0") : made([0, 0, c + 1], "0"))];
    case "~":
      return [from, below(next)];
    case ">=":
      return [from];
    case ">":
      return [isPartial ? { sign: ">=", version: next } : { sign: ">", version: low }];
    case "<":
      return [below(isPartial ? made(low.numbers, "0") : low)];
    case "<=":
      return [isPartial ? below(next) : { sign: "<=", version: low }];
    default:
      return [from, isPartial ? below(next) : { sign: "<=", version: low }];
  }
}

function holds(version: Version, { sign, version: bound }: Bound): boolean {
  const order = compare(version, bound);
  if (sign === ">=") return order >= 0;
  if (sign === ">") return order > 0;
  return sign === "<" ? order < 0 : order <= 0;
}

function compare(a: Version, b: Version): number {
  for (let index = 0; index < 3; index++) {
    const difference = a.numbers[index] - b.numbers[index];
    if (difference !== 0) return difference;
  }
  if (a.words.length === 0 || b.words.length === 0) return b.words.length - a.words.length;
  for (let index = 0; index < Math.max(a.words.length, b.words.length); index++) {
    const order = compareWords(a.words[index], b.words[index]);
    if (order !== 0) return order;
  }
  return 0;
}

/** Numbers by their value and before other words; a word that is absent before all. */
function compareWords(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  const numbers = [a, b].map((word) => /^\d+$/.test(word));
  if (numbers[0] && numbers[1]) return Number(a) - Number(b);
  if (numbers[0] !== numbers[1]) return numbers[0] ? -1 : 1;
  return a === b ? 0 : a < b ? -1 : 1;
}
