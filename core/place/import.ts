/**
 * The reading end of a link from another place.
 *
 * @module
 */
import { messageOf, StreamError } from "../errors.ts";
import type { FormatOf, Message } from "../message/message.ts";
import { Generation } from "../port/generation.ts";
import type { Link } from "../port/link.ts";
import { NativeRing } from "../ring/native_ring.ts";
import type { RingNews } from "./protocol.ts";
import { isGone } from "./far_bells.ts";
import { neededLibrary, onBell } from "../ring/this_bell.ts";

/** Opens the rings that the other end tells of, and wakes the input when they have got something. */
export class Import<M extends Message> {
  readonly #link: Link<M>;
  readonly #unlisten: () => void;
  #newest: { readonly generation: Generation<FormatOf<M>>; readonly base: number } | undefined;
  #origin = -1;
  /** What to add to the writer's sequence numbers, so that they continue over its lives. */
  #offset = 0;
  #doorbell = 0;
  #seen = 0;

  /** @param link The reader; its source wakes it by this import alone. */
  constructor(link: Link<M>) {
    this.#link = link;
    this.#unlisten = onBell(() => this.#poll());
  }

  /** The writer's count of items that were committed when the input was woken last. */
  get seen(): number {
    return this.#seen;
  }

  /**
   * Another generation is there.
   *
   * @throws {StreamError} `resource` if it cannot be opened.
   */
  add(news: RingNews): void {
    if (news.origin !== this.#origin) {
      this.#origin = news.origin;
      this.#offset = this.#link.newestSequence;
    }
    const generation = this.#open(news);
    if (!generation) return;
    try {
      this.#link.attach(generation, news.after);
    } finally {
      generation.release();
    }
    this.#newest = { generation, base: news.sequenceBase };
    this.#doorbell = 0;
    this.#poll();
  }

  /** The source's state has changed: its reader looks at it. */
  notify(): void {
    const domain = this.#link.output.host.sourceClock()?.domain;
    domain?.enter();
    if (this.#newest) this.#seen = this.#newest.base + this.#newest.generation.table.headSequence;
    this.#link.notify();
    domain?.leave();
  }

  /** Ends it; the link is closed by who made it. */
  close(): void {
    this.#unlisten();
    this.#newest = undefined;
  }

  #poll(): void {
    const ring = this.#newest?.generation.ring;
    if (!ring || ring.memory.byteLength === 0) return;
    const doorbell = ring.doorbell();
    if (doorbell === this.#doorbell) return;
    this.#doorbell = doorbell;
    this.notify();
  }

  /** `undefined` if the writer's process is dead or it has let go of the ring: that is told by itself. */
  #open(news: RingNews): Generation<FormatOf<M>> | undefined {
    try {
      const ring = NativeRing.open(neededLibrary(), news.ring, news.config);
      return new Generation(ring, news.format as FormatOf<M>, this.#offset + news.sequenceBase);
    } catch (thrown) {
      if (isGone(thrown)) return undefined;
      throw new StreamError(
        "resource",
        `Cannot read ${this.#link.output.label} from ${this.#link.input.label}: ${messageOf(thrown)}`,
        { cause: thrown },
      );
    }
  }
}
