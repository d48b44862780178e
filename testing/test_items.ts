/**
 * What a test source sends: plain data, so that it also crosses to other threads and processes.
 *
 * @module
 */
import {
  type AncillaryFormat,
  type AncillaryPacket,
  type AudioFormat,
  type CommitOptions,
  type EncodedFormat,
  frameBytes,
  type KeyEventValue,
  type MouseEventValue,
  type VideoFormat,
} from "@streamlib/core";

/** What may be said of an item beside its content. */
export type TestStamp = Omit<CommitOptions, "stampFrom">;

/** One item with a payload: its format and its bytes. */
export interface TestItem<F> {
  /** Format of the item. */
  readonly format: F;
  /** Its payload; it is copied into the ring, and never changed. */
  readonly data: Uint8Array;
  /** Stamps and metadata. Default: those of the tick. */
  readonly stamp?: TestStamp;
}

/** One picture; `data` holds its planes as the format says. */
export type TestPicture = TestItem<VideoFormat>;

/**
 * What a test source sends, by output: at tick _n_ the _n_-th entry of each list. An entry that is `undefined` sends
 * nothing at that tick.
 */
export interface TestItems {
  /** Pictures. */
  readonly video?: readonly (TestPicture | undefined)[];
  /** Blocks of sound; `data` holds float32 samples, channels interleaved. */
  readonly audio?: readonly (TestItem<AudioFormat> | undefined)[];
  /** Packets of coded media. */
  readonly packets?: readonly (TestItem<EncodedFormat> & { readonly keyframe?: boolean } | undefined)[];
  /** Ancillary packets, all of one picture together. */
  readonly ancillary?: readonly (
    | { readonly format: AncillaryFormat; readonly packets: readonly AncillaryPacket[]; readonly stamp?: TestStamp }
    | undefined
  )[];
  /** Values for a data output. */
  readonly data?: readonly unknown[];
  /** Keys. */
  readonly keys?: readonly (KeyEventValue | undefined)[];
  /** What the mouse does. */
  readonly mouse?: readonly (MouseEventValue | undefined)[];
}

/** What fills a picture: bytes that are repeated over all of it (`[255, 0, 0, 255]`), or a function that fills it. */
export type PictureFill = readonly number[] | ((data: Uint8Array, index: number) => void);

/**
 * A picture for a {@linkcode TestItems}.
 *
 * @param format Its format; `videoFormat` makes one.
 * @param fill Bytes that are repeated over the whole payload, each 0–255, or a function that fills it, which is all 0.
 * @param index What the function is told. Default 0.
 * @throws {RangeError} If there are no bytes to repeat.
 */
export function picture(format: VideoFormat, fill: PictureFill, index: number = 0): TestPicture {
  const data = new Uint8Array(frameBytes(format));
  if (typeof fill === "function") {
    fill(data, index);
    return { format, data };
  }
  if (fill.length === 0) throw new RangeError("Cannot fill a picture: there are no bytes to repeat");
  for (let at = 0; at < data.length; at++) data[at] = fill[at % fill.length];
  return { format, data };
}

/** `count` pictures, each as {@linkcode picture} makes it with its index. */
export function pictures(count: number, format: VideoFormat, fill: PictureFill): TestPicture[] {
  return Array.from({ length: count }, (_, index) => picture(format, fill, index));
}
