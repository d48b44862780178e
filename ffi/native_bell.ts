/**
 * Bells: how an event loop is woken from other threads and processes. See zig/src/bell.zig.
 *
 * @module
 */

import { setImmediate, setTimeout } from "node:timers";
import type { NativeFunctions } from "./abi.gen.ts";
import type { NativeLibrary } from "./library.ts";
import { openAddon } from "./open.ts";
import { check } from "./result.ts";
import { decodeAddress, emptyAddress, encodeAddress, type SharedAddress } from "./shared_address.ts";

/** Names a bell in this process; a plain number that may be posted to workers. One that is stale is `bad_handle`. */
export type BellHandle = number & { readonly brand: "BellHandle" };

/** After so many turns in a row with new rings the loop gets a chance to end. */
const busyTurnsMax = 100;

/**
 * The event loop of one thread, as the bells of one library call it. There is one as soon as the thread opens its first
 * bell, and it lasts as long as the thread.
 *
 * The library calls once and then leaves the bells in a queue until the turn has ended (see zig/src/event_loop.zig for
 * why): so after each call there is one immediate that looks whether more has come.
 */
export class NativeBellLoop {
  readonly #functions: NativeFunctions;
  readonly #loop: number;
  readonly #listeners: Map<number, () => void> = new Map();
  readonly #rung: Uint32Array<ArrayBuffer> = new Uint32Array(64);
  readonly #settle: () => void = () => this.#endTurn();
  #busyTurns: number = 0;

  /**
   * Makes the event loop of the calling thread one that bells can call.
   *
   * @throws {NativeError} `not_supported` where the runtime has no Node-API, `too_many_handles`, `system_failed`.
   */
  constructor(library: NativeLibrary) {
    this.#functions = library.functions;
    const { openBellLoop } = openAddon(library.path) as { openBellLoop(onRing: () => void): number };
    const onRing = (): void => {
      this.#dispatch();
      setImmediate(this.#settle);
    };
    this.#loop = check(openBellLoop(onRing), "open the event loop for bells");
  }

  /** See {@link NativeBell}. */
  openBell(onRing: () => void): NativeBell {
    const bell = new NativeBell(this.#functions, this.#loop, () => this.#listeners.delete(handle));
    const handle = bell.handle;
    this.#listeners.set(handle, onRing);
    return bell;
  }

  #endTurn(): void {
    if (this.#functions.sl_bell_settle(this.#loop) !== 0) {
      this.#busyTurns = 0;
      return;
    }
    this.#dispatch();
    // Immediates hold a loop alive, and rings that never stop shall not.
    this.#busyTurns = (this.#busyTurns + 1) % busyTurnsMax;
    if (this.#busyTurns === 0) setTimeout(this.#settle, 0).unref();
    else setImmediate(this.#settle);
  }

  #dispatch(): void {
    const count = this.#functions.sl_bell_take(this.#loop, this.#rung);
    for (let i = 0; i < count; i++) this.#call(this.#rung[i]);
  }

  #call(bell: number): void {
    try {
      this.#listeners.get(bell)?.();
    } catch (error) {
      // An exception that reaches Node-API is lost on some runtimes: it becomes an uncaught one here.
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

/**
 * Wakes the event loop of the thread that opened it. Many rings until the loop comes round are one call. A bell never
 * holds the loop alive. It may be rung from every thread of the process, also while it is being closed, while its
 * thread is terminated and while the process exits; after that, ringing returns `gone` or `bad_handle`.
 */
export class NativeBell {
  readonly #functions: NativeFunctions;
  readonly #onClose: () => void;
  #handle: BellHandle;

  /** Made by {@link NativeBellLoop.openBell}. */
  constructor(functions: NativeFunctions, loop: number, onClose: () => void) {
    this.#functions = functions;
    this.#onClose = onClose;
    this.#handle = check(functions.sl_bell_open(loop), "open a bell") as BellHandle;
  }

  /** Names the bell in all threads of this process; 0 after `close()`. */
  get handle(): BellHandle {
    return this.#handle;
  }

  /**
   * Names the bell to other processes, until `close()`. The first call starts a thread that waits for their rings.
   *
   * @throws {NativeError} `bad_handle` after `close()`, `out_of_memory`, `too_many_files`, `system_failed`.
   */
  address(): SharedAddress {
    const bytes = emptyAddress();
    check(this.#functions.sl_bell_address(this.#handle, bytes), "share a bell");
    return decodeAddress(bytes);
  }

  /** Rings it. Nothing happens after `close()`. */
  ring(): void {
    this.#functions.sl_bell_ring(this.#handle);
  }

  /** Ends the bell: `onRing` is not called again. May be called twice. */
  close(): void {
    if (this.#handle === 0) return;
    const handle = this.#handle;
    this.#handle = 0 as BellHandle;
    this.#onClose();
    this.#functions.sl_bell_close(handle);
  }
}

/**
 * Opens the bell of another process, to ring it from here. The caller is one holder: pair it with `dropBell`.
 *
 * @throws {NativeError} `gone` if that process or its bell has ended, `permission`, `not_shared`, `wrong_version`.
 * @throws {RangeError} For an address that cannot be one.
 */
export function importBell(library: NativeLibrary, address: SharedAddress): BellHandle {
  const code = library.functions.sl_bell_import(encodeAddress(address));
  return check(code, `open the bell of process ${address.pid}`) as BellHandle;
}
