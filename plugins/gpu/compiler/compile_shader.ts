/**
 * Shaders from text to SPIR-V.
 *
 * @module
 */
import { messageOf, StreamError } from "@streamlib/core";
import type { CompilerOutput } from "./compiler_output.ts";
import { compileGlsl, GLSL_COMPILER } from "./glsl_compiler.ts";
import { assembleGlsl } from "./glsl_source.ts";
import { cachePath, readCache, shaderCacheFolder, writeCache } from "./shader_cache.ts";
import { ShaderError } from "./shader_error.ts";
import { SHADER_LANGUAGES, SHADER_STAGES, type ShaderLanguage, type ShaderStage } from "./shader_kind.ts";
import type { ShaderMessage } from "./shader_message.ts";
import { linesOf } from "./source_file.ts";
import { readEntryPoints, type ShaderEntryPoint, toWords } from "./spirv_module.ts";
import { compileWgsl, WGSL_COMPILER } from "./wgsl_compiler.ts";

/** What is to be compiled. */
export interface CompileShaderOptions {
  /** Text in GLSL or WGSL, at most 1 MiB; for SPIR-V its words or bytes, at most 4 MiB. */
  readonly source: string | Uint32Array | Uint8Array;
  /** GLSL is that for Vulkan (`GL_KHR_vulkan_glsl`); without `#version` it is 4.50. */
  readonly language: ShaderLanguage;
  /** What it is for. */
  readonly stage: ShaderStage;
  /** Stands in messages, like a path. Default: `shader`. */
  readonly name?: string | undefined;
  /** Function to start. Default: `main` in GLSL, else the only one that the module has for the stage. */
  readonly entryPoint?: string | undefined;
  /**
   * GLSL and WGSL: stands before the text, in GLSL after its `#version`. Lines in messages remain those of the text.
   */
  readonly preamble?: string | undefined;
  /** GLSL: texts for `#include "NAME"`, by name. Names are compared as they stand. */
  readonly includes?: Readonly<Record<string, string>> | undefined;
  /** Folder of compiled shaders, or `false` for none. Default: {@linkcode shaderCacheFolder}. */
  readonly cache?: string | false | undefined;
}

/** A shader that can be made into a pipeline. */
export interface CompiledShader {
  /** SPIR-V 1.0 to 1.5 in the byte order of this machine. The caller's own. */
  readonly words: Uint32Array<ArrayBuffer>;
  /** What it is for, as was asked. */
  readonly stage: ShaderStage;
  /** Function to start. */
  readonly entryPoint: string;
  /** What the compiler warned of. WGSL's compiler has no warnings. */
  readonly warnings: readonly ShaderMessage[];
  /**
   * `hit`: read from disk. `stored`: compiled, and written. `refused`: compiled, but the disk took no entry, and
   * `cacheRefusal` says why. `off`: compiled, and there was nothing to do with a disk.
   */
  readonly cache: "hit" | "stored" | "refused" | "off";
  /** Why the compiled shader is not on disk. */
  readonly cacheRefusal?: string | undefined;
}

const OPTIONS = ["source", "language", "stage", "name", "entryPoint", "preamble", "includes", "cache"];
const SOURCE_BYTES_MAX = 1 << 20;

/** A compiler with its input, ready to run. */
interface Work {
  /** All that the result depends on. */
  readonly inputs: readonly string[];
  run(): Promise<CompilerOutput>;
}

/**
 * Compiles a shader, or reads it from disk where it was compiled before.
 *
 * The compilers are WebAssembly in the calling thread, loaded when the first shader wants them, and nothing can
 * interrupt them: texts of strangers belong into a worker that can be terminated.
 *
 * @example
 * ```ts
 * import { compileShader } from "@streamlib/gpu";
 *
 * const source = "layout(local_size_x = 16, local_size_y = 16) in; void main() {}";
 * const { words, entryPoint } = await compileShader({ source, language: "glsl", stage: "compute", name: "nothing" });
 * console.log(words.length, entryPoint);
 * ```
 *
 * @throws {ShaderError} `shader-invalid` if it does not compile, or has no such entry point.
 * @throws {StreamError} `option-invalid`; `resource` if WGSL's compiler broke down before.
 */
export async function compileShader(options: CompileShaderOptions): Promise<CompiledShader> {
  const name = checkOptions(options);
  const { language, stage } = options;
  if (language === "spirv") return passThrough(options, name);
  const work = language === "glsl" ? glslWork(options, name) : wgslWork(options, name);
  const inputs = [language, stage, name, ...work.inputs];
  const { output, ...use } = await throughCache(options.cache ?? shaderCacheFolder(), inputs, work);
  const entryPoint = chooseEntryPoint(readEntryPoints(output.words), stage, options.entryPoint, name);
  return { words: output.words, stage, entryPoint, warnings: output.warnings, ...use };
}

function glslWork(options: CompileShaderOptions, name: string): Work {
  const { preamble, includes, stage } = options;
  const source = assembleGlsl({ name, source: options.source as string, preamble, includes });
  const files = source.files.map((file) => file.name);
  return { inputs: [GLSL_COMPILER, source.text, ...files], run: () => compileGlsl(source, stage) };
}

function wgslWork(options: CompileShaderOptions, name: string): Work {
  const source = { name, lines: linesOf(options.source as string) };
  const preamble = { name: "preamble", lines: options.preamble === undefined ? [] : linesOf(options.preamble) };
  const inputs = [WGSL_COMPILER, preamble.lines.join("\n"), source.lines.join("\n")];
  return { inputs, run: () => compileWgsl(source, preamble) };
}

type CacheUse = Pick<CompiledShader, "cache" | "cacheRefusal"> & { readonly output: CompilerOutput };

async function throughCache(folder: string | false, inputs: readonly string[], work: Work): Promise<CacheUse> {
  if (folder === false) return { output: await work.run(), cache: "off" };
  const path = cachePath(folder, inputs);
  const found = await readCache(path);
  if (found !== undefined) return { output: found, cache: "hit" };
  const output = await work.run();
  try {
    await writeCache(folder, path, output);
    return { output, cache: "stored" };
  } catch (thrown) {
    return { output, cache: "refused", cacheRefusal: messageOf(thrown) };
  }
}

function passThrough(options: CompileShaderOptions, name: string): CompiledShader {
  const { stage } = options;
  try {
    const words = toWords(options.source as Uint32Array | Uint8Array);
    const entryPoint = chooseEntryPoint(readEntryPoints(words), stage, options.entryPoint, name);
    return { words, stage, entryPoint, warnings: [], cache: "off" };
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    throw new ShaderError(name, [{ severity: "error", file: name, text: thrown.message }], { cause: thrown });
  }
}

function chooseEntryPoint(
  found: readonly ShaderEntryPoint[],
  stage: ShaderStage,
  wanted: string | undefined,
  name: string,
): string {
  const fitting = found.filter((entry) => entry.stage === stage && (wanted === undefined || entry.name === wanted));
  if (fitting.length === 1) return fitting[0].name;
  const has = found.map((entry) => `"${entry.name}" (${entry.stage})`).join(", ") || "none";
  const text = fitting.length > 1
    ? `there are several entry points for ${stage}: name one of them in \`entryPoint\`; it has ${has}`
    : `there is no entry point ${wanted === undefined ? "" : `"${wanted}" `}for ${stage}; it has ${has}`;
  throw new ShaderError(name, [{ severity: "error", file: name, text }]);
}

/** Returns the name of the shader. */
function checkOptions(options: CompileShaderOptions): string {
  const { name = "shader" } = options;
  for (const key of Object.keys(options)) {
    if (!OPTIONS.includes(key)) throw invalid(name, `there is no option "${key}"; there are ${OPTIONS.join(", ")}`);
  }
  if (typeof name !== "string" || name === "" || /[\r\n]/.test(name)) {
    throw invalid("shader", "`name` must be a text of one line");
  }
  const { language, stage, entryPoint, cache } = options;
  if (!SHADER_LANGUAGES.includes(language)) {
    throw invalid(name, `\`language\` is ${JSON.stringify(language)}; it must be ${SHADER_LANGUAGES.join(", ")}`);
  }
  if (!SHADER_STAGES.includes(stage)) {
    throw invalid(name, `\`stage\` is ${JSON.stringify(stage)}; it must be ${SHADER_STAGES.join(", ")}`);
  }
  if (entryPoint !== undefined && (typeof entryPoint !== "string" || entryPoint === "")) {
    throw invalid(name, "`entryPoint` must be the name of a function");
  }
  if (cache !== undefined && cache !== false && (typeof cache !== "string" || cache === "")) {
    throw invalid(name, "`cache` must be a folder, or false");
  }
  checkTexts(options, name);
  return name;
}

function checkTexts(options: CompileShaderOptions, name: string): void {
  const { source, language, preamble, includes } = options;
  if (language === "spirv") {
    if (!(source instanceof Uint32Array || source instanceof Uint8Array)) {
      throw invalid(name, "`source` of SPIR-V must be a Uint32Array of words or a Uint8Array of bytes");
    }
  } else checkText(source, "source", name);
  if (preamble !== undefined) {
    if (language === "spirv") throw invalid(name, "SPIR-V takes no `preamble`");
    checkText(preamble, "preamble", name);
    if (language === "glsl" && /^\s*#\s*version\b/m.test(preamble)) {
      throw invalid(name, "`#version` must stand in `source` and not in `preamble`");
    }
  }
  if (includes === undefined) return;
  if (language !== "glsl") throw invalid(name, `only GLSL has #include, so there is no \`includes\` for ${language}`);
  if (typeof includes !== "object" || includes === null) throw invalid(name, "`includes` must be texts by name");
  for (const [file, text] of Object.entries(includes)) checkText(text, `includes["${file}"]`, name);
}

function checkText(text: unknown, what: string, name: string): void {
  if (typeof text !== "string") throw invalid(name, `\`${what}\` must be a text`);
  const bytes = text.length > SOURCE_BYTES_MAX ? text.length : new TextEncoder().encode(text).length;
  if (bytes > SOURCE_BYTES_MAX) throw invalid(name, `\`${what}\` is longer than ${SOURCE_BYTES_MAX} bytes`);
  const zero = text.indexOf("\0");
  if (zero >= 0) {
    const line = linesOf(text.slice(0, zero)).length;
    throw invalid(name, `\`${what}\` has a zero character in line ${line}, so it is no text`);
  }
}

function invalid(name: string, why: string): StreamError {
  return new StreamError("option-invalid", `Cannot compile shader "${name}": ${why}`);
}
