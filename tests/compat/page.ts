/**
 * The tables of `docs/internals/runtimes.md`.
 *
 * ```sh
 * deno run -A tests/compat/page.ts && deno fmt docs/internals/runtimes.md   # writes them anew
 * ```
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { pinnedVersions, ROOT } from "../setup.ts";
import type { Topic } from "./behaviour.ts";
import { TOPICS } from "./topics.ts";

const PAGE = join(ROOT, "docs/internals/runtimes.md");
const BEGIN = "<!-- tables: begin -->";
const END = "<!-- tables: end -->";

/** The tables as the page should have them, one line each, without padding. */
export function wantedTables(): string[] {
  const { deno, bun } = pinnedVersions();
  return [`Tried on Deno ${deno} and Bun ${bun}.`, ...TOPICS.flatMap(linesOf)];
}

/** The tables as the page has them, in the same form. */
export function tablesOfPage(): string[] {
  return tablesPart(readFileSync(PAGE, "utf8")).split("\n").map(withoutPadding).filter((line) =>
    line !== "" && !/^\|( -+ \|)+$/.test(line)
  );
}

function linesOf({ title, entries }: Topic): string[] {
  const lines = [`## ${title}`];
  const same = entries.filter((entry) => entry.kind === "behaviour");
  const different = entries.filter((entry) => entry.kind === "difference");
  if (same.length > 0) lines.push("| both runtimes | relied on by |");
  for (const { name, reliedOnBy } of same) lines.push(`| ${name} | ${files(reliedOnBy)} |`);
  if (different.length > 0) lines.push("| they differ | Deno | Bun | if they agree | work-around in |");
  for (const { name, answers, mayGo, reliedOnBy } of different) {
    lines.push(`| ${name} | ${answers.deno} | ${answers.bun} | ${mayGo} | ${files(reliedOnBy)} |`);
  }
  return lines;
}

function files(paths: readonly string[]): string {
  return paths.map((path) => `\`${path}\``).join(", ");
}

function withoutPadding(line: string): string {
  return line.trim().replace(/ +/g, " ").replace(/-{2,}/g, "-");
}

function tablesPart(page: string): string {
  const [from, to] = bounds(page);
  return page.slice(from, to);
}

function bounds(page: string): [number, number] {
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from < 0 || to < from) throw new Error(`Cannot find the tables of ${PAGE}: it lacks ${BEGIN} or ${END}`);
  return [from + BEGIN.length, to];
}

function writePage(): void {
  const page = readFileSync(PAGE, "utf8");
  const text = wantedTables().map((line, index, all) => {
    const isHead = line.startsWith("|") && !all[index - 1].startsWith("|") || line.startsWith("| they differ |");
    const before = line.startsWith("##") || isHead ? "\n" : "";
    return `${before}${line}${isHead ? `\n|${" - |".repeat(line.split("|").length - 2)}` : ""}\n`;
  });
  const [from, to] = bounds(page);
  writeFileSync(PAGE, `${page.slice(0, from)}\n\n${text.join("")}\n${page.slice(to)}`);
}

if (process.argv[1]?.endsWith("page.ts")) writePage();
