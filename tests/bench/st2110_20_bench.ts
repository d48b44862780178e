/**
 * A stream of ST 2110-20 from a frame in a ring, over UDP, to a frame in another ring: CPU time per frame beside
 * GStreamer, loss in real time, how many streams two cores carry, and 2160p.
 *
 * 1080p59.94, 4:2:2 of 10 bits, as pixel groups on both ends, as GStreamer's UYVP is: nobody converts. CPU time per
 * frame is that of this whole process, the loop that submits included, by the frames that came out whole; sender and
 * receiver are the native threads within it. What the system does with datagrams:
 *
 *     runs     GSO and GRO: on the loopback interface a run of datagrams is never cut
 *     wire     GSO, cut before the sender's interface has it: there each datagram is a packet, as for a network card that
 *              cannot cut. The receiver's interface joins packets again (GRO). Two machines, see wire.ts; it takes root
 *              and ethtool. The peer is on the same two machines
 *     cut      GSO, cut on the loopback interface just before the receiver, which gets each datagram by itself
 *     single   neither: each datagram goes through the system by itself
 *
 * "Back to back" is without pacing, each frame when the one before has come; the peer does not wait either. "At
 * 59.94 Hz" each leaves at once when it is submitted; the peer waits for the clock. The peer is measured in turns with
 * ours, see gstreamer_video.ts; figures are medians of these rounds, ratios are within a round.
 *
 * Loss is the frames of some seconds at 59.94 Hz that did not come out whole. Streams send all at the same instants,
 * from one process; the most that came through without any loss is stated. More than what the CPU time of fewer lets
 * hope for is not tried.
 *
 * @module
 */
import { availableParallelism } from "node:os";
import process from "node:process";
import { loadNative } from "@streamlib/core";
import { load, type NativePacing } from "@streamlib/ffi";
import { median, report } from "./figure.ts";
import { gstreamerCost, hasGstreamer, type PeerCost } from "./gstreamer_video.ts";
import { GROUPS, PERIOD_NS } from "./video_picture.ts";
import {
  drive,
  type DriveOutcome,
  isWhole,
  rush,
  VideoStream,
  type VideoStreamOptions,
  type VideoStreamOutcome,
} from "./video_stream.ts";
import { Wire } from "./wire.ts";

const BENCH = "st2110-20";
const ROUNDS = 3;
const WARM_UP_FRAMES = 20;
const FRAMES = 48;
const RUSH_FRAMES = 60;
/** They take less, and are wanted to a tenth. */
const RUSH_FRAMES_OF_RUNS = 200;
const REAL_TIME_FRAMES = 180;
const STREAMS_MIN = 8;
const STREAMS_MAX = 24;
const STREAM_FRAMES = 90;
/** Another program may have had the cores for a moment. */
const TRIES = 2;

/** How datagrams go through the system. */
type Way = "runs" | "cut" | "single" | "wire";

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

function optionsOf(way: Exclude<Way, "wire">, pacing: NativePacing): VideoStreamOptions {
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
  const frames = options.isGrouped ? RUSH_FRAMES_OF_RUNS : RUSH_FRAMES;
  return costOf(measure(options, 1, ([one]) => rush(native, one, WARM_UP_FRAMES, frames)));
}

async function onWire(wire: Wire): Promise<Cost> {
  const { sender, receiver } = await wire.rush(WARM_UP_FRAMES, RUSH_FRAMES);
  return {
    processMs: sender.processMs + receiver.processMs,
    senderMs: sender.threadMs,
    receiverMs: receiver.threadMs,
  };
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

async function reportBesidePeer(wire: Wire | undefined): Promise<void> {
  const hasPeer = hasGstreamer();
  if (!hasPeer) console.error("Cannot compare with GStreamer: gst-launch-1.0 or one of its plugins is missing");
  const ways: Record<Way, Cost[]> = { runs: [], cut: [], single: [], wire: [] };
  const realTime: Cost[] = [];
  const peers: Record<"rushed" | "onWire" | "clocked", PeerCost[]> = { rushed: [], onWire: [], clocked: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of ["cut", "single", "runs"] as const) ways[way].push(backToBack(optionsOf(way, "none")));
    if (hasPeer) peers.rushed.push(await gstreamerCost(false));
    if (wire !== undefined) {
      ways.wire.push(await onWire(wire));
      if (hasPeer) peers.onWire.push(await gstreamerCost(false, wire.place));
    }
    realTime.push(inRealTime(optionsOf("runs", "none")));
    if (hasPeer) peers.clocked.push(await gstreamerCost(true));
  }
  reportPeer("back to back", peers.rushed);
  reportCost("runs, back to back", ways.runs, peers.rushed, 8);
  if (wire !== undefined) {
    reportPeer("wire, back to back", peers.onWire);
    reportCost("wire, back to back", ways.wire, peers.onWire, 3);
  }
  reportCost("cut, back to back", ways.cut, peers.rushed);
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
function shareOf(count: number, pacing: NativePacing, tries: number): number | undefined {
  for (let i = 0; i < tries; i++) {
    const run = (streams: readonly VideoStream[]): DriveOutcome =>
      drive(native, streams, WARM_UP_FRAMES, STREAM_FRAMES);
    const outcome = measure(optionsOf("runs", pacing), count, run);
    if (outcome.streams.every(isWhole)) return (100 * outcome.processCpuNs) / (STREAM_FRAMES * PERIOD_NS);
    explain(`${count} streams, pacing ${pacing}`, outcome.streams);
  }
  return undefined;
}

function carry(count: number, pacing: NativePacing, tries: number): Carried | undefined {
  const share = shareOf(count, pacing, tries);
  return share === undefined ? undefined : { count, pacing, share };
}

/** How many streams take all there is, if each takes as much as one of these. */
function hopedFor({ count, share }: Carried): number {
  return Math.min(STREAMS_MAX, Math.floor((count * 100 * availableParallelism()) / share));
}

/** The most that are carried from so many on; fewer than that if those are too many. */
function mostCarried(): Carried {
  let most = carry(STREAMS_MIN, "batched", TRIES) ?? carry(STREAMS_MIN, "none", 1);
  // How many fewer it were is stated, too.
  for (let count = STREAMS_MIN - 1; most === undefined && count > 0; count--) most = carry(count, "batched", 1);
  if (most === undefined) return { count: 0, pacing: "batched", share: 0 };
  if (most.count < STREAMS_MIN) return most;
  let tooMany = hopedFor(most) + 1;
  while (tooMany - most.count > 1) {
    const count = (most.count + tooMany) >> 1;
    const carried = carry(count, most.pacing, 1);
    if (carried === undefined) tooMany = count;
    else most = carried;
  }
  return most;
}

function reportStreams(): void {
  const most = mostCarried();
  const name = `1080p59.94 streams on ${availableParallelism()} cores, pacing ${most.pacing}`;
  const ok = most.count >= STREAMS_MIN;
  report({ bench: BENCH, case: name, value: most.count, unit: "streams", limit: STREAMS_MIN, ok });
  report({ bench: BENCH, case: "CPU of these streams", value: most.share, unit: "% of a core" });
}

const made = Wire.make();
if (typeof made === "string") {
  console.error(`Cannot measure on a wire: ${made}`);
  await reportBesidePeer(undefined);
} else {
  try {
    await reportBesidePeer(made);
  } finally {
    made[Symbol.dispose]();
  }
}
const batched = optionsOf("runs", "batched");
reportLoss("1080p, batched", batched, REAL_TIME_FRAMES);
reportLoss("2160p, batched", { ...batched, width: 3840, height: 2160 }, REAL_TIME_FRAMES / 2);
const planar: VideoStreamOptions = { ...optionsOf("runs", "none"), pixelFormat: "yuv422p10le" };
reportCost("yuv422p10le on both ends, back to back", [backToBack(planar)], []);
reportStreams();
process.exit(0);
