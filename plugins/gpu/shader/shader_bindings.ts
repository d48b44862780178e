/**
 * What a shader is given at its bindings, found by their names.
 *
 * @module
 */
import {
  type Gpu,
  type GpuBinding,
  type GpuLoan,
  type GpuPixelFormat,
  type GpuThing,
  type GpuWork,
  StreamError,
} from "@streamlib/core";
import type { Reflection } from "./uniform.ts";
import type { UniformBlock, UniformSet } from "./uniform_set.ts";

/** A binding whose thing changes from tick to tick. */
interface Slot extends GpuBinding {
  thing?: GpuThing;
}

type Binding = Reflection["bindings"][number];
type Buffer = ReturnType<Gpu["buffer"]>;

/** Stands for input `video`: no member of a family is called so. */
export const VIDEO = "";

/** Formats of storage images as SPIR-V counts (SPIR-V 1.6 §3.11). */
const IMAGE_FORMATS: ReadonlyMap<number, GpuPixelFormat> = new Map([
  [1, "rgba32-float"],
  [2, "rgba16-float"],
  [4, "rgba8"],
  [10, "rgba16"],
]);

/** The bindings of one shader: filled in tick after tick, made once. */
export class ShaderBindings {
  /** In the order of the module; for `dispatch` and `draw`. */
  readonly all: readonly GpuBinding[];
  /** Names of the family's members that it reads; `-` is written `_` in shaders. */
  readonly images: readonly string[];
  /** Pixel format that its result must have; undefined if any will do. */
  readonly format: GpuPixelFormat | undefined;
  readonly #pictures: Map<string, Slot[]> = new Map();
  readonly #results: Slot[] = [];
  readonly #buffers: { readonly block: UniformBlock; readonly buffer: Buffer }[] = [];

  /**
   * Finds them.
   *
   * @param isDrawn Whether the shader draws, so that its result is no binding.
   * @param label The actor, for messages.
   * @throws {StreamError} `shader-invalid` naming a binding that the actor has nothing for.
   */
  constructor(gpu: Gpu, reflection: Reflection, uniforms: UniformSet, isDrawn: boolean, label: string) {
    const refuse = (binding: Binding, why: string): StreamError =>
      new StreamError(
        "shader-invalid",
        `Cannot use the shader of ${label}: binding "${binding.name}" (set ${binding.set}, binding ${binding.binding}) ${why}`,
      );
    let format: GpuPixelFormat | undefined;
    this.all = reflection.bindings.map((binding): Slot => {
      const { set, kind, count, name } = binding;
      const at = { set, binding: binding.binding };
      if (count !== 1) throw refuse(binding, `is an array of ${count}; give each picture a binding of its own`);
      if (kind === "sampler") return { ...at, sampler: samplerFor(gpu, name) };
      if (kind === "uniform_buffer") return { ...at, thing: this.#bufferFor(gpu, uniforms, at) };
      if (name === "" && kind !== "storage_image") throw refuse(binding, "has no name; compile the shader with names");
      if (kind === "combined_image") return this.#picture(name, { ...at, sampler: samplerFor(gpu, name) });
      if (kind === "sampled_image") return this.#picture(name, at);
      if (kind === "storage_image" && this.#results.length === 0) {
        if (isDrawn) throw refuse(binding, "is an image to write, but a fragment shader's result is what it draws");
        format = IMAGE_FORMATS.get(binding.imageFormat);
        if (binding.imageFormat !== 0 && format === undefined) {
          throw refuse(binding, "has a format that no frame has; rgba8, rgba16, rgba16f and rgba32f are right");
        }
        this.#results.push(at);
        return at;
      }
      if (kind === "storage_image") throw refuse(binding, "is a second image to write, but there is one result");
      throw refuse(binding, "is a storage buffer; there are pictures and uniforms only");
    });
    if (!isDrawn && this.#results.length === 0) {
      throw new StreamError("shader-invalid", `Cannot use the shader of ${label}: it computes, but writes no image`);
    }
    this.format = format;
    this.images = [...this.#pictures.keys()].filter((name) => name !== VIDEO);
  }

  /** Whether it reads the picture of input `video`. */
  get readsVideo(): boolean {
    return this.#pictures.has(VIDEO);
  }

  /** Gives a picture to all bindings of its name: {@link VIDEO}, or the name of a member of the family. */
  give(name: string, thing: GpuThing): void {
    for (const slot of this.#pictures.get(name) ?? []) slot.thing = thing;
  }

  /** Gives the image that a compute shader writes. */
  giveResult(loan: GpuLoan): void {
    for (const slot of this.#results) slot.thing = loan;
  }

  /** Records the uploads of blocks that were changed. */
  async upload(work: GpuWork): Promise<void> {
    for (const { block, buffer } of this.#buffers) {
      if (!block.isChanged) continue;
      block.isChanged = false;
      await work.upload(buffer, block.bytes);
    }
  }

  #picture(name: string, slot: Slot): Slot {
    const picture = name === "picture" || name === "video" ? VIDEO : name.replace(/^image_/, "");
    this.#pictures.set(picture, [...this.#pictures.get(picture) ?? [], slot]);
    return slot;
  }

  #bufferFor(gpu: Gpu, uniforms: UniformSet, at: { set: number; binding: number }): Buffer {
    const block = uniforms.blocks.find(({ place }) => place?.set === at.set && place.binding === at.binding)!;
    const buffer = gpu.buffer(block.bytes.byteLength, "device");
    this.#buffers.push({ block, buffer });
    return buffer;
  }
}

/** The name says how it reads: `nearest`, `repeat` and `mirror` anywhere in it; else linear, clamped to the edges. */
function samplerFor(gpu: Gpu, name: string): ReturnType<Gpu["sampler"]> {
  const filter = /nearest/i.test(name) ? "nearest" : "linear";
  return gpu.sampler(filter, /repeat/i.test(name) ? "repeat" : /mirror/i.test(name) ? "mirror" : "clamp");
}
