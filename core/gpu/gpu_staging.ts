/**
 * Memory that the host writes and the device reads, used again and again.
 *
 * @module
 */
import { setTimeout } from "node:timers/promises";
import type { NativeGpuBuffer } from "@streamlib/ffi";
import { translated } from "./gpu_error.ts";
import type { GpuStream } from "./gpu_stream.ts";

/** Buffers of one size: what the device reads, what it will read next, and one to write. */
const SAME_MAX = 4;
const BUFFERS_MAX = 16;
const STEP_BYTES = 4096;
const LOOK_MS = 1;

interface Staged {
  readonly buffer: NativeGpuBuffer;
  /** What reads it is submitted once this stream goes on to the next value. */
  stream: GpuStream;
  value: number;
}

/** Staging buffers of one actor. */
export class GpuStaging {
  readonly #make: (bytes: number) => NativeGpuBuffer;
  /** Those used last stand last. */
  readonly #buffers: Staged[] = [];

  constructor(make: (bytes: number) => NativeGpuBuffer) {
    this.#make = make;
  }

  /**
   * Copies bytes to where the device can read them: what `stream` records before its next submit may do so. Waits while
   * the device reads what was there.
   *
   * @param record Records who reads them, before anybody else can submit.
   */
  async stage(
    stream: GpuStream,
    bytes: Uint8Array,
    record?: (buffer: NativeGpuBuffer) => void,
  ): Promise<NativeGpuBuffer> {
    const wanted = Math.max(1, Math.ceil(bytes.byteLength / STEP_BYTES)) * STEP_BYTES;
    for (;;) {
      const buffer = this.#written(stream, bytes, wanted);
      if (buffer) {
        record?.(buffer);
        return buffer;
      }
      await setTimeout(LOOK_MS);
      // What waits for its submit would wait for this actor, which records: the rest goes into another recording.
      if (!this.#buffers.some((one) => one.buffer.bytes === wanted && isSubmitted(one))) {
        for (const one of this.#buffers) if (!isSubmitted(one)) one.stream.submit();
      }
      // Whether the device still works is found out by asking how far it is.
      stream.hasReached(0);
    }
  }

  #written(stream: GpuStream, bytes: Uint8Array, wanted: number): NativeGpuBuffer | undefined {
    const same = this.#buffers.filter(({ buffer }) => buffer.bytes === wanted);
    let staged = same.find((one) => isSubmitted(one) && translated(() => one.buffer.write(0, bytes)));
    if (!staged) {
      if (same.length === SAME_MAX || !this.#hasRoom()) return undefined;
      staged = { buffer: this.#make(wanted), stream, value: 0 };
      staged.buffer.write(0, bytes);
    } else this.#buffers.splice(this.#buffers.indexOf(staged), 1);
    this.#buffers.push(staged);
    staged.stream = stream;
    staged.value = stream.nextValue;
    return staged.buffer;
  }

  /** The oldest one goes where there are too many: the device keeps its memory for as long as it reads it. */
  #hasRoom(): boolean {
    if (this.#buffers.length < BUFFERS_MAX) return true;
    const oldest = this.#buffers.findIndex(isSubmitted);
    if (oldest < 0) return false;
    this.#buffers.splice(oldest, 1)[0].buffer.close();
    return true;
  }
}

function isSubmitted({ stream, value }: Staged): boolean {
  return stream.nextValue > value;
}
