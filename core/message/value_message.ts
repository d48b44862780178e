/**
 * Messages that are sent whole, as a value, and not filled in place: events and data.
 *
 * @module
 */
import { Loan, type LoanSlot, Message, type MessageTypes, type Payload } from "./message.ts";

/** Format of a ring of values: how large one may be. Grows by a new generation when a larger one is sent. */
export interface ValueFormat {
  /** Most bytes of one value as JSON in UTF-8. */
  readonly bytesMax: number;
}

/** Types of a value message. */
export interface ValueTypes<V> extends MessageTypes {
  format: ValueFormat;
  loan: Loan<ValueFormat>;
  value: V;
}

const DECODER = new TextDecoder();

/** A value that crosses as JSON. */
export abstract class ValueMessage<V> extends Message<ValueTypes<V>> {
  #value: V | undefined;

  /** The value, parsed at the first look. Owned by the caller. */
  get value(): V {
    // The bytes are copied first: TextDecoder refuses shared memory.
    return this.#value ??= JSON.parse(DECODER.decode(this.data.slice())) as V;
  }

  /** Bytes of the largest value. */
  static slotBytes(format: ValueFormat): number {
    return format.bytesMax;
  }

  /** The loan of a free slot. */
  static lend(slot: LoanSlot, format: ValueFormat): Loan<ValueFormat> {
    return new Loan(slot, format);
  }
}

/** A key that went down or up. Names as in the DOM's `KeyboardEvent`. */
export interface KeyEventValue {
  readonly type: "down" | "up";
  /** What the key means with the current layout, for example `a`, `Enter`, `ArrowLeft`. */
  readonly key: string;
  /** Which key it is, independent of layout, for example `KeyA`. */
  readonly code: string;
  readonly repeat: boolean;
  readonly shift: boolean;
  readonly control: boolean;
  readonly alt: boolean;
  readonly meta: boolean;
}

/** A {@linkcode KeyEventValue}, in order, none lost before 64 unread. */
export class KeyEvent extends ValueMessage<KeyEventValue> {
  static readonly typeName = "KeyEvent";
  static readonly kind = "event" as const;
  static readonly delivery = "ordered" as const;
  static readonly depth = 64;

  /** The event in a pinned slot. */
  static read(payload: Payload, format: ValueFormat): KeyEvent {
    return new KeyEvent(payload, format);
  }
}

/** What the mouse did. Positions are in pixels of the picture it is over. */
export interface MouseEventValue {
  readonly type: "move" | "down" | "up" | "wheel";
  /** Columns from the left edge of the picture. */
  readonly x: number;
  /** Rows from the top edge of the picture. */
  readonly y: number;
  /** 0 left, 1 middle, 2 right; -1 for none. */
  readonly button: number;
  /** Wheel travel in pixels. */
  readonly deltaX: number;
  readonly deltaY: number;
}

/** A {@linkcode MouseEventValue}, in order, none lost before 64 unread. */
export class MouseEvent extends ValueMessage<MouseEventValue> {
  static readonly typeName = "MouseEvent";
  static readonly kind = "event" as const;
  static readonly delivery = "ordered" as const;
  static readonly depth = 64;

  /** The event in a pinned slot. */
  static read(payload: Payload, format: ValueFormat): MouseEvent {
    return new MouseEvent(payload, format);
  }
}

/** Any JSON value: control values, measurements, results. Latest-read unless the input says ordered. */
export class DataMessage extends ValueMessage<unknown> {
  static readonly typeName = "DataMessage";
  static readonly kind = "data" as const;
  static readonly delivery = "latest" as const;
  static readonly depth = 16;

  /** The value in a pinned slot. */
  static read(payload: Payload, format: ValueFormat): DataMessage {
    return new DataMessage(payload, format);
  }
}
