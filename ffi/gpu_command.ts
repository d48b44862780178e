/**
 * Commands of a GPU as the library takes them. See zig/src/gpu_object/command.zig.
 *
 * @module
 */

import {
  gpuBindingLayout as bindingLayout,
  gpuCopyLayout as copyLayout,
  gpuPlaceLayout as placeLayout,
  gpuRunLayout as runLayout,
} from "./abi.gen.ts";

/** A thing on the device: a buffer, an image, or the picture of a slot of a pool. */
export interface NativeGpuPlace {
  /** Of the buffer, image or pool. */
  readonly handle: number;
  /** Of a pool; this recording reads its frame or writes it. */
  readonly slot?: number;
  /** Of a buffer, in bytes; a multiple of 16 beside a picture. Default: 0. */
  readonly offset?: number;
}

/** What a shader is given at a binding: a place, a sampler, or both for an image that is sampled. */
export interface NativeGpuBinding {
  /** Default: 0. */
  readonly set?: number;
  /** Its number in the set. */
  readonly binding: number;
  /** Of an array. Default: 0. */
  readonly element?: number;
  /** A buffer is given as a whole. */
  readonly place?: NativeGpuPlace;
  /** Handle of a sampler. */
  readonly sampler?: number;
}

/** A shader that computes, with everything that it is given. */
export interface NativeGpuDispatch {
  /** Handle of a pipeline that computes. */
  readonly pipeline: number;
  /** Workgroups, each at least 1. */
  readonly groups: readonly [number, number, number];
  /** Each that the shader has once, and no other. */
  readonly bindings: readonly NativeGpuBinding[];
  /** Push constants, in full. */
  readonly push?: ArrayBufferView;
}

/** A shader that draws over a whole target, with everything that it is given. */
export interface NativeGpuDraw {
  /** Handle of a pipeline that draws. */
  readonly pipeline: number;
  /** An image or the picture of a slot, of the pipeline's format. */
  readonly target: NativeGpuPlace;
  /** What becomes of what was there. Default: `keep`. */
  readonly load?: "keep" | "discard" | "clear";
  /** Each that the shader has once, and no other. */
  readonly bindings: readonly NativeGpuBinding[];
  /** Push constants, in full. */
  readonly push?: ArrayBufferView;
}

const loadCodes = { keep: 0, discard: 1, clear: 2 } as const;

/** Packs commands into one memory that is used again and again. What it gives is good until the next command. */
export class CommandWriter {
  #view: DataView<ArrayBuffer> = new DataView(new ArrayBuffer(1024));
  readonly #copy: DataView<ArrayBuffer> = new DataView(new ArrayBuffer(copyLayout.structBytes));

  /** A copy. */
  copy(from: NativeGpuPlace, to: NativeGpuPlace, bytes: number): DataView<ArrayBuffer> {
    putPlace(this.#copy, copyLayout.from, from);
    putPlace(this.#copy, copyLayout.to, to);
    this.#copy.setUint32(copyLayout.bytes, bytes, true);
    return this.#copy;
  }

  /** A shader that computes. */
  dispatch(dispatch: NativeGpuDispatch): Uint8Array<ArrayBuffer> {
    const bytes = this.#begin(dispatch);
    const [x, y, z] = dispatch.groups;
    this.#view.setUint32(runLayout.groupsX, x, true);
    this.#view.setUint32(runLayout.groupsY, y, true);
    this.#view.setUint32(runLayout.groupsZ, z, true);
    return bytes;
  }

  /** A shader that draws. */
  draw(draw: NativeGpuDraw): Uint8Array<ArrayBuffer> {
    const load = draw.load ?? "keep";
    if (!Object.hasOwn(loadCodes, load)) {
      throw new TypeError(`Cannot draw: load is "${String(load)}", it must be one of keep, discard, clear`);
    }
    const bytes = this.#begin(draw);
    putPlace(this.#view, runLayout.target, draw.target);
    this.#view.setUint32(runLayout.load, loadCodes[load], true);
    return bytes;
  }

  #begin(run: NativeGpuDispatch | NativeGpuDraw): Uint8Array<ArrayBuffer> {
    const { bindings, push } = run;
    const pushAt = runLayout.structBytes + bindings.length * bindingLayout.structBytes;
    const length = pushAt + (push?.byteLength ?? 0);
    if (this.#view.byteLength < length) this.#view = new DataView(new ArrayBuffer(2 * length));
    const bytes = new Uint8Array(this.#view.buffer, 0, length);
    bytes.fill(0, 0, runLayout.structBytes);
    this.#view.setUint32(runLayout.pipeline, run.pipeline, true);
    this.#view.setUint32(runLayout.bindingCount, bindings.length, true);
    this.#view.setUint32(runLayout.pushBytes, push?.byteLength ?? 0, true);
    for (let i = 0; i < bindings.length; i++) this.#putBinding(i, bindings[i]);
    if (push !== undefined) bytes.set(new Uint8Array(push.buffer, push.byteOffset, push.byteLength), pushAt);
    return bytes;
  }

  #putBinding(i: number, binding: NativeGpuBinding): void {
    const at = runLayout.structBytes + i * bindingLayout.structBytes;
    this.#view.setUint32(at + bindingLayout.set, binding.set ?? 0, true);
    this.#view.setUint32(at + bindingLayout.binding, binding.binding, true);
    this.#view.setUint32(at + bindingLayout.element, binding.element ?? 0, true);
    putPlace(this.#view, at + bindingLayout.place, binding.place);
    this.#view.setUint32(at + bindingLayout.sampler, binding.sampler ?? 0, true);
  }
}

function putPlace(view: DataView, at: number, place: NativeGpuPlace | undefined): void {
  view.setUint32(at + placeLayout.handle, place?.handle ?? 0, true);
  view.setUint32(at + placeLayout.slot, place?.slot ?? 0, true);
  view.setUint32(at + placeLayout.offset, place?.offset ?? 0, true);
}
