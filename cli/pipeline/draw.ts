/**
 * Draws a plan in the languages of Graphviz and Mermaid.
 *
 * @module
 */
import { clockText, placeText, type Plan, type PlannedLink, type PlannedStage } from "./plan.ts";

/** The lines of a stage's box: its name, its actor, and where it lives if it says so. */
export function boxWords({ name, actor, place, clock }: PlannedStage): string[] {
  const placed = [...(place ? [`@${placeText(place)}`] : []), ...(clock ? [`@clock=${clockText(clock)}`] : [])];
  return [name, actor, ...(placed.length > 0 ? [placed.join(" ")] : [])];
}

/** What stands at an arrow: the port, or both where they differ. */
export function arrowWords({ output, input }: PlannedLink): string {
  return output === input ? output : `${output} to ${input}`;
}

/** A directed graph for Graphviz, from left to right. */
export function planDot({ stages, links }: Plan): string {
  return lines([
    "digraph pipeline {",
    "  rankdir=LR;",
    "  node [shape=box];",
    ...stages.map((stage, index) => `  n${index} [label="${boxWords(stage).map(escapeDot).join("\\n")}"];`),
    ...links.map((link) => `  n${link.from} -> n${link.to} [label="${escapeDot(arrowWords(link))}"];`),
    "}",
  ]);
}

/** A flowchart for Mermaid, as in Markdown. */
export function planMermaid({ stages, links }: Plan): string {
  return lines([
    "flowchart LR",
    ...stages.map((stage, index) => `  n${index}["${boxWords(stage).map(escapeMermaid).join("<br/>")}"]`),
    ...links.map((link) => `  n${link.from} -->|"${escapeMermaid(arrowWords(link))}"| n${link.to}`),
  ]);
}

/** Graphviz reads `\` and `&` in labels. */
function escapeDot(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("\\", "\\\\").replaceAll('"', '\\"');
}

/** Mermaid has no escapes in quotes: what is not plain is written as its number. */
function escapeMermaid(text: string): string {
  return Array.from(text, (one) => /[A-Za-z0-9 _.,/-]/.test(one) ? one : `#${one.codePointAt(0)};`).join("");
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join("");
}
