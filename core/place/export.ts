/**
 * The writing end of a link to another place.
 *
 * @module
 */
import type { FormatOf, Message } from "../message/message.ts";
import type { Generation } from "../port/generation.ts";
import type { Input } from "../port/input.ts";
import type { Output, OutputReader } from "../port/output.ts";
import type { ReaderNeeds } from "../port/source.ts";
import { ENDED } from "../ring/layout.ts";
import type { NativeRef } from "../ring/native_ref.ts";
import type { NativeRing } from "../ring/native_ring.ts";
import type { RingNews } from "./protocol.ts";
import { dropBell, holdBell } from "./far_bells.ts";

/** What an export is made with. */
export interface ExportInit<M extends Message> {
  readonly output: Output<M>;
  /** Names the life of the writing actor. */
  readonly origin: number;
  readonly needs: ReaderNeeds;
  /** The reading input's handle, if it is in this thread. */
  readonly input: Input<M> | undefined;
  /** The bell of the reader's place. */
  readonly bell: NativeRef;
  /** Tells the other end of a new generation. */
  readonly tell: (news: RingNews) => void;
  /** Tells the other end that there will be no more. */
  readonly over: (reason: number) => void;
}

/** Tells a reader in another place of each generation, and has its bell rung at each commit. */
export class Export<M extends Message> implements OutputReader<M> {
  readonly #init: ExportInit<M>;
  readonly #bell: number;
  /** Generations that the reader may not have opened yet: kept until it has. */
  readonly #held: Generation<FormatOf<M>>[] = [];
  #ring: NativeRing | undefined;
  #isFirst = true;
  #isOver = false;

  constructor(init: ExportInit<M>) {
    this.#init = init;
    this.#bell = holdBell(init.bell);
  }

  get input(): Input<M> | undefined {
    return this.#init.input;
  }

  get isElsewhere(): boolean {
    return true;
  }

  get needs(): ReaderNeeds {
    return this.#init.needs;
  }

  /** Items committed so far. */
  get committed(): number {
    return this.#init.output.stats().committed;
  }

  attach(generation: Generation<FormatOf<M>>): void {
    generation.acquire();
    this.#held.push(generation);
    const ring = generation.ring as NativeRing;
    this.#ring = ring;
    ring.addBell(this.#bell);
    const after = this.#isFirst ? Math.max(0, generation.table.headSequence - 1) : 0;
    this.#isFirst = false;
    const { sequenceBase, format } = generation;
    const reference = "address" in this.#init.bell ? { address: ring.address() } : { handle: ring.handle };
    this.#init.tell({ origin: this.#init.origin, ring: reference, config: ring.config, format, sequenceBase, after });
  }

  /** The reader has opened, or given up, the oldest generation that is held for it. */
  got(): void {
    this.#held.shift()?.release();
  }

  notify(): void {
    const { output, over } = this.#init;
    if (output.ended !== ENDED.open && !this.#isOver) {
      this.#isOver = true;
      over(output.ended);
    }
    // The reader's place says when it has seen what was committed; virtual time waits for that.
    const domain = output.host.sourceClock()?.domain;
    domain?.enter();
    domain?.leave();
  }

  close(): void {
    this.#ring?.removeBell(this.#bell);
    for (const generation of this.#held.splice(0)) generation.release();
    dropBell(this.#init.bell);
  }
}
