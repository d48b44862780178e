/**
 * Variables in values: `$NAME`, `${NAME}`, `${NAME:-default}`; `$$` is a dollar.
 *
 * @module
 */
import type { Problems } from "./problem.ts";

/** Gives a variable's value, or `undefined` if it has none. */
export type Variables = (name: string) => string | undefined;

/** An escape, an escaped dollar, a variable, or a brace that begins like a variable and is none. */
const PIECE = /\\([^])|\$(?:\$|([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|(\{))/g;
/** Another letter after a backslash stands for both, so that paths of Windows mostly work. */
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", '"': '"', "\\": "\\" };

/**
 * Fills in the variables of a text.
 *
 * @param text As it was written.
 * @param from Where it stands, for problems.
 * @param hasEscapes Whether `\"`, `\\`, `\n`, `\t` and `\r` mean something in it.
 */
export function fillIn(
  text: string,
  from: number,
  variables: Variables,
  problems: Problems,
  hasEscapes = false,
): string {
  return text.replace(PIECE, (all: string, escaped, plain, braced, otherwise, open, offset: number) => {
    if (escaped !== undefined) return hasEscapes ? ESCAPES[escaped as string] ?? all : all;
    if (all === "$$") return "$";
    const span = { from: from + offset, to: from + offset + all.length };
    if (open !== undefined) {
      problems.add("pipeline-syntax", span, "A variable is written $NAME, ${NAME} or ${NAME:-default}; $$ is a dollar");
      return all;
    }
    const name = (plain ?? braced) as string;
    const value = variables(name) ?? (otherwise as string | undefined);
    if (value !== undefined) return value;
    problems.add(
      "variable-unset",
      span,
      `Variable ${name} has no value: give it by --set ${name}=VALUE or in the environment, or write \${${name}:-default}`,
    );
    return "";
  });
}
