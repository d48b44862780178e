/**
 * GLSL to SPIR-V with glslang, the reference compiler, as WebAssembly in this thread.
 *
 * It is loaded with the first shader (about 20 ms; the first shader takes 0.2 s more) and shared by all later ones.
 *
 * @module
 */
import process from "node:process";
import type { CompilerOutput } from "./compiler_output.ts";
import { readGlslMessages } from "./glsl_messages.ts";
import type { GlslSource } from "./glsl_source.ts";
import { ShaderError } from "./shader_error.ts";
import type { ShaderStage } from "./shader_kind.ts";
import type { ShaderMessage } from "./shader_message.ts";

/** Name and version, for keys of caches. */
export const GLSL_COMPILER = "@webgpu/glslang 0.0.15, SPIR-V 1.3";

/** What this file uses of the module that emscripten made. */
interface Glslang {
  readonly HEAPU8: Uint8Array;
  readonly HEAPU32: Uint32Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
  /** Returns 0, or what is to be destroyed; leaves address and count of the words in the last two. */
  _convert_glsl_to_spirv(
    source: number,
    stage: number,
    debug: number,
    version: number,
    words: number,
    count: number,
  ): number;
  _destroy_output_buffer(id: number): void;
}

type GlslangFactory = (given: { print(line: string): void; printErr(line: string): void }) => Glslang;

const SPIRV_1_3 = 0x10300;
const STAGES: Readonly<Record<ShaderStage, number>> = { vertex: 0, fragment: 4, compute: 5 };
/** The compiler's module puts such listeners on the process, which would turn every rejection into an exit. */
const PROCESS_EVENTS = ["uncaughtException", "unhandledRejection"] as const;
/** Number of the line that makes the second run fail; no file has it. */
const PROBE_FILE = 65_535;

let factory: GlslangFactory | undefined;
let loaded: Glslang | undefined;
/** What the compiler prints while it runs. */
let printed: string[] = [];

/**
 * Compiles a text.
 *
 * @throws {ShaderError} If it has errors.
 */
export async function compileGlsl(source: GlslSource, stage: ShaderStage): Promise<CompilerOutput> {
  factory ??= (await import("@webgpu/glslang")).default as unknown as GlslangFactory;
  const { name } = source.files[0];
  const words = run(source.text, stage, name);
  if (words === undefined) {
    const messages = readGlslMessages(printed, source.files);
    if (!messages.some(({ severity }) => severity === "error")) {
      messages.push({ severity: "error", file: name, text: "the compiler failed and did not say why" });
    }
    throw new ShaderError(name, messages);
  }
  return { words, warnings: warningsOf(source, stage) };
}

/** The compiler prints warnings only beside errors, so the text is compiled again with one at its end. */
function warningsOf(source: GlslSource, stage: ShaderStage): ShaderMessage[] {
  run(`${source.text}\n#line 1 ${PROBE_FILE}\n#error\n`, stage, source.files[0].name);
  return readGlslMessages(printed, source.files).filter(({ severity }) => severity === "warning");
}

/** The words, or `undefined` after which `printed` says why. */
function run(text: string, stage: ShaderStage, name: string): Uint32Array<ArrayBuffer> | undefined {
  printed = [];
  const glslang = loaded ??= start(factory!);
  const bytes = new TextEncoder().encode(text);
  try {
    const source = glslang._malloc(bytes.length + 1);
    const answer = glslang._malloc(8);
    glslang.HEAPU8.set(bytes, source);
    glslang.HEAPU8[source + bytes.length] = 0;
    const id = glslang._convert_glsl_to_spirv(source, STAGES[stage], 0, SPIRV_1_3, answer, answer + 4);
    const [address, count] = glslang.HEAPU32.subarray(answer / 4, answer / 4 + 2);
    const words = id === 0 ? undefined : glslang.HEAPU32.slice(address / 4, address / 4 + count);
    if (id !== 0) glslang._destroy_output_buffer(id);
    glslang._free(answer);
    glslang._free(source);
    return words as Uint32Array<ArrayBuffer> | undefined;
  } catch (thrown) {
    loaded = undefined;
    const text = "the compiler broke down over this shader; expressions or blocks that lie very deep do that to it";
    throw new ShaderError(name, [{ severity: "error", file: name, text }], { cause: thrown });
  }
}

function start(make: GlslangFactory): Glslang {
  const before = PROCESS_EVENTS.map((event) => process.listeners(event as "uncaughtException"));
  const print = (line: string): void => void printed.push(line);
  try {
    return make({ print, printErr: print });
  } finally {
    PROCESS_EVENTS.forEach((event, index) => {
      for (const listener of process.listeners(event as "uncaughtException")) {
        if (!before[index].includes(listener)) process.removeListener(event, listener);
      }
    });
  }
}
