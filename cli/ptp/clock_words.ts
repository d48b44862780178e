/**
 * What the numbers that a PTP clock announces mean (IEEE 1588-2019 tables 4 to 6, from memory).
 *
 * @module
 */

/** From 0x17 on. */
const ACCURACIES: readonly string[] = [
  ...["1 ps", "2.5 ps", "10 ps", "25 ps", "100 ps", "250 ps", "1 ns", "2.5 ns", "10 ns", "25 ns", "100 ns", "250 ns"],
  ...["1 µs", "2.5 µs", "10 µs", "25 µs", "100 µs", "250 µs", "1 ms", "2.5 ms", "10 ms", "25 ms", "100 ms", "250 ms"],
  ...["1 s", "10 s", "> 10 s"],
];
const ACCURACY_FIRST = 0x17;

const TIME_SOURCES: Readonly<Record<number, string>> = {
  0x10: "an atomic clock",
  0x20: "GNSS",
  0x30: "terrestrial radio",
  0x39: "a serial time code",
  0x40: "PTP",
  0x50: "NTP",
  0x60: "set by hand",
  0x90: "another source",
  0xa0: "its own oscillator",
};

/** clockAccuracy: `100 ns`, `unknown`. */
export function accuracyText(accuracy: number): string {
  return ACCURACIES[accuracy - ACCURACY_FIRST] ?? (accuracy === 0xfe ? "unknown" : hex(accuracy));
}

/** timeSource: `GNSS`. */
export function timeSourceText(timeSource: number): string {
  return TIME_SOURCES[timeSource] ?? `time source ${hex(timeSource)}`;
}

/** clockClass: what state a clock of that class is in. */
export function classText(clockClass: number): string {
  if (clockClass === 6) return "synchronised to a primary reference";
  if (clockClass === 7) return "was synchronised to a primary reference, holds over";
  if (clockClass === 13) return "synchronised to a source of its own timescale";
  if (clockClass === 14) return "was synchronised to a source of its own timescale, holds over";
  if ([52, 58, 187, 193].includes(clockClass)) return "has lost its reference for too long";
  if (clockClass === 248) return "synchronised to nothing";
  return clockClass === 255 ? "a slave only" : "of a profile";
}

function hex(value: number): string {
  return `0x${value.toString(16).toUpperCase().padStart(2, "0")}`;
}
