/**
 * A graph in the DOT language of Graphviz.
 *
 * @module
 */
import type { Graph } from "./graph.ts";
import { actorWords, linkWords, nodesOf, placesOf, strangersOf } from "./graph_words.ts";

/** A directed graph from left to right, with a box around each place. */
export function dotOf(graph: Graph): string {
  const nodes = nodesOf(graph);
  const lines = ["digraph streamlib {", "  rankdir=LR;", "  node [shape=box];"];
  [...placesOf(graph)].forEach(([place, actors], index) => {
    lines.push(`  subgraph cluster_${index} {`, `    label=${quoted([place])};`);
    for (const actor of actors) lines.push(`    ${nodes.get(actor.label)} [label=${quoted(actorWords(actor))}];`);
    lines.push("  }");
  });
  for (const label of strangersOf(graph)) {
    lines.push(`  ${nodes.get(label)} [label=${quoted([label])}, style=dashed];`);
  }
  for (const link of graph.links) {
    const [from, to] = [nodes.get(link.from.actor), nodes.get(link.to.actor)];
    lines.push(`  ${from} -> ${to} [label=${quoted(linkWords(link))}];`);
  }
  return [...lines, "}"].map((line) => `${line}\n`).join("");
}

/**
 * A quoted string of lines. Graphviz reads escapes beginning with `\` and entities beginning with `&` in labels; what it
 * could not show at all is left out by a sign.
 */
function quoted(lines: readonly string[]): string {
  const texts = lines.map((line) =>
    line.replace(/\p{C}/gu, "\ufffd").replaceAll("&", "&amp;").replaceAll("\\", "\\\\").replaceAll('"', '\\"')
  );
  return `"${texts.join("\\n")}"`;
}
