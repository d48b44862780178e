import { after, afterEach, before, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { type Actor, isStreamError, messageOf, stopAll } from "@streamlib/core";
import { actorFromSource } from "./actor_from_source.ts";
import { type Grant, sandboxProblem } from "./grant.ts";
import { ATTACKS, HOSTILE, SUICIDES } from "./testdata/hostile_text.ts";

const timeout = 60_000;
const skip = await sandboxProblem() !== undefined;

afterEach(() => stopAll());

describe("a hostile text", { skip }, () => {
  let server: Server;
  let visitors = 0;
  let port = 0;

  before(async () => {
    server = createServer((socket) => {
      visitors++;
      socket.on("error", () => {}).end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
  });

  after(() => new Promise((resolve) => server.close(resolve)));

  it("gets no file, no network, no process, no signal and no library", { timeout }, async () => {
    // A worker of Deno reserves memory that counts: it shall be the calls that fail.
    const grant: Grant = { memoryBytes: 2 ** 31 };
    let actor = await actorFromSource(HOSTILE, { grant });
    const path = join(tmpdir(), `sl-hostile-${process.pid}`);
    const given = { path, port, url: `http://127.0.0.1:${port}/` };
    const wins: string[] = [];
    for (const [name, body] of Object.entries(ATTACKS)) {
      // A runtime may crash where it takes for granted what is refused.
      if (actor.isEnding) actor = await actorFromSource(HOSTILE, { grant });
      actor.ended.catch(() => {});
      try {
        const got = await actor.sendControlMessage({ action: "attack", body, ...given });
        wins.push(`${name}: ${JSON.stringify(got)}`);
      } catch (thrown) {
        if (name.startsWith("libc")) assert.match(messageOf(thrown), /^refused: |^as libc$|this process is a sandbox$/);
      }
    }
    assert.deepEqual(wins, []);
    assert.equal(visitors, 0);
    assert.ok(!existsSync(path));
  });

  it("reads what it was granted, and nothing beside it", { timeout }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "sl-granted-"));
    const [granted, other] = [join(folder, "granted"), join(folder, "other")];
    try {
      mkdirSync(granted);
      for (const place of [granted, other]) writeFileSync(place === other ? other : join(granted, "a"), "text");
      symlinkSync(other, join(granted, "link"));
      const actor = await actorFromSource(HOSTILE, { grant: { read: [granted] } });
      const run = (body: string): Promise<unknown> =>
        actor.sendControlMessage({ action: "attack", body, granted, other });
      const fs = 'const fs = await import("node:fs");';
      assert.equal(await run(`${fs} return fs.readFileSync(argument.granted + "/a", "utf8");`), "text");
      assert.equal(await run(`${fs} return await fs.promises.readFile(argument.granted + "/a", "utf8");`), "text");
      const refused = [
        "return fs.readFileSync(argument.other);",
        "return await fs.promises.readFile(argument.other);",
        'return fs.readFileSync(argument.granted + "/../other");',
        'return fs.readFileSync(argument.granted + "/link");',
        'return fs.writeFileSync(argument.granted + "/a", "x");',
        'return fs.rmSync(argument.granted + "/a");',
        "return fs.readFileSync(process.execPath);",
      ];
      for (const body of refused) await assert.rejects(run(fs + body), body);
      assert.equal(readFileSync(join(granted, "a"), "utf8"), "text");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("sees nothing of the environment of its home", { timeout }, async () => {
    process.env.SL_SECRET = "secret";
    try {
      const actor = await actorFromSource(HOSTILE);
      const seen = await actor.sendControlMessage({ action: "environment" }) as Record<string, string>;
      assert.ok(!("SL_SECRET" in seen), Object.keys(seen).join(", "));
      assert.ok(!Object.values(seen).some((value) => value.includes("secret")));
    } finally {
      delete process.env.SL_SECRET;
    }
  });

  for (const [name, [body, message]] of Object.entries(SUICIDES)) {
    it(`is ended by ${name}, and home goes on`, { timeout }, async () => {
      const grant: Grant = { memoryBytes: 256 << 20, cpuSeconds: name === "processor" ? 2 : 60, wallMsPerTick: 3000 };
      const actor = await actorFromSource(HOSTILE, { grant });
      const thrown = await attack(actor, body);
      assert.match(messageOf(thrown), message);
      assert.equal((({}) as { polluted?: boolean }).polluted, undefined);
      assert.ok(isStreamError(thrown) || /memory|alloc|spawn/i.test(messageOf(thrown)), String(thrown));
    });
  }

  it("that never ends to load is ended", { timeout }, async () => {
    await assert.rejects(
      actorFromSource("for (;;);", { grant: { wallMsPerTick: 500 } }),
      (thrown) => isStreamError(thrown) && thrown.code === "sandbox-killed" && /wallMsPerTick/.test(thrown.message),
    );
  });
});

async function attack(actor: Actor, body: string): Promise<unknown> {
  actor.ended.catch(() => {});
  try {
    await actor.sendControlMessage({ action: "attack", body });
  } catch (thrown) {
    return thrown;
  }
  throw new Error("The attack ended in peace");
}
