import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { runProgram } from "../testing/run_program.ts";
import { type CompiledShader, compileShader } from "./compile_shader.ts";
import { cachePath, prune, readCache, shaderCacheFolder, writeCache } from "./shader_cache.ts";
import { ShaderError } from "./shader_error.ts";

const SLOW = { timeout: 60_000 };
const SOURCE = "layout(local_size_x = 1) in;\n#extension GL_FOO_bar : enable\nvoid main() {}\n";
const OTHER = SOURCE.replace("1)", "2)");
const folders: string[] = [];

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "streamlib-shaders-"));
  folders.push(folder);
  return folder;
}

function compile(cache: string | false, source: string = SOURCE): Promise<CompiledShader> {
  return compileShader({ source, language: "glsl", stage: "compute", cache });
}

/** The only entry of a folder. */
function entryOf(folder: string): string {
  const names = readdirSync(folder);
  assert.equal(names.length, 1, names.join());
  return join(folder, names[0]);
}

describe("the cache of shaders", SLOW, () => {
  after(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  it("stores what was compiled, and gives the same back without compiling", SLOW, async () => {
    const folder = join(makeFolder(), "not", "there", "yet");
    const made = await compile(folder);
    assert.equal(made.cache, "stored");
    assert.equal(made.warnings.length, 1);
    const again = await compile(folder);
    assert.deepEqual({ ...again, cache: "stored" }, made);
    assert.equal(again.cache, "hit");
    const other = await compile(false, OTHER);
    await writeCache(folder, entryOf(folder), { words: other.words, warnings: [] });
    assert.deepEqual((await compile(folder)).words, other.words, "read and not compiled");
    assert.equal(statSync(folder).mode & 0o777, 0o700);
  });

  it("has entries for each text, stage, language and name", SLOW, async () => {
    const folder = makeFolder();
    const given = { source: SOURCE, language: "glsl", stage: "compute", cache: folder } as const;
    const different = [
      given,
      { ...given, source: OTHER },
      { ...given, source: SOURCE.replace("GL_FOO_bar : enable", "GL_FOO_baz : enable") },
      { ...given, name: "other" },
      { ...given, preamble: "const int A = 1;" },
      { ...given, source: `#include "a"\n${SOURCE}`, includes: { a: "const int A = 1;" } },
      { ...given, source: `#include "a"\n${SOURCE}`, includes: { a: "const int A = 2;" } },
      { ...given, language: "wgsl", source: "@compute @workgroup_size(1) fn main() {}" },
    ] as const;
    for (const options of different) assert.equal((await compileShader(options)).cache, "stored");
    for (const options of different) assert.equal((await compileShader(options)).cache, "hit");
    assert.equal(readdirSync(folder).length, different.length);
  });

  it("stores nothing that does not compile, and nothing when it is off", SLOW, async () => {
    const folder = makeFolder();
    await assert.rejects(compile(folder, "void main() { q; }"), ShaderError);
    assert.deepEqual(readdirSync(folder), []);
    assert.equal((await compile(false)).cache, "off");
  });

  it("replaces entries that are damaged, wherever", SLOW, async () => {
    const folder = makeFolder();
    const { words } = await compile(folder);
    const path = entryOf(folder);
    const good = readFileSync(path);
    const damaged = [
      new Uint8Array(0),
      new Uint8Array(100),
      new TextEncoder().encode("{}\n1234"),
      new TextEncoder().encode("null\n1234"),
      good.subarray(0, good.length - 4),
      good.subarray(0, 70),
      ...[10, 100, good.length - 1].map((at) => {
        const copy = Uint8Array.from(good);
        copy[at] ^= 1;
        return copy;
      }),
    ];
    for (const bytes of damaged) {
      writeFileSync(path, bytes);
      const shader = await compile(folder);
      assert.equal(shader.cache, "stored");
      assert.deepEqual(shader.words, words);
      assert.deepEqual(readFileSync(entryOf(folder)), good);
    }
  });

  it("compiles where it cannot write, and says why it did not store", SLOW, async () => {
    const file = join(makeFolder(), "file");
    writeFileSync(file, "");
    for (const folder of [file, join(file, "below")]) {
      const shader = await compile(folder);
      assert.equal(shader.cache, "refused");
      assert.match(shader.cacheRefusal!, /EEXIST|ENOTDIR|not a directory|exists/i);
      assert.equal(shader.entryPoint, "main");
    }
  });

  it("takes many writers of the same entries at once, in several processes", SLOW, async () => {
    const folder = makeFolder();
    const results = await Promise.all([0, 1, 2].map(() => runProgram("cache_writer.ts", [folder, "20"])));
    for (const { code, out, errors } of results) assert.deepEqual([code, out, errors], [0, "ok\n", ""]);
    const names = readdirSync(folder);
    assert.equal(names.length, 20, names.join());
    for (const name of names) assert.ok(await readCache(join(folder, name)), name);
  });

  it("is bounded: the oldest entries go, and what nobody finished", SLOW, async () => {
    const folder = makeFolder();
    const output = { words: new Uint32Array([1, 2]), warnings: [] };
    const paths: string[] = [];
    for (let index = 0; index < 9; index++) {
      paths.push(cachePath(folder, [String(index)]));
      await writeCache(folder, paths[index], output);
      utimesSync(paths[index], 1000 + index, 1000 + index);
    }
    writeFileSync(`${paths[0]}.old`, "");
    utimesSync(`${paths[0]}.old`, 1000, 1000);
    writeFileSync(`${paths[0]}.fresh`, "");
    writeFileSync(join(folder, "notes.txt"), "");
    await prune(folder, 20);
    assert.equal(readdirSync(folder).length, 12);
    await prune(folder, 8);
    const left = readdirSync(folder).map((name) => join(folder, name)).sort();
    assert.deepEqual(left, [...paths.slice(3), `${paths[0]}.fresh`, join(folder, "notes.txt")].sort());
  });

  it("lies where the system wants caches", () => {
    const before = process.env.XDG_CACHE_HOME;
    try {
      process.env.XDG_CACHE_HOME = "/somewhere";
      assert.equal(shaderCacheFolder(), join("/somewhere", "streamlib", "shaders"));
      for (const wrong of ["relative", ""]) {
        process.env.XDG_CACHE_HOME = wrong;
        assert.match(shaderCacheFolder(), /[/\\]\.cache[/\\]streamlib[/\\]shaders$/);
      }
    } finally {
      if (before === undefined) delete process.env.XDG_CACHE_HOME;
      else process.env.XDG_CACHE_HOME = before;
    }
  });
});
