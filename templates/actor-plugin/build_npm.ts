/**
 * Writes the npm package into `npm/`: JavaScript with declarations, because runtimes refuse TypeScript inside
 * `node_modules`. Files keep their names and places.
 *
 * @module
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ROOT = dirname(fileURLToPath(import.meta.url));
const TARGET = join(ROOT, "npm");
/** Files and folders that go along as they are. */
const EXTRA: readonly string[] = ["README.md", "LICENSE"];
/** Not for users of the package. */
const OWN = /_test\.ts$|^build_npm\.ts$|^example\.ts$/;

const sources = readdirSync(ROOT).filter((name) => name.endsWith(".ts") && !OWN.test(name));
rmSync(TARGET, { recursive: true, force: true });
const program = ts.createProgram(sources.map((name) => join(ROOT, name)), {
  target: ts.ScriptTarget.ES2024,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true,
  declaration: true,
  isolatedDeclarations: true,
  verbatimModuleSyntax: true,
  noCheck: true,
  noResolve: true,
  types: [],
  rootDir: ROOT,
  outDir: TARGET,
});
const { diagnostics } = program.emit(undefined, (path, text) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text.replace(/(\bfrom\s+|\bimport\(?\s*)"(\.{1,2}\/[^"]+)\.ts"/g, '$1"$2.js"'));
});
for (const { file, messageText } of diagnostics) {
  throw new Error(`Cannot pack ${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`);
}
for (const name of EXTRA) cpSync(join(ROOT, name), join(TARGET, name), { recursive: true });
const { scripts: _, devDependencies: __, ...manifest } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
manifest.exports = { ".": { types: "./mod.d.ts", default: "./mod.js" } };
writeFileSync(join(TARGET, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
console.log(`${manifest.name} ${manifest.version} in ${relative(process.cwd(), TARGET) || TARGET}`);
