/** Somebody who attaches to a program, by hand. */
import { connect, type Socket } from "node:net";

/** A connection whose lines are read one by one. */
export class Client {
  readonly socket: Socket;
  /** Whether the program has closed it. */
  readonly closed: Promise<void>;
  #text = "";
  #isClosed = false;
  #woken: (() => void) | undefined;

  constructor(path: string) {
    this.socket = connect(path);
    this.socket.setEncoding("latin1");
    this.socket.on("data", (text) => {
      this.#text += text;
      this.#woken?.();
    });
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.#isClosed = true;
      this.#woken?.();
    });
    this.closed = new Promise((resolve) => this.socket.on("close", () => resolve()));
  }

  /** Asks and gives the next line. */
  // deno-lint-ignore no-explicit-any
  ask(what: object): Promise<any> {
    this.socket.write(`${JSON.stringify(what)}\n`);
    return this.line();
  }

  /** The next line, parsed; `undefined` if the connection has ended without one. */
  // deno-lint-ignore no-explicit-any
  async line(): Promise<any> {
    for (;;) {
      const end = this.#text.indexOf("\n");
      if (end >= 0) return JSON.parse(this.#cut(end + 1));
      if (this.#isClosed) return undefined;
      await new Promise<void>((resolve) => this.#woken = resolve);
    }
  }

  /** So many bytes that are no line. */
  async bytes(length: number): Promise<Uint8Array> {
    while (this.#text.length < length) await new Promise<void>((resolve) => this.#woken = resolve);
    return Uint8Array.from(this.#cut(length), (character) => character.charCodeAt(0));
  }

  close(): void {
    this.socket.destroy();
  }

  #cut(length: number): string {
    const cut = this.#text.slice(0, length);
    this.#text = this.#text.slice(length);
    return cut;
  }
}
