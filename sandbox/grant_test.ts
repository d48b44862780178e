import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { isStreamError } from "@streamlib/core";
import { type Abilities, completeGrant, problemOf } from "./grant.ts";

const ABLE: Abilities = { platform: "linux", nativeReason: undefined, landlockVersion: 1, hasFilters: true };

describe("problemOf()", () => {
  it("names everything that a machine lacks", () => {
    assert.equal(problemOf(ABLE), undefined);
    assert.match(problemOf({ ...ABLE, platform: "darwin" })!, /enforced by Linux alone, and this is darwin/);
    assert.match(problemOf({ ...ABLE, nativeReason: "no file" })!, /needs the native library: no file/);
    assert.match(problemOf({ ...ABLE, landlockVersion: 0 })!, /does not have Landlock \(Linux 5\.13/);
    assert.match(
      problemOf({ ...ABLE, landlockVersion: 0, hasFilters: false })!,
      /Landlock .*, nor filters of system calls/,
    );
  });
});

describe("completeGrant()", () => {
  it("fills in what is not said", () => {
    assert.deepEqual(completeGrant({ network: false, cpuSeconds: 5 }), {
      memoryBytes: 512 << 20,
      cpuSeconds: 5,
      wallMsPerTick: 2000,
      threads: 64,
      read: [],
    });
    assert.equal(completeGrant({}).cpuSeconds, 0);
  });

  it("refuses what cannot be granted, or not so much or so little", () => {
    const refused: [object, RegExp][] = [
      [{ network: true }, /grant\.network = true: the network cannot be granted/],
      [{ read: "/" }, /grant\.read: a list of at most 100 paths/],
      [{ read: ["/no/such/path"] }, /grant\.read: \/no\/such\/path is not there/],
      [{ write: ["/"] }, /grant\.write: nothing of that name can be granted/],
      [{ memoryBytes: 1 }, /grant\.memoryBytes = 1: an integer from 134217728 to 68719476736 is right/],
      [{ cpuSeconds: 0.5 }, /grant\.cpuSeconds = 0\.5/],
      [{ cpuSeconds: NaN }, /grant\.cpuSeconds = NaN/],
      [{ wallMsPerTick: "1" }, /grant\.wallMsPerTick = 1/],
      [{ threads: 5000 }, /grant\.threads = 5000/],
    ];
    for (const [grant, message] of refused) {
      assert.throws(
        () => completeGrant(grant),
        (thrown) => isStreamError(thrown) && thrown.code === "option-invalid" && message.test(thrown.message),
      );
    }
  });
});
