/**
 * A PTP client: follows a master on the network and tells this machine its TAI.
 *
 * @module
 */
import type {
  NativePtp,
  NativePtpClockState,
  NativePtpHistogram,
  NativePtpMaster,
  NativePtpStatistics,
} from "@streamlib/ffi";
import { messageOf, StreamError } from "../errors.ts";
import { loadNative } from "../native.ts";
import type { PtpEvents } from "./ptp_events.ts";
import { type CompletePtpOptions, completePtpOptions, type PtpOptions } from "./ptp_options.ts";
import { PtpWatch } from "./ptp_watch.ts";

/** What a client asks of the native one; tests have one of their own. */
export type PtpEngine = Pick<NativePtp, "statistics" | "histogram" | "masters" | "close">;

/**
 * Follows a PTP master and disciplines TAI of this machine, for all its streamlib processes; with `disciplines: false` it
 * only measures. The machine's own clock is never set.
 *
 * Of several clients one tells the time, and another takes over when that ends. It runs in a native thread, which goes
 * on while the event loop is busy, until {@linkcode PtpClient.close}; it keeps no process alive.
 */
export class PtpClient implements Disposable {
  /** What it follows, completed. */
  readonly options: CompletePtpOptions;
  readonly #engine: PtpEngine;
  readonly #watch: PtpWatch = new PtpWatch(() => this.stats());

  /** @internal Programs call {@linkcode PtpClient.open}. */
  constructor(options: CompletePtpOptions, engine: PtpEngine) {
    this.options = options;
    this.#engine = engine;
  }

  /**
   * Opens a client.
   *
   * @throws {StreamError} Rejects with `option-invalid` for an option that cannot be, `native-missing` without the
   * native library, `clock-refused` if the system refuses ports, interface or hardware stamps; for the ports the message
   * has three remedies.
   */
  static async open(options: PtpOptions = {}): Promise<PtpClient> {
    const complete = completePtpOptions(options);
    return new PtpClient(complete, await openEngine(complete));
  }

  /** How far TAI can be trusted, as this client measures. */
  get state(): NativePtpClockState {
    return this.stats().clockState;
  }

  /** Everything that it knows and has counted. After {@linkcode PtpClient.close} the last of it. */
  stats(): NativePtpStatistics {
    return this.#engine.statistics();
  }

  /** The masters that are heard, followed or not; at most 32. */
  masters(): readonly NativePtpMaster[] {
    return this.#engine.masters();
  }

  /** Offsets of the last one to two minutes by size. */
  histogram(): NativePtpHistogram {
    return this.#engine.histogram();
  }

  /**
   * Calls `listener` at every event of this name. Statistics are looked at ten times a second while anybody listens,
   * which keeps no process alive.
   *
   * @returns A function that takes the listener away.
   */
  on<K extends keyof PtpEvents>(name: K, listener: (event: PtpEvents[K]) => void): () => void {
    return this.#watch.on(name, listener);
  }

  /** Ends it, which takes at most 100 ms: ports are free again, TAI goes on at its last rate. */
  close(): void {
    this.#watch.stop();
    this.#engine.close();
  }

  /** As {@linkcode PtpClient.close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** Starts the native thread. */
export async function openEngine(options: CompletePtpOptions): Promise<PtpEngine> {
  const { library, reason } = await loadNative();
  if (!library) throw new StreamError("native-missing", `Cannot follow PTP: it takes the native library: ${reason}`);
  try {
    return library.native.openPtp(options);
  } catch (thrown) {
    throw new StreamError("clock-refused", messageOf(thrown), { cause: thrown });
  }
}
