/**
 * What a test sink has received, shared by its handle and its bodies.
 *
 * @module
 */
import {
  type AncillaryData,
  type AudioBuffer,
  type DataMessage,
  type EncodedPacket,
  type KeyEvent,
  type Message,
  type MouseEvent,
  StreamError,
  type VideoFrame,
} from "@streamlib/core";

/** What came, by input, in order; each a copy in memory of its own. */
export interface RecordedItems {
  /** Pictures. */
  readonly video: VideoFrame[];
  /** Blocks of sound. */
  readonly audio: AudioBuffer[];
  /** Coded packets. */
  readonly packets: EncodedPacket[];
  /** Ancillary data. */
  readonly ancillary: AncillaryData[];
  /** Data. */
  readonly data: DataMessage[];
  /** Keys. */
  readonly keys: KeyEvent[];
  /** What the mouse did. */
  readonly mouse: MouseEvent[];
}

/** Names of the inputs of a test sink. */
export type RecordedName = keyof RecordedItems;

interface Waiter {
  readonly name: RecordedName;
  readonly count: number;
  readonly resolve: () => void;
}

/** The items of one test sink, and who waits for more. */
export class Recording {
  readonly items: RecordedItems = { video: [], audio: [], packets: [], ancillary: [], data: [], keys: [], mouse: [] };
  #waiters: Waiter[] = [];

  /** Keeps a copy. @throws {StreamError} `resource` if `itemsMax` are kept already. */
  add(name: RecordedName, item: Message, itemsMax: number): void {
    const list = this.items[name] as Message[];
    if (list.length >= itemsMax) {
      throw new StreamError(
        "resource",
        `Cannot keep another item of ${name}: option itemsMax = ${itemsMax} are kept; a greater one is right`,
      );
    }
    list.push(item.copy());
    const ready = this.#waiters.filter((waiter) => this.#isReached(waiter));
    this.#waiters = this.#waiters.filter((waiter) => !ready.includes(waiter));
    for (const waiter of ready) waiter.resolve();
  }

  /** Resolves when `count` items of `name` are kept. */
  reached(name: RecordedName, count: number): Promise<void> {
    return new Promise((resolve) => {
      const waiter = { name, count, resolve };
      if (this.#isReached(waiter)) resolve();
      else this.#waiters.push(waiter);
    });
  }

  #isReached({ name, count }: Waiter): boolean {
    return this.items[name].length >= count;
  }
}
