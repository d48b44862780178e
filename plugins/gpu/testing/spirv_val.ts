/**
 * The validator of SPIR-V.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { hasProgram } from "../../../tests/needs.ts";

let isThere: boolean | undefined;

/** What `spirv-val` objects to in a module, for Vulkan 1.2; nothing if it is valid or the program is not installed. */
export function spirvObjections(words: Uint32Array): string {
  isThere ??= hasProgram("spirv-val", "that compiled shaders are valid SPIR-V");
  if (!isThere) return "";
  const input = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  const { status, stdout, stderr } = spawnSync("spirv-val", ["--target-env", "vulkan1.2", "-"], {
    input,
    encoding: "utf8",
  });
  return status === 0 ? "" : `${stdout}${stderr}` || `exit code ${status}`;
}
