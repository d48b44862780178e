/**
 * What a stranger needs to see of a failed step's output, so that its cause is not one of ten thousand lines.
 *
 * @module
 */

/** Lines before Bun's `(fail)` that are shown with it. */
const LINES_BEFORE_MAX = 60;
/** Last lines of every failed step: of one that was killed they are all there is. */
const LINES_LAST = 40;
/** Lines of Deno's list of errors. */
const LINES_ERRORS_MAX = 400;

const BUN_RESULT = /^\((pass|fail|skip|todo)\) /;
const DENO_ERRORS = /^ ERRORS\s*$/;

/**
 * Picks out of a failed step's output what was thrown, by test, and the end.
 *
 * @param lines The whole output.
 * @returns Lines in their order; `…` stands where some were left out.
 */
export function excerptOf(lines: readonly string[]): string[] {
  const isShown = new Array<boolean>(lines.length).fill(false);
  const show = (from: number, to: number) => isShown.fill(true, Math.max(0, from), Math.min(to, lines.length));
  lines.forEach((line, index) => {
    if (!line.startsWith("(fail) ")) return;
    let start = index;
    while (start > 0 && index - start < LINES_BEFORE_MAX && !BUN_RESULT.test(lines[start - 1])) start--;
    show(start, index + 1);
  });
  const errors = lines.findLastIndex((line) => DENO_ERRORS.test(line));
  if (errors >= 0) show(errors, errors + LINES_ERRORS_MAX);
  show(lines.length - LINES_LAST, lines.length);
  return lines.flatMap((line, index) => {
    if (isShown[index]) return [line];
    return index > 0 && isShown[index - 1] || index === 0 ? ["…"] : [];
  });
}
