/**
 * One connected page, as the display thread sees it.
 *
 * @module
 */
import type { WebSocket } from "ws";
import { CLIENT_MESSAGE_BYTES_MAX, parseClientMessage } from "./client_message.ts";
import { packFrame } from "./frame_message.ts";
import { HeldInputs } from "./held_inputs.ts";
import type { FrameInfo, ThreadReport } from "./thread_protocol.ts";
import { wallMs } from "./thread_protocol.ts";

/** Messages of one page that are taken per second; what goes beyond is ignored and counted. */
const MESSAGES_PER_SECOND_MAX = 1000;

/** A coded frame, shared by all pages. */
export interface CodedFrame {
  readonly info: FrameInfo;
  readonly jpeg: Uint8Array;
}

/** What a session needs of the thread. */
export interface PageSessionHost {
  /** The newest coded frame. */
  readonly newest: CodedFrame | undefined;
  /** The page asks for a frame, has got one, or is gone. */
  changed(): void;
  report(report: ThreadReport): void;
  /** A message made no sense. */
  malformed(): void;
  sent(): void;
  dropped(count: number): void;
  gone(session: PageSession): void;
}

/** A page that looks at the display. It gets a frame only when it has asked for one, so nothing ever queues up. */
export class PageSession {
  readonly #socket: WebSocket;
  readonly #host: PageSessionHost;
  readonly #held = new HeldInputs();
  #isWaiting = false;
  #askedMs = 0;
  #shown: CodedFrame | undefined;
  /** When the page began to want frames; older ones are no measure of what it missed. */
  #startedMs: number = wallMs();
  #countsDrops = false;
  #dropped = 0;
  #isAnswering = true;
  #second = 0;
  #messagesInSecond = 0;

  /**
   * @param socket Open connection to the page.
   * @param host The thread.
   * @param title Heading of the page.
   */
  constructor(socket: WebSocket, host: PageSessionHost, title: string) {
    this.#socket = socket;
    this.#host = host;
    socket.on("message", (data: Uint8Array, isBinary: boolean) => this.#take(data, isBinary));
    socket.on("pong", () => this.#isAnswering = true);
    socket.on("error", () => {
      host.malformed();
      socket.terminate();
    });
    socket.on("close", () => this.#close());
    socket.send(JSON.stringify({ type: "hello", title }));
  }

  /** Whether the page has asked for a frame and has not got it yet. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Sends the newest frame if the page waits for one and has not got this one. */
  serve(): void {
    const newest = this.#host.newest;
    if (!this.#isWaiting || !newest || newest === this.#shown) return;
    const before = this.#shown?.info;
    if (before && this.#countsDrops && before.epoch === newest.info.epoch) {
      const dropped = Math.max(0, newest.info.due - before.due - 1);
      this.#dropped += dropped;
      this.#host.dropped(dropped);
    }
    this.#countsDrops = newest.info.handedMs >= this.#startedMs;
    this.#shown = newest;
    this.#isWaiting = false;
    const { info, jpeg } = newest;
    const nowMs = wallMs();
    const { width, height, pixelFormat, rate } = info.format;
    const message = packFrame({
      frameNumber: info.frameNumber,
      timestamp: info.timestamp,
      width,
      height,
      pixelFormat,
      fps: rate.num / rate.den,
      source: info.source,
      ageMs: info.ageMs + nowMs - info.handedMs,
      heldMs: nowMs - this.#askedMs,
      dropped: this.#dropped,
    }, jpeg);
    this.#socket.send(message, { binary: true }, () => {});
    this.#host.sent();
  }

  /** Ends the connection if the page has not answered since the last call, and asks it to answer. */
  check(): void {
    if (!this.#isAnswering) return this.#socket.terminate();
    this.#isAnswering = false;
    this.#socket.ping();
  }

  /** Tells the page that the display is going away. */
  leave(): void {
    this.#socket.close(1001, "The display has stopped");
  }

  /** Ends the connection now. */
  end(): void {
    this.#socket.terminate();
  }

  #take(data: Uint8Array, isBinary: boolean): void {
    const isTooLong = data.length > CLIENT_MESSAGE_BYTES_MAX;
    const message = isBinary || isTooLong || this.#isTooFast() ? undefined : parseClientMessage(data.toString());
    if (!message) return this.#host.malformed();
    this.#isAnswering = true;
    switch (message.type) {
      case "next":
        this.#isWaiting = true;
        this.#askedMs = wallMs();
        if (message.resumed) {
          this.#startedMs = this.#askedMs;
          this.#countsDrops = false;
        }
        this.serve();
        return this.#host.changed();
      case "key":
        if (this.#held.key(message.event)) this.#host.report(message);
        return;
      case "mouse":
        if (this.#held.mouse(message.event)) this.#host.report(message);
        return;
      case "release":
        return this.#release();
    }
  }

  #isTooFast(): boolean {
    const second = Math.floor(wallMs() / 1000);
    if (second !== this.#second) this.#messagesInSecond = 0;
    this.#second = second;
    return ++this.#messagesInSecond > MESSAGES_PER_SECOND_MAX;
  }

  #release(): void {
    const { keys, mouse } = this.#held.release();
    for (const event of keys) this.#host.report({ type: "key", event });
    for (const event of mouse) this.#host.report({ type: "mouse", event });
  }

  #close(): void {
    this.#isWaiting = false;
    this.#release();
    this.#host.gone(this);
  }
}
