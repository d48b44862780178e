/**
 * Lines of a stream of bytes that nobody vouches for.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import { StringDecoder } from "node:string_decoder";

/** Cuts text into lines of bounded length. */
export class LineReader {
  readonly #decoder = new StringDecoder("utf8");
  readonly #charactersMax: number;
  readonly #onLine: (line: string) => void;
  readonly #onTooLong: () => void;
  #parts: string[] = [];
  #characters = 0;

  /** @param onTooLong A line is longer than `charactersMax`: what was read of it is forgotten. */
  constructor(charactersMax: number, onLine: (line: string) => void, onTooLong: () => void) {
    this.#charactersMax = charactersMax;
    this.#onLine = onLine;
    this.#onTooLong = onTooLong;
  }

  /** More bytes are there. */
  add(bytes: Buffer): void {
    const [first, ...rest] = this.#decoder.write(bytes).split("\n");
    this.#append(first);
    for (const part of rest) {
      const line = this.#parts.join("");
      this.#clear();
      this.#onLine(line);
      this.#append(part);
    }
  }

  #append(part: string): void {
    this.#characters += part.length;
    this.#parts.push(part);
    if (this.#characters <= this.#charactersMax) return;
    this.#clear();
    this.#onTooLong();
  }

  #clear(): void {
    this.#parts = [];
    this.#characters = 0;
  }
}
