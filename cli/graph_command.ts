/**
 * `streamlib graph`: a pipeline, or what a running program consists of, as text, JSON or a drawing.
 *
 * @module
 */
import { formatGraph } from "@streamlib/core";
import { PID_OPTION, pidOf } from "./attach/attach_arguments.ts";
import { readRunningGraph } from "./attach/running_graph.ts";
import type { Command, Screen } from "./command.ts";
import { nearest } from "./nearest.ts";
import { planDot, planMermaid } from "./pipeline/draw.ts";
import { planSvg } from "./pipeline/draw_svg.ts";
import type { Plan } from "./pipeline/plan.ts";
import { givenPipeline, PIPELINE_OPTIONS, tellProblems } from "./pipeline/read_source.ts";
import { planJson, planText } from "./pipeline/write_text.ts";

const WRITERS: Readonly<Record<string, (plan: Plan) => string>> = {
  text: planText,
  json: (plan) => `${JSON.stringify(planJson(plan), null, 2)}\n`,
  dot: planDot,
  mermaid: planMermaid,
  svg: planSvg,
};

/** What a running program's graph can be written as, beside JSON. */
const RUNNING_FORMATS = ["text", "dot", "mermaid"] as const;

/**
 * Exit code 0 if it was written; 1 if there is no such running program; 2 if the pipeline, the format or the program's
 * number cannot be.
 */
export const graph: Command = {
  name: "graph",
  summary: "Write a pipeline down, or the graph of a running program: text, json, dot, mermaid, svg",
  positionals: "[PIPELINE]",
  positionalsMax: Infinity,
  options: {
    ...PIPELINE_OPTIONS,
    format: {
      kind: "text",
      value: "FORMAT",
      choices: Object.keys(WRITERS),
      description: "text (default), json, dot, mermaid; of a pipeline also svg",
    },
    pid: { ...PID_OPTION, description: "Without a pipeline: the process of the program; needed if several run" },
  },
  async run(given, positionals, screen: Screen) {
    const format = (given.format ?? "text") as string;
    if (positionals.length === 0 && given.file === undefined) return await writeRunning(given.pid, format, screen);
    if (given.pid !== undefined) {
      screen.err("Cannot write a graph: --pid names a running program, and a pipeline is given too; give one of them");
      return 2;
    }
    if (!isKnown(format, Object.keys(WRITERS), screen)) return 2;
    const pipeline = await givenPipeline(given, positionals);
    if (typeof pipeline === "string") {
      screen.err(`Cannot write a graph: ${pipeline}`);
      return 2;
    }
    tellProblems(pipeline, screen);
    if (!pipeline.plan) return 2;
    screen.out(WRITERS[format](pipeline.plan).trimEnd());
    return 0;
  },
};

async function writeRunning(given: unknown, format: string, screen: Screen): Promise<number> {
  const pid = pidOf(given);
  if (typeof pid === "string") {
    screen.err(`Cannot write a graph: ${pid}`);
    return 2;
  }
  if (!isKnown(format, [...RUNNING_FORMATS, "json"], screen)) return 2;
  const running = await readRunningGraph(pid);
  const notation = RUNNING_FORMATS.find((known) => known === format);
  screen.out(notation ? formatGraph(running, notation).trimEnd() : JSON.stringify(running, null, 2));
  return 0;
}

function isKnown(format: string, known: readonly string[], screen: Screen): boolean {
  if (known.includes(format)) return true;
  const [near] = nearest(format, known);
  const right = near === undefined ? `${known.join(", ")} are right` : `did you mean ${near}?`;
  screen.err(`Cannot write a graph as ${format}: ${right}`);
  return false;
}
