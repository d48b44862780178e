/**
 * Where an actor lives that was written as text.
 *
 * @module
 */
import { type Dispatcher, StreamError } from "@streamlib/core";
import { type Cell, type CellInit, Place, PlacePool, RemoteCell } from "@streamlib/core/place";
import type { SandboxProcess } from "./sandbox_process.ts";

/** One process for each life of one actor. */
class SandboxPool extends PlacePool {
  readonly #start: () => SandboxProcess;
  #next: SandboxProcess | undefined;
  #place: Place | undefined;
  #isOver = false;

  constructor(first: SandboxProcess, start: () => SandboxProcess) {
    super("sandbox", 0, () => start());
    this.#next = first;
    this.#start = start;
  }

  override async lease(): Promise<Place> {
    await this.#place?.close();
    if (this.#isOver) throw new StreamError("place-lost", "Cannot begin another life: the actor has ended");
    const process = this.#next ?? this.#start();
    this.#next = undefined;
    await process.declared;
    const place = new Place(process.name, process);
    this.#place = place;
    await place.opened;
    return place;
  }

  override async close(): Promise<void> {
    this.#isOver = true;
    await this.#next?.kill();
    await this.#place?.close();
  }
}

/** Keeps one actor in processes of its own. */
export class SandboxDispatcher implements Dispatcher {
  /** `sandbox`. */
  readonly kind = "sandbox" as const;
  readonly #pool: SandboxPool;

  /**
   * @param first The process of the first life.
   * @param start Starts one for a later life.
   */
  constructor(first: SandboxProcess, start: () => SandboxProcess) {
    this.#pool = new SandboxPool(first, start);
  }

  /** Ends the process. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  /** @internal */
  "~house"(init: CellInit): Cell {
    return new RemoteCell(init, this.#pool);
  }
}
