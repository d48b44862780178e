/**
 * The pieces of code on pages of Markdown, so that they can be checked.
 *
 * A block of TypeScript is a module of its own. What it uses and does not show stands in a comment before it, which
 * readers of the page do not see; a line `…` there says where the block goes, else it goes behind:
 *
 * ```text
 * <!-- snippet
 * import type { VideoFrame } from "@streamlib/core";
 * declare const frame: VideoFrame;
 * -->
 * ```
 *
 * @module
 */

/** A fenced block of code. */
export interface Snippet {
  /** Path of its page. */
  readonly page: string;
  /** The line of the page that its first line is on, from 1. */
  readonly line: number;
  /** First word behind the fence; empty if there is none. */
  readonly language: string;
  /** What else stands behind the fence, such as `[npm]` or `ignore`. */
  readonly remark: string;
  /** Its lines, without the indentation of the fence. */
  readonly code: readonly string[];
  /** Lines of the comment before it; empty if there is none. */
  readonly around: readonly string[];
}

/** A line of a shell on a page. */
export interface ShellLine {
  readonly page: string;
  readonly line: number;
  /** Its words, without quotes. */
  readonly words: readonly string[];
  /** What stands behind `#` at its end; empty if there is none. */
  readonly comment: string;
}

/** A module made of a block. */
export interface SnippetModule {
  readonly text: string;
  /** For each of its lines the line of the page, from 1: for those of the comment around it the block's first one. */
  readonly lines: readonly number[];
}

/** The fenced blocks of a page. */
export function snippetsOf(page: string, text: string): Snippet[] {
  const found: Snippet[] = [];
  const lines = text.split("\n");
  let around: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    if (/^\s*<!-- snippet$/.test(lines[at])) {
      const end = lines.indexOf("-->", at);
      if (end < 0) throw new Error(`${page}:${at + 1}: the comment has no line "-->"`);
      around = lines.slice(at + 1, end);
      at = end;
      continue;
    }
    const [, indent, fence, language, remark] = /^(\s*)(`{3,})(\w*) ?(.*)$/.exec(lines[at]) ?? [];
    if (fence === undefined) {
      if (lines[at].trim() !== "") around = [];
      continue;
    }
    const end = lines.findIndex((line, index) => index > at && line.trim() === fence);
    if (end < 0) throw new Error(`${page}:${at + 1}: the block has no end`);
    const code = lines.slice(at + 1, end).map((line) => line.startsWith(indent) ? line.slice(indent.length) : line);
    found.push({ page, line: at + 2, language, remark, code, around });
    around = [];
    at = end;
  }
  return found;
}

/** The fenced blocks of a module's docstrings. */
export function docstringSnippetsOf(file: string, text: string): Snippet[] {
  const prose = text.split("\n").map((line) => /^\s*\* ?(.*)$/.exec(line)?.[1] ?? "");
  return snippetsOf(file, prose.map((line) => line === "/" ? "" : line).join("\n"));
}

/** A block of TypeScript as a module. What it declares counts as used. */
export function moduleOf({ line, code, around }: Snippet): SnippetModule {
  const place = around.indexOf("…");
  const [before, behind] = place < 0 ? [around, []] : [around.slice(0, place), around.slice(place + 1)];
  const text = [...before, ...code, `void [${declaredIn(code).join(", ")}];`, ...behind, "export {};", ""];
  const last = line + code.length - 1;
  return {
    text: text.join("\n"),
    lines: text.map((_, index) => Math.min(Math.max(line, line + index - before.length), last)),
  };
}

/** Values that stand at the left margin of a block. */
function declaredIn(code: readonly string[]): string[] {
  return code.flatMap((line) => {
    const [, name, parts] =
      /^(?:await using|using|const|let|class|async function|function) (?:(\w+)|[{[]([^=]+)[}\]] =)/
        .exec(line) ?? [];
    if (parts === undefined) return name === undefined ? [] : [name];
    return parts.split(",").map((part) => part.split(":").at(-1)!.trim()).filter((part) => part !== "");
  });
}

/** Commands of the shell in the blocks of a page, and those of `streamlib` in running text. */
export function shellLinesOf(page: string, text: string): ShellLine[] {
  const blocks = snippetsOf(page, text).filter(({ language }) => language === "sh");
  const found = blocks.flatMap(({ code, line }) => {
    const commands = code.join("\n");
    return [...splitShell(commands)].map(({ offset, ...command }) => ({
      page,
      line: line + commands.slice(0, offset).split("\n").length - 1,
      ...command,
    }));
  });
  text.split("\n").forEach((line, index) => {
    for (const [, command] of line.matchAll(/(?<!`)`(streamlib [a-z][^`]*)`/g)) {
      for (const { words } of splitShell(command.replaceAll("\\|", "|"))) {
        found.push({ page, line: index + 1, words, comment: "" });
      }
    }
  });
  return found;
}

/** The commands of a shell's text, as far as documentation needs: quotes, comments, lines that go on behind `\`. */
function* splitShell(text: string): Generator<{ words: string[]; comment: string; offset: number }> {
  let words: string[] = [];
  let comment = "";
  let word: string | undefined;
  let offset = 0;
  const endWord = (): void => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  const token = /(?<![^ \t\n])#[^\n]*|'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\\n|\\(.)|(\n|[|;&<>]+)|([ \t]+)|(.)/gy;
  for (const match of text.matchAll(token)) {
    const [whole, single, double, escaped, end, gap, plain] = match;
    if (whole.startsWith("#") && word === undefined) {
      comment = whole.slice(1).trim();
      continue;
    }
    if (words.length === 0 && word === undefined) offset = match.index;
    if (end !== undefined) {
      endWord();
      if (words.length > 0) yield { words, comment, offset };
      words = [];
      comment = "";
    } else if (gap !== undefined || whole === "\\\n") endWord();
    else word = (word ?? "") + (single ?? double?.replaceAll(/\\(["\\$`])/g, "$1") ?? escaped ?? plain);
  }
  endWord();
  if (words.length > 0) yield { words, comment, offset };
}

/** The files that a page shows by `<<< @/../PATH`, from the root of the repository, with the line of the page. */
export function includesOf(text: string): { readonly line: number; readonly path: string | undefined }[] {
  return text.split("\n").flatMap((line, index) => {
    if (!line.includes("<<<")) return [];
    return [{ line: index + 1, path: /^<<< @\/\.\.\/([^\s#{]+)(#\w+)?(\{[^}]*\})?( \[[^\]]+\])?$/.exec(line)?.[1] }];
  });
}
