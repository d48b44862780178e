/**
 * Names that were perhaps meant.
 *
 * @module
 */

/** At most three of `known` that differ from `name` by little, the nearest first; case does not count. */
export function nearest(name: string, known: readonly string[]): string[] {
  const wanted = name.toLowerCase();
  return known
    .map((one) => ({ one, steps: stepsBetween(wanted, one.toLowerCase()) }))
    .filter(({ one, steps }) => steps <= Math.max(2, name.length / 3) || isPart(wanted, one.toLowerCase()))
    .sort((a, b) => a.steps - b.steps || (a.one < b.one ? -1 : 1))
    .slice(0, 3)
    .map(({ one }) => one);
}

function isPart(a: string, b: string): boolean {
  return a.length >= 3 && (b.includes(a) || a.includes(b));
}

/** Levenshtein distance: letters to change, add or leave out. */
function stepsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}
