/**
 * Pictures on their way through an aligner: the oldest is held, the others wait in the ring of their source.
 *
 * @module
 */
import { putVideo } from "../buffer/buffer_line.ts";
import { FLAG } from "../message/message.ts";
import type { VideoFrame } from "../message/video_frame.ts";
import type { Input } from "../port/input.ts";
import type { Output } from "../port/output.ts";
import { ENDED } from "../ring/layout.ts";
import type { Beat } from "./beat.ts";

/** Takes pictures from an input one after another. */
export class PictureLine {
  readonly #input: Input<VideoFrame>;
  readonly #output: Output<VideoFrame>;
  readonly #count: (name: string, by?: number) => void;
  #head: VideoFrame | undefined;

  /** @param count Counts what is lost, under `NAME.video`. */
  constructor(input: Input<VideoFrame>, output: Output<VideoFrame>, count: (name: string, by?: number) => void) {
    this.#input = input;
    this.#output = output;
    this.#count = count;
  }

  /** Whether nothing more can come. */
  get isClosed(): boolean {
    const { source } = this.#input;
    return !this.#head && (!source || (source.ended !== ENDED.open && this.#input.unread === 0));
  }

  /** Instant of the newest picture, ns. */
  get frontNs(): bigint | undefined {
    return this.#input.newestTimestampNs();
  }

  /** The oldest picture that was neither given nor let go. */
  get head(): VideoFrame | undefined {
    return this.#head ??= this.#input.read()?.retain();
  }

  /** Pictures that wait. */
  get length(): number {
    return (this.#head ? 1 : 0) + this.#input.unread;
  }

  /** Lets the oldest picture go, because its instant has passed. */
  dropLate(): void {
    this.#count("late.video");
    this.#letGo();
  }

  /** Commits the picture of a beat. */
  give({ frame, hasGap }: Beat): void {
    if (!frame) {
      if (!this.isClosed) this.#count("missing.video");
      return;
    }
    const { metadata, header, missed } = frame;
    const discontinuity = hasGap || missed > 0 || (header.flags & FLAG.discontinuity) !== 0;
    if (this.#output.stats().links === 0) this.#count("unlinked.video");
    else putVideo(this.#output, frame, { stampFrom: frame, discontinuity, ...(metadata ? { metadata } : {}) });
    this.#letGo();
  }

  /** Both holds: that of `retain` and, if it was read in this call of `process`, that of the call. */
  #letGo(): void {
    this.#head?.release();
    this.#head?.release();
    this.#head = undefined;
  }
}
