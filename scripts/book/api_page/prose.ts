/**
 * Docstrings as Markdown of the documentation.
 *
 * @module
 */
import type { JsDoc, JsDocTag } from "./doc.ts";

/** Address of what `{@link …}` names, or undefined. */
export type LinkOf = (target: string) => string | undefined;

/** A docstring in its parts. */
export interface Docstring {
  readonly text: string;
  readonly tags: readonly JsDocTag[];
}

/** A docstring with the tags that stand within its lines (`Sends it. @throws If it is closed.`) taken out. */
export function docstring(doc: JsDoc | undefined): Docstring {
  const [text, ...rest] = (doc?.doc ?? "").split(/\s@(?=(?:returns|throws|param) )/);
  const inline = rest.map((tag): JsDocTag => {
    const [, kind, told] = /^(\w+) ([\s\S]*)$/.exec(tag) ?? [];
    const [, name, what] = kind === "param" ? /^(\w+)\s+([\s\S]*)$/.exec(told) ?? [] : [];
    if (name !== undefined) return { kind, name, doc: what };
    return { kind: kind === "returns" ? "return" : kind, doc: told };
  });
  return { text: text.trim(), tags: [...inline, ...(doc?.tags ?? [])] };
}

/**
 * Prose for a page, which is Vue: nothing but code may look like HTML or like `{{`, and links lead to the reference.
 *
 * @param linkOf Addresses; what has none is shown as code.
 */
export function prose(doc: string, linkOf: LinkOf): string {
  const parts = doc.trim().split(/(```[\s\S]*?```|`[^`\n]*`|\{@link(?:code|plain)?\s[^}]*\})/);
  return parts.map((part) => {
    if (part.startsWith("`")) return part;
    const [, target, label] = /^\{@link\w*\s+([^\s|}]+)\s*\|?\s*([^}]*)\}$/.exec(part) ?? [];
    if (target === undefined) return part.replaceAll("<", "&lt;").replaceAll("{{", "&#123;&#123;");
    const shown = label ? label.trim() : `\`${target}\``;
    const address = /^https?:/.test(target) ? target : linkOf(target);
    return address ? `[${shown}](${address})` : shown;
  }).join("");
}

/** The first sentence of a docstring, on one line. */
export function firstSentence(doc: string): string {
  const [paragraph] = doc.trim().split(/\n\s*\n/);
  const line = paragraph.replace(/\s+/g, " ");
  return /^.*?\.(?= |$)(?<!\b(?:e\.g|i\.e|etc)\.)/.exec(line)?.[0] ?? line;
}
