/**
 * Builds the documentation into `docs/.vitepress/dist`, and fails on a snippet that cannot be shown and on a link
 * that leads nowhere: page, heading or picture.
 *
 * ```sh
 * deno task docs
 * ```
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { build } from "vitepress";
import { ROOT } from "../tests/setup.ts";
import type { InspectedActor } from "./book/actor_page.ts";
import { writeReference } from "./book/write_reference.ts";
import { writePackages } from "./book/package_page.ts";
import { deadLinks } from "./book/site_links.ts";
import { includesOf } from "./book/snippets.ts";
import { filesBelow } from "./workspace.ts";

const inspect = [join(ROOT, "cli", "main.ts"), "inspect", "--json"];
const told = spawnSync(process.execPath, process.versions.bun ? inspect : ["run", "-A", ...inspect], {
  cwd: ROOT,
  encoding: "utf8",
  maxBuffer: 1 << 26,
});
if (told.status !== 0) throw new Error(`Cannot ask the actors what they are: ${told.stderr}`);
const wrong: string[] = [...writeReference(JSON.parse(told.stdout) as InspectedActor[])];
wrong.push(...writePackages());
await build(join(ROOT, "docs"));
const site = join(ROOT, "docs", ".vitepress", "dist");
for (const page of filesBelow("docs").filter((file) => file.endsWith(".md"))) {
  for (const { line, path } of includesOf(readFileSync(join(ROOT, "docs", page), "utf8"))) {
    if (path === undefined) wrong.push(`docs/${page}:${line}: a snippet needs a line and a paragraph of its own`);
    else if (!existsSync(join(ROOT, path))) wrong.push(`docs/${page}:${line}: the snippet names no file`);
  }
}
wrong.push(...deadLinks(site).map(({ page, target, why }) => `${page}: dead link ${target}: ${why}`));
for (const line of wrong) console.error(line);
process.exit(wrong.length === 0 ? 0 : 1);
