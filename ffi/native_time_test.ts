import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import process from "node:process";
import { load } from "./mod.ts";

const time = load().time;

describe("NativeTime", () => {
  it("counts the same nanoseconds as the runtime's own clock", () => {
    const outerStart = process.hrtime.bigint();
    const innerStart = time.monotonicNs();
    time.sleepUntil(innerStart + 5_000_000n);
    const innerEnd = time.monotonicNs();
    const outerEnd = process.hrtime.bigint();
    assert.ok(innerEnd - innerStart >= 5_000_000n);
    assert.ok(innerEnd - innerStart <= outerEnd - outerStart, `${innerEnd - innerStart} ${outerEnd - outerStart}`);
  });

  it("maps it to TAI by one fixed offset", () => {
    const mapping = time.mapping();
    assert.deepEqual(time.mapping(), mapping);
    assert.ok(mapping.taiUtcSeconds >= 10 && mapping.taiUtcSeconds < 100);
    assert.ok(["system", "kernel"].includes(mapping.source));
    const before = time.monotonicNs();
    const tai = time.taiNs();
    const after = time.monotonicNs();
    assert.ok(tai >= before + mapping.offsetNs && tai <= after + mapping.offsetNs);
    const utcMs = Number(tai / 1_000_000n) - mapping.taiUtcSeconds * 1000;
    assert.ok(Math.abs(utcMs - Date.now()) < 2000, `${utcMs - Date.now()} ms off the system clock`);
  });

  it("sleepUntil() is never early", () => {
    for (let i = 0n; i < 20n; i++) {
      const deadline = time.monotonicNs() + i * 150_000n;
      assert.equal(time.sleepUntil(deadline), true);
      assert.ok(time.monotonicNs() >= deadline);
    }
  });

  it("sleepUntil() says false for a deadline beyond 100 ms, after sleeping that long", () => {
    const start = time.monotonicNs();
    assert.equal(time.sleepUntil(start + 60_000_000_000n), false);
    assert.ok(time.monotonicNs() - start >= 100_000_000n);
  });
});
