/**
 * The threads that code and decode.
 *
 * A session has a thread to itself. A thread that has finished its session is kept for the next one, because the memory
 * of a native codec library is only freed with the process (see `codec/ffmpeg_addon.ts`); idle threads do not keep the
 * process alive. A thread that does not end its session in time is ended by force.
 *
 * @module
 */
import { Worker } from "node:worker_threads";
import { MediaError } from "../media_error.ts";
import type { Job, Reply } from "./messages.ts";

/** Idle threads kept at most. */
const IDLE_MAX = 4;
/** Time a session has to end once it was told to: a muxer may have to wait for a slow disk. */
const END_TIMEOUT_MS = 20_000;

const idle: Worker[] = [];

/** A session on a thread of the pool. */
export class CodecSession {
  /** Settles when the thread is free of the session, whether it ended or was ended. Never rejects. */
  readonly ended: Promise<void>;
  readonly #worker: Worker;
  readonly #onReply: (reply: Reply) => void;
  readonly #onDeath: (error: MediaError) => void;
  #resolveEnded: () => void = () => {};
  #over: boolean = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Gives `job` to an idle thread or a fresh one.
   *
   * @param job What to do.
   * @param onReply Called with every reply but `ended`.
   * @param onDeath Called at most once, if the thread dies before the session ended.
   */
  constructor(job: Job, onReply: (reply: Reply) => void, onDeath: (error: MediaError) => void) {
    this.#onReply = onReply;
    this.#onDeath = onDeath;
    this.ended = new Promise((resolve) => this.#resolveEnded = resolve);
    this.#worker = idle.pop() ?? start();
    this.#worker.ref();
    this.#worker.on("message", this.#receive);
    this.#worker.on("error", this.#fail);
    this.#worker.on("exit", this.#exit);
    this.#worker.postMessage(job);
  }

  /**
   * Ends the thread by force if the session has not ended by itself in time. Call it when the session was told to end.
   */
  expectEnd(): void {
    if (this.#over || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.#worker.terminate(), END_TIMEOUT_MS);
  }

  readonly #receive = (reply: Reply): void => {
    if (reply.kind !== "ended") return this.#onReply(reply);
    this.#leave();
    if (idle.length < IDLE_MAX) {
      this.#worker.unref();
      idle.push(this.#worker);
    } else void this.#worker.terminate();
    this.#resolveEnded();
  };

  readonly #fail = (cause: Error): void => {
    if (this.#over) return;
    this.#leave();
    this.#worker.on("error", () => {});
    this.#onDeath(new MediaError("worker", `The codec thread failed: ${cause.message}`, { cause }));
    this.#resolveEnded();
  };

  readonly #exit = (): void => {
    if (this.#over) return;
    this.#leave();
    this.#onDeath(new MediaError("worker", "The codec thread ended before its session: the file may be incomplete"));
    this.#resolveEnded();
  };

  #leave(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#worker.off("message", this.#receive);
    this.#worker.off("error", this.#fail);
    this.#worker.off("exit", this.#exit);
  }
}

/** Ends the idle threads. Not needed before the process ends; for tests and for programs that are done with media. */
export async function closeIdleCodecWorkers(): Promise<void> {
  await Promise.all(idle.splice(0).map((worker) => worker.terminate()));
}

function start(): Worker {
  const file = import.meta.url.endsWith(".ts") ? "./codec_worker.ts" : "./codec_worker.js";
  const worker = new Worker(new URL(file, import.meta.url));
  worker.on("exit", () => {
    const index = idle.indexOf(worker);
    if (index >= 0) idle.splice(index, 1);
  });
  return worker;
}
