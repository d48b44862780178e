/**
 * What a pipeline has done: a table at its end.
 *
 * @module
 */
import type { Actor } from "@streamlib/core";
import { type Plan, sourcesOf } from "./plan.ts";

/** Items that were lost, and where. */
export interface Loss {
  /** `mix.video` for an output, `writer.audio` for an input, `reader.picturesSkipped` for a counter. */
  readonly port: string;
  readonly items: number;
}

/**
 * Losses of outputs whose readers held every slot, of inputs that are to get every item, and those that actors count
 * themselves, by the counters that their declarations call `losses`.
 */
export function lossesOf({ stages }: Plan, actors: readonly Actor[]): Loss[] {
  return actors.flatMap((actor, index) => {
    const { name, actorClass } = stages[index];
    const { inputs, outputs, counters } = actor.stats;
    const declared = actorClass.spec.inputs ?? {};
    const isOrdered = (port: string): boolean => {
      const spec = declared[port.split(".")[0]];
      return ("each" in spec ? spec.each : spec).delivery === "ordered";
    };
    return [
      ...Object.entries(outputs).map(([port, { dropped }]) => ({ port: `${name}.${port}`, items: dropped })),
      ...Object.entries(inputs).filter(([port]) => isOrdered(port))
        .map(([port, { missed }]) => ({ port: `${name}.${port}`, items: missed })),
      ...Object.entries(counters).filter(([counter]) => actorClass.spec.losses?.includes(counter.split(".")[0]))
        .map(([counter, items]) => ({ port: `${name}.${counter}`, items })),
    ].filter(({ items }) => items > 0);
  });
}

/** One line about losses; `undefined` if there were none. */
export function lossLine(losses: readonly Loss[]): string | undefined {
  if (losses.length === 0) return undefined;
  const all = losses.reduce((sum, { items }) => sum + items, 0);
  return `${all} ${all === 1 ? "item was" : "items were"} lost: ${
    losses.map(({ port, items }) => `${port} ${items}`).join(", ")
  }`;
}

/** What would have lost nothing: where all comes from files and goes to files, virtual time may pass. */
export function lossRemedy(plan: Plan): string | undefined {
  const { stages, links } = plan;
  const isTimed = stages.some(({ clock }) => clock?.kind === "lockstep");
  const isFinite = sourcesOf(plan).every(({ actorClass }) => actorClass.spec.finite);
  const ends = stages.filter((_, index) => !links.some(({ from }) => from === index));
  const isWritten = ends.every(({ options }) => typeof options.path === "string");
  return !isTimed && isFinite && isWritten ? '"@lockstep ;" at the beginning loses nothing' : undefined;
}

/** A table: what each stage did, then what each output gave and each input took. */
export function statsLines({ stages }: Plan, actors: readonly Actor[]): string[] {
  const rows = [["stage", "ticks", "missed", "state", "counters"]];
  const ports = [["port", "items", "lost", "memory"]];
  actors.forEach((actor, index) => {
    const { name } = stages[index];
    const { ticks, missedTicks, state, restarts, counters, inputs, outputs } = actor.stats;
    const counted = Object.entries({ ...(restarts > 0 ? { restarts } : {}), ...counters }).map(([what, count]) =>
      `${what} ${count}`
    ).join(", ");
    rows.push([name, String(ticks), String(missedTicks), state, counted]);
    for (const [port, { read, missed, source }] of Object.entries(inputs)) {
      if (source !== undefined || read > 0) ports.push([`${name}.${port} in`, String(read), String(missed), ""]);
    }
    for (const [port, { committed, dropped, memoryBytes }] of Object.entries(outputs)) {
      const memory = memoryBytes === 0 ? "" : `${(memoryBytes / 1e6).toFixed(1)} MB`;
      if (committed > 0 || dropped > 0) ports.push([`${name}.${port} out`, String(committed), String(dropped), memory]);
    }
  });
  return [...table(rows), "", ...table(ports)];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd());
}
