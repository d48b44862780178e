/**
 * What an actor has a device do in one call of `process`.
 *
 * @module
 */
import type {
  NativeGpuBinding,
  NativeGpuBuffer,
  NativeGpuImage,
  NativeGpuPipeline,
  NativeGpuPlace,
  NativeGpuSampler,
} from "@streamlib/ffi";
import { StreamError } from "../errors.ts";
import type { Message } from "../message/message.ts";
import type { Output } from "../port/output.ts";
import type { GpuPoint } from "./gpu.ts";
import { type GpuDeviceKey, type GpuFormat, gpuFormat, type GpuFormatInit } from "./gpu_format.ts";
import { GpuFrame, GpuLoan } from "./gpu_frame.ts";
import type { GpuStaging } from "./gpu_staging.ts";
import type { GpuStream } from "./gpu_stream.ts";

/** A buffer from a byte on; a multiple of 16 beside a picture. */
export interface GpuBufferPart {
  /** The buffer. */
  readonly buffer: NativeGpuBuffer;
  /** In bytes. */
  readonly offset: number;
}

/** What commands name: a picture that was read or loaned, an image, or a buffer. */
export type GpuThing = GpuFrame | GpuLoan | NativeGpuImage | NativeGpuBuffer | GpuBufferPart;

/** What a shader is given at a binding: a thing, a sampler, or both for an image that is sampled. */
export interface GpuBinding {
  /** Default 0. */
  readonly set?: number;
  /** Its number in the set. */
  readonly binding: number;
  /** Of an array. Default 0. */
  readonly element?: number;
  /** A buffer is given as a whole. */
  readonly thing?: GpuThing;
  /** How it is sampled. */
  readonly sampler?: NativeGpuSampler;
}

/** A shader that computes, with everything that it is given. */
export interface GpuDispatch {
  /** The shader. */
  readonly pipeline: NativeGpuPipeline;
  /** Workgroups, each at least 1. */
  readonly groups: readonly [number, number, number];
  /** Each that the shader has once, and no other. */
  readonly bindings: readonly GpuBinding[];
  /** Push constants, in full. */
  readonly push?: ArrayBufferView;
}

/** A shader that draws over a whole target, with everything that it is given. */
export interface GpuDraw {
  /** The shader. */
  readonly pipeline: NativeGpuPipeline;
  /** Of the pipeline's format. */
  readonly target: GpuLoan | NativeGpuImage;
  /** What becomes of what was there. Default `keep`. */
  readonly load?: "keep" | "discard" | "clear";
  /** Each that the shader has once, and no other. */
  readonly bindings: readonly GpuBinding[];
  /** Push constants, in full. */
  readonly push?: ArrayBufferView;
}

/**
 * A recording, until the end of `process` or {@linkcode GpuWork.submit}. Commands happen on the device in the order in
 * which they are recorded, as far as they have to do with each other; what reads waits for what writes. A command that
 * throws is not recorded; what others have recorded stays.
 */
export class GpuWork {
  readonly #stream: GpuStream;
  readonly #label: string;
  readonly #device: GpuDeviceKey;
  readonly #staging: GpuStaging;
  #isOpen = true;

  /** @internal Made by `Gpu.begin`. */
  constructor(stream: GpuStream, label: string, device: GpuDeviceKey, staging: GpuStaging) {
    this.#stream = stream;
    this.#label = label;
    this.#device = device;
    this.#staging = staging;
  }

  /**
   * A free slot of an output's ring with a picture to be drawn. What the picture shows is undefined at first.
   *
   * @returns The loan, to be committed before `submit`; `undefined` if readers hold every slot: dropped and counted.
   * @throws {StreamError} As `Output.loan`; `format-invalid`; `gpu-memory` if the device has none for a new ring.
   */
  loan(output: Output<GpuFrame>, init: GpuFormatInit): GpuLoan | undefined {
    this.#check("loan a picture");
    return output.loan(this.#formatOf(init))?.["~drawBy"](this.#stream);
  }

  /** Has a shader compute. @throws {StreamError} `gpu-refused` saying what does not fit; as {@linkcode GpuWork.copy}. */
  dispatch(dispatch: GpuDispatch): void {
    this.#check("run a shader");
    const { pipeline, groups, push } = dispatch;
    const bindings = this.#bindings(dispatch.bindings);
    const run = { pipeline: pipeline.handle, groups, bindings, ...(push ? { push } : {}) };
    this.#stream.record(this.#label, (native) => native.dispatch(run));
  }

  /** Has a shader draw. @throws {StreamError} As {@linkcode GpuWork.dispatch}. */
  draw(draw: GpuDraw): void {
    this.#check("draw");
    const { pipeline, target, load, push } = draw;
    const bindings = this.#bindings(draw.bindings);
    const run = {
      pipeline: pipeline.handle,
      target: this.#place(target),
      bindings,
      ...(load ? { load } : {}),
      ...(push ? { push } : {}),
    };
    this.#stream.record(this.#label, (native) => native.draw(run));
  }

  /**
   * Copies between buffers and pictures, in any direction.
   *
   * @param bytes Between buffers. Where a picture takes part it is copied as a whole, rows without gaps.
   * @throws {StreamError} `frame-stale` if its slot was written again, `frame-foreign` if it is of another device or
   * process, `slot-released`, `gpu-refused` for what does not fit, `gpu-lost`, `gpu-abandoned`.
   */
  copy(from: GpuThing, to: GpuThing, bytes: number = 0): void {
    this.#check("copy");
    const places = [this.#place(from), this.#place(to)] as const;
    this.#stream.record(this.#label, (native) => native.copy(...places, bytes));
  }

  /**
   * Copies bytes at once to where the device can read them, for one reading by what is recorded next. Waits while the
   * device still reads what was staged before; what is recorded by then may be submitted meanwhile.
   *
   * @param bytes From byte 0 of the buffer on, which may be longer.
   * @param from The item that they are of: the copy counts in `bytesCopied` of the link it came over.
   * @returns A buffer that nobody closes.
   * @throws {StreamError} By rejection: `gpu-memory`, `gpu-lost`, `gpu-abandoned`.
   */
  async stage(bytes: Uint8Array, from?: Message): Promise<NativeGpuBuffer> {
    this.#check("upload");
    const buffer = await this.#staging.stage(this.#stream, bytes);
    from?.["~copied"](bytes.byteLength);
    return buffer;
  }

  /**
   * Uploads bytes into a buffer, or a whole picture, rows without gaps. They are copied at once.
   *
   * @param from As for {@linkcode GpuWork.stage}.
   * @throws {StreamError} As {@linkcode GpuWork.stage} and {@linkcode GpuWork.copy}.
   */
  async upload(
    to: GpuLoan | NativeGpuImage | NativeGpuBuffer | GpuBufferPart,
    bytes: Uint8Array,
    from?: Message,
  ): Promise<void> {
    this.#check("upload");
    await this.#staging.stage(this.#stream, bytes, (buffer) => this.copy(buffer, to, bytes.byteLength));
    from?.["~copied"](bytes.byteLength);
  }

  /**
   * Ends the work: nothing more is recorded or committed in it. The recording is submitted when the other actors of the
   * chain have recorded theirs. Only who waits for the device calls this; else the end of `process` does.
   *
   * @returns When it is done: for `Gpu.done`.
   * @throws {StreamError} `gpu-lost`, `gpu-abandoned`.
   */
  submit(): GpuPoint {
    this.#check("submit");
    const value = this.#stream.nextValue;
    this["~end"]();
    return { stream: this.#stream, value };
  }

  /** @internal */
  "~end"(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#stream.leave();
  }

  #formatOf(init: GpuFormatInit): GpuFormat {
    // The same object again and again is the fastest.
    const known = (init as Partial<GpuFormat>).device;
    const isOurs = known?.handle === this.#device.handle && known.pid === this.#device.pid;
    return isOurs ? init as GpuFormat : gpuFormat(init, this.#device);
  }

  #bindings(bindings: readonly GpuBinding[]): NativeGpuBinding[] {
    return bindings.map(({ set, binding, element, thing, sampler }) => ({
      binding,
      ...(set === undefined ? {} : { set }),
      ...(element === undefined ? {} : { element }),
      ...(thing ? { place: this.#place(thing) } : {}),
      ...(sampler ? { sampler: sampler.handle } : {}),
    }));
  }

  #place(thing: GpuThing): NativeGpuPlace {
    if (thing instanceof GpuFrame) return this.#stream.read(this.#label, thing);
    if (thing instanceof GpuLoan) {
      thing["~goOn"]();
      const { pool, slot } = thing["~place"];
      return { handle: pool.native.handle, slot };
    }
    if ("buffer" in thing) return { handle: thing.buffer.handle, offset: thing.offset };
    return { handle: thing.handle };
  }

  #check(verb: string): void {
    if (this.#isOpen) return;
    throw new StreamError(
      "gpu-refused",
      `Cannot ${verb} for ${this.#label}: the work has ended, by submit() or with the call of process() that began it`,
    );
  }
}
