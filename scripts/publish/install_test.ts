/** Packages from a registry, as each package manager installs them, with the native library of the machine alone. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { basename, join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "@std/testing/bdd";
import { nativePlatforms, platformPackage } from "../../ffi/locate.ts";
import { packPackage } from "../../cli/plugin/testdata/local_registry.ts";
import { samplePlugin } from "../../cli/plugin/testdata/sample_plugin.ts";
import { findRuntimes } from "../../tests/setup.ts";
import { makeOutside, STRANGER } from "../outside.ts";
import { packAll } from "../pack.ts";
import { choiceOf, nativePackageName } from "./native_package.ts";

const program = (prefix: string): string => `
import { nativeState } from "${prefix}@streamlib/core";
import { TestPatternActor } from "${prefix}@streamlib/video";
const bars = new TestPatternActor({ width: 64, height: 36 });
await bars.ready;
await bars.stop();
console.log("library: " + (nativeState().library?.native.library.path ?? nativeState().reason));
`;

interface Served {
  readonly manifest: Readonly<Record<string, unknown>>;
  /** Path of the tarball. */
  readonly tarball: string;
}

describe("packages from a registry", { timeout: 240_000 }, () => {
  const { deno, bun } = findRuntimes();
  const served = new Map<string, Served>();
  let outside = "";
  let server: Server;
  let origin = "";

  before(async () => {
    outside = makeOutside("registry");
    server = createServer((request, response) => {
      const path = decodeURIComponent(request.url!.slice(1).split("?")[0]);
      const tarball = join(outside, "packs", basename(path));
      if (path.endsWith(".tgz")) return void response.end(readFileSync(tarball));
      const found = served.get(path);
      if (found === undefined) return void response.writeHead(404).end("{}");
      const { version } = found.manifest as { version: string };
      const integrity = `sha512-${createHash("sha512").update(readFileSync(found.tarball)).digest("base64")}`;
      const dist = { tarball: `${origin}/${basename(found.tarball)}`, integrity };
      const versions = { [version]: { ...found.manifest, dist } };
      response.end(JSON.stringify({ name: path, "dist-tags": { latest: version }, versions }));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  });

  after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(outside, { recursive: true, force: true });
  });

  async function run(command: string, words: readonly string[], cwd: string): Promise<string> {
    const env = {
      ...process.env,
      ...STRANGER,
      DENO_DIR: join(outside, "deno"),
      BUN_INSTALL_CACHE_DIR: join(outside, "bun"),
      XDG_DATA_HOME: join(outside, "data"),
    };
    const child = spawn(command, words, { cwd, env });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Uint8Array) => said += part);
    const [status] = await once(child, "close");
    assert.equal(status, 0, `${command} ${words.join(" ")}: ${said}`);
    return said;
  }

  /** An empty folder whose packages of ours come from the registry here. */
  function emptyFolder(name: string): string {
    const folder = join(outside, name);
    mkdirSync(folder);
    writeFileSync(join(folder, ".npmrc"), `@streamlib:registry=${origin}/\n@me:registry=${origin}/\n`);
    return folder;
  }

  function nativesIn(folder: string): string[] {
    const installed = readdirSync(join(folder, "node_modules/@streamlib")).filter((name) => name.startsWith("native-"));
    return installed.map((name) => `@streamlib/${name}`);
  }

  it("are packed, the library with a sham for each other platform", { timeout: 120_000 }, () => {
    for (const { name, folder, tarball } of packAll(join(outside, "packs"))) {
      served.set(name, { manifest: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")), tarball });
    }
    const own = served.get(platformPackage())!;
    for (const platform of nativePlatforms) {
      const name = nativePackageName(platform);
      const manifest = { ...own.manifest, name, ...choiceOf(platform) };
      if (!served.has(name)) served.set(name, { manifest, tarball: own.tarball });
    }
    assert.ok(served.size > nativePlatforms.length + 10);
  });

  it("are installed by npm for Bun and for Deno", { timeout: 120_000 }, async () => {
    const folder = emptyFolder("npm");
    writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
    const words = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "@streamlib/video"];
    await run("npm", words, folder);
    assert.deepEqual(nativesIn(folder), [platformPackage()]);
    writeFileSync(join(folder, "program.ts"), program(""));
    for (const [runtime, ...given] of [[bun, "run"], [deno, "run", "-A", "--no-lock"]]) {
      const said = await run(runtime, [...given, "program.ts"], folder);
      assert.ok(said.includes(`library: ${join(folder, "node_modules", platformPackage())}`), said);
    }
  });

  it(
    "are installed by npm with the library of another machine, when it is told of one",
    { timeout: 120_000 },
    async () => {
      for (const platform of ["darwin-arm64", "darwin-x64", "win32-x64", "linux-arm64-musl"]) {
        const folder = emptyFolder(`npm-${platform}`);
        writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
        const machine = Object.entries(choiceOf(platform))
          .flatMap(([name, values]) => (values ?? []).map((value) => `--${name}=${value}`));
        const words = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", ...machine];
        await run("npm", [...words, "@streamlib/ffi"], folder);
        assert.deepEqual(nativesIn(folder), [nativePackageName(platform)]);
      }
    },
  );

  it("are installed by Bun", { timeout: 120_000 }, async () => {
    const folder = emptyFolder("bun-project");
    writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
    await run(bun, ["add", "--ignore-scripts", "@streamlib/video"], folder);
    assert.deepEqual(nativesIn(folder), [platformPackage()]);
    writeFileSync(join(folder, "program.ts"), program(""));
    const said = await run(bun, ["run", "program.ts"], folder);
    assert.ok(said.includes(`library: ${join(folder, "node_modules", platformPackage())}`), said);
  });

  it("are fetched by Deno for a program that names them", { timeout: 120_000 }, async () => {
    const folder = emptyFolder("deno-project");
    writeFileSync(join(folder, "deno.json"), '{ "nodeModulesDir": "none" }');
    writeFileSync(join(folder, "program.ts"), program("npm:"));
    const said = await run(deno, ["run", "-A", "--no-lock", "program.ts"], folder);
    assert.match(said, new RegExp(`library: ${join(outside, "deno")}.*${platformPackage()}/.*libstreamlib`), said);
  });

  it("give the command, which fetches a plugin and runs it in a thread", { timeout: 240_000 }, async () => {
    const files = samplePlugin();
    const tarball = join(outside, "packs/glow.tgz");
    writeFileSync(tarball, packPackage(files));
    served.set("@me/glow", { manifest: JSON.parse(files["package.json"]), tarball });
    const words = ["run", "--plugin", "npm:@me/glow@^1", "--stats", "glow @thread"];
    const installed = emptyFolder("command");
    writeFileSync(join(installed, "package.json"), '{ "private": true, "type": "module" }');
    const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
    await run("npm", ["install", ...flags, "@streamlib/cli"], installed);
    const main = "node_modules/@streamlib/cli/main.js";
    const fetched = emptyFolder("command-of-deno");
    writeFileSync(join(fetched, "deno.json"), '{ "nodeModulesDir": "none" }');
    for (
      const [folder, runtime, ...given] of [
        [installed, bun, "run", main],
        [installed, deno, "run", "-A", "--no-lock", main],
        [fetched, deno, "run", "-A", "--no-lock", "npm:@streamlib/cli/main"],
      ]
    ) {
      const said = await run(runtime, [...given, ...words], folder);
      assert.match(said, /^glow +.*stopped/m, said);
      const { plugins } = JSON.parse(readFileSync(join(folder, "streamlib.lock.json"), "utf8"));
      assert.equal(plugins["npm:@me/glow@^1"].version, "1.0.0");
    }
  });
});
