/**
 * The sending end of a stream of ST 2110-20: frames in the slots of a ring and a native sender.
 *
 * @module
 */
import type { VideoFormat } from "@streamlib/core";
import {
  type Native,
  type NativePacing,
  type NativeRing,
  type NativeSender,
  ringControlLayout,
  ringSlotHeaderLayout,
} from "@streamlib/ffi";
import {
  controlOf,
  type Picture,
  pictureOf,
  type PictureOptions,
  RATE,
  ringConfigOf,
  slotBytes,
} from "./video_picture.ts";

const SOURCE_FRAMES = 3;
const SEND_BUFFER_BYTES = 4 << 20;
const TICKS_HZ = 90_000;

/** How pictures are sent. */
export interface SourceOptions extends PictureOptions {
  /** Whether the sender gives the system runs of datagrams to cut (GSO). */
  readonly hasRuns: boolean;
  readonly pacing: NativePacing;
  /** Of the sender's thread; default none. */
  readonly realTimePriority?: number;
}

/** A ring with three different frames, which are sent in turns, and a sender. */
export class VideoSource {
  readonly #picture: Picture;
  readonly #ring: NativeRing;
  readonly #frames: readonly Uint8Array[];
  readonly #isPaced: boolean;
  /** The native sender. */
  readonly sender: NativeSender;
  #count: number = 0;

  /** Opens it. */
  constructor(native: Native, options: SourceOptions, to: { readonly address: string; readonly port: number }) {
    const { hasRuns, pacing, realTimePriority = 0 } = options;
    this.#isPaced = pacing !== "none";
    this.#picture = pictureOf(options);
    this.#ring = native.createRing(ringConfigOf(this.#picture, SOURCE_FRAMES + 1));
    this.#frames = fill(this.#ring, this.#picture);
    this.sender = native.openSender({
      ...this.#picture.config,
      to,
      sendBufferBytes: SEND_BUFFER_BYTES,
      payloadType: 96,
      ssrc: 1,
      mode: hasRuns ? "gso" : "single",
      pacing,
      realTimePriority,
    });
  }

  /** Frames that were to be sent. */
  get count(): number {
    return this.#count;
  }

  /** Whether every frame that the sender has taken was sent. */
  isSent(): boolean {
    return this.sender.doneCount() >= this.sender.statistics().submitted;
  }

  /** What was to be sent last. */
  get lastFrame(): Uint8Array {
    return this.#frames[(this.#count - 1) % SOURCE_FRAMES];
  }

  /** Has the next frame sent; with pacing from an instant on, else at once. */
  submit(startNs: bigint): void {
    const number = this.#count++;
    // `full` if the thread is many frames behind: the frame is missing in what comes out.
    this.sender.submit(this.#frames[number % SOURCE_FRAMES], {
      startNs: this.#isPaced ? startNs : 0n,
      mediaClock: BigInt(Math.floor((number * TICKS_HZ * RATE.den) / RATE.num)),
      planeOffsets: this.#picture.offsets,
      strides: this.#picture.format.strides,
    });
  }

  /** Stops the thread. */
  close(): void {
    this.sender.close();
    this.#ring.detach();
  }
}

/** Commits frames into a ring and pins them. */
function fill(ring: NativeRing, { bytes, format }: Picture): Uint8Array[] {
  const writer = ring.openWriter();
  const reader = ring.openReader();
  return patternsOf(bytes, format).map((pattern) => {
    const slot = ring.loan(writer);
    const data = slotBytes(ring, slot, bytes);
    data.set(pattern);
    const header = controlOf(ring)[ringControlLayout.slotHeaderOffset / 4] + slot * ringSlotHeaderLayout.structBytes;
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
