/** Plugins by path and by name: what is found, and what is said of those that cannot be used. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "@std/testing/bdd";
import { catalogue } from "@streamlib/core";
import { abiHash, load } from "@streamlib/ffi";
import { programPackages } from "./plugin/program_packages.ts";
import { forgetActors, moduleOf, samplePlugin } from "./plugin/testdata/sample_plugin.ts";
import { importPlugin, type PluginState } from "./plugins.ts";

describe("importPlugin()", { timeout: 60_000 }, () => {
  let scratch = "";

  before(() => {
    scratch = mkdtempSync(join(tmpdir(), "streamlib-plugin-"));
    mkdirSync(join(scratch, "node_modules/@streamlib"), { recursive: true });
    for (const { name, folder } of programPackages().filter(({ name }) => /core|ffi/.test(name))) {
      symlinkSync(folder, join(scratch, "node_modules", name));
    }
  });
  after(() => {
    forgetActors(scratch);
    rmSync(scratch, { recursive: true, force: true });
  });

  function write(path: string, content: string | Uint8Array): void {
    mkdirSync(dirname(join(scratch, path)), { recursive: true });
    writeFileSync(join(scratch, path), content);
  }

  function writePackage(folder: string, options: Parameters<typeof samplePlugin>[0]): void {
    for (const [file, text] of Object.entries(samplePlugin(options))) write(join(folder, file), text);
  }

  function imported(specifier: string): Promise<PluginState> {
    return importPlugin(specifier, { folder: scratch });
  }

  async function refused(specifier: string, code: string, reason: RegExp): Promise<string> {
    const state = await imported(specifier);
    assert.equal(state.code, code, state.reason);
    assert.equal(state.state, code === "plugin-missing" ? "absent" : "failed");
    assert.match(state.reason ?? "", reason);
    return state.reason!;
  }

  it("takes a file, the folder of a package, and what is installed", async () => {
    write("plain.mjs", moduleOf("SingleModule"));
    writePackage("package", { name: "@me/folder", actor: "FolderPackage" });
    writePackage("node_modules/@me/installed", { name: "@me/installed", actor: "InstalledPackage" });
    write("jsr/mod.js", moduleOf("DenoFolder"));
    write("jsr/deno.json", '{ "name": "@me/jsr", "exports": "./mod.js" }');
    for (const specifier of ["./plain.mjs", "./package", "@me/installed", "./jsr", join(scratch, "package")]) {
      assert.equal((await imported(specifier)).state, "imported", specifier);
    }
    const known = catalogue().map(({ name }) => name);
    for (const name of ["SingleModule", "FolderPackage", "InstalledPackage", "DenoFolder"]) {
      assert.ok(known.includes(name));
    }
  });

  it("says where it has looked for what is not there, and names packages of ours", async () => {
    await refused("./nowhere/mod.ts", "plugin-missing", /there is no .*nowhere\/mod\.ts/);
    mkdirSync(join(scratch, "empty"));
    await refused("./empty", "plugin-missing", /has no package\.json or deno\.json/);
    await refused(
      "@streamlib/vidoe",
      "plugin-missing",
      /not installed in .*did you mean @streamlib\/video\?; npm:@strea/,
    );
    await refused("@me/none", "plugin-missing", /not installed in .*; npm:@me\/none fetches it from npm/);
    await refused("npm:", "option-invalid", /npm:NAME@RANGE is right/);
    await refused(`${"jsr"}:glow`, "option-invalid", /jsr:@SCOPE\/NAME@RANGE is right/);
  });

  it("refuses a module without actors", async () => {
    write("none.mjs", "export const nothing = 1;\n");
    await refused("./none.mjs", "plugin-empty", /registers no actor/);
  });

  it("takes one again that exports no class, under its name or another, and one that another has imported", async () => {
    const hidden = (actor: string): string => moduleOf(actor).replace("export const", "const");
    write("hidden/mod.mjs", hidden("HiddenOnce"));
    for (const specifier of ["./hidden/mod.mjs", "./hidden/mod.mjs", join(scratch, "hidden/mod.mjs")]) {
      assert.equal((await imported(specifier)).state, "imported", specifier);
    }
    write("inner.mjs", hidden("InnerOne"));
    writePackage("inner_package", { name: "@me/inner", module: 'import "./actor.js";\n' });
    write("inner_package/actor.js", hidden("InnerTwo"));
    write("outer.mjs", `import "./inner.mjs"; import "./inner_package/mod.js";\n`);
    for (const specifier of ["./outer.mjs", "./inner.mjs", "./inner_package"]) {
      assert.equal((await imported(specifier)).state, "imported", specifier);
    }
    write("inner_package/node_modules/none/mod.mjs", "export {};\n");
    await refused("./inner_package/node_modules/none/mod.mjs", "plugin-empty", /registers no actor/);
  });

  it("says what a plugin throws while it is loaded", async () => {
    write("throws.mjs", "throw new Error('broken inside');\n");
    await refused("./throws.mjs", "plugin-failed", /it fails while it is loaded: broken inside/);
    write("throws_text.mjs", "throw 'a text';\n");
    await refused("./throws_text.mjs", "plugin-failed", /a text/);
    write(
      "gpu.mjs",
      'import { StreamError } from "@streamlib/core"; throw new StreamError("gpu-missing", "no GPU");\n',
    );
    await refused("./gpu.mjs", "plugin-failed", /no GPU \(gpu-missing\)$/);
    write("lacks.mjs", "import './not_there.mjs';\n");
    await refused("./lacks.mjs", "plugin-failed", /not_there/);
    write("syntax.mjs", "export const = 1;\n");
    await refused("./syntax.mjs", "plugin-failed", /it fails while it is loaded/);
  });

  it("refuses a name that another plugin has taken", async () => {
    write("first.mjs", moduleOf("TakenName"));
    write("second.mjs", moduleOf("TakenName"));
    assert.equal((await imported("./first.mjs")).state, "imported");
    const reason = await refused("./second.mjs", "catalogue-clash", /TakenName/);
    assert.ok(reason.includes("first.mjs") && reason.includes("second.mjs"), reason);
  });

  it("refuses a package for another runtime version or machine", async () => {
    writePackage("newer", { name: "@me/newer", actor: "Newer", manifest: { engines: { deno: ">=99", bun: ">=99" } } });
    await refused("./newer", "plugin-unsuited", /@me\/newer 1\.0\.0 needs (Deno|Bun) >=99; this is/);
    writePackage("node_modules/@me/mac", { name: "@me/mac", actor: "Mac", manifest: { os: ["darwin"] } });
    if (process.platform !== "darwin") await refused("@me/mac", "plugin-unsuited", /made for darwin; this machine is/);
    assert.ok(!catalogue().some(({ name }) => name === "Newer"), "it was not loaded");
  });

  it("refuses two versions of core in one program, with both and where they are", async () => {
    const [core] = programPackages();
    const sham = join(scratch, "foreign/node_modules/@streamlib/core");
    write(
      "foreign/node_modules/@streamlib/core/package.json",
      '{ "name": "@streamlib/core", "version": "0.0.9", "exports": "./mod.js" }',
    );
    write(
      "foreign/node_modules/@streamlib/core/mod.js",
      `export function register(name, module) {
  const actorClass = class {};
  globalThis[Symbol.for("@streamlib/core/catalogue/1")].set(name, { name, module, actorClass });
}
`,
    );
    write(
      "foreign/node_modules/seen/mod.mjs",
      'import { register } from "@streamlib/core"; register("Foreign", import.meta.url);\n',
    );
    write("foreign/node_modules/unseen/mod.mjs", 'import "@streamlib/core";\n');
    for (const file of ["seen", "unseen"]) {
      const reason = await refused(
        `./foreign/node_modules/${file}/mod.mjs`,
        "version-clash",
        /^two versions of core in one program: /,
      );
      for (const part of ["0.0.9", sham, core.version, core.folder]) assert.ok(reason.includes(part), reason);
      await refused(`./foreign/node_modules/${file}/mod.mjs`, "version-clash", /^two versions of core/);
    }
  });

  it("says what is wrong with a plugin's native library: cut short, or of another ABI", async () => {
    const whole = readFileSync(load().library.path);
    const open = (call: string): string =>
      `import * as ffi from "@streamlib/ffi";\nconst path = new URL("./native.so", import.meta.url).pathname;\n${call};\n`;
    write("short/native.so", whole.subarray(0, 5000));
    write("short/mod.mjs", open('ffi.openSharedLibrary(path, { f: { parameters: [], result: "void" } })'));
    await refused(
      "./short/mod.mjs",
      "plugin-failed",
      /the file is cut short: it has 5000 of \d+ bytes \(cannot_open\)/,
    );

    const hash = Buffer.alloc(8);
    hash.writeBigUInt64LE(abiHash);
    const other = Buffer.from(whole);
    const places: number[] = [];
    for (let at = other.indexOf(hash); at >= 0; at = other.indexOf(hash, at + 1)) places.push(at);
    assert.ok(places.length > 0, "the hash is a constant of the library");
    for (const at of places) other[at] ^= 1;
    write("abi/native.so", other);
    write("abi/mod.mjs", open("ffi.openLibrary(path)"));
    await refused("./abi/mod.mjs", "plugin-failed", /it has ABI version .* needs version .*\(wrong_abi\)$/);
  });

  it("says for which platforms there is a library, on one that has none", async () => {
    write(
      "platform.mjs",
      'import { locate } from "@streamlib/ffi";\nlocate("file:///nowhere/ffi/locate.ts", "plan9-mips");\n',
    );
    const before = process.env.STREAMLIB_LIBRARY;
    delete process.env.STREAMLIB_LIBRARY;
    try {
      await refused(
        "./platform.mjs",
        "plugin-failed",
        /there is none for plan9-mips, only for .*\(unsupported_platform\)/,
      );
    } finally {
      if (before !== undefined) process.env.STREAMLIB_LIBRARY = before;
    }
  });
});
