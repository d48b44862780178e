import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { isStreamError } from "../errors.ts";
import type { Transport } from "./place.ts";
import { PlacePool } from "./place_pool.ts";
import type { FromPlace, ToPlace } from "./protocol.ts";

/** A worker that does what the test says. */
class FakeWorker implements Transport {
  readonly processKey = 0;
  readonly sent: ToPlace[] = [];
  say: (message: FromPlace) => void = () => {};
  die: (cause: string) => void = () => {};

  check(): void {}

  send(message: ToPlace): void {
    this.sent.push(message);
    if (message.type === "close") this.die("it was closed");
  }

  listen(onMessage: (message: FromPlace) => void, onExit: (cause: string) => void): void {
    this.say = onMessage;
    this.die = onExit;
  }

  kill(): Promise<void> {
    this.die("it was killed");
    return Promise.resolve();
  }
}

function fakePool(workers: number, begin: (worker: FakeWorker) => void = () => {}): [PlacePool, FakeWorker[]] {
  const started: FakeWorker[] = [];
  const pool = new PlacePool("thread", workers, () => {
    const worker = new FakeWorker();
    started.push(worker);
    queueMicrotask(() => begin(worker));
    return worker;
  });
  return [pool, started];
}

describe("PlacePool", () => {
  it("begins a place anew that dies before it is open, a few times, and only when it is wanted", async () => {
    const [pool, started] = fakePool(2, (worker) => worker.die("it exited with code 1"));
    await setImmediate();
    assert.equal(started.length, 2);
    await assert.rejects(
      pool.lease(),
      (thrown) =>
        isStreamError(thrown) && thrown.code === "place-lost" &&
        /^thread \d+ died: it exited with code 1$/.test(thrown.message),
    );
    assert.equal(started.length, 4);
    await pool.close();
  });

  it("begins a place anew that dies later, at once", async () => {
    const [pool, started] = fakePool(1, (worker) => worker.say({ type: "hello", error: undefined }));
    const first = await pool.lease();
    started[0].die("it was ended by SIGKILL");
    await setImmediate();
    assert.equal(started.length, 2);
    const second = await pool.lease();
    assert.notEqual(second, first);
    await pool.close();
    assert.equal(started.length, 2);
  });

  it("fails who waits for a place when it is closed", async () => {
    const [pool] = fakePool(1);
    const waiting = assert.rejects(pool.lease(), /Cannot use a thread of this pool: the pool was closed/);
    await pool.close();
    await waiting;
    await assert.rejects(pool.lease(), /the pool was closed/);
  });

  it("gives those who wait at the same time different places", async () => {
    const [pool, started] = fakePool(3);
    const leases = Promise.all([pool.lease(), pool.lease(), pool.lease()]);
    for (const worker of started) worker.say({ type: "hello", error: undefined });
    assert.equal(new Set(await leases).size, 3);
    await pool.close();
  });
});
