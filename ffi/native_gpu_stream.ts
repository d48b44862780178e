/**
 * Streams of a GPU: work that is recorded by one thread, submitted at once and done in order. See
 * zig/src/gpu_object/stream.zig.
 *
 * @module
 */

import { gpuFrameLayout, gpuStreamConfigLayout as layout, type NativeFunctions, results } from "./abi.gen.ts";
import { Explanation } from "./explanation.ts";
import { CommandWriter, type NativeGpuDispatch, type NativeGpuDraw, type NativeGpuPlace } from "./gpu_command.ts";
import { closedSoon } from "./gpu_wait.ts";
import { check } from "./result.ts";
import { StructWriter } from "./stream_format.ts";

/** Which queue a stream works on: where a device has none of that kind alone, it is the main one. */
export type NativeGpuRole = "main" | "compute" | "transfer";

/** What a stream is made from. */
export interface NativeGpuStreamOptions {
  /** Default: `main`, which draws, computes and copies. */
  readonly role?: NativeGpuRole;
  /** Numbers count around the queues of the role. Default: 0. */
  readonly queue?: number;
  /** Submits under way at most, 1 to 16. Default: 3. */
  readonly inFlightMax?: number;
  /** Notes the device's time after each command. Default: false. */
  readonly stamped?: boolean;
  /** Room for uploads that are under way. Default: 0, it uploads nothing. */
  readonly stagingBytes?: number;
}

const roleCodes: Readonly<Record<NativeGpuRole, number>> = { main: 0, compute: 1, transfer: 2 };
const stampsMax = 64;

/**
 * A stream, of one thread at a time. No call waits for the device, except `wait()` and `tryClose()` for as long as they
 * are told. Calls that record throw `empty` where no recording is under way. Commands need no barriers and submits no
 * order: both follow from what is named. What a recording names is kept until the device is done with it.
 */
export class NativeGpuStream {
  /** Names it to other streams. */
  readonly handle: number;
  readonly #functions: NativeFunctions;
  readonly #why: Explanation = new Explanation();
  readonly #writer: CommandWriter = new CommandWriter();
  #isOpen: boolean = true;

  /**
   * Opens it.
   *
   * @throws {RangeError | TypeError} For an option that cannot be; it is named.
   * @throws {NativeError} `not_supported` if it is to be stamped and its queue has no time stamps,
   * `out_of_device_memory`, `device_lost`, `device_abandoned`, `bad_handle`, `too_many_handles`.
   */
  constructor(functions: NativeFunctions, device: number, options: NativeGpuStreamOptions = {}) {
    const writer = new StructWriter(layout.structBytes, "open a stream of a GPU");
    writer.word(layout.role, "role", options.role ?? "main", roleCodes);
    writer.number(layout.queue, "queue", options.queue ?? 0);
    writer.number(layout.inFlightMax, "inFlightMax", options.inFlightMax ?? 3, 1, 16);
    writer.number(layout.isStamped, "stamped", options.stamped === true ? 1 : 0);
    writer.number(layout.stagingBytes, "stagingBytes", options.stagingBytes ?? 0);
    this.#functions = functions;
    this.handle = check(functions.sl_gpu_stream_open(device, writer.view), "open a stream of a GPU");
  }

  /**
   * Begins a recording; nothing if one is under way.
   *
   * @returns False if as many submits are in flight as may be.
   * @throws {NativeError} `device_lost`, `device_abandoned`, `bad_handle`; so do all others.
   */
  begin(): boolean {
    const code = this.#functions.sl_gpu_stream_begin(this.handle);
    return code === results.full ? false : check(code, "begin a recording") === 0;
  }

  /** Gives up what is recorded. Frames that were committed in it are stale. */
  abort(): void {
    check(this.#functions.sl_gpu_stream_abort(this.handle), "give up a recording");
  }

  /**
   * Submits what is recorded. The device begins it when everything is done that it has to wait for.
   *
   * @returns The value that the stream reaches when it is done; each is one more than the last.
   * @throws {NativeError} `empty` if no recording is under way. If it fails the recording is given up.
   */
  submit(): number {
    return this.#number(this.#functions.sl_gpu_stream_submit(this.handle), "submit a recording");
  }

  /** The value of the next submit. */
  nextValue(): number {
    return this.#number(
      this.#functions.sl_gpu_stream_next_value(this.handle),
      "ask a stream of a GPU for its next value",
    );
  }

  /**
   * The value that is reached.
   *
   * @throws {NativeError} `device_abandoned` if a submit takes longer than `waitMs` of the device: it is given up then,
   * by whoever asks first.
   */
  value(): number {
    return this.#number(this.#functions.sl_gpu_stream_value(this.handle), "ask a stream of a GPU how far it is");
  }

  /**
   * Holds the calling thread up until a value is reached.
   *
   * @param timeoutNs At most 100 ms.
   * @returns False if it is not reached in that time.
   * @throws {NativeError} `not_submitted`, `out_of_range`, `device_abandoned` as `value()`.
   */
  wait(value: number, timeoutNs: bigint): boolean {
    const code = this.#functions.sl_gpu_stream_wait(this.handle, BigInt(value), timeoutNs);
    return code === results.timed_out ? false : check(code, `wait for submit ${value} of a GPU`) === 0;
  }

  /** Resolves when a value is reached; the event loop goes on meanwhile. Throws as `wait()`. */
  done(value: number): Promise<void> {
    return closedSoon(() => this.wait(value, 0n));
  }

  /**
   * Device time of a submit: nanoseconds since its begin, after each of its commands, the first 63 at most. A command
   * that overlaps with the one before it ends where both have.
   *
   * @returns Undefined while it is not done.
   * @throws {NativeError} `not_supported` if the stream is not stamped, `not_submitted`, `gone` if its recording was
   * used again.
   */
  stamps(value: number): readonly number[] | undefined {
    const out = new BigUint64Array(stampsMax);
    const code = this.#functions.sl_gpu_stream_stamps(this.handle, BigInt(value), out);
    if (code === results.empty) return undefined;
    const count = check(code, `ask for the time stamps of submit ${value}`);
    return [...out.subarray(1, count)].map(Number);
  }

  /**
   * Has the submit wait, on the device, for a submit of another stream of the same device.
   *
   * @throws {NativeError} `not_submitted`, `wrong_device`, `bad_handle`.
   */
  waitFor(stream: number, value: number): void {
    const code = this.#functions.sl_gpu_stream_wait_for(this.handle, stream, BigInt(value), this.#why.bytes);
    this.#why.check(code, `wait for submit ${value} of another stream`);
  }

  /**
   * Takes a frame to be read, whose slot of the ring the caller has pinned until after the submit.
   *
   * @param frame The 72 bytes of the slot.
   * @returns Its slot of its pool, for places.
   * @throws {NativeError} `stale_frame`, `wrong_device` of another device or process, `not_submitted` if the stream
   * that writes it has not submitted it yet.
   */
  read(frame: Uint8Array): number {
    return this.#why.check(this.#functions.sl_gpu_stream_read(this.handle, frame, this.#why.bytes), "read a frame");
  }

  /**
   * Takes a slot of a pool to be written, whose slot of the ring is on loan to the caller. The submit waits for those
   * who still read what was there, on the device.
   *
   * @throws {NativeError} `out_of_range`, `wrong_device`, `bad_handle`.
   */
  write(pool: number, slot: number): void {
    const code = this.#functions.sl_gpu_stream_write(this.handle, pool, slot, this.#why.bytes);
    this.#why.check(code, `write slot ${slot} of a pool of frames`);
  }

  /**
   * Writes what the ring's slot is to say of a slot that this recording writes. Later commands of the recording may
   * read the frame; other streams after the submit, so the ring's slot is committed then.
   *
   * @param out 72 bytes.
   * @throws {NativeError} `invalid_argument`, `out_of_space`.
   */
  commit(pool: number, slot: number, out: Uint8Array): void {
    const code = this.#functions.sl_gpu_stream_commit(this.handle, pool, slot, out, this.#why.bytes);
    this.#why.check(code, `commit slot ${slot} of a pool of frames`);
  }

  /** As `commit()`, into bytes of its own. */
  frame(pool: number, slot: number): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(gpuFrameLayout.structBytes);
    this.commit(pool, slot, out);
    return out;
  }

  /**
   * Records that bytes go into a buffer, or are a whole picture, rows without gaps. They are copied at once.
   *
   * @returns False while the staging memory has no room: nothing is recorded then.
   * @throws {NativeError} `invalid_argument` for another length than the picture's or a stream without staging memory,
   * `out_of_range`, `out_of_space` for more bytes than the staging memory has at all.
   */
  upload(to: NativeGpuPlace, bytes: ArrayBufferView): boolean {
    const { handle, slot = 0, offset = 0 } = to;
    const code = this.#functions.sl_gpu_stream_upload(this.handle, handle, slot, offset, bytes, this.#why.bytes);
    return code === results.full ? false : this.#why.check(code, "upload to a GPU") === 0;
  }

  /**
   * Records a copy between buffers and pictures, in any direction.
   *
   * @param bytes Between buffers. Where a picture takes part, it is copied as a whole, rows without gaps.
   * @throws {NativeError} `invalid_argument` for what does not fit, `wrong_device`, `bad_handle`.
   */
  copy(from: NativeGpuPlace, to: NativeGpuPlace, bytes: number = 0): void {
    const packed = this.#writer.copy(from, to, bytes);
    this.#why.check(this.#functions.sl_gpu_stream_copy(this.handle, packed, this.#why.bytes), "copy on a GPU");
  }

  /**
   * Records that a shader computes. Buffers and images that it can write are taken as written.
   *
   * @throws {NativeError} `invalid_argument` for what is not what the shader wants, `not_supported`, `wrong_device`,
   * `bad_handle`; they say what.
   */
  dispatch(dispatch: NativeGpuDispatch): void {
    const packed = this.#writer.dispatch(dispatch);
    this.#why.check(this.#functions.sl_gpu_stream_run(this.handle, packed, this.#why.bytes), "run a shader");
  }

  /** Records that a shader draws over a whole target. Throws as `dispatch()`. */
  draw(draw: NativeGpuDraw): void {
    const packed = this.#writer.draw(draw);
    this.#why.check(this.#functions.sl_gpu_stream_run(this.handle, packed, this.#why.bytes), "draw");
  }

  /**
   * Gives up what is recorded, and closes the stream if its work is done. May be called again, and after its device was
   * closed.
   *
   * @param timeoutNs How long the calling thread may be held up for work that is still under way, at most 100 ms.
   * @returns False if it is not done: then it is open as before. Once the time of the device is over it is abandoned,
   * and this succeeds.
   */
  tryClose(timeoutNs: bigint = 0n): boolean {
    if (!this.#isOpen) return true;
    const code = this.#functions.sl_gpu_stream_close(this.handle, timeoutNs);
    if (code === results.timed_out) return false;
    if (code !== results.bad_handle) check(code, "close a stream of a GPU");
    this.#isOpen = false;
    return true;
  }

  /** Calls {@link NativeGpuStream.tryClose} until it succeeds; the event loop goes on meanwhile. */
  close(): Promise<void> {
    return closedSoon(() => this.tryClose());
  }

  #number(value: bigint, action: string): number {
    return value < 0n ? check(Number(value), action) : Number(value);
  }
}
