/** The native library of programs whose modules come from JSR: Deno fetches its npm package, nothing is installed. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "@std/testing/bdd";
import { platformName } from "../../ffi/locate.ts";
import { findRuntimes, ROOT } from "../../tests/setup.ts";
import { makeOutside, STRANGER } from "../outside.ts";
import { runProgram } from "../workspace.ts";
import { nativePackageName, writeNativePackage } from "./native_package.ts";

const VERSION = "0.0.7";

const program = (origin: string): string => `
import { fetchLibrary, load } from "${origin}/@streamlib/ffi/${VERSION}/mod.ts";
await fetchLibrary();
try {
  console.log(load().library.path);
} catch (thrown) {
  console.log(thrown.code + ": " + thrown.message);
}
`;

describe("ffi from JSR", { timeout: 120_000 }, () => {
  const name = nativePackageName(platformName());
  let outside = "";
  let origin = "";
  let server: Server;
  /** Whether the registry has the package. */
  let isPublished = true;

  before(async () => {
    outside = makeOutside("jsr-native");
    writeNativePackage(platformName(), VERSION, join(outside, "native"));
    runProgram("npm", ["pack", "--loglevel=error", `--pack-destination=${outside}`, join(outside, "native")]);
    const tarball = readFileSync(join(outside, readdirSync(outside).find((file) => file.endsWith(".tgz"))!));
    const manifest = JSON.parse(readFileSync(join(outside, "native/package.json"), "utf8"));
    const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
    /** What a path gives: sources as JSR has them, and a registry of one npm package. */
    const contentOf = (path: string): string | Uint8Array | undefined => {
      const source = path.replace(`/@streamlib/ffi/${VERSION}/`, "");
      if (path === "/native.tgz") return tarball;
      if (path === `/${name}` && isPublished) {
        const dist = { tarball: `${origin}/native.tgz`, integrity };
        const versions = { [VERSION]: { ...manifest, dist } };
        return JSON.stringify({ name, "dist-tags": { latest: VERSION }, versions });
      }
      return /^[a-z0-9_.]+\.ts$/.test(source) ? readFileSync(join(ROOT, "ffi", source)) : undefined;
    };
    server = createServer((request, response) => {
      const path = decodeURIComponent(request.url!);
      const content = contentOf(path);
      if (path.endsWith(".ts")) response.setHeader("content-type", "application/typescript");
      response.writeHead(content === undefined ? 404 : 200).end(content);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    writeFileSync(join(outside, "program.ts"), program(origin));
  });

  after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(outside, { recursive: true, force: true });
  });

  /** What the program says, with a cache of its own. */
  async function run(cache: string): Promise<string> {
    const environment = { ...process.env, ...STRANGER, DENO_DIR: join(outside, cache), NPM_CONFIG_REGISTRY: origin };
    const words = ["run", "-A", "--no-lock", "--no-check", "--quiet", "--no-config", "program.ts"];
    const child = spawn(findRuntimes().deno, words, { cwd: outside, env: environment });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Uint8Array) => said += part);
    await once(child, "close");
    return said.trim();
  }

  it("finds the library in the package that it asks for, in its own version", { timeout: 60_000 }, async () => {
    const path = await run("cache");
    assert.ok(path.startsWith(join(outside, "cache")) && path.endsWith("libstreamlib.so"), path);
    assert.ok(path.includes(`${name}/${VERSION}/`), path);
  });

  it("says why where there is no such package", { timeout: 60_000 }, async () => {
    isPublished = false;
    const said = await run("other_cache");
    assert.match(said, /^library_not_found: Cannot find libstreamlib; to mend it, install @streamlib\/native-/);
    assert.match(said, /npm:@streamlib\/native-.*not.*found|npm:@streamlib\/native-.*(does not exist|404)/i);
  });
});
