/**
 * The documentation: how long its build takes, and how much of what is public has a docstring.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { doorsOf, members, runProgram } from "../../scripts/workspace.ts";
import { findRuntimes, ROOT } from "../setup.ts";

/** A door for packages of this group alone. */
const INNER_DOORS: readonly string[] = [join("core", "place", "kit.ts")];
/** Members of a definition that can have a docstring of their own. */
const MEMBERS = ["constructors", "properties", "methods", "members", "indexSignatures", "callSignatures"] as const;

type Definition = Readonly<Partial<Record<typeof MEMBERS[number], readonly unknown[]>>>;

interface DocumentedModule {
  readonly symbols: readonly {
    readonly declarations: readonly {
      readonly declarationKind: string;
      readonly kind: string;
      readonly def?: Definition;
    }[];
  }[];
}

/** How long `scripts/docs.ts` takes on this runtime, ms. */
export function docsMs(): number {
  const startMs = performance.now();
  const words = [...(process.versions.bun ? ["run"] : ["run", "-A"]), join(ROOT, "scripts", "docs.ts")];
  runProgram(process.execPath, words);
  return performance.now() - startMs;
}

/** Public symbols and members, and those of them that lack a docstring. */
export function docstrings(): { readonly all: number; readonly missing: number } {
  const { deno } = findRuntimes();
  const doors = members().flatMap((member) =>
    Object.values(doorsOf(member.deno.exports)).map((file) => join(member.folder, file))
  ).filter((file) => !INNER_DOORS.includes(file));
  const { nodes } = JSON.parse(runProgram(deno, ["doc", "--json", ...doors])) as {
    readonly nodes: Readonly<Record<string, DocumentedModule>>;
  };
  const declarations = Object.values(nodes).flatMap(({ symbols }) => symbols).flatMap((symbol) => symbol.declarations)
    .filter(({ declarationKind, kind }) => declarationKind === "export" && kind !== "import");
  const all = declarations.reduce((sum, { def }) => sum + 1 + membersOf(def), 0);
  const lint = spawnSync(deno, ["doc", "--lint", ...doors], { cwd: ROOT, encoding: "utf8", maxBuffer: 1 << 26 });
  const missing = lint.stderr.match(/\bmissing-jsdoc\b/g)?.length ?? 0;
  if (lint.status !== 0 && missing === 0) throw new Error(`Cannot ask for docstrings: ${lint.stderr}`);
  return { all, missing };
}

function membersOf(definition: Definition | undefined): number {
  return MEMBERS.reduce((sum, name) => sum + (definition?.[name]?.length ?? 0), 0);
}
