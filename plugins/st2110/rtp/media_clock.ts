/**
 * Media clocks of what is sent: which tick of the RTP clock an item has (ST 2110-10 §7).
 *
 * @module
 */
import type { Rate } from "@streamlib/core";
import type { Native } from "./native.ts";

/** RTP clock of pictures and of ancillary data (ST 2110-10 §7.3). */
export const VIDEO_CLOCK_HZ = 90_000;

/** An instant so near to the start of a frame is that start, ns: time stamps of frames are rounded. */
const NEAR_NS = 2000n;

/** A tick of 90 kHz, ns, rounded up. */
const TICK_NS = 11_112n;

/** Where a frame stands in time. */
export interface FrameTime {
  /** Number of the frame period that it lies in, counted from the epoch (ST 2059-1). */
  readonly frame: bigint;
  /** Tick of the frame, or of its first field. */
  readonly ticks: bigint;
  /** Tick of the second field; of segments the same as the first. */
  readonly secondTicks: bigint;
}

/**
 * Where a frame stands in time. If it begins with a frame period, its ticks come from the number of that period, so that
 * no rounding to nanoseconds shifts them.
 *
 * @param timestampNs TAI instant of the frame, ns.
 * @param rate Frames per second.
 * @param isInterlaced Whether its second field is half a period later.
 */
export function frameTimeOf(
  { timestamp }: Native,
  timestampNs: bigint,
  rate: Rate,
  isInterlaced: boolean,
): FrameTime {
  const frame = frameOf(timestamp, timestampNs, rate);
  const isOnGrid = timestampNs - timestamp.frameStart(frame, rate) <= NEAR_NS;
  const ticks = isOnGrid
    ? timestamp.frameTicks(frame, rate, VIDEO_CLOCK_HZ)
    : timestamp.ticksAt(timestampNs, VIDEO_CLOCK_HZ);
  if (!isInterlaced) return { frame, ticks, secondTicks: ticks };
  const half = timestamp.frameTicks(frame, rate, VIDEO_CLOCK_HZ, 1) - timestamp.frameTicks(frame, rate, VIDEO_CLOCK_HZ);
  return { frame, ticks, secondTicks: ticks + half };
}

/**
 * Number of the frame period that an instant lies in. That of a received frame is the first of its tick, in the midst of
 * which the frame begins.
 */
function frameOf(timestamp: Native["timestamp"], timestampNs: bigint, rate: Rate): bigint {
  const frame = timestamp.frameAt(timestampNs + TICK_NS + NEAR_NS, rate);
  const tick = timestamp.frameTicks(frame, rate, VIDEO_CLOCK_HZ);
  const isBegun = timestampNs + NEAR_NS >= timestamp.instantOf(tick, VIDEO_CLOCK_HZ);
  return isBegun ? frame : timestamp.frameAt(timestampNs, rate);
}

/** What a sender is told of an item's time. */
export interface SlotTime {
  /** TAI instant at which the frame period begins in which the item is sent, ns. */
  readonly startNs: bigint;
  /** Ticks of the item, or of its first field. */
  readonly mediaClock: bigint;
  /** Ticks of the second field. */
  readonly secondMediaClock: bigint;
}

/**
 * The ticks of an item and the frame period in which it is sent.
 *
 * @param timestampNs TAI instant of the item, ns.
 * @param stream Its frames per second, whether a second field is half a period later, and how many frame periods it is
 * sent after its own.
 */
export function slotTimeOf(
  native: Native,
  timestampNs: bigint,
  stream: { readonly rate: Rate; readonly isInterlaced?: boolean; readonly delayFrames: number },
): SlotTime {
  const { rate, isInterlaced = false, delayFrames } = stream;
  const { frame, ticks, secondTicks } = frameTimeOf(native, timestampNs, rate, isInterlaced);
  const startNs = native.timestamp.frameStart(frame + BigInt(delayFrames), rate);
  return { startNs, mediaClock: ticks, secondMediaClock: secondTicks };
}

/** Tells first fields from second ones, for items of one field each. */
export class FieldClock {
  #last: { readonly timestampNs: bigint; readonly field: "first" | "second" } | undefined;

  /**
   * Which field an item is, its ticks, and when it is sent. Of interlaced pictures the instant says which it is; the
   * segments of a frame have one instant, the first comes first.
   *
   * @param timestampNs TAI instant of the item, ns.
   * @param stream As {@linkcode slotTimeOf}.
   */
  timeOf(
    native: Native,
    timestampNs: bigint,
    stream: { readonly rate: Rate; readonly isInterlaced: boolean; readonly delayFrames: number },
  ): SlotTime & { readonly field: "first" | "second" } {
    const { rate, isInterlaced, delayFrames } = stream;
    const { timestamp } = native;
    const frame = frameOf(timestamp, timestampNs, rate);
    const halfNs = (timestamp.frameStart(frame + 1n, rate) - timestamp.frameStart(frame, rate)) / 2n;
    const secondTick = timestamp.frameTicks(frame, rate, VIDEO_CLOCK_HZ, 1);
    const last = this.#last;
    const isSecond = isInterlaced
      ? timestampNs + NEAR_NS >= timestamp.instantOf(secondTick, VIDEO_CLOCK_HZ)
      : last?.field === "first" && last.timestampNs === timestampNs;
    const field = isSecond ? "second" : "first";
    this.#last = { timestampNs, field };
    const startNs = timestamp.frameStart(frame + BigInt(delayFrames), rate) + (isSecond ? halfNs : 0n);
    if (!isSecond || !isInterlaced) {
      const { ticks } = frameTimeOf(native, timestampNs, rate, false);
      return { field, startNs, mediaClock: ticks, secondMediaClock: ticks };
    }
    const isOnGrid = timestampNs - timestamp.frameStart(frame, rate) - halfNs <= NEAR_NS;
    const tick = isOnGrid ? secondTick : timestamp.ticksAt(timestampNs, VIDEO_CLOCK_HZ);
    return { field, startNs, mediaClock: tick, secondMediaClock: tick };
  }
}

/** Time stamps of blocks may be rounded by so many samples and mean no gap. */
const ROUNDING_SAMPLES = 2n;

/** Counts the samples of a stream of sound: blocks that follow each other have no gap and no overlap. */
export class SampleClock {
  readonly #native: Native;
  readonly #sampleRateHz: number;
  #next: bigint | undefined;
  /** Blocks that did not begin where the last one ended. */
  jumps = 0;

  constructor(native: Native, sampleRateHz: number) {
    this.#native = native;
    this.#sampleRateHz = sampleRateHz;
  }

  /**
   * The media clock of a block's first sample.
   *
   * @param timestampNs TAI instant of that sample, ns.
   * @param frames Samples of each channel in the block.
   */
  take(timestampNs: bigint, frames: number): bigint {
    const own = this.#native.timestamp.ticksAt(timestampNs, this.#sampleRateHz);
    const expected = this.#next;
    let first = own;
    if (expected !== undefined) {
      const offset = own - expected;
      if (offset <= ROUNDING_SAMPLES && -offset <= ROUNDING_SAMPLES) first = expected;
      else this.jumps++;
    }
    this.#next = first + BigInt(frames);
    return first;
  }
}
