import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import process from "node:process";
import { load } from "./mod.ts";
import { Child, type RuntimeName, runtimeNames } from "./testing/child.ts";
import type { TaiReport } from "./testing/tai_program.ts";

const native = load();
const [own, other] = runtimeNames;
/** TAI that moves by less is slewed. */
const STEP_NS = 20_000n;
const children: Child[] = [];
let files: string[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) await child.kill();
  for (const file of files) rmSync(file, { force: true });
  files = [];
});

/** Processes that share TAI under a name of their own. */
class Machine {
  readonly #environment: Record<string, string>;
  readonly file: string;

  constructor(what: string) {
    const name = `test-${what}-${process.pid}`;
    this.#environment = { STREAMLIB_TAI: name };
    const uid = process.getuid!();
    this.file = `/dev/shm/streamlib-tai-${name}${uid === 0 ? "" : `-${uid}`}`;
    rmSync(this.file, { force: true });
    files.push(this.file);
  }

  start(runtime: RuntimeName, ...words: string[]): Child {
    const child = new Child(runtime, "./tai_program.ts", words, this.#environment);
    children.push(child);
    return child;
  }

  async read(runtime: RuntimeName, ...instantsNs: bigint[]): Promise<TaiReport> {
    const child = this.start(runtime, "read", ...instantsNs.map(String));
    return JSON.parse(await child.line("{")) as TaiReport;
  }
}

/** Monotonic instants that are still to come when the last child has started. */
function instants(): bigint[] {
  const nowNs = native.time.monotonicNs();
  return [nowNs + 60_000_000_000n, nowNs + 61_000_000_001n, nowNs + 3_600_000_000_000n];
}

describe("NativeTai", () => {
  it("tells TAI, and when TAI is there", () => {
    const monotonicNs = native.time.monotonicNs();
    const told = native.tai.told(monotonicNs);
    assert.equal(native.tai.of(monotonicNs), told.taiNs);
    assert.ok(native.tai.monotonicOf(told.taiNs) <= monotonicNs);
    assert.equal(native.tai.of(native.tai.monotonicOf(told.taiNs)), told.taiNs);
    assert.ok(native.tai.nowNs() >= told.taiNs);
    assert.ok(told.taiUtcSeconds >= 10 && told.taiUtcSeconds < 100);
    const utcMs = Number(told.taiNs / 1_000_000n) - told.taiUtcSeconds * 1000;
    assert.ok(Math.abs(utcMs - Date.now()) < 2000, `${utcMs - Date.now()} ms off the system clock`);
  });

  it("never goes back", () => {
    let last = 0n;
    for (let i = 0; i < 10_000; i++) {
      const taiNs = native.tai.nowNs();
      assert.ok(taiNs >= last);
      last = taiNs;
    }
  });

  it("adoptFixed() agrees to the offset in use and refuses another", () => {
    const { fixedOffsetNs } = native.tai.told();
    native.tai.adoptFixed(fixedOffsetNs);
    assert.throws(() => native.tai.adoptFixed(fixedOffsetNs + 1n), { code: "already_set" });
  });

  it("is each process's own while nobody publishes, and no file is made", { timeout: 60000 }, async () => {
    const machine = new Machine("nobody");
    const [instantNs] = instants();
    const { taiNs, told, fixedOffsetNs } = await machine.read(own, instantNs);
    assert.equal(BigInt(taiNs[0]), instantNs + BigInt(fixedOffsetNs));
    assert.equal(told.isShared, false);
    assert.equal(told.publisherPid, 0);
    assert.equal(told.state, "free");
    assert.equal(told.refusal, undefined);
    assert.equal(existsSync(machine.file), false);
  });

  it("is the same to the nanosecond in processes of both runtimes", { timeout: 60000 }, async () => {
    const machine = new Machine("same");
    const publisher = machine.start(own, "follow");
    await publisher.line("publishes");
    const asked = instants();
    const reports = [await machine.read(own, ...asked), await machine.read(other, ...asked)];
    for (const { taiNs, monotonicNs, told } of reports) {
      assert.deepEqual(taiNs, reports[0].taiNs);
      assert.deepEqual(monotonicNs.map(BigInt), asked);
      assert.equal(told.source, "kernel-followed");
      assert.equal(told.publisherPid, publisher.process.pid);
      assert.equal(told.isShared, true);
    }
  });

  it("goes on without a jump when its publisher is killed and another takes over", { timeout: 60000 }, async () => {
    const machine = new Machine("killed");
    const first = machine.start(own, "follow");
    await first.line("publishes");
    const second = machine.start(other, "follow");
    await second.line("waits");
    const asked = instants();
    const before = await machine.read(own, ...asked);
    await first.kill();
    await second.line("publishes");
    const next = await machine.read(own, ...asked);
    // One that reads the clock more exactly may slew to what it has read, which is no step.
    for (const [i, taiNs] of next.taiNs.entries()) {
      const movedNs = BigInt(taiNs) - BigInt(before.taiNs[i]);
      assert.ok(movedNs > -STEP_NS && movedNs < STEP_NS, `TAI moved by ${movedNs} ns`);
    }
    assert.equal(next.told.publisherPid, second.process.pid);
    assert.equal(next.told.steps, before.told.steps);
  });
});

describe("NativeKernelFollower", () => {
  it("says what it has seen of the kernel's clock, also after it is closed", { timeout: 60000 }, async () => {
    const machine = new Machine("statistics");
    const child = machine.start(own, "statistics");
    const { open, closed } = JSON.parse(await child.line("{")) as { open: Seen; closed: Seen };
    assert.equal(open.isPublisher, true);
    assert.equal(open.state, open.isSynchronised ? "locked" : "free");
    assert.ok(open.taiUtcSeconds >= 10 && open.readingErrorNs >= 0 && open.steps === 0);
    assert.ok(closed.readings >= open.readings);
  });
});

/** The statistics as the child prints them. */
interface Seen {
  readonly isPublisher: boolean;
  readonly isSynchronised: boolean;
  readonly state: string;
  readonly taiUtcSeconds: number;
  readonly readingErrorNs: number;
  readonly readings: number;
  readonly steps: number;
}
