/**
 * Texts in WGSL that would overflow the stack of their compiler.
 *
 * It bounds brackets and blocks itself, but not chains: `a + a + a …`, `- - - a`, `a.x.x.x …` and `else if` without
 * end. From about 1000 links on it breaks down, depending on the runtime, and answers nothing more.
 *
 * @module
 */
import type { SourceFile } from "./source_file.ts";
import { ShaderError } from "./shader_error.ts";

/** Most operators between two of `; , { }`, and most branches of one `if`. */
const LINKS_MAX = 500;
const TOKENS = /\/\/|\/\*|\*\/|[A-Za-z_]\w*|\d[\w.]*|[;,{}]|[-+*/%&|^!~<>=.]/g;

/** @throws {ShaderError} If a chain has more than 500 links; the error names its line. */
export function checkWgslDepth(file: SourceFile): void {
  const links = new LinkCount();
  let comments = 0;
  file.lines.forEach((line, index) => {
    for (const { 0: token, index: at } of line.matchAll(TOKENS)) {
      if (token === "//" && comments === 0) break;
      if (token === "/*") comments++;
      else if (token === "*/" && comments > 0) comments--;
      else if (comments > 0) continue;
      else if (links.add(token) > LINKS_MAX) {
        const column = [...line.slice(0, at)].length + 1;
        const text = `a chain of more than ${LINKS_MAX} operators or branches is too much for the compiler; divide it`;
        throw new ShaderError(file.name, [
          { severity: "error", file: file.name, line: index + 1, column, text, lineText: line },
        ]);
      }
    }
  });
}

/** How long the chain is that a token belongs to. */
class LinkCount {
  #operators = 0;
  /** Branches of the `if` that is open, for each block around. */
  readonly #branches: number[] = [0];
  #isAfterElse = false;

  add(token: string): number {
    const isAfterElse = this.#isAfterElse;
    this.#isAfterElse = token === "else";
    if (/^[;,{}]$/.test(token)) {
      this.#operators = 0;
      if (token === "{") this.#branches.push(0);
      else if (token === "}" && this.#branches.length > 1) this.#branches.pop();
      else if (token === ";") this.#branches[this.#branches.length - 1] = 0;
      return 0;
    }
    if (token === "else") return ++this.#branches[this.#branches.length - 1];
    if (token === "if" && !isAfterElse) this.#branches[this.#branches.length - 1] = 0;
    return /^\w/.test(token) ? 0 : ++this.#operators;
  }
}
