import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { load } from "./mod.ts";

const functions = load().library.functions;

describe("checked functions", () => {
  it("refuse numbers that are no u32, naming function and parameter", () => {
    for (const value of [-1, 1.5, 2 ** 32, NaN, Infinity]) {
      assert.throws(() => functions.sl_ring_wait(1, value, 0), {
        name: "RangeError",
        message: `Cannot call sl_ring_wait: doorbellSeen is ${value}, it must be an integer from 0 to 4294967295`,
      });
    }
  });

  it("refuse what is no number", () => {
    for (const value of ["1", null, undefined, 1n, true]) {
      assert.throws(() => functions.sl_ring_attach(value as unknown as number), {
        name: "TypeError",
        message: /ring is /,
      });
    }
  });

  it("refuse NaN for an f64", () => {
    assert.throws(() => functions.sl_ring_pin_latest(1, 1, NaN), { name: "RangeError", message: /newerThan is NaN/ });
  });

  it("refuse bigints out of range and numbers for 64-bit parameters", () => {
    for (const value of [-1n, 2n ** 64n]) {
      assert.throws(() => functions.sl_time_sleep_until(value), { name: "RangeError", message: /monotonicNs is / });
    }
    for (const value of [-(2n ** 63n) - 1n, 2n ** 63n]) {
      assert.throws(() => functions.sl_ring_pin_at(1, 1, value), { name: "RangeError", message: /timestampNs is / });
    }
    assert.throws(() => functions.sl_time_sleep_until(5 as unknown as bigint), {
      name: "TypeError",
      message: /is 5, /,
    });
  });

  it("refuse what is no view for a buffer", () => {
    for (const value of [null, new ArrayBuffer(8), [1, 2]]) {
      assert.throws(() => functions.sl_tai_told(0n, value as unknown as Uint8Array), {
        name: "TypeError",
        message: /Cannot call sl_tai_told: out is /,
      });
    }
  });

  it("say that a buffer is too small, also one of length 0 or detached", () => {
    const detached = new Uint8Array(64);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    for (const buffer of [new Uint8Array(63), new Uint8Array(0), detached]) {
      assert.equal(functions.sl_tai_told(0n, buffer), -4);
    }
    assert.equal(functions.sl_tai_told(0n, new Uint8Array(64)), 0);
  });
});
