import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { after, beforeEach, describe, it } from "@std/testing/bdd";
import { isAlive, LOCK_FILE, readLocked, withLock, writeLocked } from "./plugin_lock.ts";

describe("streamlib.lock.json", { timeout: 60_000 }, () => {
  const scratch = mkdtempSync(join(tmpdir(), "streamlib-lock-"));
  after(() => rmSync(scratch, { recursive: true, force: true }));
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(scratch, "one-"));
  });
  const entry = { version: "1.0.0", integrity: "sha512-AA==" };

  it("keeps entries, sorted by name", () => {
    assert.equal(readLocked(folder, "npm:b"), undefined);
    writeLocked(folder, "npm:b", entry);
    writeLocked(folder, "npm:a", { ...entry, version: "2.0.0" });
    assert.deepEqual(readLocked(folder, "npm:b"), entry);
    const { version, plugins } = JSON.parse(readFileSync(join(folder, LOCK_FILE), "utf8"));
    assert.equal(version, 1);
    assert.deepEqual(Object.keys(plugins), ["npm:a", "npm:b"]);
    assert.deepEqual(readdirSync(folder), [LOCK_FILE]);
  });

  it("says what is wrong with a file that cannot be read, and leaves it as it is", () => {
    const texts = [
      "{",
      "[]",
      "null",
      '{"version":2,"plugins":{}}',
      '{"version":1}',
      '{"version":1,"plugins":{"npm:a":{}}}',
      '{"version":1,"plugins":{"npm:a":{"version":"file:../evil","integrity":"sha512-AA=="}}}',
    ];
    for (const text of texts) {
      writeFileSync(join(folder, LOCK_FILE), text);
      const refusal = {
        code: "plugin-lock",
        message: /streamlib\.lock\.json cannot be read: .*; mend it, or remove it/,
      };
      assert.throws(() => readLocked(folder, "npm:a"), refusal, text);
      assert.throws(() => writeLocked(folder, "npm:a", entry), refusal, text);
      assert.equal(readFileSync(join(folder, LOCK_FILE), "utf8"), text);
    }
  });

  it("is changed by one at a time", async () => {
    const order: string[] = [];
    const work = (name: string): Promise<void> =>
      withLock(folder, async () => {
        order.push(`${name} begins`);
        await delay(20);
        order.push(`${name} ends`);
      });
    await Promise.all([work("a"), work("b")]);
    assert.deepEqual(order.map((said) => said.split(" ")[1]), ["begins", "ends", "begins", "ends"]);
    await assert.rejects(withLock(folder, () => Promise.reject(new Error("broken"))), /broken/);
    assert.deepEqual(readdirSync(folder), [], "the lock is gone");
  });

  it("is not held by a program that has died", async () => {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    assert.equal(isAlive(pid), false);
    writeFileSync(join(folder, `.${LOCK_FILE}.pid`), String(pid));
    assert.equal(await withLock(folder, () => Promise.resolve("done")), "done");
    assert.deepEqual(readdirSync(folder), []);
  });

  it("says so where it cannot be written", async () => {
    const nowhere = join(folder, "nowhere");
    const refusal = { code: "plugin-lock", message: /cannot be written/ };
    await assert.rejects(withLock(nowhere, () => Promise.resolve()), refusal);
    assert.throws(() => writeLocked(nowhere, "npm:a", entry), refusal);
    assert.ok(!existsSync(nowhere));
  });
});
