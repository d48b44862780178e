import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import process from "node:process";
import { setImmediate, setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { type BellHandle, load, type NativeBell, results } from "./mod.ts";
import type { BellReport, BellTask } from "./testing/bell_worker.ts";
import { Child, runtimeNames } from "./testing/child.ts";

const native = load();

/** A bell that counts its calls, and a promise of the next one. */
function countingBell(): { bell: NativeBell; calls: () => number; reach(count: number): Promise<void> } {
  let calls = 0;
  let wake = (): void => {};
  const bell = native.openBell(() => {
    calls++;
    wake();
  });
  return {
    bell,
    calls: () => calls,
    async reach(count: number): Promise<void> {
      while (calls < count) await new Promise<void>((resolve) => wake = resolve);
    },
  };
}

function startWorker(task: BellTask): Worker {
  return new Worker(new URL("./testing/bell_worker.ts", import.meta.url), { workerData: task });
}

/** Keeps the loop going: a bell does not. */
function whileWaiting<T>(promise: Promise<T>): Promise<T> {
  const timer = setInterval(() => {}, 1000);
  return promise.finally(() => clearInterval(timer));
}

/** Waits until a ring says that the loop of the bell has ended. */
async function untilGone(bell: BellHandle): Promise<void> {
  while (native.ringBell(bell) === 0) await setTimeout(1);
  assert.equal(native.ringBell(bell), results.gone);
}

describe("NativeBell", () => {
  it("merges rings until the loop comes round, and is called again after that", async () => {
    const { bell, calls, reach } = countingBell();
    for (let i = 0; i < 100; i++) bell.ring();
    assert.equal(calls(), 0);
    await whileWaiting(reach(1));
    await setImmediate();
    assert.equal(calls(), 1);
    assert.equal(native.ringBell(bell.handle), 0);
    await whileWaiting(reach(2));
    bell.close();
  });

  it("loses no ring that comes while the callback runs", async () => {
    let calls = 0;
    await whileWaiting(
      new Promise<void>((resolve) => {
        const bell = native.openBell(() => {
          if (++calls < 5) return bell.ring();
          bell.close();
          resolve();
        });
        bell.ring();
      }),
    );
    assert.equal(calls, 5);
  });

  it("is called no more after close(), and its handle is stale", async () => {
    const { bell, calls } = countingBell();
    const handle = bell.handle;
    bell.ring();
    bell.close();
    bell.close();
    bell.ring();
    assert.equal(bell.handle, 0);
    assert.throws(() => bell.address(), { code: "bad_handle" });
    // The loop holds it until it has come round.
    assert.equal(native.ringBell(handle), results.gone);
    while (native.ringBell(handle) === results.gone) await setTimeout(1);
    assert.equal(native.ringBell(handle), results.bad_handle);
    assert.throws(() => native.holdBell(handle), { name: "NativeError", code: "bad_handle" });
    assert.throws(() => native.dropBell(handle), { code: "bad_handle" });
    assert.equal(calls(), 0);
  });

  it("answers `gone` to who still holds it", () => {
    const { bell } = countingBell();
    const handle = bell.handle;
    native.holdBell(handle);
    bell.close();
    assert.equal(native.ringBell(handle), results.gone);
    native.dropBell(handle);
    assert.equal(native.ringBell(handle), results.bad_handle);
  });

  it("makes an uncaught exception of what the callback throws, and lives on", async () => {
    const child = new Child(runtimeNames[0], "./bell_program.ts", ["throw"]);
    await child.ended();
    assert.deepEqual(child.lines, ["uncaught: first", "rung again"]);
    assert.equal(child.process.exitCode, 0);
  });

  it("does not hold its loop alive", async () => {
    for (const runtime of runtimeNames) {
      const child = new Child(runtime, "./bell_program.ts", ["idle"]);
      await child.ended();
      assert.equal(child.process.exitCode, 0);
      assert.deepEqual(child.lines, ["open"]);
    }
  });
});

describe("a bell and threads", () => {
  it("loses no ring from a worker, however fast they come", { timeout: 60000 }, async () => {
    const words = new Int32Array(new SharedArrayBuffer(16));
    const bells = [countingBell(), countingBell()];
    for (const [i, { bell }] of bells.entries()) words[2 + i] = bell.handle;
    const worker = startWorker({ work: "ring", targets: words.buffer as SharedArrayBuffer });
    // No timer runs: a loop that is not woken sleeps on.
    await Promise.all(bells.map(({ reach }) => reach(20_000)));
    Atomics.store(words, 0, 1);
    await once(worker, "exit");
    for (const { bell, calls } of bells) {
      assert.ok(calls() <= Atomics.load(words, 1) + 1);
      bell.close();
    }
  });

  it("dies with its worker while others ring it, and nothing is left of it", { timeout: 120000 }, async () => {
    const words = new Int32Array(new SharedArrayBuffer(40));
    const targets = words.buffer as SharedArrayBuffer;
    const mine = countingBell();
    words[8] = mine.bell.handle;
    const ringers = [startWorker({ work: "ring", targets }), startWorker({ work: "ring", targets })];
    await Promise.all(ringers.map((ringer) => once(ringer, "message")));
    // The first one brings descriptors with it that the runtime keeps.
    let files = 0;
    for (let round = 0; round < 50; round++) {
      const worker = startWorker({ work: "open", targets });
      const [{ handle, address }] = await once(worker, "message") as [BellReport];
      native.holdBell(handle);
      const imported = native.importBell(address);
      words[2 + round % 3] = handle;
      words[5 + round % 3] = imported;
      if (round % 2 === 0) await setTimeout(5 * Math.random());
      await worker.terminate();
      await untilGone(handle);
      assert.equal(native.ringBell(imported), results.gone);
      native.dropBell(handle);
      native.dropBell(imported);
      while (native.ringBell(handle) !== results.bad_handle) await setTimeout(1);
      if (round === 4) files = readdirSync("/proc/self/fd").length;
    }
    // What the last worker had may be on its way.
    assert.ok(
      readdirSync("/proc/self/fd").length <= files + 6,
      `${readdirSync("/proc/self/fd").length}, ${files} before`,
    );
    await whileWaiting(mine.reach(mine.calls() + 1));
    for (let i = 0; i < 200; i++) {
      const bell = native.openBell(() => {});
      words[2 + i % 3] = bell.handle;
      if (i % 2 === 0) await setImmediate();
      bell.close();
    }
    Atomics.store(words, 0, 1);
    await Promise.all(ringers.map((ringer) => once(ringer, "exit")));
    mine.bell.close();
  });

  it("lets a process exit, and a worker be terminated, while others ring", { timeout: 120000 }, async () => {
    for (const runtime of runtimeNames) {
      for (const end of ["exit", "terminate", "return"]) {
        const child = new Child(runtime, "./bell_program.ts", [end]);
        await child.ended();
        assert.deepEqual([child.process.exitCode, child.process.signalCode], [0, null], `${runtime} ${end}`);
        assert.deepEqual(child.lines, ["rung"], `${runtime} ${end}`);
      }
    }
  });
});

describe("a bell and processes", () => {
  for (const runtime of runtimeNames) {
    it(`is rung by ${runtime}, and says when it is closed`, { timeout: 60000 }, async () => {
      const { bell, calls, reach } = countingBell();
      assert.equal(bell.address().pid, process.pid);
      assert.deepEqual(bell.address(), bell.address());
      const child = new Child(runtime, "./bell_program.ts", ["foreign", JSON.stringify(bell.address())]);
      await whileWaiting(reach(20));
      bell.close();
      const rings = Number((await child.line("gone")).split(" ")[1]);
      await child.ended();
      assert.equal(child.process.exitCode, 0);
      assert.ok(rings >= calls() && calls() >= 20, `${calls()} calls of ${rings} rings`);
    });
  }

  it("refuses addresses of what is no bell, or is gone", () => {
    const { bell } = countingBell();
    const address = bell.address();
    const ring = native.createRing({ slotCount: 2, readerMax: 1, payloadBytes: 64, metadataBytes: 0, generation: 0 });
    assert.throws(() => native.importBell(ring.address()), { code: "not_shared" });
    assert.throws(() => native.importBell({ ...address, key: "f".repeat(32) }), { code: "gone" });
    assert.throws(() => native.importBell({ ...address, pid: 0x7fff_ffff }), { code: "gone" });
    ring.detach();
    const imported = native.importBell(address);
    assert.throws(() => native.library.functions.sl_bell_address(imported, new Uint8Array(3)) && assert.fail());
    bell.close();
    assert.equal(native.ringBell(imported), results.gone);
    native.dropBell(imported);
  });
});

describe("a ring and bells", () => {
  const config = { slotCount: 3, readerMax: 2, payloadBytes: 64, metadataBytes: 0, generation: 0 };

  it("rings them at commit, end, successor and wake", async () => {
    const ring = native.createRing(config);
    const [first, second] = [countingBell(), countingBell()];
    assert.equal(ring.addBell(first.bell.handle), 0);
    assert.equal(ring.addBell(first.bell.handle), results.already_set);
    assert.equal(ring.addBell(second.bell.handle), 0);
    const writer = ring.openWriter();
    const steps = [
      () => ring.commit(writer, ring.loan(writer)),
      () => ring.wake(),
      () => ring.setSuccessor(4),
      () => ring.end("finished"),
    ];
    for (const [i, step] of steps.entries()) {
      assert.equal(step(), 0);
      await whileWaiting(Promise.all([first.reach(i + 1), second.reach(i + 1)]));
    }
    assert.equal(ring.removeBell(first.bell.handle), 0);
    assert.equal(ring.removeBell(first.bell.handle), results.bad_handle);
    ring.wake();
    await whileWaiting(second.reach(5));
    assert.deepEqual([first.calls(), second.calls()], [4, 5]);
    ring.detach();
    first.bell.close();
    second.bell.close();
  });

  it("holds at most 64, and lets go of them with the ring", () => {
    const ring = native.createRing(config);
    const bells = Array.from({ length: 65 }, () => native.openBell(() => {}));
    const handles = bells.map((bell) => bell.handle);
    assert.deepEqual(handles.slice(0, 64).map((handle) => ring.addBell(handle)), new Array(64).fill(0));
    assert.equal(ring.addBell(handles[64]), results.out_of_space);
    assert.equal(ring.removeBell(handles[7]), 0);
    assert.equal(ring.addBell(handles[64]), 0);
    for (const bell of bells) bell.close();
    // Closed, but the ring holds them.
    assert.equal(native.ringBell(handles[0]), results.gone);
    assert.equal(native.ringBell(handles[7]), results.bad_handle);
    assert.equal(ring.wake(), 0);
    ring.detach();
    assert.equal(native.ringBell(handles[0]), results.bad_handle);
    assert.equal(native.ringBell(handles[64]), results.bad_handle);
  });
});
