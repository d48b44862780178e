import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { after, beforeEach, describe, it } from "@std/testing/bdd";
import { isAlive, thisHolder, thisPlace } from "./holder.ts";
import { LOCK_FILE, readLocked, withLock, writeLocked } from "./plugin_lock.ts";

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

  it("is not held by a program that has died, nor by another one that has its number", async () => {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    assert.equal(isAlive(pid), false);
    const lock = join(folder, `.${LOCK_FILE}.pid`);
    const here = thisPlace();
    const { started } = thisHolder();
    const left = [`${pid} - nonce ${here}`, `${process.pid} ${started} nonce ${here}`];
    // The parent of this process runs, and began at another time.
    if (started !== "-") left.push(`${process.ppid} 1 nonce ${here}`);
    for (const text of left) {
      writeFileSync(lock, text);
      assert.equal(await withLock(folder, () => Promise.resolve("done")), "done", text);
      assert.deepEqual(readdirSync(folder), []);
    }
  });

  it("is left behind where it is empty, or another machine has not touched it for long", async () => {
    const lock = join(folder, `.${LOCK_FILE}.pid`);
    for (const text of ["", String(process.pid), "1 7 nonce elsewhere."]) {
      writeFileSync(lock, text);
      const longAgo = new Date(Date.now() - 3_600_000);
      utimesSync(lock, longAgo, longAgo);
      assert.equal(await withLock(folder, () => Promise.resolve("done")), "done", text);
      assert.deepEqual(readdirSync(folder), []);
    }
  });

  it("says once whom it waits for", async () => {
    const lock = join(folder, `.${LOCK_FILE}.pid`);
    for (const [text, said] of [[`${process.ppid} - n ${thisPlace()}`, ""], ["1 7 n elsewhere.", " of elsewhere."]]) {
      writeFileSync(lock, text);
      const told: string[] = [];
      const tell = (line: string): void => {
        told.push(line);
        rmSync(lock);
      };
      await withLock(folder, () => Promise.resolve(), { tell });
      assert.deepEqual(told, [
        `streamlib waits for process ${text.split(" ")[0]}${said}, which holds ${lock}; ` +
        "if it does not run any more, remove that file",
      ]);
    }
  });

  it("removes no lock but its own", async () => {
    const lock = join(folder, `.${LOCK_FILE}.pid`);
    const other = `${process.ppid} - n ${thisPlace()}`;
    await withLock(folder, () => writeFileSync(lock, other));
    assert.equal(readFileSync(lock, "utf8"), other);
  });

  it("says so where it cannot be written", async () => {
    const nowhere = join(folder, "nowhere");
    const refusal = { code: "plugin-lock", message: /cannot be written/ };
    await assert.rejects(withLock(nowhere, () => Promise.resolve()), refusal);
    assert.throws(() => writeLocked(nowhere, "npm:a", entry), refusal);
    assert.ok(!existsSync(nowhere));
  });
});
