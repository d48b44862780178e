/**
 * Outputs whose items a native thread commits by itself.
 *
 * @module
 */
import type { RingHandle, RingWriter } from "@streamlib/ffi";
import { messageOf, StreamError } from "../errors.ts";
import type { NativeRing } from "../ring/native_ring.ts";
import { bellHandle, onBell } from "../ring/this_bell.ts";

/** The ring that the native thread is to write into, and the right to do so. Plain numbers, valid in this process. */
export interface FeedRing {
  /** Names the ring to the library. */
  readonly handle: RingHandle;
  /** The writer's token of that ring. */
  readonly writer: RingWriter;
}

function ringOf({ handle, writer }: NativeRing): FeedRing {
  return { handle, writer };
}

/** What {@linkcode Output.feed} is told. */
export interface FeedInit {
  /**
   * Hands a ring to the native thread, and takes the one before away: when it returns, the thread writes into the new
   * ring and never again into an old one. Called once inside `Output.feed`, and once more whenever another ring is
   * needed, on the thread of the output's actor. If it throws, the thread must still have what it had.
   */
  readonly onRing: (ring: FeedRing) => void;
  /**
   * Stops the native thread: when it returns, nothing is written any more. Called once, whatever ends the feed:
   * {@linkcode Feed.close}, the end of the output, or the end of the body. Default: who feeds has stopped the thread
   * before that.
   */
  readonly onClose?: () => void;
}

/** The output, as its feed needs it. */
export interface FeedOwner<F extends object> {
  /** `Receive "receive-1" output video`, for messages. */
  readonly label: string;
  /** The format of the ring. */
  readonly format: () => F;
  /** Items committed so far. */
  readonly committed: () => number;
  /** Gives another format to the ring. */
  readonly refeed: (format: F) => void;
  /** Looks whether readers need another ring, and tells them of news. Never throws. */
  readonly fed: () => void;
  /** There is no feed any more. */
  readonly unfed: () => void;
}

/** The writing of a native thread into one output, from `Output.feed`. */
export class Feed<F extends object> {
  readonly #owner: FeedOwner<F>;
  readonly #init: FeedInit;
  readonly #unlisten: () => void;
  #ring: NativeRing | undefined;
  #seen: number;
  #isOpen = true;

  /** @internal Made by `Output.feed`, with the first ring. */
  constructor(owner: FeedOwner<F>, init: FeedInit, ring: NativeRing) {
    this.#owner = owner;
    this.#init = init;
    this.#seen = owner.committed();
    this.move(ring);
    this.#unlisten = onBell(() => this.#look());
  }

  /** Whether the native thread may write. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The ring that the thread writes into now; `undefined` once the feed is closed. */
  get ring(): FeedRing | undefined {
    return this.#ring && ringOf(this.#ring);
  }

  /** What every slot of the ring holds. */
  get format(): F {
    return this.#owner.format();
  }

  /**
   * Items are of another format from now on: the thread is moved to a ring for it, unless it is the same.
   *
   * @throws {StreamError} `ring-invalid` if the feed is closed, `resource` if there is no memory for the ring, or if
   * `onRing` has thrown; then all is as it was.
   */
  set format(format: F) {
    if (!this.#isOpen) {
      throw new StreamError("ring-invalid", `Cannot give ${this.#owner.label} another format: its feed is closed`);
    }
    this.#owner.refeed(format);
  }

  /** Stops the native thread (`onClose`) and takes the ring back; `loan` and `send` work again. Again does nothing. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    try {
      this.#init.onClose?.();
    } finally {
      this.#unlisten();
      const ring = this.#ring;
      this.#ring = undefined;
      if (ring) {
        ring.removeBell(bellHandle());
        // A thread that was not stopped is refused from here on.
        ring.closeWriter();
        ring.openWriter();
      }
      this.#owner.unfed();
      // What came since the bell rang last.
      this.#look();
    }
  }

  /**
   * @internal Moves the thread to a ring. After it, nothing more comes into the one before.
   *
   * @throws {StreamError} `resource` if `onRing` throws; then all is as it was.
   */
  move(ring: NativeRing): void {
    const bell = bellHandle();
    ring.addBell(bell);
    try {
      this.#init.onRing(ringOf(ring));
    } catch (thrown) {
      ring.removeBell(bell);
      const what = `Cannot give the thread that feeds ${this.#owner.label} a ring`;
      throw new StreamError("resource", `${what}: ${messageOf(thrown)}`, { cause: thrown });
    }
    this.#ring?.removeBell(bell);
    this.#ring = ring;
  }

  /** The bell has rung, for whatever reason. */
  #look(): void {
    const committed = this.#owner.committed();
    if (committed === this.#seen) return;
    this.#seen = committed;
    this.#owner.fed();
  }
}
