/**
 * Native memory as JavaScript sees it.
 *
 * @module
 */

import { view } from "./open.ts";

/**
 * One ArrayBuffer over one native mapping, made once. All typed arrays over `buffer` lie on the native bytes. After
 * `detach()` they are empty instead of dangling, so the memory can go. Who made the mapping keeps it alive until then.
 */
export class NativeMemory {
  readonly #buffer: ArrayBuffer;

  /**
   * Makes the view.
   *
   * @param address Where the memory starts in this process.
   * @param bytes Its length.
   */
  constructor(address: bigint, bytes: number) {
    this.#buffer = view(address, bytes);
  }

  /** The memory; of length 0 after `detach()`. Not to be transferred or posted: a worker maps its own. */
  get buffer(): ArrayBuffer {
    return this.#buffer;
  }

  /** Whether `detach()` was called. */
  get detached(): boolean {
    return this.#buffer.detached;
  }

  /** Empties every view of the memory in this thread. May be called again. */
  detach(): void {
    if (!this.#buffer.detached) this.#buffer.transfer(0);
  }
}
