/**
 * What is made of a GPU: pools of frames, pipelines, buffers, images, samplers. See zig/src/gpu_object/resource.zig.
 *
 * What is closed is gone for the program at once, and for the device when it is done with it.
 *
 * @module
 */

import {
  gpuPipelineConfigLayout as pipelineLayout,
  gpuPoolConfigLayout as poolLayout,
  type NativeFunctions,
  results,
} from "./abi.gen.ts";
import { Explanation } from "./explanation.ts";
import { gpuFormats, type NativeGpuFormat } from "./gpu_description.ts";
import { decodeShare, encodeShare, type NativeGpuShare, shareView } from "./gpu_share.ts";
import { check } from "./result.ts";
import { StructWriter } from "./stream_format.ts";

/** Who touches a buffer: the device alone, the host to write (`upload`), the host to read (`download`). */
export type NativeGpuPlacement = "device" | "upload" | "download";

/** How a sampler reads between pixels. */
export type NativeGpuFilter = "nearest" | "linear";

/** What a sampler finds beyond the edge of an image. */
export type NativeGpuEdge = "repeat" | "mirror" | "clamp" | "transparent";

/** How what is drawn meets what is there; `over-premultiplied`: colours are multiplied with alpha already. */
export type NativeGpuBlend = "replace" | "over-premultiplied" | "over-straight";

/** What a pool of frames is made from. */
export interface NativeGpuPoolConfig {
  /** Those of its ring, 1 to 256. */
  readonly slotCount: number;
  /** In pixels, 1 to `sideMax` of the device. */
  readonly width: number;
  /** In pixels, 1 to `sideMax` of the device. */
  readonly height: number;
  /** Of its pixels. */
  readonly format: NativeGpuFormat;
  /** Of its ring. */
  readonly generation: number;
}

/** What a pipeline is made from, besides its shader. */
export interface NativeGpuPipelineOptions {
  /** At most 64 bytes of UTF-8. Default: `main`. */
  readonly entryPoint?: string;
  /** Has the shader draw over a whole target of this format: it is a fragment shader then. Default: it computes. */
  readonly target?: NativeGpuFormat;
  /** Of what is drawn. Default: `replace`. */
  readonly blend?: NativeGpuBlend;
}

/** What else a buffer is to be. */
export interface NativeGpuBufferOptions {
  /** Whether other processes may have it: {@link NativeGpuBuffer.share}. Only of the device alone. Default: false. */
  readonly exported?: boolean;
}

const placements: readonly NativeGpuPlacement[] = ["device", "upload", "download"];
const filters: readonly NativeGpuFilter[] = ["nearest", "linear"];
const edges: readonly NativeGpuEdge[] = ["repeat", "mirror", "clamp", "transparent"];
const blends: readonly NativeGpuBlend[] = ["replace", "over-premultiplied", "over-straight"];

const entryBytesMax = 64;

/** The number of a word; throws `TypeError` for another one, which it names. */
function codeOf<T extends string>(words: readonly T[], word: T, name: string, action: string): number {
  const code = words.indexOf(word);
  if (code < 0) {
    throw new TypeError(`Cannot ${action}: ${name} is "${String(word)}", it must be one of ${words.join(", ")}`);
  }
  return code;
}

/** Closes a handle once; one that its device has closed is closed already. */
class Closer {
  #isOpen: boolean = true;

  get isOpen(): boolean {
    return this.#isOpen;
  }

  close(close: (handle: number) => number, handle: number, action: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const code = close(handle);
    if (code !== results.bad_handle) check(code, action);
  }
}

/** The images behind the slots of a ring of frames. Frames of it are stale when it is closed. */
export class NativeGpuPool {
  /** Names it in places of commands. */
  readonly handle: number;
  readonly #functions: NativeFunctions;
  readonly #closer: Closer = new Closer();

  /**
   * Takes the memory of all slots.
   *
   * @throws {RangeError | TypeError} For an option that cannot be; it is named.
   * @throws {NativeError} `not_supported` for a size that the device has not got, `out_of_device_memory`,
   * `device_lost`, `device_abandoned`, `bad_handle`, `too_many_handles`.
   */
  constructor(functions: NativeFunctions, device: number, config: NativeGpuPoolConfig) {
    const action = "create a pool of frames";
    const writer = new StructWriter(poolLayout.structBytes, action);
    writer.number(poolLayout.slotCount, "slotCount", config.slotCount, 1, 256);
    writer.number(poolLayout.width, "width", config.width, 1);
    writer.number(poolLayout.height, "height", config.height, 1);
    writer.number(poolLayout.format, "format", codeOf(gpuFormats, config.format, "format", action));
    writer.number(poolLayout.generation, "generation", config.generation);
    this.#functions = functions;
    const size = `${config.slotCount} of ${config.width} by ${config.height} ${config.format}`;
    this.handle = check(functions.sl_gpu_pool_create(device, writer.view), `${action}, ${size}`);
  }

  /** Whether `close()` was not called yet. */
  get isOpen(): boolean {
    return this.#closer.isOpen;
  }

  /** May be called again, and after its device was closed. */
  close(): void {
    this.#closer.close(this.#functions.sl_gpu_pool_close, this.handle, "close a pool of frames");
  }
}

/** A shader that the driver has compiled, which may take longer than other calls. */
export class NativeGpuPipeline {
  /** Names it in commands. */
  readonly handle: number;
  readonly #functions: NativeFunctions;
  readonly #closer: Closer = new Closer();

  /**
   * Compiles.
   *
   * @param words SPIR-V, up to 1.6. That the code in it is valid is for its compiler to know.
   * @throws {RangeError | TypeError} For an option that cannot be; it is named.
   * @throws {NativeError} `bad_shader`, `not_supported` for what the device has not got; both say what.
   */
  constructor(
    functions: NativeFunctions,
    device: number,
    words: Uint32Array,
    options: NativeGpuPipelineOptions = {},
  ) {
    const action = "create a pipeline";
    const at = pipelineLayout;
    const writer = new StructWriter(at.structBytes, action);
    writer.text(at.entryBytes, at.entry, "entryPoint", options.entryPoint ?? "main", entryBytesMax);
    if (options.target !== undefined) {
      writer.number(at.isDraw, "target", 1);
      writer.number(at.targetFormat, "target", codeOf(gpuFormats, options.target, "target", action));
      writer.number(at.blend, "blend", codeOf(blends, options.blend ?? "replace", "blend", action));
    }
    this.#functions = functions;
    const why = new Explanation();
    const code = functions.sl_gpu_pipeline_create(device, words, writer.view, why.bytes);
    this.handle = why.check(code, action);
  }

  /** Whether `close()` was not called yet. */
  get isOpen(): boolean {
    return this.#closer.isOpen;
  }

  /** May be called again, and after its device was closed. */
  close(): void {
    this.#closer.close(this.#functions.sl_gpu_pipeline_close, this.handle, "close a pipeline");
  }
}

/** A row of bytes on the device. */
export class NativeGpuBuffer {
  /** Names it in places of commands. */
  readonly handle: number;
  /** Its length. */
  readonly bytes: number;
  readonly #functions: NativeFunctions;
  readonly #closer: Closer = new Closer();

  private constructor(functions: NativeFunctions, handle: number, bytes: number) {
    this.#functions = functions;
    this.handle = handle;
    this.bytes = bytes;
  }

  /** Takes the memory; programs call {@link NativeGpuDevice.createBuffer}. */
  static create(
    functions: NativeFunctions,
    device: number,
    bytes: number,
    placement: NativeGpuPlacement,
    options: NativeGpuBufferOptions,
  ): NativeGpuBuffer {
    const action = `create a buffer of ${bytes} bytes on a GPU`;
    const where = codeOf(placements, placement, "placement", action);
    if (options.exported !== true) {
      const code = functions.sl_gpu_buffer_create(device, bytes, where);
      return new NativeGpuBuffer(functions, check(code, action), bytes);
    }
    if (placement !== "device") {
      throw new TypeError(`Cannot ${action}: placement is "${placement}", it must be device of one that is exported`);
    }
    const why = new Explanation();
    const code = functions.sl_gpu_buffer_create_exported(device, bytes, why.bytes);
    return new NativeGpuBuffer(functions, why.check(code, action), bytes);
  }

  /** Takes memory of another process; programs call {@link NativeGpuDevice.importBuffer}. */
  static import(functions: NativeFunctions, device: number, share: NativeGpuShare): NativeGpuBuffer {
    const why = new Explanation();
    const code = functions.sl_gpu_buffer_import(device, encodeShare(share), why.bytes);
    const handle = why.check(code, `import ${share.bytes} bytes of process ${share.pid} on a GPU`);
    return new NativeGpuBuffer(functions, handle, share.bytes);
  }

  /**
   * Tells where another process of this user finds the memory, until this buffer is closed; who has imported it by then
   * keeps it. Neither side sees what the other does with it: who writes waits until that is done (`stream.done()`)
   * before the other is told.
   *
   * @throws {NativeError} `invalid_argument` of a buffer that was not created with `exported`, `too_many_files`,
   * `out_of_memory`, `device_lost`, `device_abandoned`, `bad_handle`.
   */
  share(): NativeGpuShare {
    const view = shareView();
    const why = new Explanation();
    why.check(this.#functions.sl_gpu_buffer_share(this.handle, view, why.bytes), "share a buffer of a GPU");
    return decodeShare(view);
  }

  /**
   * Copies out of a `download` or `upload` buffer.
   *
   * @returns False while what a submit writes into it is not there yet: nothing was copied then.
   * @throws {NativeError} `out_of_range`, `not_supported` of a `device` buffer.
   */
  read(offset: number, out: ArrayBufferView): boolean {
    const code = this.#functions.sl_gpu_buffer_read(this.handle, offset, out);
    return code === results.empty ? false : check(code, "read a buffer of a GPU") === 0;
  }

  /**
   * Copies into an `upload` or `download` buffer.
   *
   * @returns False while a submit uses it: nothing was copied then.
   * @throws {NativeError} `out_of_range`, `not_supported` of a `device` buffer.
   */
  write(offset: number, bytes: ArrayBufferView): boolean {
    const code = this.#functions.sl_gpu_buffer_write(this.handle, offset, bytes);
    return code === results.full ? false : check(code, "write a buffer of a GPU") === 0;
  }

  /** Whether `close()` was not called yet. */
  get isOpen(): boolean {
    return this.#closer.isOpen;
  }

  /** May be called again, and after its device was closed. */
  close(): void {
    this.#closer.close(this.#functions.sl_gpu_buffer_close, this.handle, "close a buffer of a GPU");
  }
}

/** An image that is no frame, as for a table of colours. */
export class NativeGpuImage {
  /** Names it in places of commands. */
  readonly handle: number;
  readonly #functions: NativeFunctions;
  readonly #closer: Closer = new Closer();

  /**
   * Takes the memory; what it shows is undefined.
   *
   * @throws {TypeError} For a format that does not exist.
   * @throws {NativeError} `not_supported` for a size that the device has not got, `out_of_device_memory` ...
   */
  constructor(functions: NativeFunctions, device: number, width: number, height: number, format: NativeGpuFormat) {
    const action = `create an image of ${width} by ${height} ${format}`;
    this.#functions = functions;
    const code = codeOf(gpuFormats, format, "format", action);
    this.handle = check(functions.sl_gpu_image_create(device, width, height, code), action);
  }

  /** Whether `close()` was not called yet. */
  get isOpen(): boolean {
    return this.#closer.isOpen;
  }

  /** May be called again, and after its device was closed. */
  close(): void {
    this.#closer.close(this.#functions.sl_gpu_image_close, this.handle, "close an image of a GPU");
  }
}

/** How shaders read between and beyond the pixels of an image. */
export class NativeGpuSampler {
  /** Names it in bindings. */
  readonly handle: number;
  readonly #functions: NativeFunctions;
  readonly #closer: Closer = new Closer();

  /**
   * Makes it.
   *
   * @throws {TypeError} For a filter or an edge that does not exist.
   * @throws {NativeError} `out_of_device_memory` ...
   */
  constructor(functions: NativeFunctions, device: number, filter: NativeGpuFilter, edge: NativeGpuEdge) {
    const action = "create a sampler";
    this.#functions = functions;
    const codes = [codeOf(filters, filter, "filter", action), codeOf(edges, edge, "edge", action)] as const;
    this.handle = check(functions.sl_gpu_sampler_create(device, ...codes), action);
  }

  /** Whether `close()` was not called yet. */
  get isOpen(): boolean {
    return this.#closer.isOpen;
  }

  /** May be called again, and after its device was closed. */
  close(): void {
    this.#closer.close(this.#functions.sl_gpu_sampler_close, this.handle, "close a sampler");
  }
}
