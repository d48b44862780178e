/**
 * `package.json` as a published package has it.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { ROOT } from "../../tests/setup.ts";
import { doorsOf, type Member } from "../workspace.ts";

/** One sentence about a package: the first of its front door's documentation. @throws {Error} If there is none. */
export function descriptionOf(member: Member): string {
  const door = doorsOf(member.deno.exports)["."];
  const text = readFileSync(join(ROOT, member.folder, door), "utf8");
  const [, paragraph] = /^\/\*\*\n((?: \* [^\n]+\n)+)/.exec(text) ?? [];
  const sentence = paragraph?.replace(/^ \* /gm, "").replaceAll("\n", " ").trim();
  // JSR takes no more than 250 characters.
  if (sentence !== undefined && sentence.length <= 250) return sentence;
  throw new Error(`${member.folder}/${door}:1: must begin with a comment whose first paragraph describes the package`);
}

/**
 * What a package says of its repository. npm's provenance asks for it, and it must be the one whose workflow publishes:
 * that is where the name comes from; a package made by hand says nothing.
 */
export function fromRepository(directory: string): Record<string, unknown> {
  const { GITHUB_SERVER_URL: server = "https://github.com", GITHUB_REPOSITORY: repository } = process.env;
  if (repository === undefined || repository === "") return {};
  return { repository: { type: "git", url: `git+${server}/${repository}.git`, directory } };
}

/**
 * The manifest of a packed member.
 *
 * @param member Which.
 * @param versions Versions of the packages of the workspace by name.
 * @param native Further optional dependencies.
 * @throws {Error} If it asks for a package of the workspace that there is not.
 */
export function manifestOf(
  member: Member,
  versions: ReadonlyMap<string, string>,
  native: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const { npm, folder } = member;
  const optional = { ...npm.optionalDependencies, ...native };
  const ranges = (table: Readonly<Record<string, string>>): Record<string, string> =>
    mapValues(table, (range, name) => released(range, name, versions));
  return {
    name: npm.name,
    version: npm.version,
    description: descriptionOf(member),
    keywords: ["streamlib", "video", "audio", "realtime", "actors"],
    license: npm.license,
    ...fromRepository(folder),
    type: "module",
    exports: mapValues(doorsOf(npm.exports), (file) => ({ types: declarationOf(file), default: scriptOf(file) })),
    ...(npm.bin === undefined ? {} : { bin: mapValues(npm.bin, scriptOf) }),
    ...(npm.dependencies === undefined ? {} : { dependencies: ranges(npm.dependencies) }),
    ...(Object.keys(optional).length === 0 ? {} : { optionalDependencies: ranges(optional) }),
    sideEffects: true,
  };
}

function scriptOf(file: string): string {
  return file.replace(/\.ts$/, ".js");
}

function declarationOf(file: string): string {
  return file.replace(/\.ts$/, ".d.ts");
}

/** The range that a released package asks for: `workspace:^` of version 1.2.3 becomes `^1.2.3`. */
function released(range: string, name: string, versions: ReadonlyMap<string, string>): string {
  if (!range.startsWith("workspace:")) return range;
  const version = versions.get(name);
  if (version === undefined) {
    throw new Error(`Cannot pack: ${name} is asked for as ${range} and is not in the workspace`);
  }
  return `${range.slice("workspace:".length).replace("*", "")}${version}`;
}

function mapValues<T>(
  table: Readonly<Record<string, string>>,
  change: (value: string, key: string) => T,
): Record<string, T> {
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, change(value, key)]));
}
