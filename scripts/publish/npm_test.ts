import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "@std/testing/bdd";
import { makeOutside } from "../outside.ts";
import { runProgram } from "../workspace.ts";
import { type Publishable, publishToNpm } from "./npm.ts";

describe("publishToNpm()", { timeout: 600_000 }, () => {
  const settings = ["NPM_CONFIG_REGISTRY", "NPM_CONFIG_USERCONFIG", "NPM_CONFIG_FETCH_RETRIES"];
  /** What npx has set for its own programs, in small letters, would count as much as what is set here. */
  const inherited = Object.keys(process.env).filter((name) => /^npm_/i.test(name));
  const environment = [...new Set([...settings, ...inherited])].map((name) => [name, process.env[name]] as const);
  const packages: Publishable[] = [];
  /** What the registry has, `name@version`, and the tag that each came with. */
  const published = new Map<string, string>();
  let refused = "";
  let outside = "";
  let server: Server;

  before(async () => {
    for (const name of inherited) delete process.env[name];
    outside = makeOutside("npm");
    for (
      const [name, version] of [["@house/native", "1.0.0"], ["@house/core", "1.0.0"], ["@house/app", "1.1.0-rc.1"]]
    ) {
      const folder = join(outside, name);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "package.json"), JSON.stringify({ name, version }));
      const file = runProgram("npm", ["pack", "--loglevel=error", `--pack-destination=${outside}`, folder]).trim();
      packages.push({ name, version, tarball: join(outside, file) });
    }
    server = createServer(async (request, response) => {
      const name = decodeURIComponent(request.url!.slice(1).split("?")[0]);
      let body = "";
      for await (const part of request) body += part;
      if (request.method === "PUT" && name === refused) {
        return void response.writeHead(403).end(JSON.stringify({ error: "not yours" }));
      }
      if (request.method === "PUT") {
        const tags = Object.entries(JSON.parse(body)["dist-tags"] as Record<string, string>);
        for (const [tag, version] of tags) published.set(`${name}@${version}`, tag);
        return void response.writeHead(201).end("{}");
      }
      const versions = [...published.keys()].filter((key) => key.startsWith(`${name}@`))
        .map((key) => key.slice(name.length + 1));
      if (versions.length === 0) return void response.writeHead(404).end(JSON.stringify({ error: "Not found" }));
      const entries = versions.map((version) => [version, { name, version, dist: { tarball: "http://127.0.0.1/" } }]);
      const tags = { latest: versions[0] };
      response.end(JSON.stringify({ name, "dist-tags": tags, versions: Object.fromEntries(entries) }));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const host = `127.0.0.1:${(server.address() as { port: number }).port}`;
    writeFileSync(join(outside, "npmrc"), `//${host}/:_authToken=none\n`);
    process.env.NPM_CONFIG_REGISTRY = `http://${host}/`;
    process.env.NPM_CONFIG_USERCONFIG = join(outside, "npmrc");
    process.env.NPM_CONFIG_FETCH_RETRIES = "0";
  });

  after(() => {
    server.closeAllConnections();
    server.close();
    for (const [name, value] of environment) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    rmSync(outside, { recursive: true, force: true });
  });

  it(
    "stops at a package that npm refuses, and goes on from there when it is run again",
    { timeout: 300_000 },
    async () => {
      refused = "@house/core";
      const said: string[] = [];
      await assert.rejects(
        publishToNpm(packages, [], (line) => said.push(line)),
        /Cannot publish @house\/core 1\.0\.0: .*/,
      );
      assert.deepEqual([...published], [["@house/native@1.0.0", "latest"]]);
      refused = "";
      await publishToNpm(packages, [], (line) => said.push(line));
      assert.deepEqual(said, [
        "@house/native 1.0.0: published",
        "@house/native 1.0.0: npm has it",
        "@house/core 1.0.0: published",
        "@house/app 1.1.0-rc.1: published",
      ]);
      assert.equal(published.get("@house/app@1.1.0-rc.1"), "next");
    },
  );

  it("says so where npm cannot be asked", { timeout: 60_000 }, async () => {
    const registry = process.env.NPM_CONFIG_REGISTRY;
    process.env.NPM_CONFIG_REGISTRY = "http://127.0.0.1:9/";
    try {
      await assert.rejects(publishToNpm(packages, [], () => {}), /Cannot ask npm for @house\/native 1\.0\.0: it says/);
    } finally {
      process.env.NPM_CONFIG_REGISTRY = registry;
    }
  });
});
