/**
 * A graph as a flowchart of Mermaid.
 *
 * @module
 */
import type { Graph } from "./graph.ts";
import { actorWords, linkWords, nodesOf, placesOf, strangersOf } from "./graph_words.ts";

/** What may stand in a label as it is. */
const PLAIN = /[A-Za-z0-9 _.,/-]/;

/** A flowchart from left to right, with a box around each place. */
export function mermaidOf(graph: Graph): string {
  const nodes = nodesOf(graph);
  const lines = ["flowchart LR"];
  [...placesOf(graph)].forEach(([place, actors], index) => {
    lines.push(`  subgraph p${index}[${quoted([place])}]`);
    for (const actor of actors) lines.push(`    ${nodes.get(actor.label)}[${quoted(actorWords(actor))}]`);
    lines.push("  end");
  });
  for (const label of strangersOf(graph)) lines.push(`  ${nodes.get(label)}(${quoted([label])})`);
  for (const link of graph.links) {
    const [from, to] = [nodes.get(link.from.actor), nodes.get(link.to.actor)];
    lines.push(`  ${from} -->|${quoted(linkWords(link))}| ${to}`);
  }
  return lines.map((line) => `${line}\n`).join("");
}

/**
 * A quoted string of lines. Mermaid has no escapes within quotes and reads HTML, Markdown, comments and styles there:
 * every character that is not plain is written as its number. It takes no empty label.
 */
function quoted(lines: readonly string[]): string {
  const texts = lines.map((line) => Array.from(line.toWellFormed(), (one) => PLAIN.test(one) ? one : codeOf(one)));
  return `"${texts.map((characters) => characters.join("")).join("<br/>") || " "}"`;
}

function codeOf(character: string): string {
  const isShown = !/\p{C}/u.test(character);
  return `#${isShown ? character.codePointAt(0) : 0xfffd};`;
}
