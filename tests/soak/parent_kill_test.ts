import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openFiles, placesOf, until } from "./proc.ts";

/** How many programs are killed: a fifth of the processes that `kill_rounds_test.ts` kills. */
const ROUNDS = Math.ceil(Number(process.env.STREAMLIB_KILLS ?? 40) / 4);
const program = fileURLToPath(new URL("../../core/place/testdata/place_program.ts", import.meta.url));
const given = process.versions.bun ? ["run"] : ["run", "-A", "--no-check", "--quiet"];

/** Starts a program whose places work, and one of which hangs; kills it some time after. @returns Its process. */
async function killOne(folder: string, delayMs: number): Promise<{ pid: number; wasReady: boolean }> {
  const child = spawn(process.execPath, [...given, program, "stays", "process"], {
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, TMPDIR: folder },
  });
  let out = "";
  const ready = Promise.withResolvers<void>();
  child.stdout!.on("data", (bytes) => {
    out += bytes;
    if (out.includes("ready")) ready.resolve();
  });
  const end = once(child, "close");
  await Promise.race([ready.promise, setTimeout(delayMs)]);
  child.kill("SIGKILL");
  await end;
  return { pid: child.pid!, wasReady: out.includes("ready") };
}

describe("a program that is killed", () => {
  it(`takes its places with it and leaves nothing, ${ROUNDS} times`, { timeout: 60_000 + 5000 * ROUNDS }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "streamlib-soak-"));
    const shared = readdirSync("/dev/shm");
    await killOne(folder, 1);
    const files = openFiles();
    let readyCount = 0;
    for (let round = 0; round < ROUNDS; round++) {
      // Every other one is killed when it works, the others on their way there.
      const { pid, wasReady } = await killOne(folder, round % 2 === 0 ? 60_000 : Math.random() * 400);
      if (wasReady) readyCount++;
      await until(() => placesOf(pid).length === 0, () => `the places ${placesOf(pid)} of program ${pid} have ended`);
    }
    assert.ok(readyCount >= ROUNDS / 2);
    assert.deepEqual(readdirSync("/dev/shm").filter((name) => !shared.includes(name)), []);
    assert.deepEqual(readdirSync(folder), []);
    assert.ok(openFiles() <= files, `${openFiles()} open files, ${files} before`);
    rmdirSync(folder);
  });
});
