/** Runs the examples of this folder, each as a program of its own, on the GPU of tests. */
import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { inflateSync } from "node:zlib";
import { findTestGpu } from "../../ffi/testing/gpu.ts";

const SLOW = { timeout: 60_000 };
const info = findTestGpu();
const scratch = mkdtempSync(join(tmpdir(), "streamlib-gpu-examples-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

function run(example: string, ...given: string[]): string {
  const path = fileURLToPath(new URL(example, import.meta.url));
  const allow = process.versions.deno === undefined ? [] : ["-A", "--no-check"];
  const env = { ...process.env, STREAMLIB_GPU: info!.name };
  const done = spawnSync(process.execPath, ["run", ...allow, path, ...given], { encoding: "utf8", cwd: scratch, env });
  assert.equal(done.status, 0, done.stderr);
  assert.equal(done.stderr, "");
  return done.stdout;
}

/** Width, height and whether anything is in it. */
function pngOf(path: string): { width: number; height: number; isPlain: boolean } {
  const bytes = readFileSync(path);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const data = inflateSync(bytes.subarray(41, 41 + view.getUint32(33)));
  return { width: view.getUint32(16), height: view.getUint32(20), isPlain: new Set(data).size < 16 };
}

describe("examples of the GPU", { ...SLOW, skip: info === undefined }, () => {
  const picture = { width: 480, height: 270, isPlain: false };

  it("main.ts copies no byte between its effects", SLOW, () => {
    const path = join(scratch, "ripple.png");
    const copied = [...run("./main.ts", path).matchAll(/GpuFrame .* by gpu\n.* (\d\S* \w*B) copied/g)].map(([, n]) =>
      n
    );
    assert.equal(copied.length, 4);
    assert.deepEqual(copied.slice(0, 3), ["0 B", "0 B", "0 B"]);
    assert.deepEqual(pngOf(path), picture);
  });

  it("wipe.ts joins its two pictures", SLOW, () => {
    const path = join(scratch, "wipe.png");
    assert.equal(run("./wipe.ts", path), "18 pictures, 0 unaligned\n");
    assert.deepEqual(pngOf(path), picture);
  });

  it("effect_pictures.ts draws every picture of the guide", SLOW, () => {
    run("./effect_pictures.ts", join(scratch, "effects"));
    const made = readdirSync(join(scratch, "effects")).sort();
    assert.deepEqual(made, readdirSync(new URL("../../docs/public/effects", import.meta.url)).sort());
    for (const name of made) assert.deepEqual(pngOf(join(scratch, "effects", name)), picture, name);
  });

  it("to_st2110.ts brings only packed bytes from the device", SLOW, () => {
    assert.equal(run("./to_st2110.ts"), `${320 * 180 * 2.5} bytes from the device for each picture; received\n`);
  });

  it("plugins/gpu/example.ts draws rings and shows an error", SLOW, () => {
    const out = run("../../plugins/gpu/example.ts");
    assert.match(out, /shader.glsl:6:20: error: 'brihgt' : undeclared identifier/);
    assert.match(out, /^[ .:=+*#%@-]{72}$/m);
  });
});
