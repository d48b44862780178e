/**
 * The shaders at the edges for rows that begin at whole words: one invocation for each unit, which reads every pixel
 * and every word once. The pictures are those of the shaders for any strides, `edge_glsl.ts`.
 *
 * @module
 */
import type { GpuPixelFormat } from "@streamlib/core";
import { EDGE_GLSL, IMAGE_FORMATS, storedGlsl, takeGlsl } from "./edge_glsl.ts";
import type { EdgeLayout } from "./edge_layout.ts";
import { type EdgeUnit, edgeUnit, halvesColumns, halvesRows, piecesOf } from "./edge_unit.ts";

/** Units of a workgroup in each direction. */
export const UNIT_GROUP = 8;

const BEGIN = `
  uint unit = gl_GlobalInvocationID.x;
  uint row = gl_GlobalInvocationID.y;
`;

/** Lines of a shader, and names of what they have declared. */
class Lines {
  readonly all: string[] = [];
  readonly #names: Set<string> = new Set();

  /** Declares a variable once. */
  once(type: string, name: string, value: () => string): string {
    if (!this.#names.has(name)) {
      this.#names.add(name);
      const text = value();
      this.all.push(`  ${type} ${name} = ${text};`);
    }
    return name;
  }

  add(line: string): void {
    this.all.push(`  ${line}`);
  }
}

/** GLSL as `loadGlsl` gives it, for strides that are multiples of 4. */
export function loadUnitsGlsl(layout: EdgeLayout, target: GpuPixelFormat): string {
  const unit = edgeUnit(layout);
  const lines = new Lines();
  const loader = new UnitLoader(layout, unit, lines);
  for (let y = 0; y < unit.rows; y++) {
    for (let x = 0; x < unit.columns; x++) {
      const [codes, alpha] = [loader.codes(x, y), loader.alpha(x)];
      lines.add(`put(ivec2(x + ${x}, y + ${y}), vec4(${codes}, ${alpha}));`);
    }
  }
  return `layout(local_size_x = ${UNIT_GROUP}, local_size_y = ${UNIT_GROUP}) in;
layout(set = 0, binding = 0, std430) readonly buffer Source { uint source[]; };
layout(set = 0, binding = 1, ${IMAGE_FORMATS[target]}) uniform writeonly image2D picture;
${EDGE_GLSL}
${storedGlsl(target)}
// A word of a row of a plane; beyond its end the last one, which nobody looks at.
uint wordAt(uint plane, uint row, uint at) {
  uint word = source[(offsets[plane] + row * strides[plane]) / 4u + min(at, strides[plane] / 4u - 1u)];
  return ${layout.packing === "bits" ? "swapped(word)" : "word"};
}

float valueOf(uint code) {
  return ${layout.isFloat ? "unpackHalf2x16(code).x" : "float(code)"};
}

void put(ivec2 at, vec4 codes) {
  if (at.x >= int(strides.w)) return;
  vec4 colour = vec4(apply(codes.rgb), alpha == 0u ? 1.0 : codes.a);
  if (alpha == 1u) colour.rgb *= colour.a;
  imageStore(picture, at, stored(colour));
}

void main() {${BEGIN}  int x = int(unit) * ${unit.columns};
  int y = int(row) * ${unit.rows};
  if (x >= int(strides.w) || y >= int(offsets.w)) return;
${lines.all.join("\n")}
}
`;
}

/** Writes what a loading shader reads, as it is needed. */
class UnitLoader {
  readonly #layout: EdgeLayout;
  readonly #unit: EdgeUnit;
  readonly #lines: Lines;

  constructor(layout: EdgeLayout, unit: EdgeUnit, lines: Lines) {
    this.#layout = layout;
    this.#unit = unit;
    this.#lines = lines;
  }

  /** The codes of a pixel, as three expressions. */
  codes(x: number, y: number): string {
    if (!halvesColumns(this.#layout)) return [0, 1, 2].map((k) => this.#sample(k, x, y)).join(", ");
    const own = this.#chroma(x >> 1, y);
    if (x % 2 === 0) return `${this.#sample(0, x, y)}, ${own}`;
    const next = this.#chroma((x >> 1) + 1, y);
    const name = this.#lines.once("vec2", `between${x}_${y}`, () => {
      return `x + ${x + 1} < int(strides.w) ? 0.5 * (${own} + ${next}) : ${own}`;
    });
    return `${this.#sample(0, x, y)}, ${name}`;
  }

  /** The alpha of a pixel, from 0 to 1. */
  alpha(x: number): string {
    const { order, bits } = this.#layout;
    return order.includes(3) ? `${this.#sample(3, x, 0)} / ${2 ** bits - 1}.0` : "1.0";
  }

  /** Chroma of a column of its own, as a row of pixels has it. */
  #chroma(x: number, y: number): string {
    const name = (row: string): string => `vec2(${this.#sample(1, x, 0, row)}, ${this.#sample(2, x, 0, row)})`;
    if (!halvesRows(this.#layout)) return this.#lines.once("vec2", `chroma${x}`, () => name("row"));
    const far = y === 0 ? "above" : "below";
    this.#lines.once("uint", "above", () => "max(row, 1u) - 1u");
    this.#lines.once("uint", "below", () => "min(row + 1u, offsets.w / 2u - 1u)");
    return this.#lines.once("vec2", `chroma${x}_${y}`, () => {
      const [near, other] = [name("row"), name(far)];
      return `mix(${near}, ${other}, 0.25)`;
    });
  }

  /** A sample of this unit, or of the one to the right of it, in a row of units. */
  #sample(component: number, x: number, y: number, row = "row"): string {
    const perUnit = component > 0 && component < 3 && halvesColumns(this.#layout)
      ? this.#unit.columns / 2
      : this.#unit.columns;
    const beside = Math.floor(x / perUnit);
    return this.#lines.once("float", `code${component}_${x}_${y}_${row}`, () => {
      for (const run of this.#unit.runs) {
        const n = run.samples.findIndex((one) => one.component === component && one.x === x % perUnit && one.y === y);
        if (n < 0) continue;
        const rowsOfPlane = this.#unit.runs.filter(({ plane }) => plane === run.plane).length;
        const words = piecesOf(this.#layout, n).map(({ word, shift }) => {
          const name = `word${run.plane}_${run.row}_${beside * run.words + word}_${row}`;
          this.#lines.once("uint", name, () => {
            const planeRow = rowsOfPlane === 1 ? row : `${row} * ${rowsOfPlane}u + ${run.row}u`;
            return `wordAt(${run.plane}u, ${planeRow}, unit * ${run.words}u + ${beside * run.words + word}u)`;
          });
          return shift === 0 ? name : shift > 0 ? `(${name} >> ${shift}u)` : `(${name} << ${-shift}u)`;
        });
        const { packing, bits } = this.#layout;
        const mask = packing === "words" ? 0xffff : 2 ** bits - 1;
        return `valueOf((${words.join(" | ")}) & ${mask}u)`;
      }
      throw new RangeError(`Cannot find component ${component} in the unit of ${this.#layout.key}`);
    });
  }
}

/** GLSL as `storeGlsl` gives it, for strides that are multiples of 4. */
export function storeUnitsGlsl(layout: EdgeLayout): string {
  const unit = edgeUnit(layout);
  const lines = new Lines();
  const colour = (x: number, y: number): string =>
    lines.once("vec4", `colour${x < 0 ? "Before" : x}_${y}`, () => `colourAt(x + ${x}, y + ${y})`);
  const between = (x: number): string =>
    lines.once("vec3", `between${x}`, () => {
      const rows = Array.from({ length: unit.rows }, (_, y) => {
        const [before, own, after] = [colour(2 * x - 1, y), colour(2 * x, y), colour(2 * x + 1, y)];
        return `side * (${before}.rgb + ${after}.rgb) + (1.0 - 2.0 * side) * ${own}.rgb`;
      });
      return rows.length === 1 ? rows[0] : `0.5 * (${rows[0]} + (${rows[1]}))`;
    });
  for (const [i, { plane, row, samples, words }] of unit.runs.entries()) {
    const parts: string[][] = Array.from({ length: words }, () => []);
    for (const [n, { component, x, y }] of samples.entries()) {
      const isChroma = component > 0 && component < 3 && halvesColumns(layout);
      const from = isChroma ? between(x) : `${colour(x, y)}.rgb`;
      const value = component === 3 ? `alphaCode(${colour(x, y)}.a` : `component(${component}u, ${from}`;
      const code = lines.once("uint", `code${i}_${n}`, () => `${value}, x + ${isChroma ? 2 * x : x})`);
      for (const { word, shift } of piecesOf(layout, n)) {
        parts[word].push(shift === 0 ? code : shift > 0 ? `(${code} << ${shift}u)` : `(${code} >> ${-shift}u)`);
      }
    }
    const rowsOfPlane = unit.runs.filter((one) => one.plane === plane).length;
    const planeRow = rowsOfPlane === 1 ? "row" : `row * ${rowsOfPlane}u + ${row}u`;
    for (const [word, pieces] of parts.entries()) {
      lines.add(`put(${plane}u, ${planeRow}, unit * ${words}u + ${word}u, ${pieces.join(" | ")});`);
    }
  }
  const top = `${2 ** layout.bits - 1}.0`;
  return `layout(local_size_x = ${UNIT_GROUP}, local_size_y = ${UNIT_GROUP}) in;
${takeGlsl(layout)}
uint component(uint k, vec3 colour, int x) {
  return x < int(strides.w) ? codeOf(dot(rows[k], vec4(colour, 1.0))) : 0u;
}

uint alphaCode(float value, int x) {
  return x < int(strides.w) ? codeOf(value * ${top}) : 0u;
}

void put(uint plane, uint row, uint at, uint word) {
  if (at >= strides[plane] / 4u) return;
  target[(offsets[plane] + row * strides[plane]) / 4u + at] = ${layout.packing === "bits" ? "swapped(word)" : "word"};
}

void main() {${BEGIN}  int x = int(unit) * ${unit.columns};
  int y = int(row) * ${unit.rows};
  if (y >= int(offsets.w)) return;
  float side = filtered == 1u ? 0.25 : 0.0;
${lines.all.join("\n")}
}
`;
}
