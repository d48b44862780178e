/**
 * Video frames.
 *
 * @module
 */
import { Loan, type LoanSlot, Message, type MessageTypes, type Payload } from "./message.ts";
import { frameBytes, planesOf, type PlaneSpan, type VideoFormat } from "./video_format.ts";

/** Types that belong to {@linkcode VideoFrame}. */
export interface VideoTypes extends MessageTypes {
  /** What its outputs are loaned with. */
  format: VideoFormat;
  /** What is filled and committed. */
  loan: VideoLoan;
  /** Is filled in place, never sent whole. */
  value: never;
}

/** One frame of video; `data` holds the planes one after another as {@linkcode VideoFormat} says. */
export class VideoFrame extends Message<VideoTypes> {
  /** Name, the same in every copy and version of the library. */
  static readonly typeName = "VideoFrame";
  /** Drives clocks, and is joined with other inputs of the same source clock. */
  static readonly kind = "media" as const;
  /** The newest, unless the input says otherwise. */
  static readonly delivery = "latest" as const;
  /** Frames that an ordered input may fall behind, unless it says otherwise. */
  static readonly depth = 4;

  /** Bytes of a frame. */
  static slotBytes(format: VideoFormat): number {
    return frameBytes(format);
  }

  /** The frame in a pinned slot. */
  static read(payload: Payload, format: VideoFormat): VideoFrame {
    return new VideoFrame(payload, format);
  }

  /** The loan of a free slot. */
  static lend(slot: LoanSlot, format: VideoFormat): VideoLoan {
    return new VideoLoan(slot, format);
  }

  /**
   * Bytes of one plane (0: luma or RGB, or all of a packed format), padding included; valid as long as `data`.
   *
   * @throws {RangeError} If there is no such plane.
   * @throws {StreamError} `slot-released` once the frame was released.
   */
  plane(index: number): Uint8Array {
    return planeOf(this.data, planesOf(this.format), index);
  }
}

/** A free slot for a video frame. */
export class VideoLoan extends Loan<VideoFormat> {
  /**
   * Bytes of one plane (0: luma or RGB, or all of a packed format), padding included; valid until commit or abort.
   *
   * @throws {RangeError} If there is no such plane.
   */
  plane(index: number): Uint8Array {
    return planeOf(this.data, planesOf(this.format), index);
  }
}

function planeOf(data: Uint8Array, planes: readonly PlaneSpan[], index: number): Uint8Array {
  const plane = planes[index];
  if (!plane) throw new RangeError(`Cannot take plane ${index}: the frame has planes 0 to ${planes.length - 1}`);
  return data.subarray(plane.offsetBytes, plane.offsetBytes + plane.strideBytes * plane.rows);
}
