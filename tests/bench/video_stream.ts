/**
 * One stream of ST 2110-20 within this process: from a frame in a slot of a ring, over UDP on the loopback interface,
 * into a slot of another ring, by the native sender and receiver.
 *
 * @module
 */
import process from "node:process";
import { frameBytes, type PixelFormat, planesOf, type VideoFormat, videoFormat } from "@streamlib/core";
import {
  type Native,
  type NativePacing,
  type NativePixelFormat,
  type NativeReceiver,
  type NativeReceiverStatistics,
  type NativeRing,
  type NativeSender,
  type NativeSenderStatistics,
  ringControlLayout,
  ringSlotHeaderLayout,
} from "@streamlib/ffi";

/** 59.94 Hz. */
export const RATE = { num: 60_000, den: 1001 } as const;
/** Of a frame, ns. */
export const PERIOD_NS: number = (1e9 * RATE.den) / RATE.num;
/** 4:2:2 of 10 bits as it lies on the wire. */
export const GROUPS: PixelFormat = "pgroup/YCbCr-4:2:2/10";

const SOURCE_FRAMES = 3;
const RECEIVE_BUFFER_BYTES = 32 << 20;
const SEND_BUFFER_BYTES = 4 << 20;
const WAIT_MS = 100;
const TICKS_HZ = 90_000;
/** The statistics of a receiver are renewed ten times in a second. */
const SETTLE_NS = 250_000_000;

/** What a stream is made from. */
export interface VideoStreamOptions {
  readonly width: number;
  readonly height: number;
  /** Of the frames in both rings. */
  readonly pixelFormat: PixelFormat;
  /** Whether the sender gives the system runs of datagrams to cut (GSO). */
  readonly hasRuns: boolean;
  /** Whether the receiver takes runs as they come (GRO), or has the system cut them before. */
  readonly isGrouped: boolean;
  readonly pacing: NativePacing;
  /** Of the sender's thread; default none. */
  readonly realTimePriority?: number;
}

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
  readonly #format: VideoFormat;
  readonly #sent: NativeRing;
  readonly #got: NativeRing;
  readonly #sender: NativeSender;
  readonly #receiver: NativeReceiver;
  readonly #frames: readonly Uint8Array[];
  readonly #offsets: readonly number[];
  readonly #isPaced: boolean;
  #count: number = 0;
  #wanted: number = 0;
  #missed: number = 0;
  #before: Snapshot | undefined;

  /** Opens it, with three different frames to be sent in turns. */
  constructor(native: Native, options: VideoStreamOptions) {
    const { width, height, pixelFormat, hasRuns, isGrouped, pacing, realTimePriority = 0 } = options;
    this.#isPaced = pacing !== "none";
    this.#format = videoFormat({ pixelFormat, width, height, rate: { ...RATE } });
    const itemBytes = frameBytes(this.#format);
    this.#offsets = planesOf(this.#format).map((plane) => plane.offsetBytes);
    const config = { readerMax: 1, payloadBytes: itemBytes, metadataBytes: 512, generation: 0 };
    this.#sent = native.createRing({ ...config, slotCount: SOURCE_FRAMES + 1 });
    this.#got = native.createRing({ ...config, slotCount: 3 });
    this.#frames = fill(this.#sent, itemBytes, this.#format);
    const picture = {
      kind: "video",
      width,
      height,
      sampling: "YCbCr-4:2:2",
      depth: "10",
      rate: RATE,
      ...(pixelFormat === GROUPS ? {} : { pixelFormat: pixelFormat as NativePixelFormat }),
    } as const;
    this.#receiver = native.openReceiver({
      ...picture,
      local: { address: "127.0.0.1", port: 0 },
      receiveBufferBytes: RECEIVE_BUFFER_BYTES,
      grouped: isGrouped,
      itemBytes,
      planeOffsets: this.#offsets,
      strides: this.#format.strides,
    });
    this.#receiver.setRing(this.#got.handle, this.#got.openWriter());
    this.#sender = native.openSender({
      ...picture,
      to: { address: "127.0.0.1", port: this.#receiver.localPort() },
      sendBufferBytes: SEND_BUFFER_BYTES,
      payloadType: 96,
      ssrc: 1,
      mode: hasRuns ? "gso" : "single",
      pacing,
      realTimePriority,
    });
  }

  /** Has the next frame sent; with pacing from an instant on, else at once. */
  submit(startNs: bigint): void {
    const number = this.#count++;
    this.#wanted++;
    // `full` if the thread is several frames behind: the frame is missing in what comes out.
    this.#sender.submit(this.#frames[number % SOURCE_FRAMES], {
      startNs: this.#isPaced ? startNs : 0n,
      mediaClock: BigInt(Math.floor((number * TICKS_HZ * RATE.den) / RATE.num)),
      planeOffsets: this.#offsets,
      strides: this.#format.strides,
    });
  }

  /** Waits until the frame that was submitted last has come; what has not come within 100 ms never will. */
  waitForLast(): void {
    const control = new Uint32Array(this.#got.buffer, 0, ringControlLayout.structBytes / 4);
    const came = (): number => control[ringControlLayout.headSequence / 4];
    while (came() < this.#count - this.#missed) {
      const doorbell = control[ringControlLayout.doorbell / 4];
      if (came() >= this.#count - this.#missed) return;
      if (this.#got.wait(doorbell, WAIT_MS) !== 0) this.#missed = this.#count - came();
    }
  }

  /** Counts from here on. */
  mark(): void {
    this.#before = { sender: this.#sender.statistics(), receiver: this.#receiver.statistics() };
    this.#wanted = 0;
  }

  /** What happened since `mark()`. */
  outcome(): VideoStreamOutcome {
    const [sender, receiver] = [this.#sender.statistics(), this.#receiver.statistics()];
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

  /** How many bytes of the newest frame that came differ from what was sent; all if none came. */
  differingBytes(): number {
    const reader = this.#got.openReader();
    const slot = this.#got.pinLatest(reader, 0);
    const wanted = this.#frames[(this.#count - 1) % SOURCE_FRAMES];
    if (slot < 0) return wanted.length;
    const found = slotBytes(this.#got, slot, wanted.length);
    let differing = 0;
    for (let i = 0; i < wanted.length; i++) if (found[i] !== wanted[i]) differing++;
    this.#got.closeReader(reader);
    return differing;
  }

  /** Stops both threads. */
  close(): void {
    this.#sender.close();
    this.#receiver.close();
    this.#sent.detach();
    this.#got.detach();
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
  settle(native);
}

function settle(native: Native): void {
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
  settle(native);
}

function cpuSince(before: ReturnType<typeof process.cpuUsage>): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1000;
}

/** Whether every frame came, and nothing else is wrong. */
export function isWhole(outcome: VideoStreamOutcome): boolean {
  return outcome.whole === outcome.wanted && Object.values(outcome.losses).every((count) => count === 0);
}

function slotBytes(ring: NativeRing, slot: number, bytes: number): Uint8Array {
  const control = new Uint32Array(ring.buffer, 0, ringControlLayout.structBytes / 4);
  const word = (offset: number): number => control[offset / 4];
  const start = word(ringControlLayout.payloadOffset) + slot * word(ringControlLayout.payloadStride);
  return new Uint8Array(ring.buffer, start, bytes);
}

/** Commits frames into a ring and pins them. */
function fill(ring: NativeRing, bytes: number, format: VideoFormat): Uint8Array[] {
  const writer = ring.openWriter();
  const reader = ring.openReader();
  const control = new Uint32Array(ring.buffer, 0, ringControlLayout.structBytes / 4);
  return patternsOf(bytes, format).map((pattern) => {
    const slot = ring.loan(writer);
    const data = slotBytes(ring, slot, bytes);
    data.set(pattern);
    const header = control[ringControlLayout.slotHeaderOffset / 4] + slot * ringSlotHeaderLayout.structBytes;
    new DataView(ring.buffer).setUint32(header + ringSlotHeaderLayout.payloadBytes, bytes, true);
    ring.commit(writer, slot);
    if (ring.pinLatest(reader, 0) !== slot) throw new Error("Cannot measure: a frame cannot be pinned");
    return data;
  });
}

const patterns = new Map<number, readonly Uint8Array[]>();

function patternsOf(bytes: number, format: VideoFormat): readonly Uint8Array[] {
  const known = patterns.get(bytes);
  if (known !== undefined) return known;
  const made = Array.from({ length: SOURCE_FRAMES }, (_, number) => {
    const data = new Uint8Array(bytes);
    for (let i = 0; i < bytes; i++) data[i] = ((i + number) * 31) ^ (i >> 7);
    // Samples of ten bits in words of sixteen.
    if (format.pixelFormat.endsWith("10le")) { for (let i = 1; i < bytes; i += 2) data[i] &= 3; }
    return data;
  });
  patterns.set(bytes, made);
  return made;
}
