/**
 * The streams that the actors of one dispatcher share.
 *
 * @module
 */
import { GpuDevice, type GpuUser, type GpuWish } from "./gpu_device.ts";
import { GpuStream } from "./gpu_stream.ts";

/** How streams are made. */
export interface GpuStreamsInit {
  readonly wish: GpuWish;
  /** How many there are. */
  readonly count: number;
  /** Submits under way at most, of each. */
  readonly inFlight: number;
}

/** A device and some streams of it, open while somebody uses them. */
export class GpuStreams {
  readonly #init: GpuStreamsInit;
  #opened: Opened | undefined;

  constructor(init: GpuStreamsInit) {
    this.#init = init;
  }

  /**
   * One more user. Each `acquire` needs one `release` of what it gives.
   *
   * @param user Who it is.
   * @throws {StreamError} As {@linkcode GpuDevice.acquire}.
   */
  async acquire(user: GpuUser): Promise<Opened> {
    const { wish, count, inFlight } = this.#init;
    const device = await GpuDevice.acquire(wish, user);
    if (!this.#opened?.isOf(device)) this.#opened = new Opened(device, count, inFlight);
    this.#opened.take();
    return this.#opened;
  }
}

/** What users of one dispatcher have together while its device works. */
export class Opened {
  readonly device: GpuDevice;
  readonly #inFlight: number;
  readonly #streams: (GpuStream | undefined)[];
  #next = 0;
  #users = 0;

  constructor(device: GpuDevice, count: number, inFlight: number) {
    this.device = device;
    this.#inFlight = inFlight;
    this.#streams = Array.from({ length: count }, () => undefined);
  }

  /** Whether it is open, and of this device. */
  isOf(device: GpuDevice): boolean {
    return this.#users > 0 && this.device === device;
  }

  /** Whether a stream is one of these. */
  has(stream: GpuStream | undefined): boolean {
    return stream !== undefined && this.#streams.includes(stream);
  }

  /** The next stream in turn, opened when it is first wanted. */
  nextStream(): GpuStream {
    const i = this.#next++ % this.#streams.length;
    return this.#streams[i] ??= new GpuStream(this.device, i, this.#inFlight);
  }

  take(): void {
    this.#users++;
  }

  /** The last one closes the streams when their work is done; and the device, if nobody else has it. */
  async release(user: GpuUser): Promise<void> {
    try {
      for (const stream of this.#streams) stream?.submitReads(user);
      if (--this.#users === 0) { for (const stream of this.#streams) await stream?.close(); }
    } finally {
      await this.device.release(user);
    }
  }
}
