import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { members } from "../scripts/workspace.ts";
import { findRuntimes, ROOT } from "../tests/setup.ts";
import { type CreateError, scaffold, type ScaffoldOptions, templateNames } from "./mod.ts";
import { readActorNames, readTemplate } from "./embed_templates.ts";
import { takenActors, templateFiles } from "./templates.gen.ts";

const timeout = 60_000;

/** Runs with a new folder, which is removed afterwards. */
function inFolder(run: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "streamlib-create-"));
  try {
    run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Expects an error, and that nothing is left of the project. */
function refuses(options: ScaffoldOptions, code: string, message: RegExp): void {
  inFolder((folder) => {
    assert.throws(() => scaffold({ folder: join(folder, "new", "deep"), ...options }), (thrown: CreateError) => {
      assert.equal(thrown.name, "CreateError");
      assert.equal(thrown.code, code);
      assert.match(thrown.message, message);
      return true;
    });
    assert.deepEqual(readdirSync(folder), []);
  });
}

describe("scaffold()", () => {
  for (const template of templateNames) {
    it(`makes a project of ${template} with its own names`, () => {
      inFolder((base) => {
        const made = scaffold({ name: "@me/deep-glow", template, folder: join(base, "a", "project") });
        assert.equal(made.folder, join(base, "a", "project"));
        assert.equal(made.actor, template === "app" ? undefined : "DeepGlow");
        assert.deepEqual(readdirSync(join(base, "a")), ["project"]);
        for (const file of made.files) {
          const text = readFileSync(join(made.folder, file), "utf8");
          const left = /@you|\bDim|dim_actor|soft.?clip|my-streamlib-app/i.exec(`${file}\n${text}`);
          const isProse = /^Clips sound softly|Soft clipping/m.test(text) && left?.[0] === "Soft clip";
          assert.ok(left === null || isProse, `${file} has "${left?.[0]}" of the template`);
        }
        type Manifest = { name: string; description: string; publishConfig?: { access: string } };
        const manifestIn = (file: string): Manifest => JSON.parse(readFileSync(join(made.folder, file), "utf8"));
        const manifest = manifestIn("package.json");
        assert.equal(manifest.name, "@me/deep-glow");
        assert.match(manifest.description, /^A streamlib .*\.$/);
        assert.equal(manifestIn("deno.json").description, manifest.description);
        assert.equal(manifest.publishConfig?.access, template === "app" ? undefined : "public");
        if (template !== "app") assert.ok(made.files.includes("deep_glow_actor.ts"));
        for (const file of [".gitignore", ".github/workflows/ci.yml", "README.md", "LICENSE", "deno.json"]) {
          assert.ok(made.files.includes(file), file);
        }
      });
    });

    it(`makes a project of ${template} that is formatted, whatever its names`, { timeout }, () => {
      inFolder((base) => {
        const names = [["ab", "Xy"], ["@a-scope-of-mine/a-rather-long-package-name", "AbcdefghijKlmnopqrstuVwx"]];
        names.forEach(([name, actor], index) => {
          const given = template === "app" ? {} : { actor };
          const { folder } = scaffold({ name, template, folder: join(base, `${index}`), ...given });
          const done = spawnSync(findRuntimes().deno, ["fmt", "--check"], { cwd: folder, encoding: "utf8" });
          assert.equal(done.status, 0, `${done.stdout}${done.stderr}`);
        });
      });
    });
  }

  it("gives a plugin without a scope one to be changed, and says so", () => {
    inFolder((base) => {
      const made = scaffold({ name: "glow", folder: join(base, "glow") });
      assert.deepEqual([made.name, made.actor], ["@you/glow", "Glow"]);
      assert.match(made.next.join("\n"), /change @you to a scope of yours/);
      const app = scaffold({ name: "show", template: "app", folder: join(base, "show") });
      assert.deepEqual([app.name, app.actor], ["show", undefined]);
    });
  });

  it("says in a checkout how its packages are made and installed", () => {
    inFolder((base) => {
      const { next } = scaffold({ name: "glow", folder: join(base, "glow") });
      const [, pack, install] = next;
      assert.ok(pack.startsWith(`(cd ${resolve(ROOT)} && deno task pack)`), pack);
      assert.ok(install.includes(`--ignore-scripts ${resolve(ROOT)}/dist-npm/*.tgz`), install);
    });
  });

  it("takes an empty folder that exists", () => {
    inFolder((base) => {
      const { files } = scaffold({ name: "glow", folder: base });
      for (const file of files) assert.ok(existsSync(join(base, file)), file);
    });
  });

  it("refuses a folder that is not empty, and leaves it as it is", () => {
    inFolder((base) => {
      writeFileSync(join(base, "mine.txt"), "mine");
      assert.throws(() => scaffold({ name: "glow", folder: base }), /it is not empty: it has mine\.txt; give another/);
      assert.throws(() => scaffold({ name: "glow", folder: join(base, "mine.txt") }), /it is a file/);
      assert.throws(() => scaffold({ name: "glow", folder: join(base, "mine.txt", "in") }), /Cannot make .*mine\.txt/);
      assert.deepEqual(readdirSync(base), ["mine.txt"]);
    });
  });

  it("refuses names that cannot be or are taken, and unknown templates", () => {
    for (const name of ["", "Glow", "a", "1st", "gl ow", "../glow", "@me", "@me/", "glow-", "x".repeat(59)]) {
      refuses({ name }, "name", /^Cannot name the package .*: a letter, then letters/);
    }
    refuses({ name: "@streamlib/glow" }, "name", /that name is taken/);
    refuses({ name: "streamlib" }, "name", /that name is taken/);
    refuses({ name: "glow", actor: "glow" }, "name", /^Cannot name the actor "glow": a capital letter/);
    refuses({ name: "glow", actor: "X".repeat(25) }, "name", /at most 24/);
    refuses({ name: "glow", actor: "GlowActor" }, "name", /gets "Actor" by itself/);
    refuses({ name: "test-pattern" }, "name", /streamlib has an actor TestPattern/);
    refuses({ name: "glow", actor: "Glow", template: "app" }, "name", /the template app has none/);
    refuses({ name: "glow", template: "film" as "app" }, "template", /there are actor-plugin, native-plugin, app$/);
  });
});

describe("templates.gen.ts", () => {
  it("has the templates and actors of this repository", () => {
    for (const name of templateNames) assert.deepEqual(templateFiles[name], readTemplate(name), name);
    assert.deepEqual(takenActors, readActorNames());
  });

  it("asks for the versions of this workspace", () => {
    const versions = new Map(members().map(({ npm }) => [npm.name, npm.version]));
    for (const name of templateNames) {
      const { dependencies, devDependencies } = JSON.parse(templateFiles[name]["package.json"]) as {
        readonly dependencies: Record<string, string>;
        readonly devDependencies: Record<string, string>;
      };
      const { imports } = JSON.parse(templateFiles[name]["deno.json"]) as { readonly imports: Record<string, string> };
      const asked = Object.entries({ ...dependencies, ...devDependencies });
      for (const [dependency, range] of asked) {
        if (dependency.startsWith("@types/")) continue;
        assert.equal(imports[dependency], `npm:${dependency}@${range}`, `${name}: ${dependency}`);
        const version = versions.get(dependency);
        if (dependency.startsWith("@streamlib/")) assert.equal(range, `^${version}`, `${name}: ${dependency}`);
      }
      assert.equal(Object.keys(imports).length, asked.length - 1, `${name}: imports of deno.json`);
    }
  });
});
