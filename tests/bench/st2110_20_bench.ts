/**
 * A stream of ST 2110-20 from a frame in a ring, over UDP on the loopback interface, to a frame in another ring: CPU
 * time per frame beside GStreamer, loss in real time, how many streams two cores carry, and 2160p.
 *
 * 1080p59.94, 4:2:2 of 10 bits, as pixel groups on both ends, as GStreamer's UYVP is: nobody converts. CPU time per
 * frame is that of this whole process, the loop that submits included, by the frames that came out whole; sender and
 * receiver are the native threads within it. What the system does with datagrams:
 *
 *     runs     GSO and GRO: on the loopback interface a run of datagrams is never cut
 *     cut      GSO, and the system cuts each run before the receiver has it, as it does for a network card
 *     single   neither: each datagram goes through the system by itself
 *
 * "Back to back" is without pacing, each frame when the one before has come; the peer does not wait either. "At
 * 59.94 Hz" each leaves at once when it is submitted; the peer waits for the clock. The peer is measured in turns with
 * ours, see gstreamer_video.ts; figures are medians of these rounds, ratios are within a round.
 *
 * Loss is the frames of some seconds at 59.94 Hz that did not come out whole. Streams send all at the same instants,
 * from one process; the most that came through without any loss is stated.
 *
 * @module
 */
import { availableParallelism } from "node:os";
import process from "node:process";
import { loadNative } from "@streamlib/core";
import { load, type NativePacing } from "@streamlib/ffi";
import { median, report } from "./figure.ts";
import { gstreamerCost, hasGstreamer, type PeerCost } from "./gstreamer_video.ts";
import {
  drive,
  type DriveOutcome,
  GROUPS,
  isWhole,
  PERIOD_NS,
  rush,
  VideoStream,
  type VideoStreamOptions,
  type VideoStreamOutcome,
} from "./video_stream.ts";

const BENCH = "st2110-20";
const ROUNDS = 3;
const WARM_UP_FRAMES = 20;
const FRAMES = 60;
const RUSH_FRAMES = 80;
const REAL_TIME_FRAMES = 180;
const STREAMS_MIN = 8;
const STREAMS_MAX = 24;
const STREAMS_STEP = 4;
const STREAM_FRAMES = 90;
/** Another program may have had the cores for a moment. */
const TRIES = 2;

/** How datagrams go through the system. */
type Way = "runs" | "cut" | "single";

interface Carried {
  readonly count: number;
  readonly pacing: NativePacing;
  /** CPU time, % of a core. */
  readonly share: number;
}

interface Cost {
  readonly processMs: number;
  readonly senderMs: number;
  readonly receiverMs: number;
}

await loadNative();
const native = load();

function optionsOf(way: Way, pacing: NativePacing): VideoStreamOptions {
  const runs = { hasRuns: way !== "single", isGrouped: way === "runs" };
  return { width: 1920, height: 1080, pixelFormat: GROUPS, ...runs, pacing };
}

/** Opens so many streams for a measurement; what came out last must be what was sent. */
function measure(
  options: VideoStreamOptions,
  count: number,
  run: (streams: readonly VideoStream[]) => DriveOutcome,
): DriveOutcome {
  const streams = Array.from({ length: count }, () => new VideoStream(native, options));
  try {
    const outcome = run(streams);
    const differing = streams[0].differingBytes();
    if (outcome.streams.every(isWhole) && differing > 0) {
      throw new Error(`Cannot trust the figures: ${differing} bytes of a frame differ from what was sent`);
    }
    return outcome;
  } finally {
    for (const stream of streams) stream.close();
  }
}

function costOf({ processCpuNs, streams: [one] }: DriveOutcome): Cost {
  const perFrame = (ns: number): number => ns / 1e6 / one.whole;
  return {
    processMs: perFrame(processCpuNs),
    senderMs: perFrame(one.senderCpuNs),
    receiverMs: perFrame(one.receiverCpuNs),
  };
}

function backToBack(options: VideoStreamOptions): Cost {
  return costOf(measure(options, 1, ([one]) => rush(native, one, WARM_UP_FRAMES, RUSH_FRAMES)));
}

function inRealTime(options: VideoStreamOptions): Cost {
  return costOf(measure(options, 1, (streams) => drive(native, streams, WARM_UP_FRAMES, FRAMES)));
}

/** A case, with the figure of each round beside that of the peer in the same round. */
function reportCost(name: string, costs: readonly Cost[], peers: readonly PeerCost[], limit?: number): void {
  const middle = (part: keyof Cost): number => median(costs.map((cost) => cost[part]));
  report({ bench: BENCH, case: `${name}: sender thread per frame`, value: middle("senderMs"), unit: "ms" });
  report({ bench: BENCH, case: `${name}: receiver thread per frame`, value: middle("receiverMs"), unit: "ms" });
  const own = { bench: BENCH, case: `${name}: CPU per frame`, value: middle("processMs"), unit: "ms" };
  if (peers.length === 0) return report(own);
  const ratio = median(peers.map((peer, i) => (peer.senderMs + peer.receiverMs) / costs[i].processMs));
  report({ ...own, peer: "GStreamer", ratio, ...(limit === undefined ? {} : { limit, ok: ratio >= limit }) });
}

function reportPeer(name: string, peers: readonly PeerCost[]): void {
  if (peers.length === 0) return;
  const middle = (part: keyof PeerCost): number => median(peers.map((one) => one[part]));
  report({ bench: BENCH, case: `GStreamer, ${name}: sender per frame`, value: middle("senderMs"), unit: "ms" });
  report({ bench: BENCH, case: `GStreamer, ${name}: receiver per frame`, value: middle("receiverMs"), unit: "ms" });
  report({ bench: BENCH, case: `GStreamer, ${name}: packets lost`, value: 100 * middle("lostShare"), unit: "%" });
}

async function reportBesidePeer(): Promise<void> {
  const hasPeer = hasGstreamer();
  if (!hasPeer) console.error("Cannot compare with GStreamer: gst-launch-1.0 or one of its plugins is missing");
  const ways: Record<Way, Cost[]> = { runs: [], cut: [], single: [] };
  const realTime: Cost[] = [];
  const peers: Record<"rushed" | "clocked", PeerCost[]> = { rushed: [], clocked: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of ["runs", "cut", "single"] as const) ways[way].push(backToBack(optionsOf(way, "none")));
    if (hasPeer) peers.rushed.push(await gstreamerCost(false));
    realTime.push(inRealTime(optionsOf("runs", "none")));
    if (hasPeer) peers.clocked.push(await gstreamerCost(true));
  }
  reportPeer("back to back", peers.rushed);
  reportCost("runs, back to back", ways.runs, peers.rushed, 8);
  reportCost("cut, back to back", ways.cut, peers.rushed, 3);
  reportCost("single, back to back", ways.single, peers.rushed);
  reportPeer("at 59.94 Hz", peers.clocked);
  reportCost("runs, at 59.94 Hz", realTime, peers.clocked);
}

function reportLoss(name: string, options: VideoStreamOptions, frames: number): void {
  const run = (): DriveOutcome => measure(options, 1, (streams) => drive(native, streams, WARM_UP_FRAMES, frames));
  let outcome = run();
  for (let i = 1; i < TRIES && !isWhole(outcome.streams[0]); i++) outcome = run();
  const [one] = outcome.streams;
  const ok = isWhole(one);
  const value = one.wanted - one.whole;
  report({ bench: BENCH, case: `${name}: frames lost of ${one.wanted}`, value, unit: "frames", limit: 0, ok });
  if (!ok) explain(name, outcome.streams);
  const share = (100 * outcome.processCpuNs) / (one.wanted * PERIOD_NS);
  report({ bench: BENCH, case: `${name}: CPU`, value: share, unit: "% of a core" });
}

function explain(name: string, outcomes: readonly VideoStreamOutcome[]): void {
  const losses = outcomes.filter((one) => !isWhole(one)).map((one) => one.losses);
  console.error(`${name}: ${losses.length} of ${outcomes.length} streams lost something: ${JSON.stringify(losses[0])}`);
}

/** CPU time of so many streams, % of a core, if they come through without loss. */
function shareOf(count: number, pacing: NativePacing): number | undefined {
  for (let i = 0; i < TRIES; i++) {
    const run = (streams: readonly VideoStream[]): DriveOutcome =>
      drive(native, streams, WARM_UP_FRAMES, STREAM_FRAMES);
    const outcome = measure(optionsOf("runs", pacing), count, run);
    if (outcome.streams.every(isWhole)) return (100 * outcome.processCpuNs) / (STREAM_FRAMES * PERIOD_NS);
    explain(`${count} streams, pacing ${pacing}`, outcome.streams);
  }
  return undefined;
}

/** By the pacing that carries so many streams, if one does. */
function carry(count: number): Carried | undefined {
  for (const pacing of ["batched", "none"] as const) {
    const share = shareOf(count, pacing);
    if (share !== undefined) return { count, pacing, share };
  }
  return undefined;
}

function reportStreams(): void {
  let most: Carried = { count: 0, pacing: "batched", share: 0 };
  let tooMany = STREAMS_MAX + 1;
  let count = STREAMS_MIN;
  while (count < tooMany) {
    const carried = carry(count);
    if (carried === undefined) tooMany = count;
    else most = carried;
    // Upwards in large steps; once one was too large, half way between.
    const step = tooMany > STREAMS_MAX ? STREAMS_STEP : (tooMany - most.count) >> 1;
    if (step === 0) break;
    count = most.count + step;
  }
  const name = `1080p59.94 streams on ${availableParallelism()} cores, pacing ${most.pacing}`;
  const ok = most.count >= STREAMS_MIN;
  report({ bench: BENCH, case: name, value: most.count, unit: "streams", limit: STREAMS_MIN, ok });
  report({ bench: BENCH, case: "CPU of these streams", value: most.share, unit: "% of a core" });
}

await reportBesidePeer();
const batched = optionsOf("runs", "batched");
reportLoss("1080p, batched", batched, REAL_TIME_FRAMES);
reportLoss("2160p, batched", { ...batched, width: 3840, height: 2160 }, REAL_TIME_FRAMES / 2);
const planar: VideoStreamOptions = { ...optionsOf("runs", "none"), pixelFormat: "yuv422p10le" };
reportCost("yuv422p10le on both ends, back to back", [backToBack(planar)], []);
reportStreams();
process.exit(0);
