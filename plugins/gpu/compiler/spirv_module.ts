/**
 * SPIR-V as it stands: whether it is a module at all, and what can be started in it (SPIR-V 1.6 §2.3).
 *
 * This finds files that were cut off, mixed up or made for something newer. Whether the code inside is valid only its
 * compiler or `spirv-val` can tell.
 *
 * @module
 */
import type { ShaderStage } from "./shader_kind.ts";

/** A function that a pipeline can start. */
export interface ShaderEntryPoint {
  readonly name: string;
  readonly stage: ShaderStage;
}

/** Most words of a module: 4 MiB. */
export const MODULE_WORDS_MAX: number = 1 << 20;

const MAGIC = 0x07230203;
const MAGIC_SWAPPED = 0x03022307;
const HEADER_WORDS = 5;
/** Vulkan 1.2, which the device layer asks for, takes 1.0 to 1.5. */
const MINOR_VERSION_MAX = 5;
const OP_ENTRY_POINT = 15;
const OP_FUNCTION = 54;
const OP_FUNCTION_END = 56;
const EXECUTION_MODELS: ReadonlyMap<number, ShaderStage> = new Map([[0, "vertex"], [4, "fragment"], [5, "compute"]]);

/**
 * Words of a module from bytes or words: always a copy, and aligned.
 *
 * @throws {RangeError} If bytes are no whole number of words.
 */
export function toWords(source: Uint32Array | Uint8Array): Uint32Array<ArrayBuffer> {
  if (source instanceof Uint32Array) return new Uint32Array(source);
  if (source.byteLength % 4 !== 0) {
    throw new RangeError(`its ${source.byteLength} bytes are no whole number of words of 4 bytes`);
  }
  const words = new Uint32Array(source.byteLength / 4);
  new Uint8Array(words.buffer).set(source);
  return words;
}

/**
 * The entry points of a module for the stages that this package knows.
 *
 * @throws {RangeError} If it is no SPIR-V 1.0 to 1.5 in the byte order of this machine, too long, or cut off.
 */
export function readEntryPoints(words: Uint32Array): ShaderEntryPoint[] {
  checkHeader(words);
  const found: (ShaderEntryPoint & { readonly id: number })[] = [];
  const functions = new Set<number>();
  let isInFunction = false;
  let at = HEADER_WORDS;
  while (at < words.length) {
    const count = words[at] >>> 16;
    if (count === 0 || at + count > words.length) throw new RangeError(`its instruction at word ${at} has no end`);
    const code = words[at] & 0xffff;
    if (code === OP_ENTRY_POINT && count >= 4) {
      const stage = EXECUTION_MODELS.get(words[at + 1]);
      const name = literalString(words.subarray(at + 3, at + count));
      if (name === undefined) throw new RangeError(`the name of its entry point at word ${at} has no end`);
      if (stage !== undefined) found.push({ name, stage, id: words[at + 2] });
    } else if (code === OP_FUNCTION && count === 5) {
      functions.add(words[at + 2]);
      isInFunction = true;
    } else if (code === OP_FUNCTION_END) isInFunction = false;
    at += count;
  }
  const lacking = found.find(({ id }) => !functions.has(id));
  if (lacking !== undefined) throw new RangeError(`the function of its entry point "${lacking.name}" is not there`);
  if (isInFunction) throw new RangeError("its last function has no end");
  return found.map(({ name, stage }) => ({ name, stage }));
}

function checkHeader(words: Uint32Array): void {
  if (words.length < HEADER_WORDS) {
    throw new RangeError(`its ${words.length} words are fewer than the ${HEADER_WORDS} of the header of SPIR-V`);
  }
  if (words[0] === MAGIC_SWAPPED) throw new RangeError("its words are in the other byte order");
  if (words[0] !== MAGIC) {
    throw new RangeError(`it begins with 0x${hex(words[0])} and not with 0x${hex(MAGIC)}, so it is no SPIR-V`);
  }
  if (words.length > MODULE_WORDS_MAX) {
    throw new RangeError(`its ${words.length} words are more than ${MODULE_WORDS_MAX}`);
  }
  const major = words[1] >>> 16 & 0xff;
  const minor = words[1] >>> 8 & 0xff;
  if (major !== 1 || minor > MINOR_VERSION_MAX || (words[1] & 0xff0000ff) !== 0) {
    throw new RangeError(`its version ${major}.${minor} (0x${hex(words[1])}) is not 1.0 to 1.${MINOR_VERSION_MAX}`);
  }
  if (words[3] === 0) throw new RangeError("its bound of ids is 0");
}

/** UTF-8 that ends with a zero byte, four bytes to a word, the lowest byte first (SPIR-V 1.6 §2.2.1). */
function literalString(words: Uint32Array): string | undefined {
  const bytes: number[] = [];
  for (const word of words) {
    for (let shift = 0; shift < 32; shift += 8) {
      const byte = word >>> shift & 0xff;
      if (byte === 0) return new TextDecoder().decode(new Uint8Array(bytes));
      bytes.push(byte);
    }
  }
  return undefined;
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}
