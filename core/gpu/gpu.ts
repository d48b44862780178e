/**
 * What the body of an actor works with on a GPU.
 *
 * @module
 */
import type {
  NativeGpuBuffer,
  NativeGpuDeviceStatistics,
  NativeGpuEdge,
  NativeGpuFilter,
  NativeGpuFormat,
  NativeGpuImage,
  NativeGpuInfo,
  NativeGpuPipeline,
  NativeGpuPipelineOptions,
  NativeGpuPlacement,
  NativeGpuReflection,
  NativeGpuSampler,
} from "@streamlib/ffi";
import type { Actor } from "../actor/actor.ts";
import { cellOf } from "../actor/handle.ts";
import type { ActorTypes } from "../actor/spec.ts";
import type { Message } from "../message/message.ts";
import { StreamError } from "../errors.ts";
import { nativeLibrary } from "../native.ts";
import { GpuDispatcher, sharedGpuDispatcher } from "./gpu_dispatcher.ts";
import { translated } from "./gpu_error.ts";
import type { GpuDeviceKey } from "./gpu_format.ts";
import type { GpuFrame } from "./gpu_frame.ts";
import { poolOf } from "./gpu_pool.ts";
import { GpuStaging } from "./gpu_staging.ts";
import type { GpuUser } from "./gpu_device.ts";
import type { GpuStream } from "./gpu_stream.ts";
import type { Opened } from "./gpu_streams.ts";
import { GpuWork } from "./gpu_work.ts";

/** Made of a device, and closed with the body. */
interface Owned {
  readonly isOpen: boolean;
  close(): void;
}

/** So many are made before a look whether some were closed already. */
const OWNED_MAX = 64;

/** When some work is done: when its stream has reached a value. */
export interface GpuPoint {
  /** @internal */
  readonly stream: GpuStream;
  /** What the stream reaches. */
  readonly value: number;
}

/**
 * Opens the GPU of an actor's dispatcher, or that of its thread; in `onStart`. Who has opened it closes it in `onStop`.
 *
 * @param actor The body, `this`.
 * @throws {StreamError} By rejection: `native-missing`; `gpu-missing` without Vulkan, a device, or one that fits;
 * `gpu-memory`, `gpu-refused`.
 */
export async function openGpu<T extends ActorTypes>(actor: Actor<T>): Promise<Gpu> {
  const cell = cellOf(actor as unknown as Actor);
  const { label, init, ports } = cell;
  const dispatcher = init.dispatcher as unknown as { "~streams"?: GpuDispatcher["~streams"] };
  const streams = dispatcher["~streams"] ?? sharedGpuDispatcher()["~streams"];
  const user: GpuUser = { label, fail: (thrown) => void (cell.failures.first ?? cell.fail(thrown)) };
  const opened = await streams.acquire(user);
  return new Gpu(opened, user, (ended) => ports.afterProcess(ended));
}

/** A GPU as the body of one actor has it open. Of one thread. */
export class Gpu {
  readonly #opened: Opened;
  readonly #user: GpuUser;
  readonly #afterProcess: (ended: () => void) => void;
  readonly #staging: GpuStaging = new GpuStaging((bytes) => this.buffer(bytes, "upload"));
  #owned: Owned[] = [];
  #ownedMax = OWNED_MAX;
  readonly #samplers: Map<string, NativeGpuSampler> = new Map();
  #own: GpuStream | undefined;
  #work: GpuWork | undefined;
  #isOpen = true;

  /** @internal Made by {@linkcode openGpu}. */
  constructor(opened: Opened, user: GpuUser, afterProcess: (ended: () => void) => void) {
    this.#opened = opened;
    this.#user = user;
    this.#afterProcess = afterProcess;
  }

  /** What the device is. */
  get info(): NativeGpuInfo {
    return this.#opened.device.info;
  }

  /** Names the device in formats. */
  get device(): GpuDeviceKey {
    return this.#opened.device.key;
  }

  /** What the device holds and has done, for all who use it. */
  statistics(): NativeGpuDeviceStatistics {
    return this.#opened.device.statistics();
  }

  /**
   * Begins to record what the device is to do in this call of `process`. Actors of a chain record one after the other
   * into one recording. Waits while as many submits of the chain are under way as the dispatcher says. A body has one
   * work at a time: another `begin` ends the one before.
   *
   * @param frames Pictures that will be read: the first one's chain is gone on with.
   * @throws {StreamError} By rejection: `gpu-lost`, `gpu-abandoned`.
   */
  async begin(frames: readonly GpuFrame[] = []): Promise<GpuWork> {
    for (const frame of frames) this.keep(frame);
    const stream = this.#streamFor(frames[0]);
    this.#work?.["~end"]();
    await stream.enter(this.#user);
    const work = this.#work = new GpuWork(stream, this.#user.label, this.device, this.#staging);
    this.#afterProcess(() => work["~end"]());
    return work;
  }

  /**
   * Keeps what was read until the call of `process` has ended: for bodies that await something, because a link may be
   * cut meanwhile. Pictures that {@linkcode Gpu.begin} is told of are kept by it.
   *
   * @param item What an input gave; `undefined` stays so.
   */
  keep<M extends Message | undefined>(item: M): M {
    const kept = item?.retain();
    if (kept) this.#afterProcess(() => kept.release());
    return item;
  }

  /**
   * Has the driver compile a shader.
   *
   * @param words SPIR-V.
   * @returns Open until `close()` of either.
   * @throws {StreamError} `gpu-refused` saying what the device has not got, or what the shader lacks.
   */
  pipeline(words: Uint32Array, options: NativeGpuPipelineOptions = {}): NativeGpuPipeline {
    return this.#owning((native) => native.createPipeline(words, options));
  }

  /**
   * An image that is no frame: what it shows is undefined.
   *
   * @returns Open until `close()` of either.
   * @throws {StreamError} `gpu-memory`, `gpu-refused`.
   */
  image(width: number, height: number, format: NativeGpuFormat): NativeGpuImage {
    return this.#owning((native) => native.createImage(width, height, format));
  }

  /**
   * A row of bytes: on the device, or where the host writes (`upload`) or reads (`download`).
   *
   * @returns Open until `close()` of either.
   * @throws {StreamError} `gpu-memory`, `gpu-refused`.
   */
  buffer(bytes: number, placement: NativeGpuPlacement): NativeGpuBuffer {
    return this.#owning((native) => native.createBuffer(bytes, placement));
  }

  /** How shaders read between and beyond pixels; the same arguments give the same sampler. Default: linear, clamped. */
  sampler(filter: NativeGpuFilter = "linear", edge: NativeGpuEdge = "clamp"): NativeGpuSampler {
    const key = `${filter} ${edge}`;
    let sampler = this.#samplers.get(key);
    if (!sampler) {
      sampler = this.#owning((native) => native.createSampler(filter, edge));
      this.#samplers.set(key, sampler);
    }
    return sampler;
  }

  /** What a SPIR-V module wants to be given. @throws {StreamError} `gpu-refused`. */
  reflect(words: Uint32Array): NativeGpuReflection {
    return translated(() => nativeLibrary()!.native.gpu.reflect(words));
  }

  /**
   * Resolves when the device has done what was recorded up to a point.
   *
   * @throws {StreamError} By rejection: `gpu-lost`, `gpu-abandoned`.
   */
  done(point: GpuPoint): Promise<void> {
    return point.stream.reached(point.value);
  }

  /** Whether the device has done it. @throws {StreamError} `gpu-lost`, `gpu-abandoned`. */
  isDone(point: GpuPoint): boolean {
    return point.stream.hasReached(point.value);
  }

  /**
   * Copies out of a `download` buffer what the device has written there, after {@linkcode Gpu.done}.
   *
   * @param out Filled from byte 0 of the buffer on.
   * @param from The item that was downloaded: the copy counts in `bytesCopied` of the link it came over.
   * @throws {StreamError} `gpu-refused` if the device still writes it, or it is shorter.
   */
  readBack(buffer: NativeGpuBuffer, out: Uint8Array, from?: Message): void {
    if (!translated(() => buffer.read(0, out))) {
      throw new StreamError(
        "gpu-refused",
        `Cannot read back ${out.byteLength} bytes for ${this.#user.label}: the device still writes them; await done() before`,
      );
    }
    from?.["~copied"](out.byteLength);
  }

  /**
   * Fails the actor with what went wrong while no call of its body was under way, as when it waits for a download behind
   * the back of `process`. What a call throws fails it anyway.
   */
  fail(thrown: unknown): void {
    this.#user.fail(thrown);
  }

  /** Closes all that was made of it, and the device with its last user. Resolves when its work is done. */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#work?.["~end"]();
    for (const one of this.#owned) one.close();
    await this.#opened.release(this.#user);
  }

  #streamFor(frame: GpuFrame | undefined): GpuStream {
    if (frame) {
      const upstream = poolOf(nativeLibrary()!.gpuFramePool(frame.data))?.stream;
      if (this.#opened.has(upstream)) return upstream!;
    }
    return this.#own ??= this.#opened.nextStream();
  }

  #owning<T extends Owned>(make: (native: Opened["device"]["native"]) => T): T {
    const made = translated(() => make(this.#opened.device.native));
    if (this.#owned.length >= this.#ownedMax) {
      this.#owned = this.#owned.filter(({ isOpen }) => isOpen);
      this.#ownedMax = Math.max(OWNED_MAX, 2 * this.#owned.length);
    }
    this.#owned.push(made);
    return made;
  }
}
