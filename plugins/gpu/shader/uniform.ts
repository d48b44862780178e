/**
 * One uniform: where its numbers lie in a block, and what may be given for it.
 *
 * @module
 */
import type { Gpu } from "@streamlib/core";

/** What people give for a uniform: a number, `true` or `false`, or all numbers of a vector, matrix or array in a row. */
export type UniformValue = number | boolean | readonly number[];

/** What a module wants to be given. */
export type Reflection = ReturnType<Gpu["reflect"]>;
/** A member of a block. */
export type Member = Reflection["bindings"][number]["block"]["members"][number];

const INTEGER_RANGES = { int: [-(2 ** 31), 2 ** 31 - 1], uint: [0, 2 ** 32 - 1] } as const;

/** A uniform and the bytes that it is written into. */
export class Uniform {
  /** As the shader calls it. */
  readonly name: string;
  /** As GLSL writes it: `float`, `vec3`, `mat4`, `float[5]`. */
  readonly type: string;
  /** Its numbers. */
  readonly length: number;
  readonly #member: Member;
  readonly #view: DataView<ArrayBuffer>;
  readonly #isBoolean: boolean;
  readonly #onChange: () => void;

  /**
   * Makes it.
   *
   * @param name As the shader calls it.
   * @param member Where it lies.
   * @param view The bytes of its block.
   * @param declared Its type as the user wrote it; default: what the module says, which has no booleans.
   * @param onChange Called when the bytes were written.
   */
  constructor(
    name: string,
    member: Member,
    view: DataView<ArrayBuffer>,
    declared: string | undefined,
    onChange: () => void,
  ) {
    this.name = name;
    this.#member = member;
    this.#view = view;
    this.#isBoolean = declared === "bool";
    this.#onChange = onChange;
    this.type = (declared ?? typeOf(member)) + (member.arrayStrideBytes > 0 ? `[${member.count}]` : "");
    this.length = member.rows * member.columns * member.count;
  }

  /**
   * Writes a value.
   *
   * @returns Why it cannot be, or `undefined` if it was written.
   */
  set(value: unknown): string | undefined {
    const why = this.#objectionTo(value);
    if (why !== undefined) return why;
    if (typeof value === "object") (value as readonly number[]).forEach((number, at) => this.put(number, at));
    else this.put(Number(value), 0);
    return undefined;
  }

  /** Writes one of its numbers, which must be one of its kind. */
  put(number: number, at: number): void {
    const { base, offset, rows, columns, matrixStrideBytes, arrayStrideBytes } = this.#member;
    const inElement = at % (rows * columns);
    const element = (at - inElement) / (rows * columns);
    const row = inElement % rows;
    const column = (inElement - row) / rows;
    const place = offset + element * arrayStrideBytes + column * matrixStrideBytes + row * 4;
    if (base === "float") this.#view.setFloat32(place, number, true);
    else if (base === "int") this.#view.setInt32(place, number, true);
    else this.#view.setUint32(place, number, true);
    this.#onChange();
  }

  #objectionTo(value: unknown): string | undefined {
    const isList = Array.isArray(value);
    const wanted = this.length === 1 ? this.#one() : `${this.length} numbers`;
    const is = `it is ${/^i/.test(this.type) ? "an" : "a"} ${this.type} and takes ${wanted}`;
    if (typeof value === "boolean") return this.length === 1 && this.#member.base !== "float" ? undefined : is;
    if (!isList && typeof value !== "number") return is;
    const numbers: readonly unknown[] = isList ? value : [value];
    if (numbers.length !== this.length) return is;
    return numbers.every((number) => this.#takes(number)) ? undefined : is;
  }

  #takes(number: unknown): boolean {
    if (typeof number !== "number") return false;
    const { base } = this.#member;
    if (base === "float") return Number.isFinite(Math.fround(number));
    if (this.#isBoolean) return number === 0 || number === 1;
    const [least, most] = INTEGER_RANGES[base === "int" ? "int" : "uint"];
    return Number.isInteger(number) && number >= least && number <= most;
  }

  #one(): string {
    if (this.#isBoolean) return "true or false";
    if (this.#member.base === "float") return "a number";
    const [least, most] = INTEGER_RANGES[this.#member.base === "int" ? "int" : "uint"];
    return `an integer from ${least} to ${most}`;
  }
}

/** Whether numbers of this member can be written. */
export function isWritable({ base, bits, count }: Member): boolean {
  return bits === 32 && count > 0 && (base === "float" || base === "int" || base === "uint");
}

function typeOf({ base, rows, columns }: Member): string {
  if (columns > 1) return columns === rows ? `mat${columns}` : `mat${columns}x${rows}`;
  return rows === 1 ? base : `${base === "float" ? "" : base[0]}vec${rows}`;
}
