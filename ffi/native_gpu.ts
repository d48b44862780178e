/**
 * GPUs: which there are, and which are open. See zig/src/gpu_object.zig and docs/internals/gpu.md.
 *
 * @module
 */

import {
  gpuDeviceConfigLayout as configLayout,
  gpuInfoLayout as infoLayout,
  gpuTotalsLayout as totalsLayout,
} from "./abi.gen.ts";
import { Explanation } from "./explanation.ts";
import {
  decodeGpuInfo,
  decodeGpuTotals,
  gpuTypes,
  type NativeGpuInfo,
  type NativeGpuTotals,
  type NativeGpuType,
  putDigits,
} from "./gpu_description.ts";
import type { NativeGpuReflection } from "./gpu_reflection.ts";
import type { NativeLibrary } from "./library.ts";
import { NativeGpuDevice } from "./native_gpu_device.ts";
import { check } from "./result.ts";
import { StructWriter } from "./stream_format.ts";

/** The device that is wanted: everything that is said must fit; of what fits the best kind is taken, then the first. */
export interface NativeGpuWish {
  /** Its place in the list, from 0. */
  readonly index?: number;
  /** A part of its name, whatever the case; at most 256 bytes of UTF-8. */
  readonly name?: string;
  /** What it is. Default: real ones before a software device. */
  readonly type?: NativeGpuType;
  /** 32 digits; hyphens are passed over. */
  readonly uuid?: string;
  /** Has the validation layer check every call, which is slow; it must be installed. Default: false. */
  readonly validate?: boolean;
  /** The device is abandoned if a submit takes longer, 1 to 600 000. Default: 5000. */
  readonly waitMs?: number;
  /**
   * Takes the device that another thread of the process has open, if it is the one that this wish chooses, works, and
   * was opened with the same `validate` and `waitMs`, to share too; else opens one that others may take. Threads that
   * share a device read each other's frames. Default: false, and it is this thread's alone.
   */
  readonly share?: boolean;
}

const devicesMax = 32;
const nameBytesMax = 256;
const reflectionBytesMax = 1 << 20;
const typeCodes = Object.fromEntries(gpuTypes.map((type, code) => [type, code])) as Record<NativeGpuType, number>;

/** GPUs of this machine. Vulkan is opened when one is first asked for. */
export class NativeGpu {
  readonly #library: NativeLibrary;
  readonly #why: Explanation = new Explanation();

  /** Over a library that is open. */
  constructor(library: NativeLibrary) {
    this.#library = library;
  }

  /**
   * The devices of the machine, 32 at most, also those that cannot be opened.
   *
   * @throws {NativeError} `no_vulkan`, `no_device`: they say what to install.
   */
  list(): readonly NativeGpuInfo[] {
    const view = new DataView(new ArrayBuffer(devicesMax * infoLayout.structBytes));
    const code = this.#library.functions.sl_gpu_device_list(view, this.#why.bytes);
    const count = Math.min(this.#why.check(code, "list GPUs"), devicesMax);
    return Array.from({ length: count }, (_, i) => decodeGpuInfo(view, i * infoLayout.structBytes));
  }

  /**
   * Opens the device that fits best. Threads that share, and open at once, get the same one; it is closed when all have
   * closed it.
   *
   * @throws {RangeError | TypeError} For an option that cannot be; it is named.
   * @throws {NativeError} `no_vulkan`, `no_device`, `no_such_device`, which lists what there is, `not_supported` if
   * there is no validation layer, `out_of_memory`, `out_of_device_memory`, `too_many_handles`.
   */
  open(wish: NativeGpuWish = {}): NativeGpuDevice {
    const config = encodeWish(wish);
    const code = this.#library.functions.sl_gpu_device_open(config, this.#why.bytes);
    return new NativeGpuDevice(this.#library, this.#why.check(code, "open a GPU"));
  }

  /**
   * Opens a device for this thread that another thread of the process has open. It is closed when all have closed it.
   *
   * @throws {NativeError} `bad_handle`.
   */
  attach(handle: number): NativeGpuDevice {
    check(this.#library.functions.sl_gpu_device_attach(handle), `attach to GPU ${handle}`);
    return new NativeGpuDevice(this.#library, handle);
  }

  /** What closed devices have left, also those of threads that ended. */
  totals(): NativeGpuTotals {
    const view = new DataView(new ArrayBuffer(totalsLayout.structBytes));
    check(this.#library.functions.sl_gpu_device_totals(view), "ask what GPUs have left");
    return decodeGpuTotals(view);
  }

  /**
   * What a SPIR-V module wants to be given. It needs no device.
   *
   * @throws {NativeError} `bad_shader`, `out_of_space` for a description of more than 1 MiB.
   */
  reflect(words: Uint32Array): NativeGpuReflection {
    const out = new Uint8Array(reflectionBytesMax);
    const code = this.#library.functions.sl_gpu_pipeline_reflect(words, out, this.#why.bytes);
    const length = this.#why.check(code, "describe a shader");
    return JSON.parse(new TextDecoder().decode(out.subarray(0, length)));
  }
}

function encodeWish(wish: NativeGpuWish): DataView<ArrayBuffer> {
  const any = 0xffff_ffff;
  const writer = new StructWriter(configLayout.structBytes, "open a GPU");
  writer.number(configLayout.index, "index", wish.index ?? any);
  if (wish.type === undefined) writer.number(configLayout.kind, "type", any);
  else writer.word(configLayout.kind, "type", wish.type, typeCodes);
  writer.text(configLayout.nameBytes, configLayout.name, "name", wish.name ?? "", nameBytesMax);
  writer.number(configLayout.validate, "validate", wish.validate === true ? 1 : 0);
  writer.number(configLayout.isShared, "share", wish.share === true ? 1 : 0);
  writer.number(configLayout.waitMs, "waitMs", wish.waitMs ?? 5000, 1, 600_000);
  if (wish.uuid !== undefined) {
    putDigits(writer.view, configLayout.uuid, "uuid", wish.uuid, "open a GPU");
    writer.number(configLayout.hasUuid, "uuid", 1);
  }
  return writer.view;
}
