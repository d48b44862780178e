/**
 * Loose uniforms, `uniform float amount = 0.5;`, which GLSL for Vulkan does not have.
 *
 * They become members of a block. Their lines are blanked, so that all other lines and columns stay as they are.
 *
 * @module
 */
import { ShaderError } from "../compiler/shader_error.ts";
import { blanked, placeOf, withoutComments } from "./plain_text.ts";

/** A uniform that a text declares. */
export interface UniformDeclaration {
  /** Its type in GLSL. */
  readonly type: string;
  /** Its name. */
  readonly name: string;
  /** Elements of an array; undefined if it is none. */
  readonly count: number | undefined;
  /** Every number of it, columns of matrices one after the other; undefined if nothing is said: zeros. */
  readonly initial: readonly number[] | undefined;
}

/** A text and what was taken out of it. */
export interface LooseUniforms {
  /** The text without the declarations. */
  readonly text: string;
  /** In the order of the text. */
  readonly uniforms: readonly UniformDeclaration[];
}

/** Numbers of each type. */
const COMPONENTS: Readonly<Record<string, number>> = {
  bool: 1,
  int: 1,
  uint: 1,
  float: 1,
  vec2: 2,
  vec3: 3,
  vec4: 4,
  ivec2: 2,
  ivec3: 3,
  ivec4: 4,
  uvec2: 2,
  uvec3: 3,
  uvec4: 4,
  mat2: 4,
  mat3: 9,
  mat4: 16,
};

const STATEMENT = /(\)\s*)?\buniform\s+(?:(?:lowp|mediump|highp)\s+)?(\w+)\s+([^;{}]+);/g;
const DECLARATOR = /^\s*([A-Za-z_]\w*)\s*(?:\[\s*(\d+)\s*\])?\s*(?:=\s*([\s\S]+?))?\s*$/;
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?[fFuU]?$/;

/**
 * Takes the loose uniforms out of a text. Declarations with `layout(…)` stay, and so do those of samplers of the
 * `given` names, which are only taken out.
 *
 * @param name Name of the shader, for messages.
 * @param taken Names that no uniform may have.
 * @param isGiven Whether a sampler of this name is declared already.
 * @throws {ShaderError} With line and column of what cannot be a uniform.
 */
export function takeUniforms(
  source: string,
  name: string,
  taken: readonly string[],
  isGiven: (sampler: string) => boolean,
): LooseUniforms {
  const plain = withoutComments(source);
  const uniforms: UniformDeclaration[] = [];
  let text = source;
  for (const match of plain.matchAll(STATEMENT)) {
    const [whole, layout, type, list] = match;
    if (layout !== undefined) continue;
    const refuse = (why: string): ShaderError => refusal(source, name, match.index, why);
    if (type.startsWith("sampler")) {
      const others = split(list).map((part) => part.trim()).filter((sampler) => !isGiven(sampler));
      if (others.length > 0) {
        throw refuse(`sampler '${others[0]}' : pictures are called picture, and image_NAME for input image NAME`);
      }
    } else {
      if (!Object.hasOwn(COMPONENTS, type)) {
        throw refuse(`'${type}' : a uniform is one of ${Object.keys(COMPONENTS).join(", ")}`);
      }
      for (const part of split(list)) {
        const found = declarationOf(type, part, refuse);
        if (taken.includes(found.name)) throw refuse(`'${found.name}' : is given already, it needs no declaration`);
        if (uniforms.some((other) => other.name === found.name)) throw refuse(`'${found.name}' : is declared twice`);
        uniforms.push(found);
      }
    }
    text = text.slice(0, match.index) + blanked(whole) + text.slice(match.index + whole.length);
  }
  return { text, uniforms };
}

/** Bytes of a block with these uniforms, or a little more. */
export function blockBytes(uniforms: readonly UniformDeclaration[]): number {
  let bytes = 0;
  for (const { type, count = 1 } of uniforms) {
    const components = COMPONENTS[type];
    bytes += count * (components <= 2 ? 4 * components : 16 * Math.ceil(components / (type === "mat3" ? 3 : 4)));
  }
  return bytes;
}

function declarationOf(type: string, part: string, refuse: (why: string) => ShaderError): UniformDeclaration {
  const found = DECLARATOR.exec(part);
  if (!found) throw refuse(`'${part.trim()}' : a uniform is declared as in "uniform ${type} amount = 0.5;"`);
  const [, name, length, value] = found;
  const count = length === undefined ? undefined : Number(length);
  if (count === 0) throw refuse(`'${name}' : an array has at least one element`);
  if (value === undefined) return { type, name, count, initial: undefined };
  const initial = count === undefined ? valueOf(type, value) : undefined;
  if (initial) return { type, name, count, initial };
  const right = type === "bool" ? "true or false" : COMPONENTS[type] === 1 ? "a number" : `${type}(…) of numbers`;
  throw refuse(
    count === undefined
      ? `'${name}' : begins with '${value}', it must be ${right}`
      : `'${name}' : an array has no value in the text; give it in the option uniforms`,
  );
}

/** The numbers of a value as it is written; undefined if it is none for the type. */
function valueOf(type: string, value: string): number[] | undefined {
  if (type === "bool") return value === "true" ? [1] : value === "false" ? [0] : undefined;
  const components = COMPONENTS[type];
  const call = /^(\w+)\s*\(([\s\S]*)\)$/.exec(value);
  if (!call) return components === 1 && NUMBER.test(value) ? [Number.parseFloat(value)] : undefined;
  const parts = call[2].split(",").map((part) => part.trim());
  if (call[1] !== type || !parts.every((part) => NUMBER.test(part))) return undefined;
  const numbers = parts.map(Number.parseFloat);
  if (numbers.length === components) return numbers;
  return numbers.length === 1 && !type.startsWith("mat") ? Array(components).fill(numbers[0]) : undefined;
}

/** Splits at commas that stand in no brackets. */
function split(list: string): string[] {
  return list.split(/,(?![^(]*\))/);
}

function refusal(source: string, name: string, offset: number, text: string): ShaderError {
  return new ShaderError(name, [{ severity: "error", file: name, ...placeOf(source, offset), text }]);
}
