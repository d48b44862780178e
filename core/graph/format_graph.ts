/**
 * A graph as text for people, or for programs that draw.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import type { Graph } from "./graph.ts";
import { dotOf } from "./graph_dot.ts";
import { mermaidOf } from "./graph_mermaid.ts";
import { textOf } from "./graph_text.ts";

/** `text`: to be read, at most 100 columns; `dot`: for Graphviz; `mermaid`: a flowchart for Mermaid, as in Markdown. */
export type GraphNotation = "text" | "dot" | "mermaid";

const WRITERS: Readonly<Record<GraphNotation, (graph: Graph) => string>> = {
  text: textOf,
  dot: dotOf,
  mermaid: mermaidOf,
};

/**
 * Writes a graph down. Names may have any characters.
 *
 * @param graph As `readGraph` gives it, also from JSON.
 * @param notation How; default `text`.
 * @returns Lines, each with its end.
 * @throws {StreamError} `option-invalid` if there is no such notation.
 */
export function formatGraph(graph: Graph, notation: GraphNotation = "text"): string {
  if (!Object.hasOwn(WRITERS, notation)) {
    const known = Object.keys(WRITERS).join(", ");
    throw new StreamError(
      "option-invalid",
      `Cannot write the graph as ${JSON.stringify(notation)}: ${known} are right`,
    );
  }
  return WRITERS[notation](graph);
}
