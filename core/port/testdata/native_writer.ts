/** A thread that writes into a ring through the library, as a native one does; see `feed_test.ts`. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { FeedRing } from "../feed.ts";

/** Words that the two threads share. `request` and `answer` count what was asked and done. */
export const WORD = { request: 0, answer: 1, handle: 2, writer: 3, limit: 4, isOver: 5, full: 6 } as const;

const WAIT_MS = 1000;
const WAITS_MAX = 30;

/** The thread, as who owns it sees it. Items are frames 1, 2, 3 …, every 32-bit word of the payload is the number. */
export class NativeWriter {
  readonly #words: Int32Array;
  readonly #worker: Worker;

  private constructor(words: Int32Array, worker: Worker) {
    this.#words = words;
    this.#worker = worker;
  }

  /** Starts it. It writes nothing before it has a ring, and nothing above `limit`. */
  static async start(limit: number): Promise<NativeWriter> {
    const words = new Int32Array(new SharedArrayBuffer(64));
    words[WORD.limit] = limit;
    const worker = new Worker(new URL("./native_writer_thread.ts", import.meta.url), { workerData: words.buffer });
    await once(worker, "message");
    return new NativeWriter(words, worker);
  }

  /** Writes into this ring from now on, and no more into the one before. */
  move(ring: FeedRing): void {
    this.#words[WORD.handle] = ring.handle;
    this.#words[WORD.writer] = ring.writer;
    this.#ask();
  }

  /** Writes on until frame `limit`. */
  allow(limit: number): void {
    Atomics.store(this.#words, WORD.limit, limit);
  }

  /** Times that no slot was free. */
  get full(): number {
    return Atomics.load(this.#words, WORD.full);
  }

  /** Writes no more. */
  stop(): void {
    if (this.#words[WORD.isOver] === 1) return;
    this.#words[WORD.isOver] = 1;
    this.#ask();
    void this.#worker.terminate();
  }

  #ask(): void {
    const request = Atomics.add(this.#words, WORD.request, 1) + 1;
    Atomics.notify(this.#words, WORD.request);
    for (let i = 0; i < WAITS_MAX; i++) {
      const answer = Atomics.load(this.#words, WORD.answer);
      if (answer === request) return;
      Atomics.wait(this.#words, WORD.answer, answer, WAIT_MS);
    }
    throw new Error("The writing thread does not answer");
  }
}
