/**
 * The ticking loop's side of the display thread.
 *
 * @module
 */
import { Worker } from "node:worker_threads";
import {
  frameBytes,
  isoOf,
  messageOf,
  pixelFormatInfo,
  planesOf,
  StreamError,
  type VideoFormat,
  type VideoFrame,
} from "@streamlib/core";
import {
  type DisplayCounters,
  type FrameInfo,
  type ThreadCommand,
  type ThreadData,
  type ThreadReport,
  wallMs,
  WORD,
  WORD_COUNT,
} from "./thread_protocol.ts";

/** How long the thread has to end by itself, ms. */
const END_MS = 2000;

/** What a display thread is started with. */
export type DisplayThreadOptions = Omit<ThreadData, "words">;

/** A running display thread. */
export class DisplayThread {
  readonly #worker: Worker;
  readonly #words: Int32Array;
  readonly #onReport: (report: ThreadReport) => void;
  readonly #listening: PromiseWithResolvers<number> = Promise.withResolvers();
  readonly #ended: PromiseWithResolvers<void> = Promise.withResolvers();
  #pixels: Uint8Array = new Uint8Array(0);
  #failure: StreamError | undefined;
  #isStopping = false;
  #counters: DisplayCounters = {
    pages: 0,
    pagesSoFar: 0,
    encoded: 0,
    sent: 0,
    dropped: 0,
    malformed: 0,
    refused: 0,
    convertMs: 0,
    encodeMs: 0,
  };

  /**
   * @param options Where to listen and how to code.
   * @param onReport Gets key and mouse events.
   */
  constructor(options: DisplayThreadOptions, onReport: (report: ThreadReport) => void) {
    const words = new SharedArrayBuffer(WORD_COUNT * 4);
    this.#words = new Int32Array(words);
    this.#onReport = onReport;
    this.#worker = startWorker({ ...options, words });
    this.#worker.on("message", (report: ThreadReport) => this.#take(report));
    this.#worker.on("error", (error: unknown) => this.#fail(`The display thread failed: ${messageOf(error)}`));
    this.#worker.on("exit", () => {
      this.#fail("The display thread has ended by itself");
      this.#ended.resolve();
    });
    this.#listening.promise.catch(() => {});
  }

  /** The port, once the server listens. Rejects with a `resource` error if it cannot. */
  get listening(): Promise<number> {
    return this.#listening.promise;
  }

  /** Why the thread no longer works. */
  get failure(): StreamError | undefined {
    return this.#failure;
  }

  /** The counters as they were told last, at most 250 ms ago. */
  get counters(): DisplayCounters {
    return this.#counters;
  }

  /** Whether a page waits for a frame and the thread can take one. */
  get wantsFrame(): boolean {
    return Atomics.load(this.#words, WORD.waiting) > 0 && Atomics.load(this.#words, WORD.slotFull) === 0;
  }

  /** Copies a frame into shared memory and hands it over. Only when {@linkcode wantsFrame}. */
  show(frame: VideoFrame, what: Pick<FrameInfo, "source" | "epoch" | "due">): void {
    const bytes = tightBytes(frame.format);
    if (this.#pixels.length !== bytes) {
      const pixels = new SharedArrayBuffer(bytes);
      this.#pixels = new Uint8Array(pixels);
      this.#tell({ type: "memory", pixels });
    }
    copyTight(frame.data, frame.format, this.#pixels);
    Atomics.store(this.#words, WORD.slotFull, 1);
    this.#tell({
      type: "frame",
      info: {
        ...what,
        format: frame.format,
        frameNumber: frame.frameNumber,
        timestamp: isoOf(frame.timestampNs),
        ageMs: frame.ageNs / 1e6,
        handedMs: wallMs(),
      },
    });
  }

  /** Ends the thread: connections are closed, the port is free, the memory is gone when this resolves. */
  async stop(): Promise<void> {
    if (!this.#failure) {
      this.#isStopping = true;
      this.#tell({ type: "stop" });
      const timer = setTimeout(() => this.#ended.resolve(), END_MS);
      await this.#ended.promise;
      clearTimeout(timer);
    }
    await this.#worker.terminate();
  }

  #tell(command: ThreadCommand): void {
    this.#worker.postMessage(command);
  }

  #take(report: ThreadReport): void {
    switch (report.type) {
      case "listening":
        return this.#listening.resolve(report.port);
      case "failed":
        return this.#fail(report.message);
      case "stopped":
        return this.#ended.resolve();
      case "counters":
        this.#counters = report.counters;
        return;
      default:
        return this.#onReport(report);
    }
  }

  #fail(message: string): void {
    if (this.#isStopping || this.#failure) return;
    this.#failure = new StreamError("resource", message);
    this.#listening.reject(this.#failure);
  }
}

/** Bytes of a frame without padding between rows. */
function tightBytes(format: VideoFormat): number {
  const { planes } = pixelFormatInfo(format.pixelFormat);
  return frameBytes({ ...format, strides: planes.map((plane) => plane.rowBytes(format.width)) });
}

/** Copies a frame, leaving the padding of its rows out. */
function copyTight(from: Uint8Array, format: VideoFormat, to: Uint8Array): void {
  if (from.length === to.length) return to.set(from);
  let at = 0;
  for (const { offsetBytes, strideBytes, rows, rowBytes } of planesOf(format)) {
    for (let row = 0; row < rows; row++, at += rowBytes) {
      const start = offsetBytes + row * strideBytes;
      to.set(from.subarray(start, start + rowBytes), at);
    }
  }
}

/**
 * The thread starts from a line of text that imports its module: a worker cannot be started from an `https:` URL (a
 * package on JSR), but it can import one.
 */
function startWorker(data: ThreadData): Worker {
  // The neighbour of this module, with the extension that this module has: the sources are .ts, what npm gets is .js.
  const url = import.meta.url.replace("/display_thread.", "/display_worker.");
  return new Worker(`import(${JSON.stringify(url)}).then((thread) => thread.serveDisplay());`, {
    eval: true,
    workerData: data,
  });
}
