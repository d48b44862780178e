/**
 * The text that GLSL's compiler is given: the user's, with what stands before it and what it includes.
 *
 * The compiler knows texts by number (`#line LINE NUMBER`), so each file has one, and its messages come back to the
 * lines that people wrote. `#include` is done here because this build of the compiler refuses it.
 *
 * @module
 */
import { ShaderError } from "./shader_error.ts";
import type { ShaderMessage } from "./shader_message.ts";
import { linesOf, type SourceFile } from "./source_file.ts";

/** What a text for the compiler is made of. */
export interface GlslParts {
  /** Name of the shader. */
  readonly name: string;
  readonly source: string;
  /** Stands before the source, after its `#version`. */
  readonly preamble?: string | undefined;
  /** Texts by the name that `#include` uses. */
  readonly includes?: Readonly<Record<string, string>> | undefined;
}

/** A text for the compiler. */
export interface GlslSource {
  readonly text: string;
  /** Files by their number in the text: 0 is the user's, 1 the preamble, then what is included. */
  readonly files: readonly SourceFile[];
}

/** Most characters of a text with all that it includes. */
export const SOURCE_CHARACTERS_MAX: number = 1 << 20;

const DEFAULT_VERSION = "#version 450";
/** Files that include each other deeper than this go around in a circle that no guard ends. */
const INCLUDE_DEPTH_MAX = 32;
const PREAMBLE_NUMBER = 1;

/**
 * Puts a text together.
 *
 * @throws {ShaderError} If a file is included that is not given, or includes go too deep.
 */
export function assembleGlsl(parts: GlslParts): GlslSource {
  const main: SourceFile = { name: parts.name, lines: linesOf(parts.source) };
  const files: SourceFile[] = [main, { name: "preamble", lines: linesOf(parts.preamble ?? "") }];
  const versionAt = versionLine(main.lines);
  const head = versionAt < 0 ? [DEFAULT_VERSION] : main.lines.slice(0, versionAt + 1);
  const assembly = new Assembly(files, parts.includes ?? {}, lineOffset(head.at(-1)!));
  assembly.push(...head);
  if (parts.preamble !== undefined) assembly.add(PREAMBLE_NUMBER, 0, 0);
  assembly.add(0, versionAt + 1, 0);
  return { text: assembly.text(), files };
}

/** Index of the line with `#version`, or -1. */
function versionLine(lines: readonly string[]): number {
  const comments = new CommentScan();
  return lines.findIndex((line) => !comments.next(line) && /^\s*#\s*version\b/.test(line));
}

/** Before GLSL 3.30, `#line N` named the line that it stands in itself and not the next one (GLSL 1.50 §3.3). */
function lineOffset(version: string): number {
  const [, number, profile] = /version\s+(\d+)\s*(\w*)/.exec(version) ?? [];
  return Number(number) < 330 && profile !== "es" ? -1 : 0;
}

/** Tells for line after line whether it begins inside a comment. */
class CommentScan {
  #isInside = false;

  next(line: string): boolean {
    const began = this.#isInside;
    for (let at = 0; at < line.length; at++) {
      if (this.#isInside) {
        if (!line.startsWith("*/", at)) continue;
        this.#isInside = false;
        at++;
      } else if (line.startsWith("//", at)) break;
      else if (line.startsWith("/*", at)) {
        this.#isInside = true;
        at++;
      }
    }
    return began;
  }
}

/** A text as it grows. */
class Assembly {
  readonly #files: SourceFile[];
  readonly #includes: Readonly<Record<string, string>>;
  readonly #lineOffset: number;
  readonly #numbers: Map<string, number> = new Map();
  readonly #lines: string[] = [];
  #characters = 0;

  constructor(files: SourceFile[], includes: Readonly<Record<string, string>>, lineOffset: number) {
    this.#files = files;
    this.#includes = includes;
    this.#lineOffset = lineOffset;
  }

  text(): string {
    return `${this.#lines.join("\n")}\n`;
  }

  push(...lines: readonly string[]): void {
    for (const line of lines) {
      this.#lines.push(line);
      this.#characters += line.length + 1;
    }
  }

  /** Adds a file from a line on, and what it includes. */
  add(number: number, from: number, depth: number): void {
    const { lines } = this.#files[number];
    const comments = new CommentScan();
    for (const line of lines.slice(0, from)) comments.next(line);
    this.#mark(number, from);
    for (let at = from; at < lines.length; at++) {
      const line = lines[at];
      const included = comments.next(line) ? undefined : /^\s*#\s*include\b\s*(?:"([^"]*)"|<([^>]*)>)?/.exec(line);
      if (!included) this.push(line);
      else {
        this.#include(number, at, included[1] ?? included[2], depth);
        this.#mark(number, at + 1);
      }
      if (this.#characters > SOURCE_CHARACTERS_MAX) {
        throw this.#error(
          number,
          at,
          `with all that it includes the text is longer than ${SOURCE_CHARACTERS_MAX} characters`,
        );
      }
    }
  }

  #mark(number: number, index: number): void {
    this.push(`#line ${index + 1 + this.#lineOffset} ${number}`);
  }

  #include(number: number, at: number, name: string | undefined, depth: number): void {
    if (name === undefined) throw this.#error(number, at, `#include: must be followed by "NAME" or <NAME>`);
    if (!Object.hasOwn(this.#includes, name)) {
      const known = Object.keys(this.#includes);
      const what = known.length === 0 ? "none was given in `includes`" : `\`includes\` has ${known.join(", ")}`;
      throw this.#error(number, at, `#include "${name}": there is no such text; ${what}`);
    }
    if (depth === INCLUDE_DEPTH_MAX) {
      throw this.#error(
        number,
        at,
        `#include "${name}": texts include each other in a circle, or deeper than ${depth}`,
      );
    }
    let index = this.#numbers.get(name);
    if (index === undefined) {
      index = this.#files.push({ name, lines: linesOf(this.#includes[name]) }) - 1;
      this.#numbers.set(name, index);
    }
    this.add(index, 0, depth + 1);
  }

  #error(number: number, at: number, text: string): ShaderError {
    const { name, lines } = this.#files[number];
    const column = lines[at].search(/\S/) + 1;
    const message: ShaderMessage = {
      severity: "error",
      file: name,
      line: at + 1,
      column: Math.max(1, column),
      text,
      lineText: lines[at],
    };
    return new ShaderError(this.#files[0].name, [message]);
  }
}
