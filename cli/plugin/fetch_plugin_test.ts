/** Plugins from a registry on this machine, fetched by npm and by Bun. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { after, before, describe, it } from "@std/testing/bdd";
import { findActor } from "@streamlib/core";
import { findRuntimes } from "../../tests/setup.ts";
import { importPlugin } from "../plugins.ts";
import { type FetchOptions, fetchPlugin, pluginsFolder } from "./fetch_plugin.ts";
import { thisPlace } from "./holder.ts";
import { PACKAGE_MANAGERS } from "./package_manager.ts";
import { LOCK_FILE, writeLocked } from "./plugin_lock.ts";
import { parsePluginSpecifier } from "./plugin_specifier.ts";
import { programPackages } from "./program_packages.ts";
import { LocalRegistry } from "./testdata/local_registry.ts";
import { forgetActors, samplePlugin } from "./testdata/sample_plugin.ts";

const TIME = { timeout: 120_000 };

/** The registry of these tests plays JSR too. */
const JSR = "jsr";

/** What npx has set for its own programs would count more than what is set here. */
const inherited = Object.entries(process.env).filter(([name]) => /^npm_/i.test(name));
const caches = ["BUN_INSTALL_CACHE_DIR", "DENO_DIR"].map((name) => [name, process.env[name]] as const);
let registry: LocalRegistry;
let scratch = "";
let folders = 0;

before(async () => {
  for (const [name] of inherited) delete process.env[name];
  registry = await LocalRegistry.start();
  scratch = mkdtempSync(join(tmpdir(), "streamlib-plugins-"));
  // Deno takes no folder in place of a package, and fetches this one; nothing uses it.
  const [{ name, version }] = programPackages();
  registry.serve(
    samplePlugin({ name, version, module: "throw new Error('another core');", manifest: { dependencies: {} } }),
  );
});

after(() => {
  registry.stop();
  forgetActors(scratch);
  rmSync(scratch, { recursive: true, force: true });
  for (const [name, value] of [...inherited, ...caches]) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

interface Place extends FetchOptions {
  readonly store: string;
}

/** An empty folder whose packages come from the registry here, or from `origin`, and were never asked for before. */
function emptyPlace(origin: string = registry.origin): Place {
  const folder = join(scratch, String(folders++));
  mkdirSync(folder);
  const settings = [`registry=${origin}/`, `@jsr:registry=${origin}/`, `cache=${join(folder, "cache")}`];
  writeFileSync(join(folder, ".npmrc"), `${settings.join("\n")}\n`);
  for (const [name] of caches) process.env[name] = join(folder, name);
  return { folder, store: join(folder, "store") };
}

async function fetched(text: string, options: FetchOptions): Promise<string> {
  const specifier = parsePluginSpecifier(text, options.folder);
  assert.ok(specifier.kind === "registry");
  return await fetchPlugin(text, specifier.source, options, ({ path }) => Promise.resolve(path));
}

function lockOf({ folder }: FetchOptions): unknown {
  return JSON.parse(readFileSync(join(folder, LOCK_FILE), "utf8"));
}

/** What is left of an attempt that failed: nothing but an empty store. */
function assertNothingLeft({ folder, store }: Place): void {
  assert.deepEqual(existsSync(store) ? readdirSync(store) : [], []);
  assert.deepEqual(readdirSync(folder).filter((name) => name.includes("lock")), []);
}

const runtimes: Readonly<Record<string, string>> = { ...findRuntimes() };

for (const known of PACKAGE_MANAGERS) {
  const manager = { ...known, command: runtimes[known.name] ?? known.command };
  const managers = [manager];
  describe(`fetchPlugin() by ${manager.name}`, { timeout: 300_000 }, () => {
    it("fetches a plugin and writes its version and sum down; then it needs no registry", TIME, async () => {
      const actor = `Glow${manager.name}`;
      const integrity = registry.serve(samplePlugin({ name: `@me/glow-${manager.name}`, actor }));
      const place = { ...emptyPlace(), managers };
      const text = `npm:@me/glow-${manager.name}@^1`;
      const path = await fetched(text, place);
      assert.deepEqual(lockOf(place), { version: 1, plugins: { [text]: { version: "1.0.0", integrity } } });
      await import(pathToFileURL(path).href);
      assert.equal(findActor(actor).name, actor, "it is registered in the core of this program");
      const asked = registry.asked.length;
      assert.equal(await fetched(text, { ...place, isFrozen: true }), path);
      assert.equal(registry.asked.length, asked);
    });

    it("gives it the core of the program", TIME, async () => {
      registry.serve(samplePlugin());
      const place = { ...emptyPlace(), managers };
      const asked = registry.asked.length;
      const path = await fetched("npm:@me/glow", place);
      const others = registry.asked.slice(asked).filter((one) => !one.startsWith("@me/glow"));
      assert.equal(others.length === 0, manager.takesFolders, others.join());
      const [one] = readdirSync(place.store);
      const cores = readdirSync(join(place.store, one), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith("@streamlib/core"));
      const [core] = programPackages();
      for (const name of cores) {
        assert.equal(realpathSync(join(place.store, one, name)), core.folder);
      }
      assert.ok(cores.length > 0);
      assert.ok(path.startsWith(join(place.store, one)));
      assert.ok(!existsSync(join(place.store, one, ".npmrc")), "settings may have secrets");
      assert.deepEqual(readdirSync(place.folder).filter((name) => name.endsWith(".pid")), []);
    });

    it("keeps to the version that is written down, though there is a newer one", TIME, async () => {
      const name = `@me/old-${manager.name}`;
      registry.serve(samplePlugin({ name }));
      const place = { ...emptyPlace(), managers };
      await fetched(`npm:${name}@^1`, place);
      registry.serve(samplePlugin({ name, version: "1.1.0" }));
      const path = await fetched(`npm:${name}@^1`, { ...place, store: join(place.folder, "other") });
      assert.ok(path.includes(`@me+old-${manager.name}@1.0.0-`), path);
      const newest = await fetched(`npm:${name}@^1`, { ...emptyPlace(), managers });
      assert.ok(newest.includes(`@me+old-${manager.name}@1.1.0-`), newest);
    });

    it("refuses another content of the same version, naming both sums", TIME, async () => {
      const name = `@me/changed-${manager.name}`;
      const integrity = registry.serve(samplePlugin({ name }));
      const place = { ...emptyPlace(), managers };
      await fetched(`npm:${name}@1.0.0`, place);
      const lock = lockOf(place);
      const other = registry.serve(samplePlugin({ name, actor: "Evil" }));
      const fresh = emptyPlace();
      writeFileSync(join(fresh.folder, LOCK_FILE), JSON.stringify(lock));
      await assert.rejects(fetched(`npm:${name}@1.0.0`, { ...fresh, managers }), (error: Error & { code: string }) => {
        assert.equal(error.code, "plugin-changed");
        assert.ok(error.message.includes(integrity) && error.message.includes(other), error.message);
        return true;
      });
      assert.deepEqual(readdirSync(fresh.store), []);
      assert.deepEqual(lockOf(fresh), lock);
    });

    it("names a package, and a version, that the registry does not have", TIME, async () => {
      const place = { ...emptyPlace(), managers };
      await assert.rejects(fetched("npm:@streamlib/vidoe", { ...place, own: programPackages().slice(0, 1) }), {
        code: "plugin-missing",
        message: /has no npm:@streamlib\/vidoe@latest; did you mean @streamlib\/video\?/,
      });
      for (const name of ["@me/glow", "p-timeout", "integrity-e404"]) {
        registry.serve(samplePlugin({ name }));
        const wanted = { code: "plugin-missing", message: new RegExp(`has no npm:${name}@\\^7`) };
        await assert.rejects(fetched(`npm:${name}@^7`, place), wanted);
      }
      assertNothingLeft(place);
    });

    it("says so where the registry does not answer", TIME, async () => {
      const place = { ...emptyPlace("http://127.0.0.1:9"), managers };
      for (const text of ["npm:@me/glow", `${JSR}:@me/glow`]) {
        const message = new RegExp(`the registry of ${text}@latest cannot be reached`);
        await assert.rejects(fetched(text, place), { code: "plugin-unreachable", message });
      }
      assertNothingLeft(place);
    });
  });
}

describe("fetchPlugin()", { timeout: 300_000 }, () => {
  it("refuses what is not written down if it is frozen", TIME, async () => {
    registry.serve(samplePlugin());
    const place = emptyPlace();
    const refusal = { code: "plugin-lock", message: /streamlib\.lock\.json has no entry for it; .* --frozen/ };
    await assert.rejects(fetched("npm:@me/glow", { ...place, isFrozen: true }), refusal);
    assertNothingLeft(place);
  });

  it("refuses a plugin for another version of core, naming both", TIME, async () => {
    const manifest = { dependencies: {}, peerDependencies: { "@streamlib/core": "^9.1.0" } };
    for (
      const [name, more] of [["@me/peer", manifest], ["@me/far", { dependencies: manifest.peerDependencies }]] as const
    ) {
      registry.serve(samplePlugin({ name, manifest: more }));
      const place = emptyPlace();
      const [core] = programPackages();
      await assert.rejects(fetched(`npm:${name}`, place), (error: Error & { code: string }) => {
        assert.equal(error.code, "version-clash");
        const told = `${name} 1.0.0 needs @streamlib/core ^9.1.0, this program has ${core.version} in ${core.folder}`;
        assert.ok(error.message.includes(told), error.message);
        return true;
      });
      assertNothingLeft(place);
    }
  });

  it("refuses a plugin for another runtime version or machine", TIME, async () => {
    const versions = { deno: "2.8.0", bun: "1.3.0" };
    registry.serve(samplePlugin({ name: "@me/new", manifest: { engines: { deno: ">=2.9", bun: ">=1.4" } } }));
    for (const [name, version] of Object.entries(versions)) {
      const place = { ...emptyPlace(), host: { os: "linux", cpu: "x64", versions: { [name]: version } } };
      await assert.rejects(fetched("npm:@me/new", place), {
        code: "plugin-unsuited",
        message: /1\.0\.0 needs (Deno|Bun) >=/,
      });
      assertNothingLeft(place);
    }
    registry.serve(samplePlugin({ name: "@me/mac", manifest: { os: ["darwin"] } }));
    for (const host of [undefined, { os: "win32", cpu: "x64", versions: {} }]) {
      const place = emptyPlace();
      await assert.rejects(fetched("npm:@me/mac", { ...place, ...(host ? { host } : {}) }), {
        code: "plugin-unsuited",
      });
      assertNothingLeft(place);
    }
  });

  it("fetches once for several that ask at once", TIME, async () => {
    registry.serve(samplePlugin({ name: "@me/busy" }));
    const place = emptyPlace();
    const paths = await Promise.all([1, 2, 3].map(() => fetched("npm:@me/busy", place)));
    assert.equal(new Set(paths).size, 1);
    assert.equal(registry.asked.filter((one) => one === "@me/busy/-/1.0.0.tgz").length, 1);
    assert.equal(readdirSync(place.store).length, 1);
  });

  it("installs for several folders into one store, and the first stays", TIME, async () => {
    registry.serve(samplePlugin({ name: "@me/shared" }));
    const [a, b] = [emptyPlace(), emptyPlace()];
    const paths = await Promise.all([a, b].map((place) => fetched("npm:@me/shared", { ...place, store: a.store })));
    assert.equal(paths[0], paths[1]);
    assert.equal(readdirSync(a.store).length, 1);
    assert.deepEqual(lockOf(a), lockOf(b));
  });

  it("removes what a program left behind that has died, or that ran long ago", TIME, async () => {
    registry.serve(samplePlugin());
    const place = emptyPlace();
    const here = createHash("sha256").update(thisPlace()).digest("hex").slice(0, 16);
    const [dead, elsewhere, old] = [`${here}-99999999`, `${"0".repeat(16)}-99999999`, `${"0".repeat(16)}-1`]
      .map((mark) => join(place.store, `.staging-${mark}-x`));
    for (const folder of [dead, elsewhere, old]) mkdirSync(folder, { recursive: true });
    const longAgo = new Date(Date.now() - 2 * 3_600_000);
    utimesSync(old, longAgo, longAgo);
    await fetched("npm:@me/glow", place);
    assert.deepEqual([dead, elsewhere, old].map((folder) => existsSync(folder)), [false, true, false]);
  });

  it("holds no lock while a plugin is loaded, which may fetch another one", TIME, async () => {
    registry.serve(samplePlugin({ name: "@me/outer" }));
    registry.serve(samplePlugin({ name: "@me/inner" }));
    const place = emptyPlace();
    const specifier = parsePluginSpecifier("npm:@me/outer", place.folder);
    assert.ok(specifier.kind === "registry");
    const inner = await fetchPlugin("npm:@me/outer", specifier.source, place, () => fetched("npm:@me/inner", place));
    assert.ok(inner.includes("@me+inner@1.0.0-"), inner);
    const { plugins } = lockOf(place) as { plugins: object };
    assert.deepEqual(Object.keys(plugins), ["npm:@me/inner", "npm:@me/outer"]);
  });

  it("is refused under --frozen where Deno would fetch it by itself, without the sum", TIME, async () => {
    const name = "@me/in-the-cache";
    registry.serve(samplePlugin({ name, module: 'throw new Error("it is not a dependency");' }));
    const place = emptyPlace();
    const earlier = process.env.XDG_DATA_HOME;
    process.env.XDG_DATA_HOME = place.store;
    try {
      await fetched(`npm:${name}`, { ...place, store: pluginsFolder() });
      const { code, reason } = await importPlugin(`npm:${name}`, { folder: place.folder, isFrozen: true });
      assert.equal(code, "plugin-lock");
      assert.match(
        reason ?? "",
        /^Deno runs streamlib out of its own cache .* without the sum in streamlib\.lock\.json/,
      );
    } finally {
      if (earlier === undefined) delete process.env.XDG_DATA_HOME;
      else process.env.XDG_DATA_HOME = earlier;
    }
  });

  it("refuses what another program has written down otherwise meanwhile", TIME, async () => {
    registry.serve(samplePlugin());
    const place = emptyPlace();
    const specifier = parsePluginSpecifier("npm:@me/glow", place.folder);
    assert.ok(specifier.kind === "registry");
    const use = (): Promise<void> => {
      writeLocked(place.folder, "npm:@me/glow", { version: "1.2.3", integrity: "sha512-AA==" });
      return Promise.resolve();
    };
    const refusal = { code: "plugin-lock", message: /has 1\.2\.3 by now, .* imported 1\.0\.0; start it again/ };
    await assert.rejects(fetchPlugin("npm:@me/glow", specifier.source, place, use), refusal);
  });

  it("asks the registry of the folder, though npx or npm run name another one", TIME, async () => {
    registry.serve(samplePlugin({ name: "@me/under-npx" }));
    const names = ["npm_config_registry", "NPM_CONFIG_FETCH_RETRIES"];
    [process.env[names[0]], process.env[names[1]]] = ["http://127.0.0.1:9/", "0"];
    try {
      assert.ok((await fetched("npm:@me/under-npx", emptyPlace())).includes("@me+under-npx@1.0.0-"));
    } finally {
      for (const name of names) delete process.env[name];
    }
  });

  it("ends a package manager that takes too long", TIME, async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    try {
      const place = emptyPlace(`http://127.0.0.1:${(silent.address() as { port: number }).port}`);
      const refusal = { code: "plugin-unreachable", message: /ETIMEDOUT: not done within 2 s/ };
      await assert.rejects(fetched("npm:@me/glow", { ...place, limitMs: 2000 }), refusal);
      assertNothingLeft(place);
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });

  it("leaves nothing behind, and no package manager, where the program is told to end", TIME, async () => {
    const asked = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    const silent = createServer((request) => {
      asked.resolve();
      request.socket.on("close", () => gone.resolve());
    }).listen(0, "127.0.0.1");
    await once(silent, "listening");
    try {
      const place = emptyPlace(`http://127.0.0.1:${(silent.address() as { port: number }).port}`);
      const program = new URL("./testdata/fetching_program.ts", import.meta.url).pathname;
      const words = process.versions.deno === undefined ? [program] : ["run", "-A", "--no-check", program];
      const child = spawn(process.execPath, [...words, place.folder, place.store], { stdio: "inherit" });
      const ended = once(child, "exit");
      await asked.promise;
      child.kill("SIGTERM");
      assert.deepEqual(await ended, [null, "SIGTERM"]);
      await gone.promise;
      assertNothingLeft(place);
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });

  it("gives the program's own package and no second one", TIME, async () => {
    const [core] = programPackages();
    const own = [{ ...core, name: "@streamlib/core", version: "0.1.0" }];
    const place = { ...emptyPlace(), own };
    assert.ok((await fetched("npm:@streamlib/core@^0.1.0", place)).startsWith(core.folder));
    assertNothingLeft(place);
    await assert.rejects(fetched(`${JSR}:@streamlib/core@^3`, place), {
      code: "version-clash",
      message: /0\.1\.0.*\^3/,
    });
  });

  it("gives packages of JSR the core of the program too", TIME, async () => {
    const manifest = { dependencies: { "@jsr/streamlib__core": ">=0.1.0" } };
    const text = samplePlugin({ name: "@jsr/me__shine", actor: "Shine", manifest });
    registry.serve({ ...text, "mod.js": text["mod.js"].replace("@streamlib/core", "@jsr/streamlib__core") });
    const place = emptyPlace();
    const path = await fetched(`${JSR}:@me/shine@^1`, place);
    await import(pathToFileURL(path).href);
    assert.equal(findActor("Shine").name, "Shine");
  });

  it("says what can install, where nothing can", TIME, async () => {
    const place = {
      ...emptyPlace(),
      managers: PACKAGE_MANAGERS.map((one) => ({ ...one, command: "no-such-program" })),
    };
    const refusal = { code: "plugin-failed", message: /none of npm, bun, deno is on PATH/ };
    await assert.rejects(fetched("npm:@me/glow", place), refusal);
    assertNothingLeft(place);
  });
});
