/**
 * JavaScript with declarations of a package's TypeScript: esbuild writes the scripts, TypeScript the declarations. Files
 * keep their names and places (`a/b.ts` becomes `a/b.js` and `a/b.d.ts`); nothing is bundled.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildSync } from "esbuild";
import ts from "typescript";
import { toScriptNames } from "./module_names.ts";

/** What runs on the pinned runtimes: nothing has to be made older but decorators. */
const TARGET = "es2024";

/** Each file by itself: types are checked elsewhere. */
const DECLARATIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2024,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ["lib.esnext.d.ts"],
  types: [],
  allowImportingTsExtensions: true,
  declaration: true,
  emitDeclarationOnly: true,
  isolatedDeclarations: true,
  isolatedModules: true,
  noCheck: true,
  noResolve: true,
  strict: true,
  verbatimModuleSyntax: true,
};

/**
 * Writes scripts and declarations of `sources` into `folder`.
 *
 * @param base Folder of the package.
 * @param sources Its TypeScript files, relative to `base`.
 * @param folder Where to; made if it is not there.
 * @throws {Error} With file, line and reason if a file cannot be compiled.
 */
export function writeJavaScript(base: string, sources: readonly string[], folder: string): void {
  writeDeclarations(base, sources, folder);
  const staging = mkdtempSync(join(tmpdir(), "streamlib-sources-"));
  try {
    for (const source of sources) {
      const text = readFileSync(join(base, source), "utf8");
      write(join(staging, source), toScriptNames(source, lowerDecorators(source, text)));
    }
    writeScripts(staging, sources, folder);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function writeScripts(base: string, sources: readonly string[], folder: string): void {
  buildSync({
    absWorkingDir: base,
    entryPoints: [...sources],
    outbase: base,
    outdir: folder,
    bundle: false,
    format: "esm",
    target: TARGET,
    charset: "utf8",
    logLevel: "error",
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  });
}

/**
 * Decorators as calls; a file without any stays as it is.
 *
 * This is TypeScript's part although esbuild could do it: esbuild 0.28 makes the private members of a class with
 * decorated methods into WeakMaps, which `process` would pay for at every tick, and sets static fields on the class that
 * the decorator returned instead of the one below it. An actor that a plugin compiles with esbuild alone works none the
 * less: `registerActor` puts the fields where they belong.
 */
export function lowerDecorators(path: string, text: string): string {
  if (!hasDecorators(path, text)) return text;
  const { outputText, diagnostics } = ts.transpileModule(text, {
    fileName: path,
    reportDiagnostics: true,
    compilerOptions: {
      target: ts.ScriptTarget.ES2024,
      module: ts.ModuleKind.ESNext,
      isolatedModules: true,
      verbatimModuleSyntax: true,
      allowImportingTsExtensions: true,
      noEmit: false,
    },
  });
  refuse(diagnostics ?? [], path);
  return nameClasses(path, outputText);
}

/** From the variable of a lowered class to the name that its decorators are told. */
const TOLD_NAME = new RegExp(
  String.raw`(\blet (\w+) = \(\(\) => \{(?:\s+(?:var|let) (?!_classDecorators)[^;]*;)*\s+let _classDecorators\w*` +
    String.raw`[^]*?\bname: )_classThis\w*\.name\b`,
  "g",
);

/**
 * Tells class decorators the name that was written: TypeScript reads it from the class when it runs, and by then esbuild
 * has renamed a class that stands beside a variable of its name.
 */
function nameClasses(path: string, lowered: string): string {
  const named = lowered.replace(TOLD_NAME, (_, before: string, name: string) => before + JSON.stringify(name));
  if (/\bname: _classThis\w*\.name\b/.test(named)) {
    throw new Error(
      `${path}:1: cannot be packed: a decorated class has to be declared at the top of a file, with a name`,
    );
  }
  return named;
}

function hasDecorators(path: string, text: string): boolean {
  if (!text.includes("@")) return false;
  const visit = (node: ts.Node): boolean => ts.isDecorator(node) || (ts.forEachChild(node, visit) ?? false);
  return visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false));
}

function writeDeclarations(base: string, sources: readonly string[], folder: string): void {
  const options = { ...DECLARATIONS, rootDir: base, outDir: folder };
  const program = ts.createProgram(sources.map((source) => join(base, source)), options);
  const { diagnostics } = program.emit(undefined, (path, text) => write(path, toScriptNames(path, text)));
  refuse([...program.getSyntacticDiagnostics(), ...diagnostics], base);
}

function refuse(diagnostics: readonly ts.Diagnostic[], place: string): void {
  const wrong = diagnostics.find(({ category }) => category === ts.DiagnosticCategory.Error);
  if (wrong === undefined) return;
  const line = wrong.file && wrong.start !== undefined ? wrong.file.getLineAndCharacterOfPosition(wrong.start).line : 0;
  const message = ts.flattenDiagnosticMessageText(wrong.messageText, " ");
  throw new Error(`${wrong.file?.fileName ?? place}:${line + 1}: cannot be packed: ${message}`);
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
