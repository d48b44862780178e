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
