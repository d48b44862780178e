/**
 * Pictures on a GPU.
 *
 * @module
 */
import type { RingBacking, RingShape } from "../message/backing.ts";
import {
  type CommitOptions,
  Loan,
  type LoanSlot,
  Message,
  type MessageTypes,
  type Payload,
} from "../message/message.ts";
import type { GpuFormat } from "./gpu_format.ts";
import { GpuPool } from "./gpu_pool.ts";
import type { GpuStream } from "./gpu_stream.ts";

/** Bytes of a slot: the name of its picture and not the picture. */
const SLOT_BYTES = 72;

/** Types that belong to {@linkcode GpuFrame}. */
export interface GpuTypes extends MessageTypes {
  /** What its outputs are loaned with. */
  format: GpuFormat;
  /** What is drawn and committed. */
  loan: GpuLoan;
  /** Is drawn on the device, never sent whole. */
  value: never;
}

/**
 * A picture that lies on a GPU. `data` are 72 bytes that name it: `GpuWork` gives it to shaders, and only a
 * download brings its pixels to the host. Threads of the process that made it can use it; other processes cannot.
 */
export class GpuFrame extends Message<GpuTypes> {
  /** Name, the same in every copy and version of the library. */
  static readonly typeName = "GpuFrame";
  /** Drives clocks, and is joined with other inputs of the same source clock. */
  static readonly kind = "media" as const;
  /** The newest, unless the input says otherwise. */
  static readonly delivery = "latest" as const;
  /** Pictures that an ordered input may fall behind, unless it says otherwise. */
  static readonly depth = 4;
  /** What stands between it and pictures in the memory of the host. */
  static readonly bridges = {
    from: { VideoFrame: "UploadActor of @streamlib/gpu" },
    to: { VideoFrame: "DownloadActor of @streamlib/gpu" },
  } as const;
  /** One that is read, and one of the recording that is not submitted yet. */
  static readonly pins = 2;

  /** Bytes of a slot, whatever the picture. */
  static slotBytes(_format: GpuFormat): number {
    return SLOT_BYTES;
  }

  /** The picture in a pinned slot. */
  static read(payload: Payload, format: GpuFormat): GpuFrame {
    return new GpuFrame(payload, format);
  }

  /** The loan of a free slot. */
  static lend(slot: LoanSlot, format: GpuFormat): GpuLoan {
    return new GpuLoan(slot, format);
  }

  /** Takes the memory on the device behind the slots of a ring. */
  static back(format: GpuFormat, shape: RingShape): RingBacking {
    return new GpuPool(format, shape);
  }
}

/** A free slot, and the picture behind it to be drawn. Made by `GpuWork.loan`. */
export class GpuLoan extends Loan<GpuFormat> {
  #stream: GpuStream | undefined;
  /** Names the recording that draws it. */
  #value = 0;

  /** @internal The stream whose recording draws it. */
  get "~stream"(): GpuStream | undefined {
    return this.#stream;
  }

  /** @internal Its pool and its slot there. */
  get "~place"(): { readonly pool: GpuPool; readonly slot: number } {
    return { pool: this.slot.backing as GpuPool, slot: this.slot.index };
  }

  /** @internal The recording of this stream draws it. */
  "~drawBy"(stream: GpuStream): this {
    const { pool, slot } = this["~place"];
    stream.write(pool, slot);
    this.#stream = stream;
    this.#value = stream.nextValue;
    return this;
  }

  /** @internal What is recorded next draws it: a body that awaits something may find another recording afterwards. */
  "~goOn"(): void {
    if (this.#stream && this.#stream.nextValue !== this.#value) this["~drawBy"](this.#stream);
  }

  /**
   * Publishes the picture: readers on the device wait for it there. It can no longer be drawn.
   *
   * @throws {StreamError} As {@linkcode Loan.commit}; `gpu-refused` if it was loaned without a `GpuWork`.
   */
  override commit(options: CommitOptions = {}): void {
    const { pool, slot } = this["~place"];
    this["~goOn"]();
    pool.commit(this.#stream, slot, this.data);
    // Who reads in another thread could not wait for what is not submitted.
    if (this.slot.isReadElsewhere) this.#stream?.submit();
    super.commit(options);
  }
}
