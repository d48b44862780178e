/**
 * The display thread: owns the server, the pages, the conversion and the coder.
 *
 * @module
 */
import { parentPort, workerData } from "node:worker_threads";
import type { WebSocket } from "ws";
import { PageServer } from "./page_server.ts";
import { type CodedFrame, PageSession, type PageSessionHost } from "./page_session.ts";
import type { PictureCoder } from "./picture_coder.ts";
import {
  type DisplayCounters,
  type FrameInfo,
  type ThreadCommand,
  type ThreadData,
  type ThreadReport,
  WORD,
} from "./thread_protocol.ts";

/** Most pages at a time. */
const PAGES_MAX = 32;
/** How often pages are asked whether they are still there, ms. */
const CHECK_MS = 10_000;
/** How often the counters are told, ms. */
const COUNTERS_MS = 250;
/** How long pages have to close their connections when the display stops, ms. */
const LEAVE_MS = 300;

type Counters = { -readonly [K in keyof DisplayCounters]: DisplayCounters[K] };

/** Runs in a worker thread whose data is a {@linkcode ThreadData}; reports `listening` or `failed`. */
export async function serveDisplay(): Promise<void> {
  await new DisplayWorker(workerData as ThreadData).run();
}

class DisplayWorker implements PageSessionHost {
  newest: CodedFrame | undefined;
  readonly #data: ThreadData;
  readonly #words: Int32Array;
  readonly #server: PageServer;
  readonly #sessions = new Set<PageSession>();
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  readonly #counters: Counters = {
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
  #countersChanged = false;
  #pixels: Uint8Array = new Uint8Array(0);
  /** Until it is there, no page waits for a frame. */
  #coder: PictureCoder | undefined;
  #isStopping = false;

  constructor(data: ThreadData) {
    this.#data = data;
    this.#words = new Int32Array(data.words);
    this.#server = new PageServer(data.host, {
      mayConnect: () => !this.#isStopping && this.#sessions.size < PAGES_MAX,
      connected: (socket) => this.#connected(socket),
      refused: () => {
        this.#counters.refused++;
        this.#countersChanged = true;
      },
    });
  }

  async run(): Promise<void> {
    parentPort?.on("message", (command: ThreadCommand) => this.#obey(command));
    try {
      const port = await this.#server.listen(this.#data.port);
      this.#timers.push(setInterval(() => this.#check(), CHECK_MS));
      this.#timers.push(setInterval(() => this.#tellCounters(), COUNTERS_MS));
      this.report({ type: "listening", port });
      const { PictureCoder } = await import("./picture_coder.ts");
      this.#coder = await PictureCoder.open(this.#data.widthMax, this.#data.quality);
      this.changed();
    } catch (thrown) {
      this.report({ type: "failed", message: (thrown as Error).message });
    }
  }

  report(report: ThreadReport): void {
    parentPort?.postMessage(report);
  }

  changed(): void {
    let waiting = 0;
    if (this.#coder) { for (const session of this.#sessions) if (session.isWaiting) waiting++; }
    Atomics.store(this.#words, WORD.waiting, waiting);
  }

  malformed(): void {
    this.#counters.malformed++;
    this.#countersChanged = true;
  }

  sent(): void {
    this.#counters.sent++;
    this.#countersChanged = true;
  }

  dropped(count: number): void {
    this.#counters.dropped += count;
  }

  gone(session: PageSession): void {
    this.#sessions.delete(session);
    this.#counters.pages = this.#sessions.size;
    this.#countersChanged = true;
    this.changed();
  }

  #connected(socket: WebSocket): void {
    this.#sessions.add(new PageSession(socket, this, this.#data.title));
    this.#counters.pages = this.#sessions.size;
    this.#counters.pagesSoFar++;
    this.#countersChanged = true;
  }

  #obey(command: ThreadCommand): void {
    switch (command.type) {
      case "memory":
        this.#pixels = new Uint8Array(command.pixels);
        return;
      case "frame":
        return this.#show(command.info);
      case "stop":
        return void this.#stop();
    }
  }

  #show(info: FrameInfo): void {
    if (this.#isStopping || !this.#coder) return;
    const { jpeg, convertMs, encodeMs } = this.#coder.code(this.#pixels, info.format);
    this.newest = { info, jpeg };
    this.#counters.convertMs = convertMs;
    this.#counters.encodeMs = encodeMs;
    this.#counters.encoded++;
    this.#countersChanged = true;
    for (const session of this.#sessions) session.serve();
    this.changed();
    // Last of all: a free slot while `waiting` still counts the pages just served would fetch a frame nobody wants.
    Atomics.store(this.#words, WORD.slotFull, 0);
  }

  #check(): void {
    for (const session of this.#sessions) session.check();
  }

  #tellCounters(): void {
    if (!this.#countersChanged) return;
    this.#countersChanged = false;
    this.report({ type: "counters", counters: { ...this.#counters } });
  }

  async #stop(): Promise<void> {
    this.#isStopping = true;
    for (const timer of this.#timers) clearInterval(timer);
    const closed = this.#server.close();
    for (const session of this.#sessions) session.leave();
    const deadlineMs = performance.now() + LEAVE_MS;
    while (this.#sessions.size > 0 && performance.now() < deadlineMs) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    for (const session of this.#sessions) session.end();
    await closed;
    this.report({ type: "stopped" });
  }
}
