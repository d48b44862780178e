import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { throwsCode } from "../../tests/conformance/ring.ts";
import { Supervisor } from "./supervisor.ts";
import { isSupervisor, type SupervisorOptions } from "./supervisor_options.ts";

describe("Supervisor options", () => {
  it("have defaults", () => {
    const { timers: _timers, ...options } = new Supervisor().options;
    assert.deepEqual(options, {
      strategy: "one-for-one",
      maxRestarts: 3,
      withinMs: 5000,
      backoff: { firstMs: 100, maxMs: 5000, factor: 2, jitter: 0.2 },
      parent: undefined,
      snapshotMs: 1000,
    });
    assert.deepEqual(new Supervisor({ backoff: { factor: 3 } }).options.backoff.factor, 3);
    assert.equal(new Supervisor({ snapshotMs: 0 }).snapshotMs, 0);
  });

  it("that are wrong are named with their value and what is right", () => {
    const cases: [unknown, RegExp][] = [
      [{ strategy: "all" }, /option strategy = "all": one of one-for-one, one-for-all, rest-for-one is right/],
      [{ maxRestarts: -1 }, /option maxRestarts = -1: an integer from 0 to 1000 is right/],
      [{ maxRestarts: 1.5 }, /option maxRestarts = 1.5: an integer/],
      [{ maxRestarts: 1001 }, /option maxRestarts = 1001: an integer/],
      [{ maxRestarts: "3" }, /option maxRestarts = "3": an integer/],
      [{ withinMs: 0 }, /option withinMs = 0: a number above 0 is right/],
      [{ withinMs: NaN }, /option withinMs = NaN: a number above 0 is right/],
      [{ backoff: 100 }, /option backoff = 100: an object is right/],
      [{ backoff: { firstMs: -1 } }, /option backoff.firstMs = -1: 0 to 2147483647 is right/],
      [{ backoff: { firstMs: 6000 } }, /option backoff.maxMs = 5000: 6000 \(backoff.firstMs\) to 2147483647 is right/],
      [{ backoff: { maxMs: Infinity } }, /option backoff.maxMs = Infinity: 100/],
      [{ backoff: { factor: 0.5 } }, /option backoff.factor = 0.5: 1 to 1000 is right/],
      [{ backoff: { jitter: 1.1 } }, /option backoff.jitter = 1.1: 0 to 1 is right/],
      [{ backoff: { first: 1 } }, /option backoff.first: there is no such option; there are firstMs, maxMs/],
      [{ parent: {} }, /option parent = an object: a Supervisor is right/],
      [{ snapshotMs: -5 }, /option snapshotMs = -5: 0 to 2147483647 is right/],
      [{ timers: { nowMs: 1 } }, /option timers = an object: an object with nowMs, setTimeout and random is right/],
      [{ restarts: 3 }, /option restarts: there is no such option; there are strategy, maxRestarts/],
      [null, /options = null: an object is right/],
    ];
    for (const [options, message] of cases) {
      throwsCode(() => new Supervisor(options as SupervisorOptions), "option-invalid", message);
    }
    const both = /^Cannot make a Supervisor: option maxRestarts = -1: .*; option backoff.jitter = 2: /;
    throwsCode(() => new Supervisor({ maxRestarts: -1, backoff: { jitter: 2 } }), "option-invalid", both);
  });
});

describe("isSupervisor()", () => {
  it("knows a supervisor of any copy", () => {
    assert.equal(isSupervisor(new Supervisor()), true);
    assert.equal(isSupervisor({ "~streamlibSupervisor": true }), true);
    for (const other of [undefined, null, 1, {}]) assert.equal(isSupervisor(other), false);
  });
});
