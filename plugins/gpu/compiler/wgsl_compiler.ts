/**
 * WGSL to SPIR-V with naga, the compiler of wgpu, as WebAssembly in this thread.
 *
 * It is loaded with the first shader. A text that lies very deep overflows its stack, after which it answers nothing
 * more in this thread and cannot be loaded again; so texts that would do that are refused before it sees them, as far
 * as one can see it.
 *
 * @module
 */
import { StreamError } from "@streamlib/core";
import type { CompilerOutput } from "./compiler_output.ts";
import type { SourceFile } from "./source_file.ts";
import { ShaderError } from "./shader_error.ts";
import { checkWgslDepth } from "./wgsl_depth.ts";
import { readWgslReport } from "./wgsl_messages.ts";

/** Name and version, for keys of caches. */
export const WGSL_COMPILER = "naga-wasm 30.1.0, SPIR-V 1.0, names, y up";

type Naga = typeof import("naga-wasm");

/**
 * How the runtimes call it where it happens in their own stack; the package takes that for a message of the compiler.
 */
const STACK_OVERFLOW = /^Maximum call stack size exceeded/;

let naga: Naga | undefined;
let breakdown: unknown;

/**
 * Compiles a text. There are no warnings.
 *
 * @param source What the user wrote.
 * @param preamble What stands before it; no lines for nothing.
 * @throws {ShaderError} With the first error.
 * @throws {StreamError} `resource` if the compiler broke down earlier in this thread.
 */
export async function compileWgsl(source: SourceFile, preamble: SourceFile): Promise<CompilerOutput> {
  checkWgslDepth(source);
  checkWgslDepth(preamble);
  naga ??= await import("naga-wasm");
  if (breakdown !== undefined) {
    const why = "the compiler of WGSL broke down over an earlier shader in this thread; compile in another thread";
    throw new StreamError("resource", `Cannot compile shader "${source.name}": ${why}`, { cause: breakdown });
  }
  try {
    return { words: translate(naga, [...preamble.lines, ...source.lines].join("\n")), warnings: [] };
  } catch (thrown) {
    if (thrown instanceof naga.NagaError && !STACK_OVERFLOW.test(thrown.formatted)) {
      throw new ShaderError(source.name, [readWgslReport(thrown.formatted, source, preamble)]);
    }
    breakdown = thrown;
    const text =
      "the compiler broke down over this shader, as over what lies very deep, and compiles no more in this thread";
    throw new ShaderError(source.name, [{ severity: "error", file: source.name, text }], { cause: thrown });
  }
}

/** Names stay in the module, because reflection wants them. */
function translate({ parseWgsl, validate, writeSpirv }: Naga, text: string): Uint32Array<ArrayBuffer> {
  const module = parseWgsl(text);
  try {
    const info = validate(module);
    try {
      return writeSpirv(module, info, { flags: { debug: true } }) as Uint32Array<ArrayBuffer>;
    } finally {
      info.free();
    }
  } finally {
    module.free();
  }
}
