/**
 * One stream of ST 2110-20 within this process: from a frame in a slot of a ring, over UDP on the loopback interface,
 * into a slot of another ring, by the native sender and receiver.
 *
 * @module
 */
import process from "node:process";
import type { Native, NativeReceiverStatistics, NativeSenderStatistics } from "@streamlib/ffi";
import { PERIOD_NS } from "./video_picture.ts";
import { type SinkOptions, VideoSink } from "./video_sink.ts";
import { type SourceOptions, VideoSource } from "./video_source.ts";

/** The statistics of a receiver are renewed ten times in a second. */
const SETTLE_NS = 250_000_000;
/** A sender that was held up is this far behind at most: its queue is no longer. */
const BACKLOG_NS = 1_000_000_000;
const POLL_NS = 10_000_000n;

/** What a stream is made from. */
export interface VideoStreamOptions extends SourceOptions, SinkOptions {}

/** What happened to a stream while it was driven. */
export interface VideoStreamOutcome {
  /** Frames that were to be sent. */
  readonly wanted: number;
  /** Frames that came out whole. */
  readonly whole: number;
  /** Why the others did not; all 0 if none is missing. */
  readonly losses: Readonly<Record<string, number>>;
  /** Batches by how long after their instants they left, see the statistics of senders. */
  readonly deviation: readonly number[];
  readonly lateBatches: number;
  readonly senderCpuNs: number;
  readonly receiverCpuNs: number;
  readonly sender: NativeSenderStatistics;
  readonly receiver: NativeReceiverStatistics;
}

interface Snapshot {
  readonly sender: NativeSenderStatistics;
  readonly receiver: NativeReceiverStatistics;
}

/** A sender, a receiver and a ring for each. */
export class VideoStream {
  readonly #source: VideoSource;
  readonly #sink: VideoSink;
  #wanted: number = 0;
  #before: Snapshot | undefined;

  /** Opens it, with three different frames to be sent in turns. */
  constructor(native: Native, options: VideoStreamOptions) {
    this.#sink = new VideoSink(native, options, { address: "127.0.0.1", port: 0 });
    this.#source = new VideoSource(native, options, { address: "127.0.0.1", port: this.#sink.receiver.localPort() });
  }

  /** Has the next frame sent; with pacing from an instant on, else at once. */
  submit(startNs: bigint): void {
    this.#wanted++;
    this.#source.submit(startNs);
  }

  /** Whether every frame that the sender has taken was sent. */
  isSent(): boolean {
    return this.#source.isSent();
  }

  /** Waits until the frame that was submitted last has come; what has not come within 100 ms never will. */
  waitForLast(): void {
    this.#sink.waitFor(this.#source.count);
  }

  /** Counts from here on. */
  mark(): void {
    this.#before = this.#snapshot();
    this.#wanted = 0;
  }

  /** What happened since `mark()`. */
  outcome(): VideoStreamOutcome {
    const { sender, receiver } = this.#snapshot();
    const before = this.#before!;
    const since = (name: keyof NativeReceiverStatistics): number =>
      Number(receiver[name]) - Number(before.receiver[name]);
    return {
      wanted: this.#wanted,
      whole: since("frames") - since("incompleteFrames") + since("discardedFrames"),
      losses: {
        notTaken: this.#wanted - (sender.submitted - before.sender.submitted),
        refusedPackets: sender.refused - before.sender.refused,
        lostPackets: since("lost"),
        kernelDropped: since("kernelDropped"),
        incompleteFrames: since("incompleteFrames"),
        droppedFrames: since("droppedFrames"),
      },
      deviation: sender.deviation.map((count, i) => count - before.sender.deviation[i]),
      lateBatches: sender.lateBatches - before.sender.lateBatches,
      senderCpuNs: sender.cpuNs - before.sender.cpuNs,
      receiverCpuNs: receiver.cpuNs - before.receiver.cpuNs,
      sender,
      receiver,
    };
  }

  #snapshot(): Snapshot {
    return { sender: this.#source.sender.statistics(), receiver: this.#sink.receiver.statistics() };
  }

  /** How many bytes of the newest frame that came differ from what was sent; all if none came. */
  differingBytes(): number {
    return this.#sink.differingBytes(this.#source.lastFrame);
  }

  /** Stops both threads. */
  close(): void {
    this.#source.close();
    this.#sink.close();
  }
}

/** CPU time of this process, ns, while some streams were driven, and what happened to each. */
export interface DriveOutcome {
  readonly processCpuNs: number;
  readonly streams: readonly VideoStreamOutcome[];
}

/** Sends frames of all streams at 59.94 Hz, all at the same instants: `warmUp` that do not count, then `frames`. */
export function drive(native: Native, streams: readonly VideoStream[], warmUp: number, frames: number): DriveOutcome {
  send(native, streams, warmUp);
  for (const stream of streams) stream.mark();
  const before = process.cpuUsage();
  send(native, streams, frames);
  return { processCpuNs: cpuSince(before), streams: streams.map((stream) => stream.outcome()) };
}

function send(native: Native, streams: readonly VideoStream[], frames: number): void {
  const start = native.time.monotonicNs() + 1_000_000n;
  const instant = (n: number): bigint => start + BigInt(Math.round(n * PERIOD_NS));
  for (let n = 0; n < frames; n++) {
    native.time.sleepUntil(instant(n));
    // What is paced is handed over a period before it begins.
    for (const stream of streams) stream.submit(instant(n + 1));
  }
  native.time.sleepUntil(instant(frames));
  settle(native, streams);
}

function settle(native: Native, streams: readonly VideoStream[]): void {
  const last = native.time.monotonicNs() + BigInt(BACKLOG_NS);
  while (!streams.every((stream) => stream.isSent()) && native.time.monotonicNs() < last) {
    native.time.sleepUntil(native.time.monotonicNs() + POLL_NS);
  }
  const end = native.time.monotonicNs() + BigInt(SETTLE_NS);
  while (native.time.monotonicNs() < end) native.time.sleepUntil(end);
}

/** Sends frames of a stream, each when the one before has come: `warmUp` that do not count, then `frames`. */
export function rush(native: Native, stream: VideoStream, warmUp: number, frames: number): DriveOutcome {
  hurry(native, stream, warmUp);
  stream.mark();
  const before = process.cpuUsage();
  hurry(native, stream, frames);
  return { processCpuNs: cpuSince(before), streams: [stream.outcome()] };
}

function hurry(native: Native, stream: VideoStream, frames: number): void {
  for (let n = 0; n < frames; n++) {
    stream.submit(0n);
    stream.waitForLast();
  }
  settle(native, [stream]);
}

function cpuSince(before: ReturnType<typeof process.cpuUsage>): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1000;
}

/** Whether every frame came, and nothing else is wrong. */
export function isWhole(outcome: VideoStreamOutcome): boolean {
  return outcome.whole === outcome.wanted && Object.values(outcome.losses).every((count) => count === 0);
}
