/**
 * Devices as this thread has them open.
 *
 * @module
 */
import process from "node:process";
import { setImmediate } from "node:timers";
import type { NativeGpuDevice, NativeGpuDeviceStatistics, NativeGpuInfo, NativeGpuWish } from "@streamlib/ffi";
import { messageOf, StreamError } from "../errors.ts";
import { loadNative } from "../native.ts";
import { gpuError } from "./gpu_error.ts";
import type { GpuDeviceKey } from "./gpu_format.ts";

/** Who works with a device. */
export interface GpuUser {
  /** `Blur "blur-1"`, for messages and profiles. */
  readonly label: string;
  /** What it has recorded cannot be done, or the device is gone. */
  fail(thrown: unknown): void;
}

/** The device that is wanted: everything that is said must fit; of what fits the best kind is taken, then the first. */
export type GpuWish = Omit<NativeGpuWish, "share">;

const open = new Map<string, GpuDevice>();

/** A device of this thread, shared by all who have the same wish. */
export class GpuDevice {
  readonly native: NativeGpuDevice;
  /** Names it in formats. */
  readonly key: GpuDeviceKey;
  readonly #wish: string;
  readonly #users = new Set<GpuUser>();
  #isGone = false;

  private constructor(native: NativeGpuDevice, wish: string) {
    this.native = native;
    this.#wish = wish;
    this.key = { uuid: native.info.uuid, handle: native.handle, pid: process.pid };
  }

  /**
   * Opens it, or takes the one that is open. Each `acquire` needs one `release`.
   *
   * @param user Who wants it: fails when the device is lost or abandoned.
   * @throws {StreamError} `native-missing`, `gpu-missing`, `gpu-memory`, `gpu-refused`; `option-invalid` for a wish that
   * cannot be.
   */
  static async acquire(wish: GpuWish, user: GpuUser): Promise<GpuDevice> {
    const { library, reason } = await loadNative();
    if (!library) throw new StreamError("native-missing", `Cannot open a GPU for ${user.label}: ${reason}`);
    const text = JSON.stringify(wish);
    let device = open.get(text);
    if (!device || device.#isGone) {
      try {
        device = new GpuDevice(library.native.gpu.open({ ...wish, share: true }), text);
      } catch (thrown) {
        const error = gpuError(thrown);
        // What is not of the library is a wish that cannot be.
        const code = error instanceof StreamError ? error.code : "option-invalid";
        throw new StreamError(code, `Cannot open a GPU for ${user.label}: ${messageOf(thrown)}`, { cause: thrown });
      }
      open.set(text, device);
    }
    device.#users.add(user);
    return device;
  }

  /** What it is. */
  get info(): NativeGpuInfo {
    return this.native.info;
  }

  /** What it holds and has done, in all threads. */
  statistics(): NativeGpuDeviceStatistics {
    return this.native.statistics();
  }

  /** It is lost or abandoned: nobody gets it any more, and those who have it fail. */
  gone(error: unknown): void {
    if (this.#isGone) return;
    this.#isGone = true;
    // Who has found it out fails by that.
    setImmediate(() => {
      for (const user of this.#users) user.fail(error);
    });
  }

  /** One user fewer; the last one closes it when its work is done. */
  async release(user: GpuUser): Promise<void> {
    if (!this.#users.delete(user) || this.#users.size > 0) return;
    if (open.get(this.#wish) === this) open.delete(this.#wish);
    await this.native.close();
  }
}

/**
 * The open device that a format names.
 *
 * @throws {StreamError} `frame-foreign` if this thread has it not open.
 */
export function openDeviceOf(key: GpuDeviceKey): GpuDevice {
  for (const device of open.values()) if (device.key.handle === key.handle && device.key.pid === key.pid) return device;
  throw new StreamError("frame-foreign", `Cannot use device ${key.handle} of process ${key.pid}: it is not open here`);
}
