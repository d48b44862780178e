/**
 * Blocks of sound.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import { type CommitOptions, Loan, type LoanSlot, Message, type MessageTypes, type Payload } from "./message.ts";

/** Format of every block of one ring generation. */
export interface AudioFormat {
  /** Frames (samples per channel) per second, 8000–384000. */
  readonly sampleRateHz: number;
  /** Samples per frame, 1–64. */
  readonly channels: number;
  /** Most frames in one block, 1–1048576; a block may hold fewer. */
  readonly framesMax: number;
}

/** Types that belong to {@linkcode AudioBuffer}. */
export interface AudioTypes extends MessageTypes {
  /** What its outputs are loaned with. */
  format: AudioFormat;
  /** What is filled and committed. */
  loan: AudioLoan;
  /** Is filled in place, never sent whole. */
  value: never;
}

const BYTES_PER_SAMPLE = 4;

/** A complete audio format. @throws {StreamError} `format-invalid` naming the field, its value and its range. */
export function audioFormat(init: AudioFormat): AudioFormat {
  checkInteger("sampleRateHz", init.sampleRateHz, 8000, 384_000);
  checkInteger("channels", init.channels, 1, 64);
  checkInteger("framesMax", init.framesMax, 1, 1 << 20);
  return { sampleRateHz: init.sampleRateHz, channels: init.channels, framesMax: init.framesMax };
}

function checkInteger(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new StreamError(
    "format-invalid",
    `Cannot use audio ${name} ${value}: it must be an integer from ${min} to ${max}`,
  );
}

/** A block of sound: float32 samples in [-1, 1], channels interleaved. */
export class AudioBuffer extends Message<AudioTypes> {
  /** Name, the same in every copy and version of the library. */
  static readonly typeName = "AudioBuffer";
  /** Drives clocks. */
  static readonly kind = "media" as const;
  /** Every item once and in order, unless the input says otherwise. */
  static readonly delivery = "ordered" as const;
  /** Blocks that an ordered input may fall behind, unless it says otherwise. */
  static readonly depth = 16;

  /** Bytes of the largest block. */
  static slotBytes(format: AudioFormat): number {
    return format.framesMax * format.channels * BYTES_PER_SAMPLE;
  }

  /** The block in a pinned slot. */
  static read(payload: Payload, format: AudioFormat): AudioBuffer {
    return new AudioBuffer(payload, format);
  }

  /** The loan of a free slot. */
  static lend(slot: LoanSlot, format: AudioFormat): AudioLoan {
    return new AudioLoan(slot, format);
  }

  /** The samples, channels interleaved: `frames * channels` of them; valid as long as `data`. */
  get samples(): Float32Array {
    return floatsOf(this.data);
  }

  /** Frames (samples per channel) in this block. */
  get frames(): number {
    return this.data.length / (this.format.channels * BYTES_PER_SAMPLE);
  }
}

/** A free slot for a block of sound. */
export class AudioLoan extends Loan<AudioFormat> {
  /** Room for `framesMax * channels` samples; valid until commit or abort. */
  get samples(): Float32Array {
    return floatsOf(this.data);
  }

  /**
   * Publishes the block.
   *
   * @param options `frames`: how many frames were filled, 1 to `framesMax`; default `framesMax`.
   * @throws {RangeError} If `frames` is out of range.
   * @throws {StreamError} As {@linkcode Loan.commit}.
   */
  override commit(options: CommitOptions & { frames?: number } = {}): void {
    const frames = options.frames ?? this.format.framesMax;
    if (!Number.isInteger(frames) || frames < 1 || frames > this.format.framesMax) {
      throw new RangeError(`Cannot commit ${frames} frames: the block holds 1 to ${this.format.framesMax}`);
    }
    this.slot.commit(frames * this.format.channels * BYTES_PER_SAMPLE, 0, options);
  }
}

function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / BYTES_PER_SAMPLE);
}
