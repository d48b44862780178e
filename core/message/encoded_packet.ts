/**
 * Packets of coded media.
 *
 * @module
 */
import { type CommitOptions, FLAG, Loan, type LoanSlot, Message, type MessageTypes, type Payload } from "./message.ts";
import type { Rate } from "../time/rate.ts";

/** Format of every packet of one ring generation. */
export interface EncodedFormat {
  /** Registered codec string of WebCodecs, for example `avc1.42e01f`, `opus`, `mp4a.40.2`. */
  readonly codec: string;
  /** Decoder configuration record (`avcC`, `AudioSpecificConfig` …) in base64; absent where the codec has none. */
  readonly description?: string;
  /** Most bytes of one packet. */
  readonly bytesMax: number;
  /** Of video: luma columns. */
  readonly width?: number;
  /** Of video: luma rows. */
  readonly height?: number;
  /** Of video: frames per second. */
  readonly rate?: Rate;
  /** Of sound: frames (samples per channel) per second. */
  readonly sampleRateHz?: number;
  /** Of sound: samples per frame. */
  readonly channels?: number;
}

/** Types that belong to {@linkcode EncodedPacket}. */
export interface EncodedTypes extends MessageTypes {
  /** What its outputs are loaned with. */
  format: EncodedFormat;
  /** What is filled and committed. */
  loan: EncodedLoan;
  /** Is filled in place, never sent whole. */
  value: never;
}

/** One packet of coded media; `data` is the packet. */
export class EncodedPacket extends Message<EncodedTypes> {
  /** Name, the same in every copy and version of the library. */
  static readonly typeName = "EncodedPacket";
  /** Drives clocks. */
  static readonly kind = "media" as const;
  /** Every item once and in order, unless the input says otherwise. */
  static readonly delivery = "ordered" as const;
  /** Packets that an ordered input may fall behind, unless it says otherwise. */
  static readonly depth = 32;

  /** Bytes of the largest packet. */
  static slotBytes(format: EncodedFormat): number {
    return format.bytesMax;
  }

  /** The packet in a pinned slot. */
  static read(payload: Payload, format: EncodedFormat): EncodedPacket {
    return new EncodedPacket(payload, format);
  }

  /** The loan of a free slot. */
  static lend(slot: LoanSlot, format: EncodedFormat): EncodedLoan {
    return new EncodedLoan(slot, format);
  }

  /** Whether decoding can begin here. */
  get keyframe(): boolean {
    return (this.header.flags & FLAG.keyframe) !== 0;
  }
}

/** A free slot for a packet. */
export class EncodedLoan extends Loan<EncodedFormat> {
  /**
   * Publishes the packet.
   *
   * @param options `bytes`: length of the packet, 1 to `bytesMax`, default `bytesMax`; `keyframe`: whether decoding can
   * begin here, default false.
   * @throws {RangeError} If `bytes` is out of range.
   * @throws {StreamError} As {@linkcode Loan.commit}.
   */
  override commit(options: CommitOptions & { bytes?: number; keyframe?: boolean } = {}): void {
    const bytes = options.bytes ?? this.format.bytesMax;
    if (!Number.isInteger(bytes) || bytes < 1 || bytes > this.format.bytesMax) {
      throw new RangeError(`Cannot commit ${bytes} bytes: the packet holds 1 to ${this.format.bytesMax}`);
    }
    this.slot.commit(bytes, options.keyframe ? FLAG.keyframe : 0, options);
  }
}
