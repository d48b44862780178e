/**
 * What dispatchers have in common whose actors live in other places.
 *
 * @module
 */
import { existsSync, realpathSync } from "node:fs";
import process from "node:process";
import { availableParallelism } from "node:os";
import { pathToFileURL } from "node:url";
import type { Cell } from "../actor/cell.ts";
import { type CellInit, COPY } from "../actor/cell_init.ts";
import type { Dispatcher } from "../actor/dispatcher.ts";
import { messageOf, StreamError } from "../errors.ts";
import type { Transport } from "./place.ts";
import { PlacePool } from "./place_pool.ts";
import { RemoteCell } from "./remote_cell.ts";

const WORKERS_MAX = 64;

/** Options of a pool. */
export interface PoolOptions {
  /** Threads or processes, 1–64. Default: one less than the machine has cores, at least 1. */
  workers?: number;
  /**
   * Whether they ask the kernel for real-time scheduling (SCHED_FIFO), so that ticks are in time on a loaded machine.
   * Where that is not permitted one line says so. Default false.
   */
  realTime?: boolean;
}

/** Keeps actors in a pool of places. */
export abstract class PoolDispatcher implements Dispatcher {
  /** For people. */
  abstract readonly kind: string;
  readonly #pool: PlacePool;

  /**
   * @internal
   *
   * @param className For messages.
   * @param kind `thread` or `process`.
   */
  constructor(
    className: string,
    kind: string,
    options: PoolOptions,
    start: (name: string, isRealTime: boolean) => Transport,
  ) {
    const { workers = Math.max(1, availableParallelism() - 1), realTime = false } = options;
    if (!Number.isInteger(workers) || workers < 1 || workers > WORKERS_MAX) {
      throw new StreamError(
        "option-invalid",
        `Cannot make ${className}: option workers = ${workers}: an integer from 1 to ${WORKERS_MAX} is right`,
      );
    }
    this.#pool = new PlacePool(kind, workers, (name) => start(name, realTime));
  }

  /** Ends all workers. Actors that still live in them fail. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  /** {@linkcode PoolDispatcher.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal */
  "~house"(init: CellInit): Cell {
    const what = `Cannot place ${init.className} "${init.id}"`;
    if (init.copy !== COPY) {
      throw new StreamError(
        "version-clash",
        `${what}: ${init.module} uses another copy of @streamlib/core than the program, whose ${this.kind} dispatcher ` +
          `comes from ${import.meta.url}; make both use one version, or leave the actor on the event loop`,
      );
    }
    if (init.module === mainModule()) {
      throw new StreamError(
        "place-refused",
        `${what}: its class is registered by the main program ${init.module}, which would run again in the worker; ` +
          "move the class to a module of its own and import that",
      );
    }
    for (const [name, value] of Object.entries(init.given)) {
      try {
        structuredClone(value);
      } catch (thrown) {
        throw new StreamError(
          "place-refused",
          `${what}: option ${name} cannot be cloned (${messageOf(thrown)}); ` +
            "give plain values, or leave the actor on the event loop",
          { cause: thrown },
        );
      }
    }
    return new RemoteCell(init, this.#pool);
  }
}

let main: string | undefined;

/** URL of the program that was started. */
function mainModule(): string {
  if (main === undefined) {
    const path = process.argv[1];
    main = path && existsSync(path) ? pathToFileURL(realpathSync(path)).href : "";
  }
  return main;
}
