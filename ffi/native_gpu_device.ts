/**
 * An open GPU, and what is made of it. See zig/src/gpu_object/device.zig.
 *
 * @module
 */

import {
  gpuDeviceStatisticsLayout as statisticsLayout,
  gpuInfoLayout as infoLayout,
  type NativeFunctions,
  results,
} from "./abi.gen.ts";
import {
  decodeGpuInfo,
  decodeGpuStatistics,
  type NativeGpuDeviceStatistics,
  type NativeGpuFormat,
  type NativeGpuInfo,
} from "./gpu_description.ts";
import type { NativeGpuShare } from "./gpu_share.ts";
import { closedSoon } from "./gpu_wait.ts";
import type { NativeLibrary } from "./library.ts";
import {
  NativeGpuBuffer,
  type NativeGpuBufferOptions,
  type NativeGpuEdge,
  type NativeGpuFilter,
  NativeGpuImage,
  NativeGpuPipeline,
  type NativeGpuPipelineOptions,
  type NativeGpuPlacement,
  NativeGpuPool,
  type NativeGpuPoolConfig,
  NativeGpuSampler,
} from "./native_gpu_resource.ts";
import { NativeGpuStream, type NativeGpuStreamOptions } from "./native_gpu_stream.ts";
import { check } from "./result.ts";

/**
 * A GPU as one thread has it open. Everything is made of it, and closed before or with it. A thread that ends closes
 * what it has left open.
 */
export class NativeGpuDevice {
  /** Names it to other threads: {@link NativeGpu.attach}. */
  readonly handle: number;
  /** What it is. */
  readonly info: NativeGpuInfo;
  readonly #functions: NativeFunctions;
  #isOpen: boolean = true;

  /** Over a device that this thread has open; programs call {@link NativeGpu.open}. */
  constructor(library: NativeLibrary, handle: number) {
    this.handle = handle;
    this.#functions = library.functions;
    const view = new DataView(new ArrayBuffer(infoLayout.structBytes));
    check(library.functions.sl_gpu_device_info(handle, view), "describe a GPU");
    this.info = decodeGpuInfo(view);
  }

  /**
   * What it holds and has done, also when it is lost or abandoned.
   *
   * @throws {NativeError} `bad_handle` after it was closed by all threads.
   */
  statistics(): NativeGpuDeviceStatistics {
    const view = new DataView(new ArrayBuffer(statisticsLayout.structBytes));
    check(this.#functions.sl_gpu_device_statistics(this.handle, view), "ask a GPU what it holds");
    return decodeGpuStatistics(view);
  }

  /** See {@link NativeGpuStream}. */
  openStream(options: NativeGpuStreamOptions = {}): NativeGpuStream {
    return new NativeGpuStream(this.#functions, this.handle, options);
  }

  /** See {@link NativeGpuPool}. */
  createPool(config: NativeGpuPoolConfig): NativeGpuPool {
    return new NativeGpuPool(this.#functions, this.handle, config);
  }

  /** See {@link NativeGpuPipeline}. */
  createPipeline(words: Uint32Array, options: NativeGpuPipelineOptions = {}): NativeGpuPipeline {
    return new NativeGpuPipeline(this.#functions, this.handle, words, options);
  }

  /**
   * Makes a {@link NativeGpuBuffer}. What the host sees is zeros at first.
   *
   * @param bytes 1 to 4294967295.
   * @throws {TypeError} For a placement that cannot be.
   * @throws {NativeError} `invalid_argument` for 0 bytes, `out_of_device_memory`; `not_supported` of one that is
   * exported, if the driver does not pass memory on ...
   */
  createBuffer(
    bytes: number,
    placement: NativeGpuPlacement = "device",
    options: NativeGpuBufferOptions = {},
  ): NativeGpuBuffer {
    return NativeGpuBuffer.create(this.#functions, this.handle, bytes, placement, options);
  }

  /**
   * A buffer of the device alone, over memory that another process shares: {@link NativeGpuBuffer.share}. It is this
   * process's too from then on, and stays when the other one ends or closes it.
   *
   * @throws {RangeError | TypeError} For a member of `share` that cannot be; it is named.
   * @throws {NativeError} `wrong_device` if it is of another device or driver, `gone` if that process has ended or has
   * closed it, `permission` if the system lets this process have no descriptors of that one, `not_supported` if the
   * driver takes no memory of others, `invalid_argument` if it is not what the driver would make; they say so.
   */
  importBuffer(share: NativeGpuShare): NativeGpuBuffer {
    return NativeGpuBuffer.import(this.#functions, this.handle, share);
  }

  /** See {@link NativeGpuImage}. */
  createImage(width: number, height: number, format: NativeGpuFormat): NativeGpuImage {
    return new NativeGpuImage(this.#functions, this.handle, width, height, format);
  }

  /** See {@link NativeGpuSampler}. */
  createSampler(filter: NativeGpuFilter = "linear", edge: NativeGpuEdge = "clamp"): NativeGpuSampler {
    return new NativeGpuSampler(this.#functions, this.handle, filter, edge);
  }

  /**
   * Closes it for this thread. The last one closes everything of it that is still open. May be called again.
   *
   * @param timeoutNs How long the calling thread may be held up for work that is still under way, at most 100 ms.
   * @returns False if work is still under way: then it is open as before. Once the time of the device is over it is
   * abandoned, and this succeeds.
   * @throws {NativeError} `driver_failed`.
   */
  tryClose(timeoutNs: bigint = 0n): boolean {
    if (!this.#isOpen) return true;
    const code = this.#functions.sl_gpu_device_close(this.handle, timeoutNs);
    if (code === results.timed_out) return false;
    check(code, "close a GPU");
    this.#isOpen = false;
    return true;
  }

  /** Calls {@link NativeGpuDevice.tryClose} until it succeeds; the event loop goes on meanwhile. */
  close(): Promise<void> {
    return closedSoon(() => this.tryClose());
  }
}
