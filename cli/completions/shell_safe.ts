/**
 * Words that a shell can put into a line as they are.
 *
 * @module
 */
import type { Suggestions } from "./suggestions.ts";

/** Nothing here means anything to a shell, or parts words of a pipeline. */
const PLAIN = /^[\w./@%+,:=\p{L}\p{M}\p{N}-]*$/u;

/** Whether a text needs no quotes, in bash, zsh, fish and pipelines. */
export function isPlain(text: string): boolean {
  return PLAIN.test(text);
}

/**
 * Without the words that would need quotes: bash puts them in as they are, and the line would do something else.
 *
 * @param raw The word up to the cursor, as it was typed: with its quotes.
 * @param current The same without them; every word begins with it.
 */
export function safeOnes(suggestions: Suggestions, raw: string, current: string): Suggestions {
  const isQuoted = /^['"]/.test(raw) && raw.slice(1) === current;
  if (!isQuoted && (raw !== current || !isPlain(current))) return { ...suggestions, words: [] };
  return { ...suggestions, words: suggestions.words.filter(({ word }) => isPlain(word.slice(current.length))) };
}
