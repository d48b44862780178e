/**
 * Sets the one version that all packages share.
 *
 * ```sh
 * deno task version 0.2.0          # writes it everywhere and gives the CHANGELOG its heading
 * deno task version                # says which it is, and fails if the packages disagree
 * deno task version --is v0.2.0    # fails if the packages have another: what a release asks of its tag
 * ```
 *
 * @module
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { ROOT } from "../../tests/setup.ts";
import { runProgram } from "../workspace.ts";

const VERSION = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?$/;
const NEXT = "## Next";

/** The line that says a file's own version. */
const OWN = /^(\s*(?:"version": |\.version = ))"([^"]*)"/m;
/** A range of one of our packages, as templates ask for it. */
const OURS = /("@streamlib\/[a-z0-9]+": "(?:npm:@streamlib\/[a-z0-9]+@)?\^)[^"]+"/g;

/**
 * The version of a checkout.
 *
 * @param root The checkout.
 * @throws {Error} If its packages do not all have the same, naming each that differs.
 */
export function currentVersion(root: string = ROOT): string {
  const found = versionFiles(root).map((file) => ({ file, version: versionIn(root, file) }));
  const [{ version }] = found;
  const others = found.filter((one) => one.version !== version);
  if (others.length === 0) return version;
  const list = others.map((one) => `${one.file} has ${one.version}`).join(", ");
  throw new Error(`Cannot tell the version: ${found[0].file} has ${version}, ${list}; make them one by hand`);
}

/**
 * Writes a version into every package, the ranges of the templates, and the CHANGELOG, where what comes next becomes
 * what this version has. Nothing is written if anything is wrong.
 *
 * @param version Such as `0.2.0` or `0.2.0-rc.1`; higher than the current one.
 * @param today Date of the heading, `2026-11-21`.
 * @param root The checkout.
 * @returns The files that were written, from the root.
 * @throws {Error} If the version is not such, the packages disagree, git has changes that are not committed, or the
 * CHANGELOG has nothing under "Next".
 */
export function setVersion(version: string, today: string, root: string = ROOT): string[] {
  const before = currentVersion(root);
  if (!isHigher(version, before)) {
    throw new Error(`Cannot set version ${version}: it must be like 1.2.3 or 1.2.3-rc.1 and higher than ${before}`);
  }
  const changes = runProgram("git", ["status", "--porcelain"], { cwd: root }).trimEnd();
  if (changes !== "") {
    const lines = changes.split("\n");
    const more = lines.length > 5 ? `\n   and ${lines.length - 5} more` : "";
    const list = `${lines.slice(0, 5).join("\n")}${more}`;
    throw new Error(`Cannot set version ${version}: commit or put away these changes first:\n${list}`);
  }
  const written = new Map<string, string>();
  const change = (file: string, how: (text: string) => string): void => {
    written.set(file, how(written.get(file) ?? readFileSync(join(root, file), "utf8")));
  };
  for (const file of versionFiles(root)) change(file, (text) => text.replace(OWN, `$1"${version}"`));
  for (const file of templateFiles(root)) change(file, (text) => text.replace(OURS, `$1${version}"`));
  change("CHANGELOG.md", (text) => withHeading(text, version, today));
  for (const [file, text] of written) writeFileSync(join(root, file), text);
  return [...written.keys()];
}

function withHeading(text: string, version: string, today: string): string {
  const [, next] = new RegExp(`^${NEXT}\n([^]*?)(?=^## |$(?![^]))`, "m").exec(text) ?? [];
  if (next === undefined || next.trim() === "") {
    throw new Error(`Cannot set version ${version}: CHANGELOG.md has nothing under "${NEXT}"; say there what is new`);
  }
  return text.replace(`${NEXT}\n`, () => `${NEXT}\n\n## ${version} (${today})\n`);
}

/** Every file that says the version, from the root. */
function versionFiles(root: string): string[] {
  const { workspace } = JSON.parse(readFileSync(join(root, "deno.json"), "utf8")) as { workspace: readonly string[] };
  const members = workspace.map((entry) => entry.replace(/^\.\//, ""));
  return [...members.flatMap((folder) => [`${folder}/deno.json`, `${folder}/package.json`]), "zig/build.zig.zon"];
}

function templateFiles(root: string): string[] {
  return readdirSync(join(root, "templates"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => [`templates/${name}/deno.json`, `templates/${name}/package.json`]);
}

function versionIn(root: string, file: string): string {
  const [, , version] = OWN.exec(readFileSync(join(root, file), "utf8")) ?? [];
  if (version === undefined) throw new Error(`Cannot tell the version: ${file} has none`);
  return version;
}

/** Whether `version` comes after `before`; a version with a suffix comes before the same without. */
function isHigher(version: string, before: string): boolean {
  const [a, b] = [VERSION.exec(version), VERSION.exec(before)];
  if (a === null || b === null) return false;
  for (const part of [1, 2, 3]) if (a[part] !== b[part]) return Number(a[part]) > Number(b[part]);
  if (a[4] === undefined || b[4] === undefined) return a[4] === undefined && b[4] !== undefined;
  return a[4].localeCompare(b[4], "en", { numeric: true }) > 0;
}

function main(words: readonly string[]): void {
  const [first, second, ...more] = words;
  const isQuestion = first === "--is";
  if (more.length > 0 || (second === undefined) === isQuestion) {
    throw new Error("Give one version, --is TAG, or nothing");
  }
  const version = currentVersion();
  if (isQuestion && second.replace(/^v/, "") !== version) {
    throw new Error(`Cannot release ${second}: the packages have version ${version}; run: deno task version`);
  }
  if (first === undefined || isQuestion) return console.log(version);
  const files = setVersion(first, new Date().toISOString().slice(0, 10));
  // What is made of the files above.
  runProgram(process.execPath, ["run", ...denoOnly("-A"), "create/embed_templates.ts"]);
  console.log(`${files.length} files have version ${first}. Now: bun install --lockfile-only, deno task ok,`);
  console.log(`git commit -am "release: ${first}", git tag v${first}`);
}

function denoOnly(word: string): string[] {
  return process.versions.deno === undefined ? [] : [word];
}

if (import.meta.main) {
  try {
    main(process.argv.slice(2));
  } catch (thrown) {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    process.exit(1);
  }
}
