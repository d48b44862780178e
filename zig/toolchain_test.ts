import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { buildNative, findZig, zigVersion } from "./toolchain.ts";

const before = process.env.ZIG;
const pathBefore = process.env.PATH;

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

/** A program called zig that says it is another version. */
function makeOtherZig(): string {
  const directory = mkdtempSync(join(tmpdir(), "streamlib-zig-"));
  writeFileSync(join(directory, "zig"), "#!/bin/sh\necho 0.1.0\n", { mode: 0o755 });
  return directory;
}

describe("findZig()", () => {
  after(() => {
    restore("ZIG", before);
    restore("PATH", pathBefore);
  });

  it("finds the pinned version", { timeout: 600000 }, () => {
    delete process.env.ZIG;
    const outcome = spawnSync(findZig(), ["version"], { encoding: "utf8" });
    assert.equal(outcome.stdout.trim(), zigVersion);
  });

  it("refuses a $ZIG that cannot be run or is another version", () => {
    process.env.ZIG = "/nowhere/zig";
    assert.throws(() => findZig(), { message: /Cannot use \$ZIG = \/nowhere\/zig: it cannot be run, .*unset ZIG/ });
    const directory = makeOtherZig();
    process.env.ZIG = join(directory, "zig");
    assert.throws(() => findZig(), { message: new RegExp(`is version 0\\.1\\.0, streamlib needs Zig ${zigVersion}`) });
    rmSync(directory, { recursive: true });
  });

  it("passes over another version on the PATH", { timeout: 600000 }, () => {
    const directory = makeOtherZig();
    delete process.env.ZIG;
    process.env.PATH = `${directory}:${pathBefore}`;
    assert.notEqual(findZig(), "zig");
    process.env.PATH = pathBefore;
    rmSync(directory, { recursive: true });
  });
});

describe("buildNative()", () => {
  it("makes the library, and leaves it alone when nothing has changed", { timeout: 600000 }, () => {
    const path = buildNative();
    assert.ok(existsSync(path));
    const { mtimeMs, ino } = statSync(path);
    assert.equal(buildNative(), path);
    const again = statSync(path);
    assert.deepEqual([again.mtimeMs, again.ino], [mtimeMs, ino]);
  });

  it("says what failed", { timeout: 600000 }, () => {
    assert.throws(() => buildNative("install", ["-Dnothing=1"]), { message: /Cannot build the native library/ });
  });
});
