/**
 * The words of a pipeline's text. The grammar is in `docs/guide/run.md`.
 *
 * @module
 */
import { readJson } from "./json_text.ts";
import type { Problems, Span } from "./problem.ts";
import type { OptionTree, PlacementTree, ValueTree, Word } from "./tree.ts";
import { fillIn, type Variables } from "./variables.ts";

/** A word or sign of the text. */
export type Token =
  | { readonly kind: "|" | ";"; readonly span: Span }
  /** What may be a stage's name, actor or reference: the first word of a stage. */
  | { readonly kind: "head"; readonly word: Word }
  | { readonly kind: "placement"; readonly placement: PlacementTree }
  | { readonly kind: "option"; readonly option: OptionTree };

const BLANK = /[^\S\n]*(?:\\\r?\n[^\S\n]*)*/y;
const COMMENT = /#[^\n]*/y;
const KEY = /([A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*)=/y;
const PLACEMENT = /@([A-Za-z][A-Za-z0-9-]*)?(=)?/y;
/** A value without quotes; a variable with braces may have spaces in it. */
const BARE = /[^\s|;$]*(?:\$(?:\{[^}\n]*\})?[^\s|;$]*)*/y;
/** What links stages elsewhere, alone between spaces. */
const ARROW = /(?:!|-+>?|=*>|→|&+)(?=\s|$)/y;
const HEAD = /[^\s|;@:]*(?::(?!\s|[A-Za-z])[^\s|;@:]*)*/y;
const LABEL = /([^\s|;@:"'{[=]*):(?=\s|[A-Za-z])/y;
const DOUBLE = /"([^"\\]*(?:\\[^][^"\\]*)*)"/y;
const SINGLE = /'([^']*)'/y;

/** Takes a pipeline's text apart. Problems go on from the next word. */
export class Scanner {
  readonly #source: string;
  readonly #variables: Variables;
  readonly #problems: Problems;
  #at = 0;
  #isAfterPipe = false;

  constructor(source: string, variables: Variables, problems: Problems) {
    this.#source = source;
    this.#variables = variables;
    this.#problems = problems;
  }

  /** Where the next word would begin. */
  get at(): number {
    return this.#at;
  }

  /** A stage's name, if one with a colon stands here. For the beginning of a stage. */
  label(): Word | undefined {
    this.#skip();
    const from = this.#at;
    const name = this.#match(LABEL)?.[1];
    return name === undefined ? undefined : { text: name, span: { from, to: from + name.length } };
  }

  /** The next word or sign. `isHead`: a stage begins here. */
  next(isHead: boolean): Token | undefined {
    const isLineEnd = this.#skip();
    const from = this.#at;
    if (isLineEnd) return { kind: ";", span: { from, to: from } };
    const sign = this.#source[from];
    this.#isAfterPipe = sign === "|";
    if (sign === undefined) return undefined;
    if (sign === "|" || sign === ";") {
      this.#at++;
      return { kind: sign, span: { from, to: this.#at } };
    }
    if (sign === "@") return { kind: "placement", placement: this.#placement() };
    if (isHead) {
      const text = this.#match(HEAD)?.[0] || this.#source[this.#at++];
      return { kind: "head", word: { text, span: { from, to: this.#at } } };
    }
    const arrow = this.#match(ARROW)?.[0];
    if (arrow !== undefined) {
      const span = { from, to: this.#at };
      this.#problems.add("pipeline-syntax", span, `Stages are linked by |, not by ${arrow}`);
      this.#isAfterPipe = true;
      return { kind: "|", span };
    }
    const key = this.#match(KEY)?.[1];
    const keyWord = key === undefined ? undefined : { text: key, span: { from, to: from + key.length } };
    return { kind: "option", option: { key: keyWord, value: this.#value() } };
  }

  /** Skips what means nothing. @returns Whether a line ended that separates: one that no `|` stands beside. */
  #skip(): boolean {
    let hasLineEnd = false;
    for (;;) {
      this.#match(BLANK);
      if (this.#source[this.#at] === "#") this.#match(COMMENT);
      else if (this.#source[this.#at] === "\n") {
        hasLineEnd = true;
        this.#at++;
      } else break;
    }
    const isBeforeSign = this.#at >= this.#source.length || "|;".includes(this.#source[this.#at]);
    return hasLineEnd && !this.#isAfterPipe && !isBeforeSign;
  }

  #placement(): PlacementTree {
    const from = this.#at;
    const [, name = "", sign] = this.#match(PLACEMENT)!;
    const nameWord = { text: name, span: { from, to: from + 1 + name.length } };
    if (sign === undefined) {
      const rest = this.#match(BARE)![0];
      if (rest !== "" || name === "") {
        const span = { from, to: this.#at };
        this.#problems.add("pipeline-syntax", span, "A name is missing here: @thread, @process or @clock=60 is right");
      }
      return { name: nameWord, value: undefined };
    }
    const value = this.#value();
    const text = value.kind === "text" ? value.text : JSON.stringify(value.value);
    return { name: nameWord, value: { text, span: value.span } };
  }

  #value(): ValueTree {
    const from = this.#at;
    const sign = this.#source[from];
    if (sign === '"' || sign === "'") return this.#quoted(sign);
    if (sign === "{" || sign === "[") return this.#json();
    const written = this.#match(BARE)![0];
    const span = { from, to: this.#at };
    if (written === "") {
      this.#problems.add("pipeline-syntax", span, 'A value is missing after "=": an empty text is written ""');
    }
    return { kind: "text", text: fillIn(written, from, this.#variables, this.#problems), isQuoted: false, span };
  }

  #quoted(sign: string): ValueTree {
    const from = this.#at;
    const written = this.#match(sign === '"' ? DOUBLE : SINGLE)?.[1];
    if (written === undefined) {
      this.#at = this.#lineEnd(from);
      const span = { from, to: this.#at };
      this.#problems.add(
        "pipeline-syntax",
        span,
        `This text begins with ${sign} and does not end: write ${sign} behind it`,
      );
      return { kind: "text", text: this.#source.slice(from + 1, this.#at), isQuoted: true, span };
    }
    const span = { from, to: this.#at };
    this.#checkEnd("the closing quote");
    const text = sign === "'" ? written : fillIn(written, from + 1, this.#variables, this.#problems, true);
    return { kind: "text", text, isQuoted: true, span };
  }

  #json(): ValueTree {
    const from = this.#at;
    const read = readJson(this.#source, from);
    if ("node" in read) {
      this.#at = read.end;
      this.#checkEnd("the closing bracket");
      return { kind: "json", value: read.node.value, span: read.node.span };
    }
    this.#problems.add(
      "pipeline-syntax",
      { from: read.at, to: read.at },
      `${read.message} (values in brackets are JSON)`,
    );
    this.#at = Math.max(from + 1, Math.min(read.at, this.#lineEnd(from)));
    this.#at = this.#lineEnd(this.#at);
    return { kind: "json", value: null, span: { from, to: this.#at } };
  }

  /** What stands right behind a value that has an end of its own is no part of it. */
  #checkEnd(after: string): void {
    const from = this.#at;
    const rest = this.#match(BARE)![0];
    if (rest === "") return;
    this.#problems.add("pipeline-syntax", { from, to: this.#at }, `A space is missing after ${after}`);
  }

  #lineEnd(at: number): number {
    const end = this.#source.indexOf("\n", at);
    return end === -1 ? this.#source.length : end;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source);
    if (found) this.#at = pattern.lastIndex;
    return found;
  }
}
