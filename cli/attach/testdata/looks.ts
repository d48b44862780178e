/** What a program tells of itself, for tests. */
import type { GraphActor, GraphLink, ProgramHello, ProgramLook, ProgramOutput } from "@streamlib/core";

/** A program. */
export const HELLO: ProgramHello = {
  streamlib: 1,
  pid: 4711,
  argv: ["/usr/bin/deno", "/home/me/show.ts"],
  runtime: "deno 2.9.6",
  startedAt: "2026-11-21T20:00:00.000Z",
};

function actor(className: string, id: string, more: Partial<GraphActor>): GraphActor {
  return {
    className,
    id,
    label: `${className} "${id}"`,
    uri: `actor://local/${className}/${id}`,
    state: "running",
    place: "event-loop",
    children: [],
    ticks: 0,
    missedTicks: 0,
    freewheelTicks: 0,
    counters: {},
    ...more,
  };
}

function output(actor: string, port: string, more: Partial<ProgramOutput> = {}): ProgramOutput {
  const counts = { committed: 0, dropped: 0, slots: 0, memoryBytes: 0, links: 0 };
  return { actor, port, type: "VideoFrame", kind: "media", ...counts, ...more };
}

/** A camera in a process, and a mixer that follows it; `step` 1 is a second after 0. */
export function lookAt(step: number): ProgramLook {
  const camera = actor("Camera", "camera.front", {
    place: "process 1",
    ticks: 60 * step,
    clock: { id: "software/60/1", rate: { num: 60, den: 1 } },
  });
  const mix = actor("Mix", "mix-1", { ticks: 59 * step, missedTicks: step, follows: "base" });
  const other = actor("Mix", "mix-2", { state: "failed" });
  const link: GraphLink = {
    from: { actor: camera.label, port: "video" },
    to: { actor: mix.label, port: "base" },
    type: "VideoFrame",
    format: "rgba8 16x2 60 fps",
    transport: "process",
    committed: 60 * step,
    dropped: 0,
    read: 59 * step,
    missed: step,
    bytesCopied: 2_500_000 * step,
    ageNs: 4_250_000,
  };
  return {
    atMs: 3_723_000 + 1000 * step,
    cpuMs: 500 + 25 * step,
    memoryBytes: 71_200_000,
    graph: { at: "2026-11-21T20:00:37.000000000", actors: [camera, mix, other], links: [link] },
    outputs: [
      output(camera.label, "video", { memoryBytes: 24_600, committed: 60 * step }),
      output(mix.label, "video"),
      output(mix.label, "data", { type: "DataMessage", kind: "data", dropped: 3 }),
    ],
    timings: [{ actor: mix.label, count: 59, p50Ns: 1_234_000, p99Ns: 12_340_000 }],
  };
}
