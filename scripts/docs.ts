/**
 * Builds the documentation into `docs/.vitepress/dist`, and fails on a snippet that cannot be shown.
 *
 * ```sh
 * deno task docs
 * ```
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { build } from "vitepress";
import { ROOT } from "../tests/setup.ts";
import { filesBelow } from "./workspace.ts";

const list = join(ROOT, "docs", ".vitepress", "cache", "actors.json");
const inspect = [join(ROOT, "cli", "main.ts"), "inspect", "--json"];
const told = spawnSync(process.execPath, process.versions.bun ? inspect : ["run", "-A", ...inspect], {
  cwd: ROOT,
  encoding: "utf8",
  maxBuffer: 1 << 26,
});
if (told.status !== 0) throw new Error(`Cannot ask the actors what they are: ${told.stderr}`);
mkdirSync(dirname(list), { recursive: true });
writeFileSync(list, told.stdout);
await build(join(ROOT, "docs"));
const wrong: string[] = [];
for (const page of filesBelow("docs").filter((file) => file.endsWith(".md"))) {
  const lines = readFileSync(join(ROOT, "docs", page), "utf8").split("\n");
  lines.forEach((line, index) => {
    if (!line.includes("<<<")) return;
    const at = `docs/${page}:${index + 1}`;
    const path = /^<<< @\/(\S+)$/.exec(line)?.[1];
    if (path === undefined) wrong.push(`${at}: a snippet needs a line and a paragraph of its own: ${line}`);
    else if (!existsSync(join(ROOT, "docs", path))) wrong.push(`${at}: the snippet names no file: ${line}`);
  });
}
for (const line of wrong) console.error(line);
process.exit(wrong.length === 0 ? 0 : 1);
