/**
 * What can stand at the end of a command line.
 *
 * @module
 */

/** A word that can stand there. */
export interface Suggestion {
  /** The whole word, without quotes. */
  readonly word: string;
  /** One sentence. */
  readonly description?: string | undefined;
}

/** All that can stand there. */
export interface Suggestions {
  /** The words. */
  readonly words: readonly Suggestion[];
  /** Names of files can stand there too. */
  readonly isFile?: boolean;
  /** Each word can go on: no space comes behind it, and no quote. */
  readonly isOpen?: boolean;
}

/** Nothing can. */
export const NOTHING: Suggestions = { words: [] };

/** Those of `words` that begin with what was typed. */
export function beginning(typed: string, words: readonly Suggestion[]): Suggestion[] {
  return words.filter(({ word }) => word.startsWith(typed));
}

/** Each word as a line, a tab and what it means behind it. */
export function suggestionLines({ words, isFile, isOpen }: Suggestions): string[] {
  return [
    ...(isFile ? [":files"] : []),
    ...(isOpen ? [":open"] : []),
    ...words.map(({ word, description }) =>
      description ? `${word}\t${description.replace(/[\s\p{Cc}]+/gu, " ")}` : word
    ),
  ];
}
