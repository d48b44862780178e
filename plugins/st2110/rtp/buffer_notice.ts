/**
 * Telling the user that a socket has less room than was asked for.
 *
 * @module
 */
import { nativeLibrary } from "@streamlib/core";

/** Says on standard error, once for an actor's stream, that the system gave a shorter buffer, and what mends it. */
export class BufferNotice {
  readonly #who: string;
  readonly #which: "receive" | "send";
  #isTold = false;

  /**
   * @param who The actor's label.
   * @param which What the socket is for.
   */
  constructor(who: string, which: "receive" | "send") {
    this.#who = who;
    this.#which = which;
  }

  /**
   * Looks at what came of it.
   *
   * @param askedBytes `undefined` or 0 for what the system gives, which is never too little.
   * @param givenBytes What the system gave.
   */
  look(askedBytes: number | undefined, givenBytes: number): void {
    const warning = nativeLibrary()?.socketBufferWarning(askedBytes ?? 0, givenBytes, this.#which);
    if (warning === undefined || this.#isTold) return;
    this.#isTold = true;
    console.error(`streamlib: ${this.#who}: ${warning}`);
  }
}
