/**
 * How punctual packets of ST 2110-20 leave, 1080p59.94, 4:2:2 of 10 bits.
 *
 * With a virtual clock, strict pacing of each sender type: how far any batch is from the instant that is planned for it,
 * and the most packets that were in the leaky bucket of the network model (C_INST, of which C_MAX is the limit), over
 * 600 frames.
 *
 * Live, for each pacing: how long after its planned instant a batch left, as the sender's thread counts it. It counts in
 * powers of two; what is stated is the upper end. "Late" are batches that left after the instant of their first packet
 * in the schedule, which is after the plan: by 0.5 ms with pacing `batched`, by half of the room in network and receiver
 * with `strict`. The figures are as this machine
 * gave them, nothing is promised: a burst is what pacing `batched` and `none` cost the network, CPU time what `strict`
 * costs the sender. Without pacing there are no instants to be late after.
 *
 * @module
 */
import process from "node:process";
import { loadNative } from "@streamlib/core";
import { load, type NativePacing } from "@streamlib/ffi";
import { report } from "./figure.ts";
import { bucketEndNs } from "./deviation.ts";
import { runStreamProgram } from "./stream_program.ts";
import { GROUPS, PERIOD_NS } from "./video_picture.ts";
import { drive, isWhole, VideoStream } from "./video_stream.ts";

/** What the program prints. */
interface Paced {
  readonly case: string;
  readonly frames: number;
  readonly deviationNs: number;
  readonly levelMax: number;
  readonly cmax: number;
  readonly isReceiverServed: boolean;
}

const bench = "pacing";
const FRAMES = 150;
const WARM_UP_FRAMES = 30;
const PRIORITY = 20;

function reportVirtual(): void {
  for (const { case: type, deviationNs, levelMax, cmax, isReceiverServed } of runStreamProgram<Paced>("pacing")) {
    const name = `virtual clock, ${type.replace("_", " ")}`;
    report({ bench, case: `${name}: deviation`, value: deviationNs, unit: "ns", limit: 0, ok: deviationNs === 0 });
    const ok = levelMax <= cmax && isReceiverServed;
    report({ bench, case: `${name}: most in the bucket`, value: levelMax, unit: "packets", limit: cmax, ok });
  }
}

function reportLive(pacing: NativePacing, realTimePriority: number): void {
  const options = { width: 1920, height: 1080, pixelFormat: GROUPS, hasRuns: true, isGrouped: true } as const;
  const stream = new VideoStream(native, { ...options, pacing, realTimePriority });
  const { streams: [one] } = drive(native, [stream], WARM_UP_FRAMES, FRAMES);
  stream.close();
  if (realTimePriority > 0 && !one.sender.isRealTime) return;
  const name = `live, ${pacing}${realTimePriority > 0 ? ", SCHED_FIFO" : ""}`;
  if (pacing !== "none") {
    for (const [word, percent] of [["P50", 50], ["P99", 99], ["most", 100]] as const) {
      const value = bucketEndNs(one.deviation, percent) / 1000;
      report({ bench, case: `${name}: deviation, ${word}`, value, unit: "us" });
    }
    const batches = one.deviation.reduce((sum, count) => sum + count, 0);
    report({ bench, case: `${name}: late of ${batches} batches`, value: one.lateBatches, unit: "batches" });
  }
  report({ bench, case: `${name}: most packets at once`, value: one.sender.burstMax, unit: "packets" });
  const share = (100 * one.senderCpuNs) / (FRAMES * PERIOD_NS);
  report({ bench, case: `${name}: CPU of the sender thread`, value: share, unit: "% of a core" });
  const lost = one.wanted - one.whole;
  report({ bench, case: `${name}: frames lost of ${one.wanted}`, value: lost, unit: "frames" });
  if (!isWhole(one)) console.error(`${name}: ${JSON.stringify(one.losses)}`);
}

await loadNative();
const native = load();
reportVirtual();
for (const pacing of ["strict", "batched", "none"] as const) reportLive(pacing, 0);
for (const pacing of ["strict", "batched"] as const) reportLive(pacing, PRIORITY);
process.exit(0);
