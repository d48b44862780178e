/**
 * A connection to a running program.
 *
 * @module
 */
import type { ProgramAnswer, ProgramAsk, ProgramHello, TappedItem } from "@streamlib/core";
import { connect, type Socket } from "node:net";

/** Version of what is said that is understood here. */
const VERSION = 1;
/** A line of a program has no more bytes. */
const LINE_BYTES_MAX = 1 << 24;
/** A frame has no more bytes. */
const FRAME_BYTES_MAX = 1 << 30;

type ConnectionErrorKind = "stale" | "over" | "closed" | "told";

/** Why a program cannot be reached, or be asked. */
export class ConnectionError extends Error {
  /** `stale`: nobody listens there any more; `over`: the program has ended; `closed`: by us; `told`: anything else. */
  readonly kind: ConnectionErrorKind;

  /** @param message For people. */
  constructor(message: string, kind: ConnectionErrorKind = "told") {
    super(message);
    this.kind = kind;
  }
}

/** A connection to a running program. */
export class Connection {
  /** What the program has said first. */
  readonly hello: ProgramHello;
  readonly #socket: Socket;
  readonly #bytes: ByteQueue;

  constructor(hello: ProgramHello, socket: Socket, bytes: ByteQueue) {
    this.hello = hello;
    this.#socket = socket;
    this.#bytes = bytes;
  }

  /**
   * Asks. {@linkcode Connection.next} gives what is answered.
   *
   * @throws {Error} If the program has ended.
   */
  ask(ask: ProgramAsk): void {
    this.#socket.write(`${JSON.stringify(ask)}\n`);
  }

  /**
   * The next answer. Rejects with what the program says is wrong, and if it has ended.
   *
   * @throws {ConnectionError}
   */
  async next(): Promise<Exclude<ProgramAnswer, { type: "error" }>> {
    const answer = parseLine(await this.#bytes.line()) as ProgramAnswer;
    if (answer.type === "error") throw new ConnectionError(answer.message);
    return answer;
  }

  /** Does `work`, which asks until the program has ended or this was closed; the first is told. */
  async untilOver(work: () => Promise<void>, tell: (message: string) => void): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      const kind = thrown instanceof ConnectionError ? thrown.kind : "told";
      if (kind !== "over" && kind !== "closed") throw thrown;
      if (kind === "over") tell((thrown as ConnectionError).message);
    }
  }

  /** The payload that follows an answer of type `frame`. */
  payload(frame: TappedItem): Promise<Uint8Array> {
    return this.#bytes.take(frame.payloadBytes);
  }

  /** Ends it; what is waited for rejects. */
  close(): void {
    this.#socket.destroy();
    this.#bytes.end(new ConnectionError("The connection was closed", "closed"));
  }
}

/**
 * Connects and waits for the hello.
 *
 * @param path The socket.
 * @param waitMs How long at most.
 * @throws {ConnectionError} If nobody listens or answers there, or what answers is of another version.
 */
export async function connectTo(path: string, waitMs: number): Promise<Connection> {
  const bytes = new ByteQueue();
  const socket = connect(path);
  socket.on("data", (chunk: Uint8Array) => bytes.add(chunk));
  socket.on("error", (error) => {
    const isStale = ["ECONNREFUSED", "ENOENT"].includes((error as { code?: string }).code ?? "");
    const kind = isStale ? "stale" : "told";
    bytes.end(new ConnectionError(`Cannot connect to ${path}: ${error.message}`, kind));
  });
  socket.on("close", () => bytes.end(new ConnectionError("The program has ended", "over")));
  const timer = setTimeout(() => {
    bytes.end(
      new ConnectionError(`Cannot connect to ${path}: the program does not answer; perhaps it is stopped or busy`),
    );
  }, waitMs);
  try {
    const hello = parseLine(await bytes.line()) as ProgramHello & { type?: string; message?: string };
    if (hello.type === "error") throw new ConnectionError(`Cannot attach: ${hello.message}`);
    if (hello.streamlib !== VERSION) {
      throw new ConnectionError(
        `Cannot attach to ${path}: it speaks version ${hello.streamlib}, this command ${VERSION}; use the command of its version`,
      );
    }
    return new Connection(hello, socket, bytes);
  } catch (thrown) {
    socket.destroy();
    throw thrown;
  } finally {
    clearTimeout(timer);
  }
}

function parseLine(line: string): object {
  try {
    const parsed = JSON.parse(line) as unknown;
    if (typeof parsed === "object" && parsed !== null) return parsed;
  } catch {
    // Told below.
  }
  throw new ConnectionError("Cannot understand the program: it has sent something else than JSON objects");
}

/** Bytes that come, to be taken by lines or by number. One taker at a time. */
class ByteQueue {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;
  /** Bytes from the start that have no line end. */
  #searched = 0;
  #error: Error | undefined;
  #woken: (() => void) | undefined;

  add(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    this.#woken?.();
  }

  /** What has come can still be taken. */
  end(error: Error): void {
    this.#error ??= error;
    this.#woken?.();
  }

  async line(): Promise<string> {
    for (;;) {
      const end = this.#lineEnd();
      if (end >= 0) return new TextDecoder().decode(this.#cut(end + 1));
      if (this.#length > LINE_BYTES_MAX) {
        throw new ConnectionError("Cannot understand the program: it sends no line ends");
      }
      await this.#more();
    }
  }

  async take(length: number): Promise<Uint8Array> {
    if (!(length >= 0 && length <= FRAME_BYTES_MAX)) {
      throw new ConnectionError(`Cannot take a frame of ${length} bytes`);
    }
    while (this.#length < length) await this.#more();
    return this.#cut(length);
  }

  #lineEnd(): number {
    let start = 0;
    for (const chunk of this.#chunks) {
      if (start + chunk.length > this.#searched) {
        const at = chunk.indexOf(10, Math.max(0, this.#searched - start));
        if (at >= 0) return start + at;
      }
      start += chunk.length;
    }
    this.#searched = start;
    return -1;
  }

  #cut(length: number): Uint8Array {
    const taken = new Uint8Array(length);
    let at = 0;
    while (at < length) {
      const [chunk] = this.#chunks;
      const part = chunk.subarray(0, length - at);
      taken.set(part, at);
      at += part.length;
      if (part.length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(part.length);
    }
    this.#length -= length;
    this.#searched = 0;
    return taken;
  }

  async #more(): Promise<void> {
    if (this.#error) throw this.#error;
    await new Promise<void>((resolve) => this.#woken = resolve);
    this.#woken = undefined;
  }
}
