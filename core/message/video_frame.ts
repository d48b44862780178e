/**
 * Video frames.
 *
 * @module
 */
import { Loan, type LoanSlot, Message, type MessageTypes, type Payload } from "./message.ts";
import { frameBytes, planesOf, type PlaneSpan, type VideoFormat } from "./video_format.ts";

interface VideoTypes extends MessageTypes {
  format: VideoFormat;
  loan: VideoLoan;
  value: never;
}

/** One frame of video; `data` holds the planes one after another as {@linkcode VideoFormat} says. */
export class VideoFrame extends Message<VideoTypes> {
  static readonly typeName = "VideoFrame";
  static readonly kind = "media" as const;
  static readonly delivery = "latest" as const;
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

  /** Bytes of one plane (0: luma or RGB), valid as long as `data`. */
  plane(index: number): Uint8Array {
    return planeOf(this.data, planesOf(this.format), index);
  }
}

/** A free slot for a video frame. */
export class VideoLoan extends Loan<VideoFormat> {
  /** Bytes of one plane (0: luma or RGB), valid as long as `data`. */
  plane(index: number): Uint8Array {
    return planeOf(this.data, planesOf(this.format), index);
  }
}

function planeOf(data: Uint8Array, planes: readonly PlaneSpan[], index: number): Uint8Array {
  const plane = planes[index];
  if (!plane) throw new RangeError(`Cannot take plane ${index}: the frame has planes 0 to ${planes.length - 1}`);
  return data.subarray(plane.offsetBytes, plane.offsetBytes + plane.strideBytes * plane.rows);
}
