/** House rules that a machine can check. Each failure says file, line and remedy. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "@std/testing/bdd";
import { TESTED_RUNTIMES } from "../cli/doctor/report.ts";
import { pinnedVersions, ROOT } from "../tests/setup.ts";
import { doorsOf, filesBelow, members, publishedFiles, readJson } from "./workspace.ts";

/** Files over 400 lines, and why each is one noun all the same. */
const LONG_FILES: Readonly<Record<string, string>> = {
  "core/actor/actor_test.ts": "the cases of one noun",
  "core/align/align_actor_test.ts": "the cases of one noun",
  "core/actor/runner_test.ts": "the cases of one noun",
  "core/port/port_test.ts": "the cases of one noun",
  "plugins/display/web_display_test.ts": "the cases of one noun",
  "plugins/media/media_writer.ts": "a writer with its options, of which a third is documentation",
  "scripts/pack_test.ts": "packing and installing take long: they are done once for all of these",
  "tests/conformance/ring.ts": "one suite, held against several rings",
};
const LINES_MAX = 400;

const FILES = filesBelow(".").filter((file) => !file.includes(".gen.") && !file.endsWith("house_test.ts"));
const TYPESCRIPT = FILES.filter((file) => file.endsWith(".ts"));

function linesOf(file: string): string[] {
  return readFileSync(join(ROOT, file), "utf8").split("\n");
}

/** `file:line: remedy` for each line of code (no comment) that matches. */
function offences(files: readonly string[], pattern: RegExp, remedy: string, inComments: boolean = false): string[] {
  return files.flatMap((file) =>
    linesOf(file).flatMap((line, index) => {
      const isComment = /^\s*(\/\/|\*|\/\*|#)/.test(line);
      if (isComment && !inComments || !pattern.test(line)) return [];
      return [`${file}:${index + 1}: ${remedy}: ${line.trim()}`];
    })
  );
}

describe("house rules", () => {
  it("only ffi/open.ts names a runtime", () => {
    const files = TYPESCRIPT.filter((file) => file !== "ffi/open.ts");
    const pattern = /\b(Deno|Bun)\.\w|globalThis as \{ (Deno|Bun)|from "bun|import\("bun|getBuiltinModule\("bun/;
    assert.deepEqual(offences(files, pattern, "use a node: builtin, or put it into ffi/open.ts"), []);
  });

  it("deno.json and package.json of a package agree", () => {
    for (const { folder, deno, npm } of members()) {
      assert.equal(deno.name, npm.name, `${folder}: name`);
      assert.equal(deno.version, npm.version, `${folder}: version`);
      assert.equal(deno.license, npm.license, `${folder}: license`);
      assert.deepEqual(doorsOf(deno.exports), doorsOf(npm.exports), `${folder}: exports`);
      const mapped = Object.values(deno.imports ?? {}).map((target) => target.replace(/^npm:/, "")).sort();
      const asked = Object.entries({ ...npm.dependencies, ...npm.optionalDependencies, ...npm.devDependencies })
        .filter(([name]) => !name.startsWith("@streamlib/") && !name.startsWith("@types/"))
        .map(([name, range]) => `${name}@${range}`).sort();
      assert.deepEqual(mapped, asked, `${folder}: imports of deno.json and dependencies of package.json`);
    }
  });

  it("both runtimes have the same workspace", () => {
    const { workspaces } = readJson<{ workspaces: readonly string[] }>("package.json");
    for (const { folder } of members()) {
      const listed = workspaces.some((entry) =>
        entry === folder || entry.endsWith("/*") && folder.startsWith(entry.slice(0, -1))
      );
      assert.ok(listed, `package.json: workspaces lacks ${folder}`);
    }
    const plugins = new Set(filesBelow("plugins").map((file) => `plugins/${file.split("/")[0]}`));
    const known = members().map(({ folder }) => folder);
    for (const plugin of plugins) assert.ok(known.includes(plugin), `deno.json: workspace lacks ./${plugin}`);
  });

  it("a package asks for what its files import", () => {
    const wrong: string[] = [];
    for (const member of members()) {
      const { npm, folder } = member;
      const asked = Object.keys({ ...npm.dependencies, ...npm.optionalDependencies });
      for (const file of publishedFiles(member).filter((path) => path.endsWith(".ts") && path !== "example.ts")) {
        linesOf(join(folder, file)).forEach((line, index) => {
          const specifier = /^(?:(?:import|export)\b[^"=]*|\} from )"([^"]+)";$|\bimport\("([^"]+)"\)/.exec(line);
          const name = (specifier?.[1] ?? specifier?.[2])?.match(/^(@[^/]+\/[^/]+|[^./@][^/]*)/)?.[0];
          if (name === undefined || name.startsWith("node:") || name === npm.name || asked.includes(name)) return;
          if (/^\s*\*/.test(line)) return;
          wrong.push(
            `${folder}/${file}:${index + 1}: imports ${name}: add it to the dependencies of ${folder}/package.json`,
          );
        });
      }
    }
    assert.deepEqual(wrong, []);
  });

  it("no published file starts a thread that only the sources have", () => {
    const published = members().flatMap((member) => publishedFiles(member).map((file) => join(member.folder, file)))
      .filter((file) => file.endsWith(".ts") && !file.includes(".gen."));
    const pattern = /(new URL|import\.meta\.resolve)\("\.[^"]*\.ts"/;
    const remedy = 'take the ending from import.meta.url.endsWith(".ts"), because npm has .js';
    assert.deepEqual(offences(published, pattern, remedy), []);
  });

  it("files are one noun", () => {
    const long = TYPESCRIPT.filter((file) => linesOf(file).length - 1 > LINES_MAX);
    const surprising = long.filter((file) => !(file in LONG_FILES))
      .map((file) => `${file}: ${linesOf(file).length - 1} lines: split it, or say in LONG_FILES why not`);
    assert.deepEqual(surprising, []);
    assert.deepEqual(Object.keys(LONG_FILES).filter((file) => !long.includes(file)), [], "listed and short");
  });

  it("tests do not reach JSR", () => {
    const tests = TYPESCRIPT.filter((file) => file.endsWith("_test.ts") || file.startsWith("tests/"));
    assert.deepEqual(offences(tests, /["']jsr:/, "use the stand-in in tests/std_testing"), []);
  });

  it("nothing is left for later", () => {
    const files = FILES.filter((file) => /\.(ts|zig|js|css|html|md)$/.test(file));
    assert.deepEqual(offences(files, /\b(TODO|FIXME|XXX)\b/, "do it, or open an issue", true), []);
  });

  it("every error code is explained", () => {
    const codes = [...readFileSync(join(ROOT, "core/errors.ts"), "utf8").matchAll(/^ {2}\| "([a-z-]+)"/gm)].map((
      match,
    ) => match[1]);
    const explained = [...readFileSync(join(ROOT, "docs/guide/errors.md"), "utf8").matchAll(/^\| `([a-z-]+)`/gm)].map((
      match,
    ) => match[1]);
    assert.ok(codes.length > 0);
    assert.deepEqual(explained, codes, "docs/guide/errors.md lists the codes of core/errors.ts in their order");
  });

  it("the README's program is a tested file", () => {
    const program = readFileSync(join(ROOT, "examples/invert.ts"), "utf8").trim();
    const readme = readFileSync(join(ROOT, "README.md"), "utf8");
    assert.ok(
      readme.includes(`\`\`\`ts\n${program}\n\`\`\``),
      "README.md: put examples/invert.ts into it as it stands",
    );
  });

  it("the doctor knows the pinned runtimes", () => {
    assert.deepEqual(
      TESTED_RUNTIMES,
      pinnedVersions(),
      "TESTED_RUNTIMES in cli/doctor/report.ts and engines in package.json",
    );
  });
});
