/** Holds the pictures of actors against the catalogue, and makes some anew. */
import { loadImage } from "@napi-rs/canvas";
import { loadNative } from "@streamlib/core";
import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { ROOT } from "../../../tests/setup.ts";
import { type InspectedActor, slugOf } from "../actor_page.ts";
import { ACTOR_PICTURES, pictureOf } from "./table.ts";
import { Sheet } from "./sheet.ts";

const SLOW = { timeout: 60_000 };
const BYTES_MAX = 60_000;
const { library } = await loadNative();
const scratch = mkdtempSync(join(tmpdir(), "streamlib-actor-pictures-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** A program of its own: the actors of `@streamlib/testing` have the names that core's tests use. */
function run(program: string, ...given: string[]): SpawnSyncReturns<string> {
  const allow = process.versions.deno === undefined ? [] : ["-A", "--no-check"];
  return spawnSync(process.execPath, ["run", ...allow, join(ROOT, program), ...given], {
    encoding: "utf8",
    cwd: ROOT,
    maxBuffer: 1 << 26,
  });
}

/** The pixels of a PNG. */
async function pixelsOf(path: string): Promise<{ width: number; height: number; data: Uint8ClampedArray }> {
  const image = await loadImage(readFileSync(path));
  const { width, height } = image;
  const { context } = new Sheet("", { width, height });
  context.drawImage(image, 0, 0);
  return { width, height, data: context.getImageData(0, 0, width, height).data };
}

describe("pictures of actors", SLOW, () => {
  it("every actor has one", SLOW, () => {
    const told = run("cli/main.ts", "inspect", "--json");
    assert.equal(told.status, 0, told.stderr);
    const actors = (JSON.parse(told.stdout) as InspectedActor[]).map(({ name }) => name).sort();
    assert.deepEqual(
      Object.keys(ACTOR_PICTURES).sort(),
      actors,
      "scripts/book/actor_pictures/table.ts has an entry for each actor; scripts/book/actor_pictures/main.ts makes its picture",
    );
  });

  it("each is a small file of a known size", async () => {
    for (const name of Object.keys(ACTOR_PICTURES)) {
      const { address } = pictureOf(name) ?? assert.fail(name);
      const path = join(ROOT, "docs", "public", address);
      assert.ok(readFileSync(path).length < BYTES_MAX, `${address}: too large`);
      const { width, height, data } = await pixelsOf(path);
      assert.ok(["480x270", "960x540"].includes(`${width}x${height}`), `${address}: ${width}x${height}`);
      assert.ok(new Set(data.filter((_, i) => i % 4 === 1)).size > 8, `${address}: there is nothing in it`);
    }
  });

  it("none is left over, and each can be made", SLOW, () => {
    const own = Object.keys(ACTOR_PICTURES).filter((name) => ACTOR_PICTURES[name].file === undefined).sort();
    const files = readdirSync(join(ROOT, "docs", "public", "actors")).sort();
    assert.deepEqual(files, own.map((name) => `${slugOf(name)}.png`).sort());
    const { stderr } = run("scripts/book/actor_pictures/main.ts", scratch, "Nobody");
    const [, known] = /there is none of its own; there are ([\w, ]+)/.exec(stderr) ?? assert.fail(stderr);
    assert.deepEqual(known.split(", ").sort(), own);
  });

  // Without the native library chroma is not interpolated.
  it("TestPattern is as it would be made now", { ...SLOW, skip: library === undefined }, async () => {
    const made = run("scripts/book/actor_pictures/main.ts", scratch, "TestPattern", "AudioGenerator");
    assert.equal(made.status, 0, made.stderr);
    assert.match(made.stdout, /^TestPattern: [\d.]+ kB\nAudioGenerator: [\d.]+ kB\n$/);
    const [now, then] = await Promise.all(
      [scratch, join(ROOT, "docs", "public", "actors")].map((folder) => pixelsOf(join(folder, "test-pattern.png"))),
    );
    const most = now.data.reduce((max, code, i) => Math.max(max, Math.abs(code - then.data[i])), 0);
    assert.equal(most, 0, `differs by ${most} codes: run scripts/book/actor_pictures/main.ts`);
  });
});
