/**
 * The rings of one output, one after the other.
 *
 * @module
 */
import { isStreamError, messageOf, StreamError } from "../errors.ts";
import type { RingBacking } from "../message/backing.ts";
import type { FormatOf, Message, MessageType } from "../message/message.ts";
import { READERS_MAX, type RingConfig } from "../ring/layout.ts";
import { makeRing } from "../ring/make_ring.ts";
import type { NativeRing } from "../ring/native_ring.ts";
import type { Ring } from "../ring/ring.ts";
import { Generation } from "./generation.ts";
import { slotsNeeded } from "./ring_size.ts";
import type { ReaderNeeds } from "./source.ts";
import type { OutputSpec } from "./spec.ts";

const METADATA_BYTES = 512;

/** The output, as its rings need it. */
export interface RingOwner<M extends Message> {
  /** `Invert "invert-1" output video`, for messages. */
  readonly label: string;
  /** Type of the items. */
  readonly type: MessageType<M>;
  /** Its declaration. */
  readonly spec: OutputSpec<M>;
}

/** Who reads a ring, and moves to the next one. */
export interface RingUser<F extends object> {
  /** What it needs of a ring. */
  readonly needs: ReaderNeeds;
  /** A generation to read from now on. */
  attach(generation: Generation<F>): void;
}

/** A native thread that writes into the rings. */
export interface RingFeed {
  /** Has it write into this ring from now on, and no more into the one before; if it throws, all is as it was. */
  move(ring: NativeRing): void;
}

/** The newest ring of an output, and the counts of all. */
export class Generations<M extends Message> {
  readonly #owner: RingOwner<M>;
  readonly #readers: Iterable<RingUser<FormatOf<M>>>;
  readonly #feed: () => RingFeed | undefined;
  #current: Generation<FormatOf<M>> | undefined;
  #count = 0;
  #formatText = "";
  #committedBefore = 0;
  #droppedBefore = 0;

  /**
   * @param owner The output.
   * @param readers Who reads it at any time.
   * @param feed Which native thread writes at that time.
   */
  constructor(owner: RingOwner<M>, readers: Iterable<RingUser<FormatOf<M>>>, feed: () => RingFeed | undefined) {
    this.#owner = owner;
    this.#readers = readers;
    this.#feed = feed;
  }

  /** The newest one; `undefined` before the first, and after {@linkcode Generations.letGo}. */
  get current(): Generation<FormatOf<M>> | undefined {
    return this.#current;
  }

  /** Rings made so far. */
  get count(): number {
    return this.#count;
  }

  /** Items committed to all of them. */
  get committed(): number {
    const current = this.#current;
    return current ? current.sequenceBase + current.table.headSequence : this.#committedBefore;
  }

  /** Items dropped because readers held every slot. */
  get dropped(): number {
    return this.#droppedBefore + (this.#current?.table.droppedCount ?? 0);
  }

  /**
   * A ring for items of this format that has room for all readers: the newest one, or else another.
   *
   * @throws {StreamError} `resource` if there is no memory for it, or if the native thread cannot be moved.
   */
  fitting(format: FormatOf<M>): Generation<FormatOf<M>> {
    const current = this.#current;
    if (current && current.ring.config.slotCount >= slotsNeeded(this.#owner.spec, this.#readers)) {
      if (current.format === format) return current;
      if (this.#formatText === JSON.stringify(format)) return current;
    }
    return this.renew(format);
  }

  /**
   * Makes another ring, which readers move to.
   *
   * @throws {StreamError} As {@linkcode Generations.fitting}.
   */
  renew(format: FormatOf<M>): Generation<FormatOf<M>> {
    const previous = this.#current;
    const feed = this.#feed();
    const { label, spec, type } = this.#owner;
    // A native thread may go on to write into the previous ring until it is moved.
    const baseIfKnown = feed ? undefined : this.committed;
    const config: RingConfig = {
      slotCount: slotsNeeded(spec, this.#readers),
      readerMax: READERS_MAX,
      payloadBytes: Math.max(1, type.slotBytes(format)),
      metadataBytes: METADATA_BYTES,
      generation: this.#count + 1,
      descriptor: JSON.stringify({ type: type.typeName, format, sequenceBase: baseIfKnown }),
    };
    let ring: Ring;
    let backing: RingBacking | undefined;
    try {
      backing = type.back?.(format, config);
      ring = makeRing(config);
    } catch (thrown) {
      backing?.close();
      if (isStreamError(thrown)) {
        throw new StreamError(thrown.code, `Cannot make a ring for ${label}: ${thrown.message}`);
      }
      throw new StreamError("resource", `Cannot make a ring for ${label}: ${messageOf(thrown)}`, { cause: thrown });
    }
    ring.openWriter();
    try {
      feed?.move(ring as NativeRing);
    } catch (thrown) {
      ring.close();
      backing?.close();
      throw thrown;
    }
    const generation = new Generation<FormatOf<M>>(ring, format, this.committed, backing);
    this.#count = config.generation;
    this.#formatText = JSON.stringify(format);
    this.#current = generation;
    for (const reader of this.#readers) reader.attach(generation);
    if (previous) {
      this.#droppedBefore += previous.table.droppedCount;
      previous.ring.closeWriter();
      previous.ring.setSuccessor(config.generation);
      previous.release();
    }
    return generation;
  }

  /** The memory of the newest ring may go; the counts stay. */
  letGo(): void {
    const current = this.#current;
    if (!current) return;
    this.#committedBefore = this.committed;
    this.#droppedBefore = this.dropped;
    this.#current = undefined;
    current.release();
  }
}
