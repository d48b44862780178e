import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "@std/testing/bdd";
import { checkHost, entryOf, type PackageManifest, packageOf, readManifest } from "./package_manifest.ts";
import { coreSeenFrom, programPackages } from "./program_packages.ts";

const scratch = mkdtempSync(join(tmpdir(), "streamlib-manifest-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

function write(path: string, text = ""): string {
  const full = join(scratch, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  return full;
}

describe("entryOf()", () => {
  it("finds what an import enters, as package.json says it", () => {
    for (const file of ["a.js", "b.js", "index.js", "sub/c.js"]) write(`entry/${file}`);
    const folder = join(scratch, "entry");
    const entries: readonly (readonly [PackageManifest, string, string])[] = [
      [{ exports: "./a.js" }, ".", "a.js"],
      [{ exports: { ".": "./a.js", "./c": "./sub/c.js" } }, "./c", "sub/c.js"],
      [{ exports: { types: "./a.d.ts", default: "./b.js" } }, ".", "b.js"],
      [{ exports: { ".": { require: "./a.cjs", import: { default: "./b.js" } } } }, ".", "b.js"],
      [{ exports: [{ require: "./a.cjs" }, "./a.js"] }, ".", "a.js"],
      [{ main: "./b.js" }, ".", "b.js"],
      [{ main: "sub/c" }, ".", "sub/c.js"],
      [{}, ".", "index.js"],
      [{}, "./sub/c", "sub/c.js"],
    ];
    for (const [manifest, door, file] of entries) {
      assert.equal(entryOf({ folder, manifest }, door), join(folder, file), JSON.stringify(manifest));
    }
    const lacking: readonly (readonly [PackageManifest, string, RegExp])[] = [
      [{ exports: "./a.js" }, "./c", /has no export "\.\/c" for import/],
      [{ exports: { ".": { require: "./a.js" } } }, ".", /has no export "\."/],
      [{ exports: "./none.js" }, ".", /has no file \.\/none\.js/],
    ];
    for (const [manifest, door, message] of lacking) {
      assert.throws(() => entryOf({ folder, manifest }, door), { code: "plugin-failed", message });
    }
  });
});

describe("packageOf()", () => {
  it("is the nearest folder whose package.json has a name", () => {
    write("outer/package.json", '{ "name": "outer" }');
    write("outer/inner/package.json", '{ "type": "module" }');
    const file = write("outer/inner/a.js");
    assert.equal(packageOf(file)?.manifest.name, "outer");
    write("outer/inner/package.json", "{");
    assert.throws(() => readManifest(join(scratch, "outer/inner")), {
      code: "plugin-failed",
      message: /package\.json/,
    });
  });
});

describe("checkHost()", () => {
  const deno = { os: "linux", cpu: "x64", versions: { deno: "2.9.6" } };
  const bun = { os: "linux", cpu: "arm64", versions: { bun: "1.4.5" } };

  it("lets through what says nothing against it", () => {
    for (const host of [deno, bun]) {
      for (
        const manifest of [
          {},
          { os: ["linux", "darwin"], cpu: ["x64", "arm64"] },
          { os: ["!win32"] },
          { engines: { deno: ">=2.9", bun: "^1.4", node: ">=99" } },
          { engines: { deno: "newest", bun: "newest" } },
        ]
      ) checkHost({ name: "x", ...manifest }, host);
    }
  });

  it("refuses another machine and another version of the runtime, and says what there is", () => {
    const named = { name: "@me/glow", version: "1.0.0" };
    const cases: readonly (readonly [PackageManifest, typeof deno | typeof bun, RegExp])[] = [
      [{ os: ["darwin"] }, deno, /@me\/glow 1\.0\.0 is made for darwin; this machine is linux, x64/],
      [{ os: ["!linux"] }, deno, /made for !linux; this machine is linux, x64/],
      [{ os: ["linux"], cpu: ["x64"] }, bun, /made for linux, x64; this machine is linux, arm64/],
      [{ engines: { deno: ">=3" } }, deno, /needs Deno >=3; this is Deno 2\.9\.6/],
      [{ engines: { bun: "^2" } }, bun, /needs Bun \^2; this is Bun 1\.4\.5/],
    ];
    for (const [manifest, host, message] of cases) {
      assert.throws(() => checkHost({ ...named, ...manifest }, host), { code: "plugin-unsuited", message });
    }
  });
});

describe("programPackages()", () => {
  it("are those that this program runs, core first", () => {
    const [core, ...others] = programPackages();
    assert.equal(core.name, "@streamlib/core");
    assert.match(core.version, /^\d+\.\d+\.\d+/);
    assert.ok(others.some(({ name }) => name === "@streamlib/ffi"));
    assert.equal(coreSeenFrom(join(core.folder, "mod.ts"))?.folder ?? core.folder, core.folder);
  });

  it("refuses a program from the network: a package manager cannot give its core to anybody", () => {
    const refusal = { code: "plugin-failed", message: /this program came from https:\/\/jsr\.io/ };
    assert.throws(() => programPackages("https://jsr.io/@streamlib/cli/0.1.0/plugins.ts"), refusal);
  });
});
