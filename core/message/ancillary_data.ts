/**
 * Ancillary data: what travels beside the picture.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import { type Rate, toRate } from "../time/rate.ts";
import { readAncillaryList, writeAncillaryList } from "./ancillary_list.ts";
import type { AncillaryPacket } from "./ancillary_packet.ts";
import { type CommitOptions, Loan, type LoanSlot, Message, type MessageTypes, type Payload } from "./message.ts";

const BYTES_MIN = 8;
const BYTES_DEFAULT = 8192;
const BYTES_MOST = 1 << 20;

/** Format of every item of one ring generation. */
export interface AncillaryFormat {
  /** Frames per second of the pictures it goes with; absent if it is not known. */
  readonly rate?: Rate;
  /** Most bytes of one item, 8–1048576: 8, and 12 and two per word for each packet, to the next multiple of 4. */
  readonly bytesMax: number;
}

/** Types that belong to {@linkcode AncillaryData}. */
export interface AncillaryTypes extends MessageTypes {
  /** What its outputs are loaned with. */
  format: AncillaryFormat;
  /** What is filled and committed. */
  loan: AncillaryLoan;
  /** Is filled in place, never sent whole. */
  value: never;
}

/**
 * A complete format of ancillary data.
 *
 * @param init `rate`: frames per second, default not known; `bytesMax`: default 8192.
 * @throws {StreamError} `format-invalid` naming the field, its value and its range.
 * @throws {RangeError} As {@linkcode toRate} for the rate.
 */
export function ancillaryFormat(init: { rate?: Rate | number; bytesMax?: number } = {}): AncillaryFormat {
  const { rate, bytesMax = BYTES_DEFAULT } = init;
  if (!Number.isInteger(bytesMax) || bytesMax < BYTES_MIN || bytesMax > BYTES_MOST) {
    throw new StreamError(
      "format-invalid",
      `Cannot use ancillary bytesMax ${bytesMax}: it must be an integer from ${BYTES_MIN} to ${BYTES_MOST}`,
    );
  }
  return rate === undefined ? { bytesMax } : { rate: toRate(rate), bytesMax };
}

/**
 * All ancillary data packets of one frame or one field, perhaps none. It has the time stamp of its picture, so an input
 * that reads it as `latest` is joined with video of the same source clock.
 */
export class AncillaryData extends Message<AncillaryTypes> {
  /** Name, the same in every copy and version of the library. */
  static readonly typeName = "AncillaryData";
  /** Drives clocks. */
  static readonly kind = "media" as const;
  /** Every item once and in order, unless the input says otherwise: captions may not be lost. */
  static readonly delivery = "ordered" as const;
  /** Items that an ordered input may fall behind, unless it says otherwise. */
  static readonly depth = 8;

  /** Bytes of the largest item. */
  static slotBytes(format: AncillaryFormat): number {
    return format.bytesMax;
  }

  /** The item in a pinned slot. */
  static read(payload: Payload, format: AncillaryFormat): AncillaryData {
    return new AncillaryData(payload, format);
  }

  /** The loan of a free slot. */
  static lend(slot: LoanSlot, format: AncillaryFormat): AncillaryLoan {
    return new AncillaryLoan(slot, format);
  }

  /**
   * The packets in the order of their places, read anew at every call. Their words are views, valid as long as `data`.
   *
   * @throws {StreamError} `slot-released` once the item was released, `format-invalid` if the payload is no such list.
   */
  get packets(): AncillaryPacket[] {
    return readAncillaryList(this.data);
  }
}

/** A free slot for ancillary data. */
export class AncillaryLoan extends Loan<AncillaryFormat> {
  #bytes = 0;

  /**
   * Puts the packets of one frame or field into the slot, instead of those that were put before.
   *
   * @param packets In the order of their places; may be empty.
   * @throws {StreamError} `format-invalid` if a packet cannot be written or they do not fit into `bytesMax`: the slot
   * stays as it was.
   */
  write(packets: readonly AncillaryPacket[]): this {
    this.#bytes = writeAncillaryList(this.data, packets);
    return this;
  }

  /**
   * Publishes what was put; nothing put is an item without packets.
   *
   * @throws {StreamError} As {@linkcode Loan.commit}.
   */
  override commit(options: CommitOptions = {}): void {
    if (this.#bytes === 0) this.write([]);
    this.slot.commit(this.#bytes, 0, options);
  }
}
