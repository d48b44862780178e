/**
 * What every compiler gives.
 *
 * @module
 */
import type { ShaderMessage } from "./shader_message.ts";

/** What a compiler makes of a text. */
export interface CompilerOutput {
  readonly words: Uint32Array<ArrayBuffer>;
  readonly warnings: readonly ShaderMessage[];
}
