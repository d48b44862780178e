/**
 * Which output is meant.
 *
 * @module
 */
import type { ProgramLook, ProgramOutput } from "@streamlib/core";
import { nearest } from "../nearest.ts";

/**
 * The output that `name` means: `ACTOR.OUTPUT`, or `ACTOR` alone if it has one output. An actor is named by its id, by
 * its label (`Invert "invert-1"`), or by its class if there is one of it.
 *
 * @returns The output, or a text that says why there is none.
 */
export function findOutput(name: string, { graph, outputs }: ProgramLook): ProgramOutput | string {
  const what = `Cannot tap ${name}`;
  const whole = actorsOf(name, graph);
  const dot = name.lastIndexOf(".");
  const labels = whole.length > 0 || dot < 0 ? whole : actorsOf(name.slice(0, dot), graph);
  if (labels.length > 1) return `${what}: it can be ${labels.join(" or ")}; name one by its id`;
  if (labels.length === 0) {
    const asked = dot < 0 ? name : name.slice(0, dot);
    const ids = graph.actors.map(({ id }) => id);
    const near = nearest(asked, ids);
    const hint = near.length > 0 ? `did you mean ${near.join(" or ")}?` : `running are ${ids.join(", ") || "none"}`;
    return `${what}: no actor ${asked} runs there; ${hint}`;
  }
  const own = outputs.filter(({ actor }) => actor === labels[0]);
  const ports = own.map(({ port }) => port);
  if (own.length === 0) return `${what}: ${labels[0]} has no outputs`;
  if (whole.length > 0) {
    return own.length === 1
      ? own[0]
      : `${what}: ${labels[0]} has the outputs ${ports.join(", ")}; add one: ${name}.${ports[0]}`;
  }
  const port = name.slice(dot + 1);
  const found = own.find((output) => output.port === port);
  if (found) return found;
  const near = nearest(port, ports);
  const hint = near.length > 0 ? `did you mean ${near.join(" or ")}?` : `its outputs are ${ports.join(", ")}`;
  return `${what}: ${labels[0]} has no output ${port}; ${hint}`;
}

function actorsOf(name: string, { actors }: ProgramLook["graph"]): string[] {
  const exact = actors.filter(({ id, label }) => name === id || name === label);
  const found = exact.length > 0 ? exact : actors.filter(({ className }) => name === className);
  return found.map(({ label }) => label);
}
