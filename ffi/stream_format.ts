/**
 * What senders and receivers of streams share: the words of SDP as the library takes them, and checked numbers.
 *
 * @module
 */

/** Components and how often chroma is sampled, as SDP writes them (ST 2110-20 §7.2). */
export type StreamSampling =
  | `${"YCbCr" | "CLYCbCr" | "ICtCp"}-${"4:4:4" | "4:2:2" | "4:2:0"}`
  | "RGB"
  | "XYZ"
  | "KEY";

/** Bits of a sample as SDP writes them; `16f` is half float. */
export type StreamDepth = "8" | "10" | "12" | "16" | "16f";

/** How the rows of a frame come: at once; as two fields; or, of one instant, as two segments (PsF). */
export type StreamScan = "progressive" | "interlaced" | "segmented";

/** Rows in pieces, or blocks of 1260 bytes over the ends of rows (ST 2110-20 §6.3). */
export type StreamPacking = "gpm" | "bpm";

/** A rate as a fraction of integers: `{ num: 60000, den: 1001 }`. */
export interface StreamRate {
  /** Frames in `den` seconds. */
  readonly num: number;
  /** Seconds. */
  readonly den: number;
}

/** The packets of uncompressed video. */
export interface StreamPicture {
  /** Pixels, 1 to 32767; even in 4:2:0. */
  readonly width: number;
  /** Rows of the frame, 1 to 32767; even in 4:2:0. */
  readonly height: number;
  /** See {@link StreamSampling}. */
  readonly sampling: StreamSampling;
  /** See {@link StreamDepth}. */
  readonly depth: StreamDepth;
  /** Default: progressive. */
  readonly scan?: StreamScan;
  /** Default: gpm. */
  readonly packing?: StreamPacking;
  /** MAXUDP: the longest datagram with its header of 8 bytes, 1460 unless given, at most 8960. */
  readonly udpBytesMax?: number;
}

/** Kinds of streams as the library numbers them. */
export const kindCodes: Readonly<Record<"video" | "audio" | "ancillary" | "jpeg-xs" | "h264", number>> = {
  video: 1,
  audio: 2,
  ancillary: 3,
  "jpeg-xs": 4,
  h264: 5,
};

/** Samplings as the library numbers them; what lies in the same way has one number. */
export const samplingCodes: Readonly<Record<StreamSampling, number>> = {
  "YCbCr-4:2:2": 1,
  "CLYCbCr-4:2:2": 1,
  "ICtCp-4:2:2": 1,
  "YCbCr-4:4:4": 2,
  "CLYCbCr-4:4:4": 2,
  "ICtCp-4:4:4": 2,
  "YCbCr-4:2:0": 3,
  "CLYCbCr-4:2:0": 3,
  "ICtCp-4:2:0": 3,
  RGB: 4,
  XYZ: 5,
  KEY: 6,
};

/** Depths as the library numbers them. */
export const depthCodes: Readonly<Record<StreamDepth, number>> = { "8": 8, "10": 10, "12": 12, "16": 16, "16f": 116 };

/** Scans as the library numbers them. */
export const scanCodes: Readonly<Record<StreamScan, number>> = { progressive: 0, interlaced: 1, segmented: 2 };

/** Packings as the library numbers them. */
export const packingCodes: Readonly<Record<StreamPacking, number>> = { gpm: 0, bpm: 1 };

/** Writes the options of a config into the struct that the library takes. */
export class StructWriter {
  /** The bytes of the struct. */
  readonly view: DataView<ArrayBuffer>;
  readonly #action: string;

  /**
   * Begins with zeros.
   *
   * @param action What the struct is for, as it stands after "Cannot": `open a sender`.
   */
  constructor(structBytes: number, action: string) {
    this.view = new DataView(new ArrayBuffer(structBytes));
    this.#action = action;
  }

  /**
   * Writes an option that is a number.
   *
   * @throws {RangeError} If it is no integer from `least` to `most`; it names the option.
   */
  number(offset: number, name: string, value: number, least: number = 0, most: number = 0xffffffff): void {
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new RangeError(
        `Cannot ${this.#action}: ${name} is ${String(value)}, it must be an integer from ${least} to ${most}`,
      );
    }
    this.view.setUint32(offset, value, true);
  }

  /**
   * Writes an option that is one of some words.
   *
   * @throws {TypeError} If it is another; it names the option and the words.
   */
  word<T extends string>(offset: number, name: string, value: T, codes: Readonly<Record<T, number>>): void {
    if (!Object.hasOwn(codes, value)) {
      const words = Object.keys(codes).join(", ");
      throw new TypeError(`Cannot ${this.#action}: ${name} is "${String(value)}", it must be one of ${words}`);
    }
    this.view.setUint32(offset, codes[value], true);
  }

  /** Writes a text in UTF-8 and its length, `bytesMax` at most; throws `RangeError` for a longer one. */
  text(lengthOffset: number, offset: number, name: string, value: string, bytesMax: number): void {
    const bytes = new TextEncoder().encode(value);
    if (bytes.length > bytesMax) {
      throw new RangeError(
        `Cannot ${this.#action}: ${name} has ${bytes.length} bytes, it must have at most ${bytesMax}`,
      );
    }
    this.view.setUint32(lengthOffset, bytes.length, true);
    new Uint8Array(this.view.buffer, offset, bytes.length).set(bytes);
  }
}
