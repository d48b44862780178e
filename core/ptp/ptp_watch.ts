/**
 * Looks at the statistics of PTP as long as anybody listens.
 *
 * @module
 */
import { clearInterval, setInterval } from "node:timers";
import type { NativePtpStatistics } from "@streamlib/ffi";
import { Emitter } from "../emitter.ts";
import { type PtpEvents, ptpEventsBetween } from "./ptp_events.ts";

/** How often, ms. */
const LOOK_MS = 100;

/** Makes events of what changes. */
export class PtpWatch {
  readonly #read: () => NativePtpStatistics | undefined;
  readonly #events: Emitter<PtpEvents> = new Emitter<PtpEvents>();
  #listeners = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #last: NativePtpStatistics | undefined;

  /**
   * @param read Statistics now; `undefined` if there are none.
   */
  constructor(read: () => NativePtpStatistics | undefined) {
    this.#read = read;
  }

  /** Calls `listener` at every event of this name. @returns A function that takes the listener away. */
  on<K extends keyof PtpEvents>(name: K, listener: (event: PtpEvents[K]) => void): () => void {
    const remove = this.#events.on(name, listener);
    if (this.#listeners++ === 0) this.#start();
    let isOn = true;
    return () => {
      if (!isOn) return;
      isOn = false;
      remove();
      if (--this.#listeners === 0) this.stop();
    };
  }

  /** Looks no more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #start(): void {
    this.#last = this.#read();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  #look(): void {
    const before = this.#last;
    this.#last = this.#read() ?? before;
    if (!this.#last) return;
    for (const { name, event } of ptpEventsBetween(before, this.#last)) this.#events.emit(name, event);
  }
}
