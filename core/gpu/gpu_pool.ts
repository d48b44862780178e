/**
 * The pictures behind the slots of a ring.
 *
 * @module
 */
import type { RingBacking, RingShape } from "../message/backing.ts";
import { StreamError } from "../errors.ts";
import type { NativeGpuPool } from "@streamlib/ffi";
import { openDeviceOf } from "./gpu_device.ts";
import { translated } from "./gpu_error.ts";
import type { GpuFormat } from "./gpu_format.ts";
import type { GpuStream } from "./gpu_stream.ts";

const pools = new Map<number, GpuPool>();

/** The pool of this thread that a frame names, `undefined` if another thread has made it. */
export function poolOf(handle: number): GpuPool | undefined {
  return pools.get(handle);
}

/** Images on a device, one behind each slot of a ring. */
export class GpuPool implements RingBacking {
  readonly native: NativeGpuPool;
  /** Who has drawn in it last. */
  stream: GpuStream | undefined;

  /**
   * Takes the memory of all slots.
   *
   * @throws {StreamError} `gpu-memory`, `gpu-refused`, `gpu-lost`, `gpu-abandoned`.
   */
  constructor(format: GpuFormat, shape: RingShape) {
    const { width, height, pixelFormat, device } = format;
    this.native = translated(() =>
      openDeviceOf(device).native.createPool({ ...shape, width, height, format: pixelFormat })
    );
    pools.set(this.native.handle, this);
  }

  /** Writes what names a slot's picture. */
  commit(stream: GpuStream | undefined, slot: number, out: Uint8Array): void {
    if (!stream) {
      throw new StreamError("gpu-refused", "Cannot commit a picture that nobody draws: loan it by GpuWork.loan()");
    }
    stream.commit(this, slot, out);
  }

  close(): void {
    pools.delete(this.native.handle);
    this.native.close();
  }
}
