/**
 * A page for tests: speaks the protocol of the page without a browser.
 *
 * @module
 */
import { type FrameHeader, unpackFrame } from "../frame_message.ts";

/** A connected page. */
export class PageClient {
  /** Texts that came. */
  readonly texts: string[] = [];
  /** Frames that came. */
  readonly frames: { readonly header: FrameHeader; readonly jpeg: Uint8Array }[] = [];
  /** Code and reason of the end. */
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #socket: WebSocket;

  /** @param socket A socket that is connecting or open. */
  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }: MessageEvent) => {
      if (typeof data === "string") this.texts.push(data);
      else this.frames.push(unpackFrame(new Uint8Array(data as ArrayBuffer)));
    });
    this.closed = new Promise((resolve) => {
      socket.addEventListener("close", ({ code, reason }: CloseEvent) => resolve({ code, reason }));
    });
  }

  /** Connects to the page at `url` and waits for the greeting. */
  static async open(url: string): Promise<PageClient> {
    const client = new PageClient(new WebSocket(`${url.replace(/^http/, "ws")}stream`));
    await until(() => client.texts.length > 0, "no greeting came");
    return client;
  }

  /** Says something. */
  send(message: object | string | Uint8Array<ArrayBuffer>): void {
    const isRaw = typeof message === "string" || message instanceof Uint8Array;
    this.#socket.send(isRaw ? message : JSON.stringify(message));
  }

  /** Asks for one frame. */
  ask(resumed: boolean = false): void {
    this.send({ type: "next", resumed });
  }

  /** Leaves. */
  async close(): Promise<void> {
    this.#socket.close();
    await this.closed;
  }
}

/** Waits. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Waits until `isSo`, doing `meanwhile` again and again. @throws {Error} After 20 s, saying `what`. */
export async function until(isSo: () => unknown, what: string, meanwhile?: () => Promise<unknown>): Promise<void> {
  const startMs = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startMs > 20_000) throw new Error(`Waited for 20 s: ${what}`);
    await meanwhile?.();
    await pause(5);
  }
}
