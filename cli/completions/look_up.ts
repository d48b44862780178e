/**
 * Looks up what a place of the command line can have, by the word that stands for it in the help.
 *
 * @module
 */
import { networkInterfaces } from "node:os";
import { attach, findPrograms } from "../attach/programs.ts";
import { ownActors } from "./own_actors.ts";
import { suggestInPipeline } from "./suggest_in_pipeline.ts";
import { beginning, NOTHING, type Suggestion, type Suggestions } from "./suggestions.ts";

/** What else the line says. */
export interface LineContext {
  /** Arguments before the one that is typed. */
  readonly before: readonly string[];
  /** The process that `--pid` names. */
  readonly pid: number | undefined;
}

/** How long a program may take to answer, ms: whoever presses Tab waits. */
const ANSWER_MS = 300;

type LookUp = (typed: string, context: LineContext) => Promise<Suggestions> | Suggestions;

const FILES: LookUp = () => ({ words: [], isFile: true });

/** By the word of the help. What is not here has values that nobody can know. */
export const LOOK_UPS: Readonly<Record<string, LookUp>> = {
  ACTOR: async (typed) => {
    const actors = await ownActors();
    return plain(typed, actors.map(({ name, actorClass }) => ({ word: name, description: described(actorClass) })));
  },
  "ACTOR.OUTPUT": async (typed, { pid }) => plain(typed, await outputs(pid)),
  FILE: FILES,
  FOLDER: FILES,
  "FRAME.png": FILES,
  IF: (typed) => plain(typed, Object.keys(networkInterfaces()).map((word) => ({ word }))),
  PATH: FILES,
  PID: async (typed) => {
    const { programs } = await findPrograms();
    const words = programs.map(({ hello }) => ({
      word: String(hello.pid),
      description: hello.argv.slice(1).join(" "),
    }));
    return plain(typed, words);
  },
  PIPELINE: (typed, { before }) => suggestInPipeline(typed, before),
  SPEC: FILES,
};

function described({ spec }: { readonly spec: { readonly description: string } }): string {
  return spec.description;
}

function plain(typed: string, words: readonly Suggestion[]): Suggestions {
  return words.length === 0 ? NOTHING : { words: beginning(typed, words) };
}

/** Outputs of the program with this process, or of the only one that runs; rejects if it is too busy to answer. */
async function outputs(pid: number | undefined): Promise<Suggestion[]> {
  const connection = await attach(pid);
  const timer = setTimeout(() => connection.close(), ANSWER_MS);
  try {
    connection.ask({ ask: "look" });
    const answer = await connection.next();
    if (answer.type !== "look") return [];
    const { graph, outputs } = answer.look;
    const ids = new Map(graph.actors.map(({ label, id }) => [label, id]));
    return outputs.map(({ actor, port, type }) => ({ word: `${ids.get(actor)}.${port}`, description: type }));
  } finally {
    clearTimeout(timer);
    connection.close();
  }
}
