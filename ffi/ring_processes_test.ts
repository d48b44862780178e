import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { load, type NativeRing, results } from "./mod.ts";
import { reportAbsence } from "../tests/needs.ts";
import { Child, commandOf, type RuntimeName, runtimeNames } from "./testing/child.ts";
import type { RingReport, RingRole } from "./testing/ring_program.ts";
import { RingViews } from "./testing/ring_views.ts";

/** How many processes are killed; `STREAMLIB_KILLS=1000` for a soak. */
const kills = Number(process.env.STREAMLIB_KILLS ?? 50);
const native = load();
const config = { slotCount: 5, readerMax: 6, payloadBytes: 256 * 1024, metadataBytes: 0, generation: 0 };

function start(runtime: RuntimeName, role: RingRole, ring: NativeRing): Child {
  return new Child(runtime, "./ring_program.ts", [role, JSON.stringify(ring.address())]);
}

function other(runtime: RuntimeName): RuntimeName {
  return runtime === "deno" ? "bun" : "deno";
}

async function reportOf(child: Child): Promise<RingReport> {
  const report = JSON.parse(await child.line("{")) as RingReport;
  await child.ended();
  assert.equal(child.process.exitCode, 0);
  return report;
}

/** Of the whole process: what an earlier test has left may close meanwhile, so the count may only be held from above. */
function openFiles(): number {
  return readdirSync("/proc/self/fd").length;
}

/** Processes that this one has started and that are dead and not waited for. */
function zombies(): string[] {
  return readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const [state, parent] = readFileSync(`/proc/${name}/stat`, "latin1").split(") ").at(-1)!.split(" ");
      return state === "Z" && Number(parent) === process.pid;
    } catch {
      return false; // It has ended meanwhile.
    }
  });
}

/** Every place can be had, every slot that is not the newest can be written. */
function assertNothingIsHeld(ring: NativeRing): void {
  ring.reap();
  const readers = Array.from({ length: config.readerMax }, () => ring.openReader());
  for (const reader of readers) ring.closeReader(reader);
  const writer = ring.openWriter();
  for (let i = 0; i < 3 * config.slotCount; i++) assert.equal(ring.commit(writer, ring.loan(writer)), 0);
  ring.closeWriter(writer);
}

describe("a ring between processes", () => {
  for (const [writes, reads] of [runtimeNames, runtimeNames.toReversed()]) {
    it(`goes from ${writes} to ${reads}, every word of every frame`, { timeout: 60000 }, async () => {
      const ring = native.createRing(config, "a format");
      const views = new RingViews(ring);
      const readers = [start(reads, "latest", ring), start(reads, "ordered", ring)];
      await Promise.all(readers.map((reader) => reader.line("ready")));
      const writer = start(writes, "write", ring);
      await writer.line("ready");
      while (views.headSequence() < 300) await setTimeout(5);
      assert.equal(ring.end("finished"), 0);
      const reports = await Promise.all(readers.map(reportOf));
      assert.ok((await reportOf(writer)).frames >= 300);
      for (const { frames, torn, disordered } of reports) {
        assert.deepEqual({ torn, disordered }, { torn: 0, disordered: 0 });
        assert.ok(frames > 0 && frames <= views.headSequence());
      }
      ring.detach();
    });
  }

  it(`loses no more than who was killed, ${kills} times`, { timeout: 60000 + 3000 * kills }, async () => {
    const roles: readonly RingRole[] = ["write", "latest", "ordered"];
    const ring = native.createRing(config);
    const views = new RingViews(ring);
    const children = roles.map((role, i) => start(runtimeNames[i % 2], role, ring));
    const runtimes: RuntimeName[] = roles.map((_, i) => runtimeNames[i % 2]);
    await Promise.all(children.map((child) => child.line("ready")));
    const filesBefore = openFiles();
    for (let kill = 0; kill < kills; kill++) {
      const victim = Math.random() < 0.5 ? 0 : 1 + kill % 2;
      await setTimeout(30 * Math.random());
      await children[victim].kill();
      assert.equal(children[victim].lines.includes("torn"), false);
      runtimes[victim] = other(runtimes[victim]);
      children[victim] = start(runtimes[victim], roles[victim], ring);
      await children[victim].line("ready");
      // Nobody is stuck: the writer, new or old, goes on past what there is now.
      const reached = views.headSequence() + 10;
      while (views.headSequence() < reached) await setTimeout(1);
    }
    assert.equal(ring.end("stopped"), 0);
    for (const { torn, disordered } of await Promise.all(children.map(reportOf))) {
      assert.deepEqual({ torn, disordered }, { torn: 0, disordered: 0 });
    }
    assert.deepEqual(zombies(), []);
    // The pipes of the last three are closed now, those of the first three were counted.
    assert.ok(openFiles() <= filesBefore, `${openFiles()} open files, ${filesBefore} before`);
    ring.detach();
  });

  it("gives places, pins and slots of the killed back", { timeout: 60000 }, async () => {
    const ring = native.createRing(config);
    const children = [start("deno", "latest", ring), start("bun", "ordered", ring), start("bun", "write", ring)];
    await Promise.all(children.map((child) => child.line("ready")));
    const views = new RingViews(ring);
    while (views.headSequence() < 20) await setTimeout(1);
    await Promise.all(children.map((child) => child.kill()));
    assertNothingIsHeld(ring);
    ring.detach();
  });

  it("is read on after the process that made it was killed, and cannot be opened any more", {
    timeout: 60000,
  }, async () => {
    const maker = new Child(runtimeNames[1], "./ring_maker.ts", []);
    const address = JSON.parse(await maker.line("{"));
    const ring = native.openRing(address);
    const filesBefore = openFiles();
    native.openRing(address).detach();
    assert.ok(openFiles() <= filesBefore, `${openFiles()} open files, ${filesBefore} before`);
    assert.deepEqual(ring.config, { slotCount: 3, readerMax: 2, payloadBytes: 64, metadataBytes: 0, generation: 9 });
    assert.equal(ring.format, "from the maker");
    await maker.kill();
    const reader = ring.openReader();
    assert.equal(new RingViews(ring).payloads[ring.pinLatest(reader, 0)][0], 77);
    assert.throws(() => native.openRing(address), { code: "gone" });
    const writer = ring.openWriter();
    assert.equal(ring.commit(writer, ring.loan(writer)), 0);
    assert.equal(ring.pinLatest(reader, 2), results.empty);
    ring.detach();
  });
});

describe("NativeRing.open()", () => {
  const ring = native.createRing(config);
  after(() => ring.detach());

  it("refuses what is no ring and says why", () => {
    const address = ring.address();
    const bell = native.openBell(() => {});
    const cases = [
      [{ ...address, fd: 1 }, "not_shared"],
      [{ ...address, fd: 999_999 }, "gone"],
      [{ ...address, pid: 0x7fff_ffff }, "gone"],
      [{ ...address, key: "0".repeat(32) }, "gone"],
      [bell.address(), "not_shared"],
    ] as const;
    for (const [wrong, code] of cases) {
      assert.throws(() => native.openRing(wrong), { name: "NativeError", code }, JSON.stringify(wrong));
    }
    assert.throws(() => native.openRing({ ...address, pid: -1 }), /pid is -1, it must be/);
    assert.throws(() => native.openRing({ ...address, fd: 0.5 }), /fd is 0.5, it must be/);
    assert.throws(() => native.openRing({ ...address, key: "xyz" }), /key is "xyz", it must be 32 hexadecimal/);
    bell.close();
  });

  it("is a second mapping of the same ring, also in this process", () => {
    const opened = native.openRing(ring.address());
    assert.deepEqual(opened.config, config);
    assert.deepEqual(opened.address(), ring.address());
    const writer = ring.openWriter();
    const slot = ring.loan(writer);
    new RingViews(ring).payloads[slot][0] = 5;
    ring.commit(writer, slot);
    const reader = opened.openReader();
    assert.equal(new RingViews(opened).payloads[opened.pinLatest(reader, 0)][0], 5);
    opened.closeReader(reader);
    opened.detach();
    ring.closeWriter(writer);
  });

  it("leaves no file open", () => {
    const before = openFiles();
    for (let i = 0; i < 20; i++) native.openRing(ring.address()).detach();
    assert.ok(openFiles() <= before, `${openFiles()} open files, ${before} before`);
  });
});

describe("the memory of a ring", () => {
  /** What `ring_memory.ts` says where `mounts` (a line of shell) was done before, in a file system view of its own. */
  function sayingOf(mounts: string): string {
    const script = `${mounts} && exec "$@"`;
    const view = process.getuid?.() === 0 ? ["--mount"] : ["--mount", "--map-root-user"];
    const words = [...view, "sh", "-c", script, "sh", ...commandOf(runtimeNames[0], "./ring_memory.ts")];
    const outcome = spawnSync("unshare", words, { encoding: "utf8" });
    assert.equal(outcome.status, 0, outcome.stderr);
    return outcome.stdout.trim();
  }

  const canMount = spawnSync("unshare", ["--mount", "--map-root-user", "true"]).status === 0;
  if (!canMount) return reportAbsence("mount namespaces: a ring where memory or /dev/shm is short");

  it("is refused with both numbers where there is too little", { timeout: 60000 }, () => {
    const directory = mkdtempSync(join(tmpdir(), "streamlib-memory-"));
    const file = join(directory, "meminfo");
    writeFileSync(file, "MemTotal:  200000 kB\nMemAvailable:   80000 kB\n");
    const message = sayingOf(`mount --bind ${file} /proc/meminfo`);
    rmSync(directory, { recursive: true });
    // 80 000 KiB less the 64 MiB that are left to the machine.
    assert.equal(
      message,
      "Cannot create a ring of 3 slots of 8294400 bytes: 24 891 392 bytes are wanted, 14 811 136 are available",
    );
  });

  it("does not come out of /dev/shm, however small that is", { timeout: 60000 }, () => {
    assert.equal(sayingOf("mount -t tmpfs -o size=64k tmpfs /dev/shm"), "made");
  });
});
