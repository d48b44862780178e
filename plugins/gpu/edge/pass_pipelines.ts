/**
 * Pipelines of passes, each made once.
 *
 * @module
 */
import type { Gpu } from "@streamlib/core";

/** What the driver makes of a shader. */
export type Pipeline = ReturnType<Gpu["pipeline"]>;

/** A row of bytes on the device, or where the host reads. */
export type Buffer = ReturnType<Gpu["buffer"]>;

/** Pipelines on the device of one actor; they are closed with its {@linkcode Gpu}. */
export class PassPipelines {
  readonly #gpu: Gpu;
  readonly #made: Map<string, Pipeline> = new Map();

  /** Of this device. */
  constructor(gpu: Gpu) {
    this.#gpu = gpu;
  }

  /**
   * The pipeline of a pass.
   *
   * @throws {StreamError} `gpu-refused` if the device cannot run it; the text says what it lacks.
   */
  for(pass: { readonly key: string; readonly words: Uint32Array }): Pipeline {
    let pipeline = this.#made.get(pass.key);
    if (!pipeline) this.#made.set(pass.key, pipeline = this.#gpu.pipeline(pass.words));
    return pipeline;
  }
}
