/**
 * Worker threads as places.
 *
 * @module
 */
import { Worker } from "node:worker_threads";
import { messageOf } from "../errors.ts";
import type { Transport } from "./place.ts";
import { PoolDispatcher, type PoolOptions } from "./pool_dispatcher.ts";
import type { FromPlace, ToPlace } from "./protocol.ts";

const ENTRY = new URL(import.meta.url.endsWith(".ts") ? "./thread_main.ts" : "./thread_main.js", import.meta.url);

/**
 * Keeps actors in worker threads of this process. Frames cross without a copy; an actor that computes for long does not
 * hold up the event loop. A thread that ends takes its actors with it, a crash of native code takes the process.
 *
 * An actor is built there from its registered module and its options: the module must not be the main program, the
 * options must survive `structuredClone`.
 */
export class ThreadPoolDispatcher extends PoolDispatcher {
  /** `thread-pool`. */
  readonly kind = "thread-pool" as const;

  /**
   * Starts the threads. They do not keep the process alive.
   *
   * @throws {StreamError} `option-invalid` naming option, value and range.
   */
  constructor(options: PoolOptions = {}) {
    super("ThreadPoolDispatcher", "thread", options, startThread);
  }
}

function startThread(name: string, isRealTime: boolean): Transport {
  const worker = openWorker({ name, isRealTime });
  let cause: string | undefined;
  return {
    processKey: 0,
    check: (value) => void structuredClone(value),
    send: (message: ToPlace) => worker.postMessage(message),
    listen(onMessage, onExit) {
      worker.on("message", (message) => onMessage(message as FromPlace));
      worker.on("error", (thrown) => cause ??= messageOf(thrown));
      worker.on("exit", (code) => onExit(cause ?? `it exited with code ${code}`));
      // On Bun listening would hold the process again.
      worker.unref();
      // After the listeners: Bun's worker holds the process again as soon as it is listened to.
      worker.unref();
    },
    kill: async () => void await worker.terminate(),
  };
}

/** Deno refuses `https:` entries, which is what a JSR package is: a small script imports the module there. */
function openWorker(workerData: { name: string; isRealTime: boolean }): Worker {
  if (ENTRY.protocol === "file:") return new Worker(ENTRY, { workerData });
  return new Worker(`import(${JSON.stringify(ENTRY.href)})`, { eval: true, workerData });
}
