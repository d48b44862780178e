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
  /** How large a value may be. */
  format: ValueFormat;
  /** Room for the JSON text; `Output.send` fills and commits it. */
  loan: Loan<ValueFormat>;
  /** What `Output.send` takes. */
  value: V;
}

const DECODER = new TextDecoder();

/** A value that crosses as JSON. */
export abstract class ValueMessage<V> extends Message<ValueTypes<V>> {
  #value: V | undefined;

  /**
   * The value, parsed at the first look and the same object from then on. Owned by the caller.
   *
   * @throws {StreamError} `slot-released` if the first look comes after the item was released.
   */
  get value(): V {
    // The bytes are copied first: by its standard TextDecoder may refuse shared memory.
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
  /** Whether the key went down or up. */
  readonly type: "down" | "up";
  /** What the key means with the current layout, for example `a`, `Enter`, `ArrowLeft`. */
  readonly key: string;
  /** Which key it is, independent of layout, for example `KeyA`. */
  readonly code: string;
  /** Whether a key that is held down made this `down` again. */
  readonly repeat: boolean;
  /** Whether Shift was down. */
  readonly shift: boolean;
  /** Whether Control was down. */
  readonly control: boolean;
  /** Whether Alt was down. */
  readonly alt: boolean;
  /** Whether Meta (Windows, Command) was down. */
  readonly meta: boolean;
}

/** A {@linkcode KeyEventValue}, in order, none lost before 64 unread. */
export class KeyEvent extends ValueMessage<KeyEventValue> {
  /** Name, the same in every copy and version of the library. */
  static readonly typeName = "KeyEvent";
  /** Never drives a clock. */
  static readonly kind = "event" as const;
  /** Every item once and in order, unless the input says otherwise. */
  static readonly delivery = "ordered" as const;
  /** Events that an ordered input may fall behind, unless it says otherwise. */
  static readonly depth = 64;

  /** The event in a pinned slot. */
  static read(payload: Payload, format: ValueFormat): KeyEvent {
    return new KeyEvent(payload, format);
  }
}

/** What the mouse did. Positions are in pixels of the picture it is over. */
export interface MouseEventValue {
  /** What it did: moved, pressed or let go of a button, or turned the wheel. */
  readonly type: "move" | "down" | "up" | "wheel";
  /** Columns from the left edge of the picture. */
  readonly x: number;
  /** Rows from the top edge of the picture. */
  readonly y: number;
  /** 0 left, 1 middle, 2 right, 3 back, 4 forward; -1 for none. */
  readonly button: number;
  /** Wheel travel in pixels, positive to the right. */
  readonly deltaX: number;
  /** Wheel travel in pixels, positive downwards. */
  readonly deltaY: number;
}

/** A {@linkcode MouseEventValue}, in order, none lost before 64 unread. */
export class MouseEvent extends ValueMessage<MouseEventValue> {
  /** Name, the same in every copy and version of the library. */
  static readonly typeName = "MouseEvent";
  /** Never drives a clock. */
  static readonly kind = "event" as const;
  /** Every item once and in order, unless the input says otherwise. */
  static readonly delivery = "ordered" as const;
  /** Events that an ordered input may fall behind, unless it says otherwise. */
  static readonly depth = 64;

  /** The event in a pinned slot. */
  static read(payload: Payload, format: ValueFormat): MouseEvent {
    return new MouseEvent(payload, format);
  }
}

/** Any JSON value: control values, measurements, results. Latest-read unless the input says ordered. */
export class DataMessage extends ValueMessage<unknown> {
  /** Name, the same in every copy and version of the library. */
  static readonly typeName = "DataMessage";
  /** Drives an actor that has no media input; no join waits for it. */
  static readonly kind = "data" as const;
  /** The newest, unless the input says otherwise. */
  static readonly delivery = "latest" as const;
  /** Values that an ordered input may fall behind, unless it says otherwise. */
  static readonly depth = 16;

  /** The value in a pinned slot. */
  static read(payload: Payload, format: ValueFormat): DataMessage {
    return new DataMessage(payload, format);
  }
}
