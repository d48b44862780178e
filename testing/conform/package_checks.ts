/**
 * Checks of a package as such.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Check, Inapplicable, must, mustBeNone, type PackageSubject } from "./check.ts";

type Manifest = Readonly<Record<string, unknown>>;

function both({ deno, npm }: PackageSubject): readonly [Manifest, Manifest] {
  if (deno === undefined || npm === undefined) throw new Inapplicable("there are not both, deno.json and package.json");
  return [deno, npm];
}

function doorsOf(exports: unknown): Readonly<Record<string, unknown>> {
  return typeof exports === "string" ? { ".": exports } : exports as Readonly<Record<string, unknown>> ?? {};
}

function agree(field: string): Check<PackageSubject>["run"] {
  return (subject) => {
    const [deno, npm] = both(subject);
    const shown = [deno[field], npm[field]].map((value) => JSON.stringify(value));
    must(deno[field] !== undefined && shown[0] === shown[1], `deno.json has ${shown[0]}, package.json ${shown[1]}`);
  };
}

/** Lines of code of the package's files that match, comments left out, as `file:line`. */
function linesOf(subject: PackageSubject, pattern: RegExp): string[] {
  return subject.sources.flatMap((file) =>
    readFileSync(join(subject.folder, file), "utf8").split("\n").flatMap((line, index) =>
      !/^\s*(\/\/|\*|\/\*)/.test(line) && pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : []
    )
  );
}

function isShipped(file: string): boolean {
  return !file.endsWith("_test.ts") && !/(^|\/)(testdata|testing|native)\//.test(file) &&
    !/^(example|build_npm|embed_|conform)\w*\.ts$/.test(basename(file));
}

function checkDependencies(subject: PackageSubject): void {
  const { npm } = subject;
  if (npm === undefined) throw new Inapplicable("there is no package.json");
  const asked = new Set(
    ["dependencies", "optionalDependencies", "peerDependencies"]
      .flatMap((field) => Object.keys(npm[field] as Record<string, string> | undefined ?? {})),
  );
  const shipped = { ...subject, sources: subject.sources.filter(isShipped) };
  mustBeNone(
    linesOf(shipped, /^(import|export|\} from)\b/).flatMap((place) => {
      const name = /(?:\bfrom|: import) "(@[^/"]+\/[^/"]+|[^./@"][^/"]*)[^"]*";$/.exec(place)?.[1];
      if (name === undefined || name.startsWith("node:") || name === npm.name || asked.has(name)) return [];
      return [`${place}: ${name} is not in dependencies of package.json`];
    }),
  );
}

/** The checks, in the order of the report. */
export const packageChecks: readonly Check<PackageSubject>[] = [
  {
    id: "package-manifests",
    title: "has deno.json and package.json",
    run: ({ deno, npm }) => {
      must(deno !== undefined, "there is no deno.json; JSR and Deno need it");
      must(npm !== undefined, "there is no package.json; npm and Bun need it");
    },
  },
  { id: "package-name", title: "has one name in both", run: agree("name") },
  { id: "package-version", title: "has one version in both", run: agree("version") },
  { id: "package-license", title: "has one license in both", run: agree("license") },
  {
    id: "package-version-form",
    title: "has a version of three numbers",
    run: ({ deno, npm }) => {
      const version = String(npm?.version ?? deno?.version);
      must(/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version), `the version is ${version}; 1.2.3 is right`);
    },
  },
  {
    id: "package-doors",
    title: "exports the same doors in both",
    run: (subject) => {
      const [deno, npm] = both(subject).map(({ exports }) => JSON.stringify(doorsOf(exports)));
      must(deno === npm, `deno.json exports ${deno}, package.json ${npm}`);
    },
  },
  {
    id: "package-door-files",
    title: "has a file for every door",
    run: ({ folder, deno, npm }) => {
      const files = Object.values(doorsOf((deno ?? npm)?.exports)).filter((file) => typeof file === "string");
      must(files.length > 0, "exports names no file");
      mustBeNone(files.filter((file) => !existsSync(join(folder, file))).map((file) => `${file} is not there`));
    },
  },
  {
    id: "package-module-type",
    title: "is made of modules",
    run: ({ npm }) => must(npm === undefined || npm.type === "module", 'package.json needs "type": "module"'),
  },
  {
    id: "package-no-install-script",
    title: "needs no install script",
    run: ({ npm }) => {
      const scripts = Object.keys(npm?.scripts as Record<string, string> | undefined ?? {});
      mustBeNone(
        scripts.filter((name) => /^(pre|post)?install$/.test(name)).map((name) => `package.json runs ${name}`),
      );
    },
  },
  { id: "package-dependencies", title: "asks for what it imports", run: checkDependencies },
  {
    id: "package-readme",
    title: "has a README that names every actor",
    run: ({ folder, actors }) => {
      const path = join(folder, "README.md");
      must(existsSync(path), "there is no README.md");
      const text = readFileSync(path, "utf8");
      mustBeNone(
        actors.filter(({ name }) => !text.includes(name)).map(({ name }) => `README.md does not name ${name}`),
      );
    },
  },
  {
    id: "package-tests",
    title: "has tests",
    run: ({ sources }) => must(sources.some((file) => file.endsWith("_test.ts")), "no file ends in _test.ts"),
  },
  {
    id: "package-example",
    title: "has an example",
    run: ({ sources }) =>
      must(sources.some((file) => /(^|\/)(example|main)\w*\.ts$/.test(file)), "no example.ts is there"),
  },
  {
    id: "package-runtime",
    title: "names no runtime",
    run: (subject) =>
      mustBeNone(
        linesOf({ ...subject, sources: subject.sources.filter(isShipped) }, /\b(Deno|Bun)\.[a-z]\w*\(|from ["']bun:/),
      ),
  },
  {
    id: "package-default-export",
    title: "has no default exports",
    run: (subject) => mustBeNone(linesOf(subject, /^export default\b/)),
  },
  {
    id: "package-file-names",
    title: "has files in snake_case",
    run: ({ sources }) =>
      mustBeNone(
        sources.filter((file) => !/^[a-z0-9_]+(\.gen|\.d)?\.ts$/.test(basename(file))).map((file) => `${file} is not`),
      ),
  },
  {
    id: "package-import-quiet",
    title: "starts no actor when it is imported",
    run: ({ startedByImport }) => mustBeNone(startedByImport.map((label) => `${label} runs`)),
  },
  {
    id: "package-actors",
    title: "registers an actor when it is imported",
    run: ({ actors }) => must(actors.length > 0, "no actor was registered: the door must import every actor's module"),
  },
];
