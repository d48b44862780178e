/**
 * The shaders at the edges of the GPU: from bytes of any layout, with any strides, to a picture, and back.
 *
 * Chroma lies where core's converter has it: on the even columns, in 4:2:0 between two rows. On the way in, odd columns
 * get the mean of their neighbours, and rows of 4:2:0 three quarters of their own chroma and one of the next nearest.
 * On the way out chroma is filtered with 1 2 1 over columns, and is the mean of two rows in 4:2:0.
 *
 * @module
 */
import type { GpuPixelFormat } from "@streamlib/core";
import type { EdgeArrangement, EdgeLayout } from "./edge_layout.ts";
import { halvesRows } from "./edge_unit.ts";

/** Pixels of a workgroup of a loading shader in each direction. */
export const LOAD_GROUP_PIXELS = 16;

/** Words of a workgroup of a storing shader. */
export const STORE_GROUP_WORDS = 64;

/** Formats of storage images, as GLSL writes them. */
export const IMAGE_FORMATS: Readonly<Record<GpuPixelFormat, string>> = {
  "rgba8": "rgba8",
  "rgba16": "rgba16",
  "rgba16-float": "rgba16f",
  "rgba32-float": "rgba32f",
};

/** GLSL of `asHalf`: devices may cut half floats off where they could round them, and lose one bit of eleven. */
const HALF_GLSL = `
float asHalf(float value) {
  uint bits = floatBitsToUint(value);
  return uintBitsToFloat((bits + 0xfffu + ((bits >> 13) & 1u)) & ~0x1fffu);
}
`;

/** GLSL of `stored`: what a pixel becomes before `imageStore`. */
export function storedGlsl(target: GpuPixelFormat): string {
  if (target !== "rgba16-float") return "vec4 stored(vec4 colour) {\n  return colour;\n}\n";
  return `${HALF_GLSL}
vec4 stored(vec4 colour) {
  return vec4(asHalf(colour.r), asHalf(colour.g), asHalf(colour.b), asHalf(colour.a));
}
`;
}

/**
 * GLSL of parameters and helpers, the same for both directions. Places are in bytes, by plane; `strides.w` is the width
 * of the picture, `offsets.w` its height.
 */
export const EDGE_GLSL = `
layout(push_constant) uniform Parameters {
  vec4 rows[3];
  uvec4 strides;
  uvec4 offsets;
  // 0 opaque, 1 straight, 2 premultiplied.
  uint alpha;
  uint totalBytes;
  // 0 takes chroma where it lies, 1 filters it.
  uint filtered;
};

vec3 apply(vec3 value) {
  return vec3(dot(rows[0], vec4(value, 1.0)), dot(rows[1], vec4(value, 1.0)), dot(rows[2], vec4(value, 1.0)));
}

uint swapped(uint word) {
  return (word << 24) | ((word & 0xff00u) << 8) | ((word >> 8) & 0xff00u) | (word >> 24);
}
`;

/**
 * GLSL that reads bytes at binding 0, a storage buffer, and writes the image at binding 1. One invocation for each
 * pixel. The buffer must have whole words.
 */
export function loadGlsl(layout: EdgeLayout, target: GpuPixelFormat): string {
  return `layout(local_size_x = ${LOAD_GROUP_PIXELS}, local_size_y = ${LOAD_GROUP_PIXELS}) in;
layout(set = 0, binding = 0, std430) readonly buffer Source { uint source[]; };
layout(set = 0, binding = 1, ${IMAGE_FORMATS[target]}) uniform writeonly image2D picture;
${EDGE_GLSL}
// Four bytes from any place on, the first one lowest.
uint wordAt(uint at) {
  uint shift = (at & 3u) * 8u;
  uint low = source[at >> 2];
  if (shift == 0u) return low;
  // Beyond the last word is nothing that counts.
  uint next = min((at >> 2) + 1u, uint(source.length()) - 1u);
  return (low >> shift) | (source[next] << (32u - shift));
}

uint rowAt(uint plane, uint row) {
  return offsets[plane] + row * strides[plane];
}

// Sample number n of the row that begins at a byte.
float sampleAt(uint row, uint n) {
${LOAD_SAMPLE[layout.packing](layout.bits)}
  return ${layout.isFloat ? "unpackHalf2x16(code).x" : "float(code)"};
}
${loadCodes(layout)}
${storedGlsl(target)}
void main() {
  uvec2 at = gl_GlobalInvocationID.xy;
  if (at.x >= strides.w || at.y >= offsets.w) return;
  vec4 codes = codesAt(at);
  vec4 colour = vec4(apply(codes.rgb), alpha == 0u ? 1.0 : codes.a);
  if (alpha == 1u) colour.rgb *= colour.a;
  imageStore(picture, ivec2(at), stored(colour));
}
`;
}

const LOAD_SAMPLE: Readonly<Record<EdgeLayout["packing"], (bits: number) => string>> = {
  bits: (bits) =>
    `  uint bit = n * ${bits}u;
  uint code = (swapped(wordAt(row + (bit >> 3))) << (bit & 7u)) >> ${32 - bits}u;`,
  words: () => "  uint code = wordAt(row + 2u * n) & 0xffffu;",
  v210: () => "  uint code = (wordAt(row + n / 3u * 4u) >> (n % 3u * 10u)) & 1023u;",
};

/** Luma of a pixel, and the two of chroma by their own column and row. */
const LOAD_YCBCR: Readonly<Record<Exclude<EdgeArrangement, "components" | "planes-444">, readonly [string, string]>> = {
  pairs: [
    "sampleAt(rowAt(0u, y), 2u * x + 1u)",
    "vec2(sampleAt(rowAt(0u, y), 4u * x), sampleAt(rowAt(0u, y), 4u * x + 2u))",
  ],
  squares: [
    "sampleAt(rowAt(0u, y >> 1), 6u * (x >> 1) + 2u * (y & 1u) + (x & 1u))",
    "vec2(sampleAt(rowAt(0u, y), 6u * x + 4u), sampleAt(rowAt(0u, y), 6u * x + 5u))",
  ],
  "planes-422": ["sampleAt(rowAt(0u, y), x)", "vec2(sampleAt(rowAt(1u, y), x), sampleAt(rowAt(2u, y), x))"],
  "planes-420": ["sampleAt(rowAt(0u, y), x)", "vec2(sampleAt(rowAt(1u, y), x), sampleAt(rowAt(2u, y), x))"],
  "planes-420-joint": [
    "sampleAt(rowAt(0u, y), x)",
    "vec2(sampleAt(rowAt(1u, y), 2u * x), sampleAt(rowAt(1u, y), 2u * x + 1u))",
  ],
};

function loadCodes(layout: EdgeLayout): string {
  const { arrangement, order, bits } = layout;
  if (arrangement === "planes-444") {
    const parts = [0, 1, 2].map((plane) => `sampleAt(rowAt(${plane}u, at.y), at.x)`);
    return `\nvec4 codesAt(uvec2 at) {\n  return vec4(${parts.join(", ")}, 1.0);\n}\n`;
  }
  if (arrangement === "components") {
    const parts = [0, 1, 2, 3].map((component) => {
      const place = order.indexOf(component);
      const code = `sampleAt(row, ${order.length}u * at.x + ${place}u)`;
      return place < 0 ? "1.0" : component === 3 ? `${code} / ${2 ** bits - 1}.0` : code;
    });
    return `\nvec4 codesAt(uvec2 at) {\n  uint row = rowAt(0u, at.y);\n  return vec4(${parts.join(", ")});\n}\n`;
  }
  const [luma, chroma] = LOAD_YCBCR[arrangement];
  return `
float lumaAt(uint x, uint y) {
  return ${luma};
}

vec2 chromaAt(uint x, uint y) {
  return ${chroma};
}
${halvesRows(layout) ? CHROMA_BETWEEN_ROWS : CHROMA_OF_ROW}
vec4 codesAt(uvec2 at) {
  uint x = at.x >> 1;
  vec2 chroma = chromaFor(x, at.y);
  if ((at.x & 1u) == 1u) chroma = 0.5 * (chroma + chromaFor(min(x + 1u, strides.w / 2u - 1u), at.y));
  return vec4(lumaAt(at.x, at.y), chroma, 1.0);
}
`;
}

const CHROMA_OF_ROW = `
vec2 chromaFor(uint x, uint y) {
  return chromaAt(x, y);
}
`;

const CHROMA_BETWEEN_ROWS = `
vec2 chromaFor(uint x, uint y) {
  uint near = y >> 1;
  uint far = (y & 1u) == 0u ? max(near, 1u) - 1u : min(near + 1u, offsets.w / 2u - 1u);
  return mix(chromaAt(x, near), chromaAt(x, far), 0.25);
}
`;

/** GLSL of what storing shaders are given, of the colour of a pixel, and of a code of a value. */
export function takeGlsl({ isFloat, bits }: EdgeLayout): string {
  const code = isFloat
    ? "packHalf2x16(vec2(asHalf(value), 0.0)) & 0xffffu"
    : `uint(clamp(value, 0.0, ${2 ** bits - 1}.0) + 0.5)`;
  return `layout(set = 0, binding = 0) uniform sampler2D picture;
layout(set = 0, binding = 1, std430) writeonly buffer Target { uint target[]; };
${EDGE_GLSL}${isFloat ? HALF_GLSL : ""}
// Columns beyond the edges have the colour of the edge.
vec4 colourAt(int x, int y) {
  vec4 colour = texelFetch(picture, ivec2(clamp(x, 0, int(strides.w) - 1), y), 0);
  if (alpha == 0u) return vec4(colour.rgb, 1.0);
  if (alpha == 1u) colour.rgb = colour.a > 0.0 ? colour.rgb / colour.a : vec3(0.0);
  return colour;
}

uint codeOf(float value) {
  return ${code};
}
`;
}

/**
 * GLSL that reads the picture at binding 0, sampled, and writes bytes at binding 1, a storage buffer. One invocation
 * for each word of 32 bits, so that no two write the same one; what no sample fills is zero.
 */
export function storeGlsl(layout: EdgeLayout): string {
  return `layout(local_size_x = ${STORE_GROUP_WORDS}) in;
${takeGlsl(layout)}
uint component(uint k, vec3 colour) {
  return codeOf(dot(rows[k], vec4(colour, 1.0)));
}

// Colours where chroma lies.
vec3 between(uint x, uint y) {
  int column = 2 * int(x);
  vec3 own = colourAt(column, int(y)).rgb;
  if (filtered == 0u) return own;
  return 0.25 * (colourAt(column - 1, int(y)).rgb + colourAt(column + 1, int(y)).rgb) + 0.5 * own;
}

vec3 chromaAt(uint x, uint y) {
  return ${halvesRows(layout) ? "0.5 * (between(x, 2u * y) + between(x, 2u * y + 1u))" : "between(x, y)"};
}

// Sample number n of a row of a plane; 0 beyond its end.
uint sampleAt(uint plane, uint row, uint n) {
${STORE_SAMPLE[layout.arrangement](layout)}
}

// Four bytes of a row from one of its bytes on, the first one lowest.
uint wordAt(uint plane, uint row, uint at) {
${STORE_WORD[layout.packing](layout.bits)}
}

void main() {
  uint group = gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x;
  uint index = group * ${STORE_GROUP_WORDS}u + gl_LocalInvocationID.x;
  if (index * 4u >= totalBytes) return;
  uint word = 0u;
  uint done = 0u;
  // Once, unless rows end within the word.
  while (done < 4u && index * 4u + done < totalBytes) {
    uint at = index * 4u + done;
    uint plane = ${
    ["0u", "at >= offsets[1] ? 1u : 0u", "at >= offsets[2] ? 2u : at >= offsets[1] ? 1u : 0u"][layout.planes - 1]
  };
    uint row = (at - offsets[plane]) / strides[plane];
    uint column = (at - offsets[plane]) % strides[plane];
    uint count = min(4u - done, strides[plane] - column);
    uint bytes = wordAt(plane, row, column);
    word |= (count == 4u ? bytes : bytes & ((1u << (8u * count)) - 1u)) << (8u * done);
    done += count;
  }
  target[index] = word;
}
`;
}

const STORE_SAMPLE: Readonly<Record<EdgeArrangement, (layout: EdgeLayout) => string>> = {
  components: ({ order, bits }) => {
    const places = order.map((component, place) =>
      component === 3
        ? `  if (place == ${place}u) return codeOf(colour.a * ${2 ** bits - 1}.0);`
        : `  if (place == ${place}u) return component(${component}u, colour.rgb);`
    );
    return `  uint x = n / ${order.length}u;
  uint place = n % ${order.length}u;
  if (x >= strides.w) return 0u;
  vec4 colour = colourAt(int(x), int(row));
${places.join("\n")}
  return 0u;`;
  },
  pairs: () =>
    `  if (n >= 2u * strides.w) return 0u;
  if ((n & 1u) == 1u) return component(0u, colourAt(int(n >> 1), int(row)).rgb);
  return component(1u + (n & 3u) / 2u, chromaAt(n >> 2, row));`,
  squares: () =>
    `  uint x = n / 6u;
  uint place = n % 6u;
  if (2u * x >= strides.w) return 0u;
  if (place >= 4u) return component(place - 3u, chromaAt(x, row));
  return component(0u, colourAt(int(2u * x + (place & 1u)), int(2u * row + (place >> 1))).rgb);`,
  "planes-444": () =>
    `  if (n >= strides.w) return 0u;
  return component(plane, colourAt(int(n), int(row)).rgb);`,
  "planes-422": planesSample,
  "planes-420": planesSample,
  "planes-420-joint": () =>
    `  if (n >= strides.w) return 0u;
  if (plane == 0u) return component(0u, colourAt(int(n), int(row)).rgb);
  return component(1u + (n & 1u), chromaAt(n >> 1, row));`,
};

function planesSample(): string {
  return `  if (plane == 0u) return n < strides.w ? component(0u, colourAt(int(n), int(row)).rgb) : 0u;
  return 2u * n < strides.w ? component(plane, chromaAt(n, row)) : 0u;`;
}

const STORE_WORD: Readonly<Record<EdgeLayout["packing"], (bits: number) => string>> = {
  bits: (bits) =>
    `  int first = int(at) * 8;
  uint word = 0u;
  for (int n = first / ${bits}; n * ${bits} < first + 32; n++) {
    int beyond = (n + 1) * ${bits} - (first + 32);
    uint code = sampleAt(plane, row, uint(n));
    word |= beyond > 0 ? code >> beyond : code << -beyond;
  }
  return swapped(word);`,
  words: () =>
    `  uint n = at >> 1;
  uint word = sampleAt(plane, row, n) | (sampleAt(plane, row, n + 1u) << 16);
  return (at & 1u) == 0u ? word : (word >> 8) | (sampleAt(plane, row, n + 2u) << 24);`,
  v210: () =>
    `  uint word = 0u;
  uint shift = (at & 3u) * 8u;
  for (uint k = 0u; k < (shift == 0u ? 3u : 6u); k++) {
    int place = int(k / 3u * 32u + k % 3u * 10u) - int(shift);
    uint code = sampleAt(plane, row, at / 4u * 3u + k);
    word |= place >= 32 ? 0u : place < 0 ? code >> -place : code << place;
  }
  return word;`,
};
