/**
 * Texts of shaders without their comments.
 *
 * @module
 */

/** The text with blanks instead of comments; every other character stays where it is. */
export function withoutComments(source: string): string {
  return source.replace(/\/\/[^\r\n]*|\/\*[\s\S]*?(?:\*\/|$)/g, blanked);
}

/** As many blanks as there are characters; ends of lines stay. */
export function blanked(text: string): string {
  return text.replace(/[^\r\n]/g, " ");
}

/** Where a character of a text stands: line and column from 1, and the line. */
export function placeOf(source: string, offset: number): { line: number; column: number; lineText: string } {
  const before = source.slice(0, offset).split(/\r\n|\n|\r/);
  const lineText = source.split(/\r\n|\n|\r/)[before.length - 1];
  return { line: before.length, column: before.at(-1)!.length + 1, lineText };
}
