/**
 * Why one master is followed and not another: the data set comparison (IEEE 1588-2019 §9.3.4) in words.
 *
 * @module
 */
import { accuracyText } from "./clock_words.ts";
import type { PtpMaster } from "./ptp_look.ts";

/** In which property `one` differs from `other` first, and what both have. */
interface Difference {
  /** Whether `one` is the better. */
  readonly isBetter: boolean;
  readonly property: string;
  readonly one: string;
  readonly other: string;
}

/** In the order in which they count; smaller is better. */
const PROPERTIES: readonly (readonly [
  property: string,
  valueOf: (master: PtpMaster) => number,
  textOf?: (value: number) => string,
])[] = [
  ["priority 1", ({ priority1 }) => priority1],
  ["class", ({ clockClass }) => clockClass],
  ["accuracy", ({ clockAccuracy }) => clockAccuracy, accuracyText],
  ["variance", ({ clockVariance }) => clockVariance],
  ["priority 2", ({ priority2 }) => priority2],
];

/**
 * Why the master that is followed is.
 *
 * @param masters All that are heard.
 * @returns `undefined` if none is followed.
 */
export function whyFollowed(masters: readonly PtpMaster[]): string | undefined {
  const parent = masters.find(({ isParent }) => isParent);
  if (!parent) return undefined;
  const others = masters.filter((master) => master !== parent && master.isQualified);
  if (others.length === 0) return "the only one that counts";
  // The next best says by how much the choice was made.
  const next = others.reduce((best, master) => difference(master, best).isBetter ? master : best);
  const { isBetter, property, one, other } = difference(parent, next);
  if (!isBetter) return `chosen before a better one came: its ${property} is ${other}, not ${one}`;
  return `the best of ${others.length + 1}: ${property} is ${one}, that of the next ${other}`;
}

/** Why a master is not followed; `undefined` for the one that is. */
export function whyNot(master: PtpMaster, masters: readonly PtpMaster[]): string | undefined {
  if (master.isParent) return undefined;
  if (!master.isQualified) return "does not count yet: two Announces in time are needed";
  const parent = masters.find(({ isParent }) => isParent);
  if (!parent) return "counts";
  const { isBetter, property, one, other } = difference(master, parent);
  return isBetter ? `better by ${property}, about to be followed` : `${property} is ${one}, not ${other}`;
}

function difference(one: PtpMaster, other: PtpMaster): Difference {
  if (one.grandmasterIdentity === other.grandmasterIdentity) return topology(one, other);
  for (const [property, valueOf, textOf = String] of PROPERTIES) {
    const [a, b] = [valueOf(one), valueOf(other)];
    if (a !== b) return { isBetter: a < b, property, one: textOf(a), other: textOf(b) };
  }
  const isBetter = one.grandmasterIdentity < other.grandmasterIdentity;
  return {
    isBetter,
    property: "identity",
    one: isBetter ? "smaller" : "larger",
    other: isBetter ? "larger" : "smaller",
  };
}

/** Both lead to one grandmaster. */
function topology(one: PtpMaster, other: PtpMaster): Difference {
  const [a, b] = [stepsOf(one), stepsOf(other)];
  if (a !== b) return { isBetter: a < b, property: "steps to the same grandmaster", one: String(a), other: String(b) };
  const isBetter = one.identity < other.identity || one.identity === other.identity && one.port < other.port;
  const property = "identity, to the same grandmaster,";
  return { isBetter, property, one: isBetter ? "smaller" : "larger", other: isBetter ? "larger" : "smaller" };
}

/** Who claims to be no step away from the clock of another counts as one step away. */
function stepsOf({ stepsRemoved, identity, grandmasterIdentity }: PtpMaster): number {
  return identity === grandmasterIdentity ? stepsRemoved : Math.max(1, stepsRemoved);
}
