/**
 * The compositor's shader on a device, with all that it is given.
 *
 * @module
 */
import type { Gpu, GpuFrame, GpuLoan, GpuPixelFormat, GpuWork } from "@streamlib/core";
import { compileComposite, COMPOSITE_PICTURES, COMPOSITE_TILE_PIXELS } from "./composite_glsl.ts";
import { type LaidPicture, LayerTable } from "./layer_table.ts";

type Pipeline = ReturnType<Gpu["pipeline"]>;
type Buffer = ReturnType<Gpu["buffer"]>;
type Image = ReturnType<Gpu["image"]>;

/** What is laid: a picture on the device, and where. */
export interface LaidFrame {
  /** Its pixels. */
  readonly frame: GpuFrame;
  /** Where they go. */
  readonly place: LaidPicture;
}

/** Lays up to 17 pictures over a background in one dispatch. Closed with its `Gpu`. */
export class CompositePass {
  readonly #gpu: Gpu;
  readonly #pipelines: Map<GpuPixelFormat, Pipeline> = new Map();
  readonly #table: LayerTable = new LayerTable();
  /** The table on the device. */
  readonly #buffer: Buffer;
  /** Every element of an array must be given: this stands where there is no picture, and is never read. */
  readonly #nothing: Image;
  /** Background, and number of pictures. */
  readonly #push: DataView<ArrayBuffer> = new DataView(new ArrayBuffer(16));

  /**
   * Takes what it needs of the device.
   *
   * @param background Red, green and blue, 0 to 255.
   * @throws {StreamError} `gpu-memory`, `gpu-refused`.
   */
  constructor(gpu: Gpu, background: readonly [number, number, number]) {
    this.#gpu = gpu;
    this.#buffer = gpu.buffer(this.#table.bytes.length, "device");
    this.#nothing = gpu.image(1, 1, "rgba8");
    for (const [i, code] of background.entries()) this.#push.setFloat32(4 * i, code / 255, true);
  }

  /**
   * Compiles the shader for results of a format, once. A result must have one of these.
   *
   * @throws {StreamError} By rejection: `gpu-refused` saying what the device has not got.
   */
  async prepare(format: GpuPixelFormat): Promise<void> {
    if (this.#pipelines.has(format)) return;
    const { words, entryPoint } = await compileComposite(format);
    this.#pipelines.set(format, this.#gpu.pipeline(words, { entryPoint }));
  }

  /**
   * Uploads what the shader is to know of the pictures, if that is news. It may wait, so nothing is on loan yet.
   *
   * @param pictures Lowest first, 17 at most.
   * @throws {StreamError} By rejection: as `GpuWork.upload`.
   */
  async tell(work: GpuWork, pictures: readonly LaidFrame[]): Promise<void> {
    let isNew = false;
    for (const [i, { place }] of pictures.entries()) isNew = this.#table.put(i, place) || isNew;
    if (isNew) await work.upload(this.#buffer, this.#table.bytes);
  }

  /**
   * Lays the pictures that were told of.
   *
   * @throws {StreamError} As `GpuWork.dispatch`.
   */
  lay(work: GpuWork, pictures: readonly LaidFrame[], result: GpuLoan): void {
    const { width, height, pixelFormat } = result.format;
    this.#push.setUint32(12, pictures.length, true);
    const given = Array.from({ length: COMPOSITE_PICTURES }, (_, element) => {
      return { binding: 0, element, thing: pictures[element]?.frame ?? this.#nothing };
    });
    work.dispatch({
      pipeline: this.#pipelines.get(pixelFormat)!,
      groups: [Math.ceil(width / COMPOSITE_TILE_PIXELS), Math.ceil(height / COMPOSITE_TILE_PIXELS), 1],
      bindings: [...given, { binding: 1, thing: result }, { binding: 2, thing: this.#buffer }],
      push: this.#push,
    });
  }
}
