/**
 * What one pass at an edge of the GPU needs: its shader, its push constants, its workgroups.
 *
 * @module
 */
import { type GpuPixelFormat, pixelFormatInfo, planesOf, type VideoFormat } from "@streamlib/core";
import { compileShader } from "../compiler/compile_shader.ts";
import { codeRows, type ColorRows, rgbRows } from "./edge_colors.ts";
import { LOAD_GROUP_PIXELS, loadGlsl, STORE_GROUP_WORDS, storeGlsl } from "./edge_glsl.ts";
import { type EdgeLayout, edgeLayout } from "./edge_layout.ts";
import { edgeUnit } from "./edge_unit.ts";
import { loadUnitsGlsl, storeUnitsGlsl, UNIT_GROUP } from "./edge_unit_glsl.ts";

/** How chroma of half width is made: with the filter 1 2 1 over columns, or taken where it lies. */
export type EdgeChroma = "filtered" | "sited";

/** A pass that is ready to run; good for all frames of its format. */
export interface EdgePass {
  /** SPIR-V. Passes with the same `key` have the same words. */
  readonly words: Uint32Array<ArrayBuffer>;
  /** Names the shader. */
  readonly key: string;
  /** Push constants. */
  readonly push: Uint8Array<ArrayBuffer>;
  /** Workgroups. */
  readonly groups: readonly [number, number, number];
  /** Bytes that the frame has. */
  readonly frameBytes: number;
  /** Bytes that the storage buffer must have: whole words. */
  readonly bufferBytes: number;
}

const PUSH_BYTES = 92;
const ALPHA_CODES = { opaque: 0, straight: 1, premultiplied: 2 } as const;
/** Vulkan promises 65535 in each direction. */
const GROUPS_PER_ROW = 4096;

const compiled: Map<string, Promise<Uint32Array<ArrayBuffer>>> = new Map();

/**
 * The pass from bytes, binding 0, to a picture, binding 1.
 *
 * @param format Of the bytes: any size and strides. Its `alpha` counts where its pixel format has alpha; the picture is
 * opaque where there is none.
 * @param target Of the picture.
 * @param what Begins the message of an error: `Cannot upload to a GPU in Upload "camera"`.
 * @throws {StreamError} `format-invalid` as {@linkcode edgeLayout}.
 */
export async function loadPass(format: VideoFormat, target: GpuPixelFormat, what: string): Promise<EdgePass> {
  const layout = edgeLayout(format.pixelFormat, what);
  const bytes = edgeBytes(format, rgbRows(format), "filtered");
  if (hasWholeWords(format)) {
    const key = `load-units/${layout.key}/${target}`;
    const words = await compileOnce(key, () => loadUnitsGlsl(layout, target));
    return { words, key, groups: unitGroups(layout, format), ...bytes };
  }
  const key = `load/${layout.key}/${target}`;
  const words = await compileOnce(key, () => loadGlsl(layout, target));
  const [columns, rows] = [format.width, format.height].map((pixels) => Math.ceil(pixels / LOAD_GROUP_PIXELS));
  return { words, key, groups: [columns, rows, 1], ...bytes };
}

/**
 * The pass from a picture, binding 0, sampled, to bytes, binding 1. Bytes between rows are zero.
 *
 * @param format Of the bytes: any size and strides. A picture with alpha stands over black where the pixel format has
 * no alpha, or is said to be opaque.
 * @param chroma How chroma of half width is made.
 * @param what As for {@linkcode loadPass}.
 * @throws {StreamError} `format-invalid` as {@linkcode edgeLayout}.
 */
export async function storePass(format: VideoFormat, chroma: EdgeChroma, what: string): Promise<EdgePass> {
  const layout = edgeLayout(format.pixelFormat, what);
  const bytes = edgeBytes(format, codeRows(format), chroma);
  if (hasWholeWords(format)) {
    const key = `store-units/${layout.key}`;
    const words = await compileOnce(key, () => storeUnitsGlsl(layout));
    return { words, key, groups: unitGroups(layout, format), ...bytes };
  }
  const key = `store/${layout.key}`;
  const words = await compileOnce(key, () => storeGlsl(layout));
  const count = Math.ceil(bytes.frameBytes / 4 / STORE_GROUP_WORDS);
  const groups = [Math.min(count, GROUPS_PER_ROW), Math.ceil(count / GROUPS_PER_ROW), 1] as const;
  return { words, key, groups, ...bytes };
}

/** Whether every row of every plane begins with a word of 32 bits. */
function hasWholeWords(format: VideoFormat): boolean {
  return planesOf(format).every(({ offsetBytes, strideBytes }) => offsetBytes % 4 === 0 && strideBytes % 4 === 0);
}

/** Workgroups for all units of a frame, those of the bytes between rows included. */
function unitGroups(layout: EdgeLayout, format: VideoFormat): readonly [number, number, number] {
  const { rows, runs } = edgeUnit(layout);
  const columns = Math.max(...runs.map(({ plane, words }) => Math.ceil(format.strides[plane] / 4 / words)));
  return [Math.ceil(columns / UNIT_GROUP), Math.ceil(format.height / rows / UNIT_GROUP), 1];
}

async function compileOnce(key: string, source: () => string): Promise<Uint32Array<ArrayBuffer>> {
  let words = compiled.get(key);
  if (!words) {
    words = compileShader({ source: source(), language: "glsl", stage: "compute", name: `${key}.comp` })
      .then((shader) => shader.words);
    compiled.set(key, words);
    words.catch(() => compiled.delete(key));
  }
  return await words;
}

function edgeBytes(
  format: VideoFormat,
  rows: ColorRows,
  chroma: EdgeChroma,
): Pick<EdgePass, "push" | "frameBytes" | "bufferBytes"> {
  const view = new DataView(new ArrayBuffer(PUSH_BYTES));
  rows.flat().forEach((value, i) => view.setFloat32(4 * i, value, true));
  const planes = planesOf(format);
  planes.forEach(({ strideBytes, offsetBytes }, i) => {
    view.setUint32(48 + 4 * i, strideBytes, true);
    view.setUint32(64 + 4 * i, offsetBytes, true);
  });
  view.setUint32(60, format.width, true);
  view.setUint32(76, format.height, true);
  const alpha = pixelFormatInfo(format.pixelFormat).alpha ? format.alpha : "opaque";
  const last = planes[planes.length - 1];
  const frameBytes = last.offsetBytes + last.strideBytes * last.rows;
  view.setUint32(80, ALPHA_CODES[alpha], true);
  view.setUint32(84, frameBytes, true);
  view.setUint32(88, chroma === "filtered" ? 1 : 0, true);
  return { push: new Uint8Array(view.buffer), frameBytes, bufferBytes: Math.ceil(frameBytes / 4) * 4 };
}
