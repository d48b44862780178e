/**
 * All uniforms of a shader, by name.
 *
 * @module
 */
import { StreamError } from "@streamlib/core";
import { GIVEN_UNIFORMS } from "./short_shader.ts";
import { isWritable, type Member, type Reflection, Uniform } from "./uniform.ts";
import type { UniformDeclaration } from "./uniform_declaration.ts";

/** A block of uniforms: the push constants, or what goes into a buffer at a binding. */
export interface UniformBlock {
  /** Undefined for push constants. */
  readonly place: { readonly set: number; readonly binding: number } | undefined;
  /** As the shader reads them. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether they were written since somebody last set this to false. */
  isChanged: boolean;
}

const SHOWN_MAX = 120;

/** The uniforms of one shader and the bytes that they make up. */
export class UniformSet {
  /** Blocks, the push constants first if there are any. */
  readonly blocks: readonly UniformBlock[];
  readonly #label: string;
  readonly #uniforms: Map<string, Uniform> = new Map();
  readonly #given: Map<string, Uniform> = new Map();

  /**
   * Takes them from a module, and gives each its first value.
   *
   * @param label The actor, for messages.
   * @param reflection The module.
   * @param declared What the user's text declares, if it is a short form.
   */
  constructor(label: string, reflection: Reflection, declared: readonly UniformDeclaration[]) {
    this.#label = label;
    const types = new Map(declared.map(({ name, type }) => [name, type]));
    const blocks: UniformBlock[] = [];
    if (reflection.pushConstants) {
      blocks.push(this.#add(undefined, reflection.pushConstants, "", types));
    }
    for (const { kind, set, binding, name, block } of reflection.bindings) {
      if (kind === "uniform_buffer") blocks.push(this.#add({ set, binding }, block, name, types));
    }
    this.blocks = blocks;
    for (const { name, initial } of declared) if (initial) this.#uniforms.get(name)?.set(initial);
  }

  /**
   * Sets uniforms by name: all, or none if one cannot be.
   *
   * @throws {StreamError} `option-invalid` naming the actor, the uniform, its value, and the uniforms there are.
   */
  set(values: unknown): void {
    if (typeof values !== "object" || values === null || Array.isArray(values)) {
      throw new StreamError(
        "option-invalid",
        `Cannot set uniforms of ${this.#label} to ${shown(values)}: give values by name, as in { amount: 0.5 }`,
      );
    }
    const before = this.blocks.map(({ bytes }) => bytes.slice());
    for (const [name, value] of Object.entries(values)) {
      const why = this.#setOne(name, value);
      if (why === undefined) continue;
      this.blocks.forEach(({ bytes }, at) => bytes.set(before[at]));
      throw new StreamError(
        "option-invalid",
        `Cannot set uniform "${name}" of ${this.#label} to ${shown(value)}: ${why}`,
      );
    }
  }

  /** Writes what the actor gives: seconds, pixels, number of the frame. Where the shader does not ask, nothing is. */
  give(time: number, width: number, height: number, frame: number): void {
    this.#given.get("time")?.put(time, 0);
    const resolution = this.#given.get("resolution");
    resolution?.put(width, 0);
    resolution?.put(height, 1);
    this.#given.get("frame")?.put(frame, 0);
  }

  /** `amount (float), tint (vec3)`, for messages. */
  get list(): string {
    return [...this.#uniforms.values()].map(({ name, type }) => `${name} (${type})`).join(", ") || "none";
  }

  #setOne(name: string, value: unknown): string | undefined {
    const uniform = this.#uniforms.get(name);
    if (uniform) return uniform.set(value);
    if (this.#given.has(name)) return "the actor gives it itself";
    return `there is no such uniform; there are ${this.list}`;
  }

  #add(
    place: UniformBlock["place"],
    { bytes, members }: { readonly bytes: number; readonly members: readonly Member[] },
    blockName: string,
    types: ReadonlyMap<string, string>,
  ): UniformBlock {
    const block: UniformBlock = { place, bytes: new Uint8Array(bytes), isChanged: true };
    const view = new DataView(block.bytes.buffer);
    for (const member of members) {
      // WGSL may have a lone value instead of a block: it has the binding's name.
      const name = member.name === "" ? blockName : member.name;
      if (!isWritable(member)) continue;
      const uniform = new Uniform(name, member, view, types.get(name), () => block.isChanged = true);
      if (GIVEN_UNIFORMS.includes(name) && isGiven(name, member)) this.#given.set(name, uniform);
      else this.#uniforms.set(name, uniform);
    }
    return block;
  }
}

/** Whether a member of such a name is of a type that the actor can fill. */
function isGiven(name: string, { base, rows, columns, count }: Member): boolean {
  if (columns !== 1 || count !== 1) return false;
  if (name === "resolution") return rows === 2;
  return rows === 1 && (name === "frame" || base === "float");
}

/** A value for messages, whatever it is. */
export function shown(value: unknown): string {
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, SHOWN_MAX);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
