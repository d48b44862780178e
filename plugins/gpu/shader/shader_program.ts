/**
 * A shader of a user, compiled: the short form, a complete one, or SPIR-V.
 *
 * @module
 */
import { messageOf, StreamError } from "@streamlib/core";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { compileShader } from "../compiler/compile_shader.ts";
import { ShaderError } from "../compiler/shader_error.ts";
import type { ShaderLanguage } from "../compiler/shader_kind.ts";
import { linesOf } from "../compiler/source_file.ts";
import { readEntryPoints, toWords } from "../compiler/spirv_module.ts";
import { withoutComments } from "./plain_text.ts";
import { isCompleteGlsl, readShortShader } from "./short_shader.ts";
import type { UniformDeclaration } from "./uniform_declaration.ts";

/** Where a shader comes from; one of the first two. */
export interface ShaderSource {
  /** Its text. */
  readonly source?: string | undefined;
  /** Path of a file with its text, or with SPIR-V. */
  readonly file?: string | undefined;
  /** Default: what the end of the file's name says; for a text, `glsl`. */
  readonly language?: ShaderLanguage | undefined;
}

/** A shader, ready for a pipeline. */
export interface ShaderProgram {
  /** SPIR-V. */
  readonly words: Uint32Array<ArrayBuffer>;
  /** `fragment`: it is drawn; `compute`: it writes an image. */
  readonly stage: "fragment" | "compute";
  /** Function to start. */
  readonly entryPoint: string;
  /** What a short form declares. */
  readonly uniforms: readonly UniformDeclaration[];
}

/** A stage is said by the end of a name or by the text. */
type Stage = ShaderProgram["stage"];

const LANGUAGES: Readonly<Record<string, ShaderLanguage>> = {
  ".glsl": "glsl",
  ".frag": "glsl",
  ".comp": "glsl",
  ".wgsl": "wgsl",
  ".spv": "spirv",
};

/**
 * Reads and compiles a shader.
 *
 * @param label The actor, for messages.
 * @throws {ShaderError} With file, line, text and caret.
 * @throws {StreamError} `option-invalid` if the file cannot be read or its language is not known.
 */
export async function compileProgram(given: ShaderSource, label: string): Promise<ShaderProgram> {
  const language = given.language ?? languageOf(given.file, label);
  if (language === "spirv") return takeSpirv(given.file!, await read(given.file!, label));
  const source = given.source ?? new TextDecoder().decode(await read(given.file!, label));
  const name = given.file ?? `shader.${language}`;
  if (language === "glsl" && !isCompleteGlsl(source)) return compileShort(source, name);
  const stage = stageOf(source, name, language);
  const { words, entryPoint } = await compileShader({ source, language, stage, name });
  return { words, stage, entryPoint, uniforms: [] };
}

async function compileShort(source: string, name: string): Promise<ShaderProgram> {
  const { text, preamble, uniforms } = readShortShader(source, name);
  try {
    const shader = await compileShader({ source: text, language: "glsl", stage: "fragment", name, preamble });
    return { words: shader.words, stage: "fragment", entryPoint: shader.entryPoint, uniforms };
  } catch (thrown) {
    if (!(thrown instanceof ShaderError)) throw thrown;
    // Messages show the lines that the user wrote, with what was taken out of them.
    const lines = linesOf(source);
    const messages = thrown.messages.map((message) =>
      message.file === name && message.line !== undefined ? { ...message, lineText: lines[message.line - 1] } : message
    );
    throw new ShaderError(name, messages, { cause: thrown });
  }
}

function stageOf(source: string, name: string, language: ShaderLanguage): Stage {
  if (name.endsWith(".comp")) return "compute";
  if (name.endsWith(".frag")) return "fragment";
  const plain = withoutComments(source);
  return (language === "wgsl" ? /@compute\b/ : /\blocal_size_x\b/).test(plain) ? "compute" : "fragment";
}

function takeSpirv(name: string, bytes: Uint8Array): ShaderProgram {
  try {
    const words = toWords(bytes);
    for (const { name: entryPoint, stage } of readEntryPoints(words)) {
      if (stage !== "vertex") return { words, stage, entryPoint, uniforms: [] };
    }
  } catch (thrown) {
    throw new ShaderError(name, [{ severity: "error", file: name, text: messageOf(thrown) }], { cause: thrown });
  }
  const text = "it has no entry point for fragment or compute";
  throw new ShaderError(name, [{ severity: "error", file: name, text }]);
}

function languageOf(file: string | undefined, label: string): ShaderLanguage {
  if (file === undefined) return "glsl";
  const end = extname(file).toLowerCase();
  if (Object.hasOwn(LANGUAGES, end)) return LANGUAGES[end];
  throw new StreamError(
    "option-invalid",
    `Cannot start ${label}: option file = "${file}": say its language, or have it end with ${
      Object.keys(LANGUAGES).join(", ")
    }`,
  );
}

async function read(file: string, label: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (thrown) {
    throw new StreamError("option-invalid", `Cannot start ${label}: option file = "${file}": ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}
