/**
 * The graph of a running program.
 *
 * @module
 */
import type { Graph } from "@streamlib/core";
import { ConnectionError } from "./connection.ts";
import { attach } from "./programs.ts";

/**
 * Asks a running program for its graph, for `formatGraph`.
 *
 * @param pid Its process; absent if only one runs.
 * @throws {Error} If there is none, or more than one without a number: one message with lines.
 */
export async function readRunningGraph(pid?: number): Promise<Graph> {
  const connection = await attach(pid);
  try {
    connection.ask({ ask: "graph" });
    const answer = await connection.next();
    if (answer.type !== "graph") throw new ConnectionError(`Cannot read the graph: the program answers ${answer.type}`);
    return answer.graph;
  } finally {
    connection.close();
  }
}
