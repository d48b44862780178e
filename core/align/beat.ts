/**
 * The instants of an aligner.
 *
 * @module
 */
import type { VideoFrame } from "../message/video_frame.ts";
import type { Rate } from "../time/rate.ts";

/** One instant, and what lasts until the next one. */
export interface Beat {
  /** TAI instant, ns. */
  readonly ns: bigint;
  /** Where the next one begins, ns. */
  readonly endNs: bigint;
  /** Its picture, if it has one. */
  readonly frame: VideoFrame | undefined;
  /** Frames of sound, where sound sets the beat. */
  readonly soundFrames: number | undefined;
  /** It does not continue the one before. */
  readonly hasGap: boolean;
}

/** Stamps of one stream that lie farther apart than this are a new beginning. */
export const JUMP_NS = 1_000_000_000n;
/** Stamps that are off by less than this are taken as rounded: those of media files have whole milliseconds. */
export const ROUNDING_NS = 1_000_000n;

/** Half a tick of the 90 kHz clock of RTP: an instant that a stamp stands for may be as much later. */
const TICK_NS = 6_000n;

/** Where instants are expected: at a rate, counted from the last picture. */
export class BeatGrid {
  readonly #anchorNs: bigint;
  readonly rate: Rate;
  #beats = 1n;

  /** @param anchorNs Instant of a picture, after which the grid begins. */
  constructor(anchorNs: bigint, rate: Rate) {
    this.#anchorNs = anchorNs;
    this.rate = rate;
  }

  /** The next instant, ns. */
  get nextNs(): bigint {
    return this.#at(this.#beats);
  }

  /** The one after it, ns. */
  get afterNs(): bigint {
    return this.#at(this.#beats + 1n);
  }

  /** The next instant has passed. */
  pass(): void {
    this.#beats++;
  }

  #at(beat: bigint): bigint {
    const { num, den } = this.rate;
    return this.#anchorNs + (beat * BigInt(den) * 1_000_000_000n + BigInt(num) / 2n) / BigInt(num);
  }
}

/** Remembers when the streams together had reached an instant: from then on the latest of them is waited for. */
export class FrontLog {
  #log: { readonly reachedNs: bigint; readonly seenNs: bigint }[] = [];

  /** The farthest stream has reached `reachedNs`; it is `seenNs` now. */
  see(reachedNs: bigint, seenNs: bigint): void {
    const last = this.#log.at(-1);
    // What was seen before a step back of time would be waited for until that time comes again.
    if (last && (reachedNs < last.reachedNs - JUMP_NS || seenNs < last.seenNs)) this.#log = [];
    else if (last && reachedNs <= last.reachedNs) return;
    this.#log.push({ reachedNs, seenNs });
  }

  /** When the instant was reached, or `undefined`. What is earlier is forgotten: ask in rising order. */
  seenAt(ns: bigint): bigint | undefined {
    const from = this.#log.findIndex(({ reachedNs }) => reachedNs >= ns - TICK_NS);
    if (from > 0) this.#log.splice(0, from);
    return from < 0 ? undefined : this.#log[0].seenNs;
  }
}
