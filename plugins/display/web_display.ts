/**
 * A display in a browser tab.
 *
 * @module
 */
import {
  Actor,
  type ActorSpec,
  control,
  type Input,
  input,
  KeyEvent,
  MouseEvent,
  optionsFrom,
  type Output,
  output,
  registerActor,
  StreamError,
  type TimedTick,
  type VideoFormat,
  VideoFrame,
} from "@streamlib/core";
import { z } from "zod";
import { DisplayThread } from "./display_thread.ts";
import type { DisplayCounters, ThreadReport } from "./thread_protocol.ts";

/** Options of {@linkcode WebDisplayActor}, as a user gives them. */
export interface WebDisplayOptions {
  /** TCP port, 0–65535; 0 is any free one. Default 0. */
  port?: number;
  /**
   * Address to listen on. Default `127.0.0.1`: this machine only. With any other, everyone who reaches the port sees
   * the picture and can press keys: there is no password.
   */
  host?: string;
  /** Widest picture that is sent, pixels, 16–4096; a wider source is scaled down. Default 960. */
  width?: number;
  /** Most frames per second that are sent to a page, above 0 to 240. Default 30. */
  fps?: number;
  /** JPEG quality, 1–100. Default 80. */
  quality?: number;
  /** Heading of the page, 1–120 characters. Default `streamlib`. */
  title?: string;
}

/** Ports and options of {@linkcode WebDisplayActor}. */
export interface WebDisplayTypes {
  /** What is shown. */
  inputs: { video: Input<VideoFrame> };
  /** What people do on the pages. */
  outputs: { keys: Output<KeyEvent>; mouse: Output<MouseEvent> };
  /** See {@linkcode WebDisplayOptions}. */
  options: WebDisplayOptions;
}

/** Where the page is. */
export interface DisplayAddress {
  /** For example `http://127.0.0.1:8080/`. */
  readonly url: string;
  /** TCP port. */
  readonly port: number;
}

/**
 * Serves a page that shows the input live, with frame number, rate, age and drops, and gives the keys and the mouse of
 * the page as events. Any number of pages up to 32; each gets the newest frame when it is ready for one, so a slow tab
 * drops frames and delays nobody. Server, scaling and coding run on a thread of their own; with no page open a tick
 * costs one look at a shared word.
 *
 * Shown are rgba8, bgra8, i420, nv12, uyvy8, yuv422p10le and yuv444p10le; with another format the actor fails and names
 * it. Its outputs may be linked to actors upstream of it, so that keys can steer what is seen.
 */
@registerActor({ name: "WebDisplay", module: import.meta.url })
export class WebDisplayActor extends Actor<WebDisplayTypes> {
  /** Ports and options. */
  static readonly spec: ActorSpec<WebDisplayTypes> = {
    description: "Shows video live in a browser page on this machine; its keys and mouse come back as events",
    inputs: { video: input(VideoFrame, { description: "What is shown" }) },
    outputs: {
      keys: output(KeyEvent, { description: "Keys pressed while the picture has the focus, all pages together" }),
      mouse: output(MouseEvent, { description: "The mouse over the picture, in pixels of the source" }),
    },
    options: optionsFrom(z.strictObject({
      port: z.number().int().min(0).max(65535).default(0).describe("TCP port; 0 is any free one"),
      host: z.string().min(1).default("127.0.0.1").describe("Address to listen on"),
      width: z.number().int().min(16).max(4096).default(960).describe("Widest picture that is sent, pixels"),
      fps: z.number().positive().max(240).default(30).describe("Most frames per second per page"),
      quality: z.number().int().min(1).max(100).default(80).describe("JPEG quality"),
      title: z.string().min(1).max(120).default("streamlib").describe("Heading of the page"),
    })),
    // What people do on the page is no part of the frame that is on its way: a circle through it needs no other buffer.
    buffers: true,
  };

  #thread: DisplayThread | undefined;
  #port = 0;
  #format: VideoFormat | undefined;
  #framesPerFrame = 1;
  #source: object | undefined;
  #epoch = 0;
  #lastDue = -1;

  /** Where the page is, as soon as it is served. */
  @control()
  address(): Promise<DisplayAddress> {
    return Promise.resolve({ url: urlOf(this.options.host, this.#port), port: this.#port });
  }

  /** What the display has done so far, at most 250 ms old. */
  @control()
  counters(): Promise<DisplayCounters> {
    return Promise.resolve(this.#opened().counters);
  }

  /**
   * Starts the thread and waits until the page is served.
   *
   * @throws {StreamError} `resource` naming host, port and cause.
   */
  override async onStart(): Promise<void> {
    const { port, host, width, quality, title } = this.options;
    this.#thread = new DisplayThread(
      { port, host, widthMax: width, quality, title },
      (report) => this.#forward(report),
    );
    this.#port = await this.#thread.listening;
  }

  /**
   * Hands the newest frame over if a page waits for it.
   *
   * @throws {StreamError} `resource` if the thread has failed.
   */
  override process(_tick: TimedTick): void {
    const thread = this.#opened();
    const frame = this.inputs.video.readLatest();
    if (!frame) return;
    if (frame.format !== this.#format) this.#useFormat(frame.format);
    if (!thread.wantsFrame) return;
    const source = this.inputs.video.source;
    const due = Math.floor(frame.sequence * this.#framesPerFrame + 1e-6);
    if (source !== this.#source) {
      this.#source = source;
      this.#epoch++;
    } else if (due <= this.#lastDue) return;
    this.#lastDue = due;
    thread.show(frame, { source: source?.label ?? "", epoch: this.#epoch, due });
  }

  /** Closes every page's connection and ends the thread. */
  override async onStop(): Promise<void> {
    await this.#thread?.stop();
  }

  #opened(): DisplayThread {
    if (!this.#thread) throw new StreamError("wrong-place", `${this.label} is not open`);
    if (this.#thread.failure) throw this.#thread.failure;
    return this.#thread;
  }

  #useFormat(format: VideoFormat): void {
    this.#format = format;
    this.#framesPerFrame = Math.min(1, (this.options.fps * format.rate.den) / format.rate.num);
    this.#epoch++;
    this.#lastDue = -1;
  }

  #forward(report: ThreadReport): void {
    if (this.isEnding) return;
    if (report.type === "key") this.outputs.keys.send(report.event);
    else if (report.type === "mouse") this.outputs.mouse.send(report.event);
  }
}

/** The page's address as this machine's browser takes it: "every address" of the listener is loopback there. */
function urlOf(host: string, port: number): string {
  const name = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}/`;
}
