/**
 * How one value stands in a line: reading, writing, and words for what is right.
 *
 * @module
 */
import { type Rate, toRate } from "@streamlib/core";

/** Reads and writes one value. */
export interface Codec<V> {
  /** What is right, for messages: `an integer from 1 to 32767`. */
  readonly expected: string;
  /** The value, or undefined if the text is none. */
  read(text: string): V | undefined;
  /** Its only spelling of ours. */
  write(value: V): string;
  /** Whether the standard names this value; without it every value that can be read is named. */
  knows?(value: V): boolean;
  /** Whether the standard has one spelling only. */
  readonly hasOneSpelling?: boolean;
}

/** A name of a list, or a name that the list does not have. */
export type OpenToken<K extends string> = K | (string & Record<never, never>);

/** A whole number in decimal digits. */
export function integer(min: number, max: number): Codec<number> {
  return {
    expected: `an integer from ${min} to ${max}`,
    read(text) {
      const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
      return Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined;
    },
    write: String,
  };
}

/** A decimal number from one millionth to a million: so it has no exponent in either direction. */
export const decimal: Codec<number> = {
  expected: "a decimal number above 0, for example 1 or 0.125",
  read(text) {
    const value = /^\d{1,7}(\.\d{1,12})?$/.test(text) ? Number(text) : NaN;
    return value >= 1e-6 && value <= 1e6 ? value : undefined;
  },
  write: String,
};

/** A name; upper and lower case are the same for those of the list. Names that the list does not have are kept. */
export function token<K extends string>(names: readonly K[]): Codec<OpenToken<K>> {
  return {
    expected: names.join(", "),
    read: (text) => names.find((name) => name.toLowerCase() === text.toLowerCase()) ?? word(text),
    write: (value) => value,
    knows: (value) => (names as readonly string[]).includes(value),
    hasOneSpelling: true,
  };
}

/** Any word without spaces. */
export const anyWord: Codec<string> = { expected: "a word without spaces", read: word, write: (value) => value };

/** Frames per second: an integer, or a fraction in lowest terms (ST 2110-20 §7.2). */
export const exactRate: Codec<Rate> = {
  expected: "an integer such as 25, or a fraction such as 30000/1001",
  read: (text) => fraction(text, "/", true),
  write: ({ num, den }) => den === 1 ? String(num) : `${num}/${den}`,
  hasOneSpelling: true,
};

/** Width to height of a pixel. */
export const ratio: Codec<Rate> = {
  expected: "width:height in lowest terms, for example 1:1 or 12:11",
  read: (text) => fraction(text, ":", false),
  write: ({ num, den }) => `${num}:${den}`,
  hasOneSpelling: true,
};

function word(text: string): string | undefined {
  return /^\S+$/.test(text) ? text : undefined;
}

function fraction(text: string, sign: string, wholeToo: boolean): Rate | undefined {
  const [num, den, ...more] = text.split(sign);
  if (more.length > 0 || den === undefined && !wholeToo) return undefined;
  if (![num, den ?? "1"].every((part) => /^\d{1,9}$/.test(part) && Number(part) > 0)) return undefined;
  return toRate({ num: Number(num), den: Number(den ?? 1) });
}
