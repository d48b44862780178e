import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type RuntimeName, runtimeNames } from "../../ffi/testing/child.ts";
import { loadNative } from "../native.ts";
import type { ProgramLook, TappedItem } from "./protocol.ts";
import { AttachedProgram } from "./testdata/attached_program.ts";
import { Client } from "./testdata/visitor_client.ts";

const timeout = 60_000;
const { library } = await loadNative();
const SOURCE = 'TestScript "source"';

let programs: AttachedProgram[] = [];
let clients: Client[] = [];

afterEach(async () => {
  for (const client of clients) client.close();
  for (const program of programs) await program.end();
  [programs, clients] = [[], []];
});

function start(runtime: RuntimeName, what: string, environment?: Record<string, string>): AttachedProgram {
  const program = new AttachedProgram(runtime, what, environment);
  programs.push(program);
  return program;
}

function clientOf(path: string): Client {
  const client = new Client(path);
  clients.push(client);
  return client;
}

async function greeted(path: string): Promise<Client> {
  const client = clientOf(path);
  const hello = await client.line();
  assert.equal(hello.streamlib, 1);
  return client;
}

async function ticksOf(client: Client): Promise<number> {
  const { look } = await client.ask({ ask: "look" }) as { look: ProgramLook };
  return look.graph.actors[0].ticks;
}

for (const runtime of runtimeNames) {
  describe(`a program on ${runtime}`, { timeout }, () => {
    it("listens for its user only, and says what it is", { timeout }, async () => {
      const program = start(runtime, "line");
      const path = await program.listening();
      assert.equal(statSync(dirname(path)).mode & 0o777, 0o700);
      const client = clientOf(path);
      const hello = await client.line();
      assert.equal(hello.pid, program.pid);
      assert.match(hello.runtime, new RegExp(`^${runtime} \\d`));
      assert.ok(hello.argv.includes("line"));
      assert.ok(Math.abs(Date.parse(hello.startedAt) - Date.now()) < 60_000);
      assert.equal(statSync(path).mode & 0o777, 0o600);
    });

    it("tells its graph and its counts", { timeout }, async () => {
      const client = await greeted(await start(runtime, "line").listening());
      const { graph } = await client.ask({ ask: "graph" });
      assert.deepEqual(graph.actors.map(({ label }: { label: string }) => label), [SOURCE, 'TestFilter "filter"']);
      const { look, skipped } = await client.ask({ ask: "watch", everyMs: 100 }) as {
        look: ProgramLook;
        skipped: number;
      };
      assert.equal(skipped, 0);
      const { look: later } = await client.line() as { look: ProgramLook };
      assert.ok(later.graph.actors[0].ticks > look.graph.actors[0].ticks);
      assert.ok(later.atMs > look.atMs && later.cpuMs >= look.cpuMs && look.memoryBytes > 0);
      const video = look.outputs.find(({ actor, port }) => actor === SOURCE && port === "video")!;
      assert.deepEqual([video.type, video.kind, video.format], ["VideoFrame", "media", "rgba8 32x2 60 fps"]);
      assert.ok(video.memoryBytes > 0);
    });

    it("gives values and frames, and holds no slot", { timeout }, async () => {
      const path = await start(runtime, "line").listening();
      const client = await greeted(path);
      let { item } = await client.ask({ ask: "tap", actor: SOURCE, output: "data" }) as { item: TappedItem };
      for (let i = 0; i < 5; i++) {
        const { item: next } = await client.line() as { item: TappedItem };
        assert.equal((next.value as { made: number }).made, (item.value as { made: number }).made + 1);
        assert.ok(BigInt(next.timestampNs) > BigInt(item.timestampNs));
        item = next;
      }
      const other = await greeted(path);
      const { frame } = await other.ask({ ask: "frame", actor: SOURCE, output: "video" }) as { frame: TappedItem };
      const words = new Uint32Array((await other.bytes(frame.payloadBytes)).buffer);
      assert.equal(words.length, 64);
      assert.ok(words[0] > 0 && words.every((word) => word === words[0]));
      const { look } = await other.ask({ ask: "look" }) as { look: ProgramLook };
      const video = look.outputs.find(({ actor, port }) => actor === SOURCE && port === "video")!;
      assert.deepEqual([video.dropped, video.links], [0, 1], "the tap has gone");
    });

    it("gives no more items a second than are wanted, and counts the others", { timeout }, async () => {
      const client = await greeted(await start(runtime, "line").listening());
      const { item } = await client.ask({ ask: "tap", actor: SOURCE, output: "data", hz: 5 }) as { item: TappedItem };
      const { item: next } = await client.line() as { item: TappedItem };
      assert.ok(next.sequence - item.sequence > 5, `${next.sequence} after ${item.sequence}`);
      assert.equal(next.skipped, next.sequence - item.sequence - 1);
    });

    it("ends when it would, with somebody watching, and removes its socket", { timeout }, async () => {
      const program = start(runtime, "ends");
      const client = await greeted(await program.listening());
      await client.ask({ ask: "watch", everyMs: 100 });
      await client.closed;
      await program.child.ended();
      assert.equal(program.child.process.exitCode, 0);
      assert.ok(program.child.lines.includes("exit"));
      assert.equal(existsSync(program.path), false);
    });

    it("tells how long process takes, if it is profiled", { timeout }, async () => {
      const client = await greeted(await start(runtime, "line", { STREAMLIB_PROFILE: "1" }).listening());
      const { look } = await client.ask({ ask: "look" }) as { look: ProgramLook };
      assert.deepEqual(look.timings.map(({ actor }) => actor), ['TestFilter "filter"', SOURCE]);
      assert.ok(look.timings.every(({ count, p50Ns, p99Ns }) => count > 0 && p50Ns > 0 && p99Ns >= p50Ns));
    });

    it("shows actors in threads and processes, from one socket", { timeout, skip: library === undefined }, async () => {
      const program = start(runtime, "places");
      const path = await program.listening();
      const client = await greeted(path);
      let look: ProgramLook;
      do {
        await sleep(50);
        ({ look } = await client.ask({ ask: "look" }) as { look: ProgramLook });
      } while (!look.graph.links.every(({ read }) => read > 0));
      assert.deepEqual(look.graph.actors.map(({ place }) => place), ["process 1", "thread 1", "event-loop"]);
      assert.deepEqual(look.graph.links.map(({ transport }) => transport), ["process", "thread"]);
      assert.deepEqual(readdirSync(dirname(path)), [`${program.pid}.sock`]);
      for (const label of ['PlaceCounter "far"', 'PlaceAdd "add"']) {
        const own = await greeted(path);
        const { frame } = await own.ask({ ask: "frame", actor: label, output: "video" }) as { frame: TappedItem };
        assert.equal((await own.bytes(frame.payloadBytes)).length, 128, label);
      }
      const { item } = await client.ask({ ask: "tap", actor: 'PlaceCounter "far"', output: "data" }) as {
        item: TappedItem;
      };
      assert.equal(typeof (item.value as { value: number }).value, "number");
    });
  });
}

describe("a program that is asked badly", { timeout }, () => {
  const [, other] = runtimeNames;

  it("says what is wrong, by a code", { timeout }, async () => {
    const client = await greeted(await start(other, "line").listening());
    const codes: [object, string][] = [
      [{ ask: "dance" }, "ask-unknown"],
      [{ ask: "tap", actor: "nobody", output: "video" }, "actor-unknown"],
      [{ ask: "tap", actor: SOURCE, output: "vidio" }, "port-unknown"],
      [{ ask: "frame", actor: SOURCE, output: "data" }, "type-wrong"],
    ];
    for (const [ask, code] of codes) assert.equal((await client.ask(ask)).code, code);
    await client.ask({ ask: "watch", everyMs: 60_000 });
    assert.equal((await client.ask({ ask: "watch", everyMs: 60_000 })).code, "busy");
  });

  it("ends the connection of who sends junk, and no other", { timeout }, async () => {
    const path = await start(other, "line").listening();
    const good = await greeted(path);
    const junk = ["hello\n", "[]\n", "7\n", '{"ask":1}\n', '{"ask":"watch","everyMs":1}\n', "\n", "x".repeat(10 << 20)];
    for (const text of [...junk, '{"ask":"tap","actor":"a","output":"b","hz":-1}\n', `${" ".repeat(5000)}{}\n`]) {
      const client = await greeted(path);
      client.socket.write(text);
      await client.closed;
    }
    const half = await greeted(path);
    half.socket.write('{"ask":"gr');
    assert.ok(await ticksOf(good) > 0);
    assert.equal((await half.ask({})).code, "ask-invalid");
  });

  it("turns away who is one too many, and goes on", { timeout }, async () => {
    const path = await start(other, "line").listening();
    const good = await greeted(path);
    const before = await ticksOf(good);
    const crowd = Array.from({ length: 100 }, () => clientOf(path));
    const first = await Promise.all(crowd.map((client) => client.line()));
    assert.equal(first.filter((line) => line?.streamlib === 1).length, 15);
    assert.equal(first.filter((line) => line?.code === "busy").length, 85);
    for (const client of crowd) client.close();
    while ((await clientOf(path).line())?.streamlib !== 1) await sleep(20);
    assert.ok(await ticksOf(good) > before);
  });

  it("does not wait for who does not read, and leaves out what that one misses", { timeout }, async () => {
    const path = await start(other, "line").listening();
    const slow = await greeted(path);
    slow.socket.pause();
    for (let i = 0; i < 2000; i++) slow.socket.write('{"ask":"look"}\n');
    const watching = await greeted(path);
    watching.socket.write('{"ask":"watch","everyMs":100}\n');
    watching.socket.pause();
    const good = await greeted(path);
    const { look } = await good.ask({ ask: "look" }) as { look: ProgramLook };
    await sleep(500);
    const { look: later } = await good.ask({ ask: "look" }) as { look: ProgramLook };
    assert.ok(later.graph.actors[0].ticks > look.graph.actors[0].ticks);
    assert.ok(later.memoryBytes - look.memoryBytes < 100e6);
    slow.socket.resume();
    for (let i = 0; i < 20; i++) assert.equal((await slow.line()).type, "look");
  });
});

describe("STREAMLIB_ATTACH", { timeout }, () => {
  it("off: nobody can look", { timeout }, async () => {
    for (const runtime of runtimeNames) {
      const program = start(runtime, "ends", { STREAMLIB_ATTACH: "off" });
      await program.child.ended();
      assert.ok(program.child.lines.includes("exit"));
      assert.deepEqual(readdirSync(program.runtimeDirectory), []);
    }
  });
});
