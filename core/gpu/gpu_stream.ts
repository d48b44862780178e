/**
 * Work for a device that is recorded in turn by the actors of a chain, and submitted once.
 *
 * @module
 */
import { setImmediate, setTimeout } from "node:timers";
import type { NativeGpuPlace, NativeGpuStream } from "@streamlib/ffi";
import { StreamError } from "../errors.ts";
import { nativeLibrary } from "../native.ts";
import { profiler } from "../profile/profile.ts";
import { PROFILE_SPANS } from "../profile/spans.ts";
import type { GpuDevice, GpuUser } from "./gpu_device.ts";
import { gpuError, isGone, translated } from "./gpu_error.ts";
import type { GpuFrame } from "./gpu_frame.ts";
import { type GpuPool, poolOf } from "./gpu_pool.ts";

/** Between two looks at a device that is waited for, ms. */
const LOOK_MS = 1;
/** What is recorded waits so long, in ms, for somebody who records and does not go on; and so many times if it does. */
const LATE_MS = 2;
const LATE_LOOKS = 8;
/** Longest time that a thread is held up for room for a recording that was submitted under its actor, ns. */
const ROOM_NS = 10_000_000n;

/** A submit whose durations are not known yet. */
interface Unmeasured {
  readonly value: number;
  readonly labels: readonly string[];
}

/** One stream of a device, of this thread. */
export class GpuStream {
  readonly device: GpuDevice;
  readonly native: NativeGpuStream;
  readonly #inFlightMax: number;
  readonly #isStamped: boolean;
  #isRecording = false;
  #isScheduled = false;
  #isWatched = false;
  #submits = 0;
  #records = 0;
  /** Actors that are recording now. */
  #open = 0;
  readonly #users = new Set<GpuUser>();
  /** Pictures that are read, and who reads each: its label. */
  readonly #kept = new Map<GpuFrame, string>();
  #labels: string[] = [];
  #unmeasured: Unmeasured[] = [];

  /** @throws {StreamError} `gpu-memory`, `gpu-refused`, `gpu-lost`, `gpu-abandoned`. */
  constructor(device: GpuDevice, queue: number, inFlightMax: number) {
    this.device = device;
    this.#inFlightMax = inFlightMax;
    const open = (stamped: boolean): NativeGpuStream => device.native.openStream({ queue, inFlightMax, stamped });
    this.#isStamped = profiler !== undefined;
    this.native = translated(() => open(this.#isStamped));
  }

  /** The value that the stream reaches when what is recorded now is done. */
  get nextValue(): number {
    return this.#ask(() => this.native.nextValue());
  }

  /** `user` records from now on until it calls {@linkcode GpuStream.leave}. Waits while too much is under way. */
  async enter(user: GpuUser): Promise<void> {
    while (!this.#begin()) await sleep();
    this.#users.add(user);
    this.#open++;
  }

  /** A user has recorded what it had to. */
  leave(): void {
    this.#open--;
    if (this.#open > 0 && !this.#isWatched) this.#watch();
    if (this.#open > 0 || this.#isScheduled || !this.#isRecording) return;
    this.#isScheduled = true;
    // Whoever reads what was drawn is woken before that, and records too.
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#open === 0) this.submit();
    });
  }

  /** A user ends, and its pins go with it: what reads pictures that it has pinned is submitted before. */
  submitReads({ label }: GpuUser): void {
    if ([...this.#kept.values()].includes(label)) this.submit();
  }

  /** Submits what is recorded, if anything is. Those who have recorded it fail if it cannot be. */
  submit(): void {
    if (!this.#isRecording) return;
    this.#isRecording = false;
    this.#submits++;
    const users = [...this.#users];
    this.#users.clear();
    const labels = this.#labels;
    this.#labels = [];
    try {
      const value = this.#ask(() => this.native.submit());
      if (this.#isStamped && profiler) this.#unmeasured.push({ value, labels });
    } catch (thrown) {
      for (const user of users) user.fail(thrown);
    }
    for (const frame of this.#kept.keys()) frame.release();
    this.#kept.clear();
    this.#measure();
  }

  /** Whether a value is reached. @throws {StreamError} `gpu-lost`, `gpu-abandoned` if it never will be. */
  hasReached(value: number): boolean {
    return this.#ask(() => this.native.nextValue() > value && this.native.value() >= value);
  }

  /** Resolves when a value is reached, also of what is not submitted yet. Rejects as {@linkcode GpuStream.hasReached}. */
  async reached(value: number): Promise<void> {
    while (!this.hasReached(value)) {
      await sleep();
      // Somebody of the chain takes its time: it will record into another one.
      if (this.nextValue <= value) this.submit();
    }
    this.#measure();
  }

  /** Records a command of `label`. */
  record(label: string, command: (native: NativeGpuStream) => void): void {
    this.#beginNow();
    translated(() => command(this.native));
    this.#records++;
    if (this.#isStamped) this.#labels.push(label);
  }

  /**
   * Where a picture lies, to be read by what `label` records next. It stays pinned until that is submitted.
   *
   * @throws {StreamError} `frame-stale`, `frame-foreign`, `slot-released`.
   */
  read(label: string, frame: GpuFrame): NativeGpuPlace {
    this.#checkDevice(frame);
    this.#beginNow();
    const bytes = frame.data;
    const handle = nativeLibrary()!.gpuFramePool(bytes);
    const writer = poolOf(handle)?.stream;
    // The device is never made to wait for what is not submitted.
    if (writer !== this) writer?.submit();
    const slot = translated(() => this.native.read(bytes));
    if (!this.#kept.has(frame)) this.#kept.set(frame.retain(), label);
    return { handle, slot };
  }

  /** Draws into a slot of a pool from now on. */
  write(pool: GpuPool, slot: number): void {
    this.#beginNow();
    pool.stream = this;
    translated(() => this.native.write(pool.native.handle, slot));
  }

  /** Writes what names the picture of a slot. */
  commit(pool: GpuPool, slot: number, out: Uint8Array): void {
    this.#beginNow();
    translated(() => this.native.commit(pool.native.handle, slot, out));
  }

  /** Closes it when its work is done. */
  async close(): Promise<void> {
    this.submit();
    await this.native.close();
    this.#measure();
  }

  /** Whoever takes its time records into another recording: what the others have recorded does not wait for it. */
  #watch(looks: number = LATE_LOOKS): void {
    this.#isWatched = true;
    const [submits, records] = [this.#submits, this.#records];
    setTimeout(() => {
      this.#isWatched = false;
      if (!this.#isRecording) return;
      if (this.#submits !== submits) this.#watch();
      else if (this.#records !== records && looks > 1) this.#watch(looks - 1);
      else this.submit();
    }, LATE_MS);
  }

  #begin(): boolean {
    this.#isRecording ||= this.#ask(() => this.native.begin());
    return this.#isRecording;
  }

  /** The recording was submitted under an actor that goes on: for another reader, or because that one awaited something. */
  #beginNow(): void {
    while (!this.#begin()) {
      const oldest = this.nextValue - this.#inFlightMax;
      this.#ask(() => this.native.wait(oldest, ROOM_NS));
    }
  }

  #checkDevice(frame: GpuFrame): void {
    const { device } = frame.format;
    const { key, info } = this.device;
    if (device.handle === key.handle && device.pid === key.pid) return;
    const where = device.pid !== key.pid
      ? `process ${device.pid} has made it, and pictures on a GPU do not cross processes`
      : device.uuid !== key.uuid
      ? `it lies on another GPU than "${info.name}"`
      : `it was made on "${info.name}" opened in another way (validate, waitMs)`;
    throw new StreamError(
      "frame-foreign",
      `Cannot read a picture: ${where}; put a DownloadActor and an UploadActor between, or keep both on one device`,
    );
  }

  #ask<T>(question: () => T): T {
    try {
      return question();
    } catch (thrown) {
      const error = gpuError(thrown);
      if (isGone(error)) this.device.gone(error);
      throw error;
    }
  }

  #measure(): void {
    while (this.#unmeasured.length > 0) {
      const { value, labels } = this.#unmeasured[0];
      let stamps: readonly number[] | undefined;
      try {
        stamps = this.native.stamps(value);
      } catch {
        // Its recording was used again, or the device is gone: these durations are not known.
        stamps = [];
      }
      if (!stamps) return;
      this.#unmeasured.shift();
      for (const [i, endNs] of stamps.slice(0, labels.length).entries()) {
        profiler?.record(labels[i], PROFILE_SPANS.device, Math.max(0, endNs - (stamps[i - 1] ?? 0)));
      }
    }
  }
}

function sleep(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, LOOK_MS));
}
