/**
 * Compiles shaders into a cache: `cache_writer.ts FOLDER COUNT`. Prints `ok` if each came out right.
 *
 * @module
 */
import process from "node:process";
import { compileShader } from "../mod.ts";

const [folder, count] = process.argv.slice(2);
const shaders = Array.from({ length: Number(count) }, (_, index) => index + 1);
const made = await Promise.all(shaders.map(async (size) => {
  const source = `layout(local_size_x = ${size}) in;\nvoid main() {}\n`;
  const { words, cache } = await compileShader({ source, language: "glsl", stage: "compute", cache: folder });
  return (cache === "hit" || cache === "stored") && words.includes(size);
}));
console.log(made.every(Boolean) ? "ok" : "wrong");
