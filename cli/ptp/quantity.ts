/**
 * Times, rates and counts for people.
 *
 * @module
 */

const UNITS: readonly (readonly [ns: number, unit: string])[] = [[1e9, "s"], [1e6, "ms"], [1e3, "µs"]];

/** Nanoseconds with three digits and a fitting unit: `447 ns`, `1.42 µs`, `37.0 s`. */
export function nsText(ns: number): string {
  const size = Math.abs(ns);
  // What would be rounded to 1000 has the next unit.
  const [scale, unit] = UNITS.find(([least]) => size >= least * 0.9995) ?? [1, "ns"];
  const sign = ns < 0 ? "-" : "";
  if (scale === 1) return `${Math.round(size) === 0 ? "" : sign}${Math.round(size)} ns`;
  const value = size / scale;
  const digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return `${sign}${value.toFixed(digits)} ${unit}`;
}

/** The same, with a sign in any case but for 0. */
export function signedNsText(ns: number): string {
  const text = nsText(ns);
  return text.startsWith("-") || text === "0 ns" ? text : `+${text}`;
}

/** A time that has passed: `0.4 s`, `12 s`, `3 min`, `2 h`. */
export function ageText(ns: bigint): string {
  const seconds = Math.max(0, Number(ns) / 1e9);
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}

/** A rate: `+350 ppb`, `-12.346 ppm`. */
export function rateText(ppb: number): string {
  const sign = ppb < 0 ? "-" : "+";
  const size = Math.abs(ppb);
  return size < 999.5 ? `${size < 0.5 ? "" : sign}${size.toFixed(0)} ppb` : `${sign}${(size / 1000).toFixed(3)} ppm`;
}

/** A number of things: `1 step`, `3 steps`. */
export function countText(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
