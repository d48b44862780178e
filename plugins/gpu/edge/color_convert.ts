/**
 * Pictures from one pixel format of a GPU, or one colour space, to another.
 *
 * @module
 */
import type { ColorSpace, GpuFormat, GpuPixelFormat } from "@streamlib/core";
import { compileShader } from "../compiler/compile_shader.ts";
import { IMAGE_FORMATS, storedGlsl } from "./edge_glsl.ts";

/** A pass from a picture, binding 0, sampled, to another one of the same size, binding 1. */
export interface ConvertPass {
  /** SPIR-V. Passes with the same `key` have the same words. */
  readonly words: Uint32Array<ArrayBuffer>;
  /** Names the shader. */
  readonly key: string;
  /** Push constants. */
  readonly push: Uint8Array<ArrayBuffer>;
  /** Workgroups. */
  readonly groups: readonly [number, number, number];
}

type Matrix = readonly (readonly [number, number, number])[];

const GROUP_PIXELS = 16;
const WHITE: readonly [x: number, y: number] = [0.3127, 0.329];

/**
 * Red, green, blue as x, y: BT.601-7 §2.6 for 525 lines, BT.709-6 §1.3, BT.2020-2 table 3. All have the white D65.
 */
const PRIMARIES: Readonly<Record<ColorSpace, readonly (readonly [x: number, y: number])[]>> = {
  bt601: [[0.63, 0.34], [0.31, 0.595], [0.155, 0.07]],
  bt709: [[0.64, 0.33], [0.3, 0.6], [0.15, 0.06]],
  bt2020: [[0.708, 0.292], [0.17, 0.797], [0.131, 0.046]],
};

/**
 * From linear R G B of one space to that of another.
 *
 * @returns Rows of the result.
 */
export function primariesMatrix(from: ColorSpace, to: ColorSpace): Matrix {
  return product(inverse(toXyz(to)), toXyz(from));
}

/** The pass between two formats of the same size. */
export async function convertPass(from: GpuFormat, to: GpuFormat): Promise<ConvertPass> {
  const key = `convert/${to.pixelFormat}`;
  const { words } = await compileShader({
    source: convertGlsl(to.pixelFormat),
    language: "glsl",
    stage: "compute",
    name: `${key}.comp`,
  });
  const view = new DataView(new ArrayBuffer(56));
  primariesMatrix(from.colorSpace, to.colorSpace)
    .forEach((row, i) => row.forEach((value, k) => view.setFloat32(16 * i + 4 * k, value, true)));
  view.setUint32(48, from.colorSpace === to.colorSpace ? 0 : 1, true);
  view.setUint32(52, from.alpha === "opaque" || to.alpha === "opaque" ? 1 : 0, true);
  const groups = [Math.ceil(to.width / GROUP_PIXELS), Math.ceil(to.height / GROUP_PIXELS), 1] as const;
  return { words, key, groups, push: new Uint8Array(view.buffer) };
}

function convertGlsl(target: GpuPixelFormat): string {
  return `layout(local_size_x = ${GROUP_PIXELS}, local_size_y = ${GROUP_PIXELS}) in;
layout(set = 0, binding = 0) uniform sampler2D picture;
layout(set = 0, binding = 1, ${IMAGE_FORMATS[target]}) uniform writeonly image2D result;
layout(push_constant) uniform Parameters {
  vec4 rows[3];
  uint hasPrimaries;
  uint isOpaque;
};

// BT.709-6 section 1.2, which BT.601 and BT.2020 have, too; the same below black, mirrored.
vec3 lightOf(vec3 code) {
  vec3 size = abs(code);
  return sign(code) * mix(pow((size + 0.099) / 1.099, vec3(1.0 / 0.45)), size / 4.5, lessThan(size, vec3(0.081)));
}

vec3 codeOf(vec3 light) {
  vec3 size = abs(light);
  return sign(light) * mix(1.099 * pow(size, vec3(0.45)) - 0.099, size * 4.5, lessThan(size, vec3(0.018)));
}

${storedGlsl(target)}
void main() {
  ivec2 at = ivec2(gl_GlobalInvocationID.xy);
  if (any(greaterThanEqual(at, imageSize(result)))) return;
  vec4 colour = texelFetch(picture, at, 0);
  if (isOpaque == 1u) colour.a = 1.0;
  if (hasPrimaries == 1u && colour.a > 0.0) {
    vec3 light = lightOf(colour.rgb / colour.a);
    vec3 turned = vec3(dot(rows[0].rgb, light), dot(rows[1].rgb, light), dot(rows[2].rgb, light));
    colour.rgb = codeOf(turned) * colour.a;
  }
  imageStore(result, at, stored(colour));
}
`;
}

/** From linear R G B to X Y Z, so that R = G = B = 1 is white. */
function toXyz(space: ColorSpace): Matrix {
  const columns = PRIMARIES[space].map(xyzOf);
  const unscaled = transposed(columns);
  const scales = applied(inverse(unscaled), xyzOf(WHITE));
  return unscaled.map((row) => [row[0] * scales[0], row[1] * scales[1], row[2] * scales[2]] as const);
}

function xyzOf([x, y]: readonly [number, number]): readonly [number, number, number] {
  return [x / y, 1, (1 - x - y) / y];
}

function transposed(m: Matrix): Matrix {
  return [0, 1, 2].map((i) => [m[0][i], m[1][i], m[2][i]] as const);
}

function applied(m: Matrix, v: readonly number[]): readonly [number, number, number] {
  const [a, b, c] = m.map((row) => row[0] * v[0] + row[1] * v[1] + row[2] * v[2]);
  return [a, b, c];
}

function product(a: Matrix, b: Matrix): Matrix {
  return transposed(transposed(b).map((column) => applied(a, column)));
}

function inverse(m: Matrix): Matrix {
  const [[a, b, c], [d, e, f], [g, h, i]] = m;
  const [p, q, r] = [e * i - f * h, f * g - d * i, d * h - e * g];
  const one = 1 / (a * p + b * q + c * r);
  return [
    [p * one, (c * h - b * i) * one, (b * f - c * e) * one],
    [q * one, (a * i - c * g) * one, (c * d - a * f) * one],
    [r * one, (b * g - a * h) * one, (a * e - b * d) * one],
  ];
}
