/**
 * What this program is doing now.
 *
 * @module
 */
import process from "node:process";
import { readGraph } from "../graph/graph.ts";
import { shortFormat } from "../graph/short_format.ts";
import { profileRows } from "../profile/profile.ts";
import { PROFILE_SPANS } from "../profile/spans.ts";
import { localActors } from "../registry/local_registry.ts";
import type { ProgramLook, ProgramOutput, ProgramTiming } from "./protocol.ts";

/** Looks. */
export function readLook(): ProgramLook {
  const { user, system } = process.cpuUsage();
  return {
    atMs: performance.now(),
    cpuMs: (user + system) / 1000,
    memoryBytes: process.memoryUsage().rss,
    graph: readGraph(),
    outputs: readOutputs(),
    timings: readTimings(),
  };
}

function readOutputs(): ProgramOutput[] {
  return localActors().flatMap((actor) =>
    actor["~cell"].allOutputs.map((output) => {
      const { committed, dropped, slots, memoryBytes, links } = output.stats();
      const { format, type } = output;
      return {
        actor: actor.label,
        port: output.name,
        type: type.typeName,
        kind: type.kind,
        ...(format ? { format: shortFormat(format) } : {}),
        committed,
        dropped,
        slots,
        memoryBytes,
        links,
      };
    })
  );
}

function readTimings(): ProgramTiming[] {
  return profileRows()
    .filter(({ span }) => span === PROFILE_SPANS.process)
    .map(({ actor, count, p50Ns, p99Ns }) => ({ actor, count, p50Ns, p99Ns }));
}
