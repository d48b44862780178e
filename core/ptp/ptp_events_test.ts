import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { NativePtpParent, NativePtpStatistics } from "@streamlib/ffi";
import { ptpStatistics } from "../testdata/tai_machine.ts";
import { ptpEventsBetween, timescaleWarning } from "./ptp_events.ts";

const PARENT: NativePtpParent = {
  identity: 0x0200_00ff_fe00_0001n,
  port: 1,
  grandmasterIdentity: 0x0200_00ff_fe00_0001n,
  clockClass: 6,
  clockAccuracy: 0x21,
  clockVariance: 0x4e5d,
  priority1: 128,
  priority2: 128,
  timeSource: 0x20,
  stepsRemoved: 0,
  utcOffsetS: 37,
  flags: ["utc-offset-valid", "ptp-timescale"],
  timescale: undefined,
  syncLogInterval: -3,
};

function told(before: Partial<NativePtpStatistics>, after: Partial<NativePtpStatistics>): unknown[] {
  return ptpEventsBetween(ptpStatistics(before), ptpStatistics(after)).map(({ name, event }) => [name, event]);
}

describe("ptpEventsBetween()", () => {
  it("tells nothing of what stays the same, numbers apart", () => {
    assert.deepEqual(told({ parent: PARENT }, { parent: { ...PARENT, flags: [] }, frequencyPpb: 3, turns: 9 }), []);
  });

  it("tells the state with the error", () => {
    const event = { from: "acquiring", to: "locked", errorNs: 400 };
    assert.deepEqual(told({ clockState: "acquiring" }, { clockState: "locked", errorNs: 400 }), [["state", event]]);
  });

  it("tells a master that comes, changes, has another grandmaster, or goes", () => {
    const other = { ...PARENT, identity: 2n };
    const behind = { ...PARENT, grandmasterIdentity: 3n };
    for (const [from, to] of [[undefined, PARENT], [PARENT, other], [PARENT, behind], [PARENT, undefined]]) {
      assert.deepEqual(told({ parent: from }, { parent: to }), [["master", { from, to }]]);
    }
  });

  it("tells steps, with how many", () => {
    const event = { stepNs: -70, count: 2 };
    assert.deepEqual(told({ steps: 1, lastStepNs: 9 }, { steps: 3, lastStepNs: -70 }), [["step", event]]);
  });

  it("tells what the time of the master is, with a warning if it is not TAI", () => {
    const utc = { ...PARENT, timescale: "utc-as-tai" } as const;
    const [[name, event]] = told({ parent: PARENT }, { parent: utc }) as [string, { warning: string }][];
    assert.equal(name, "timescale");
    assert.match(event.warning, /it is UTC: time is 37 s behind; .* timescale: "utc"$/);
    assert.deepEqual(told({ parent: utc }, { parent: { ...utc, timescale: "tai" } }), [
      ["timescale", { timescale: "tai", warning: undefined }],
    ]);
    assert.equal(timescaleWarning("arbitrary-utc", 37), undefined);
    assert.match(timescaleWarning("wrong-utc-offset", 37)!, /wrong difference/);
    assert.equal(timescaleWarning("arbitrary-tai"), undefined);
  });

  it("tells what a new client knows, and nothing that was counted before", () => {
    const after = ptpStatistics({ parent: { ...PARENT, timescale: "tai" }, clockState: "acquiring", steps: 4 });
    assert.deepEqual(ptpEventsBetween(undefined, after).map(({ name }) => name), ["master", "timescale", "state"]);
    assert.deepEqual(ptpEventsBetween(undefined, ptpStatistics({ steps: 4 })), []);
  });

  it("tells silences before what they lead to", () => {
    const { counters } = ptpStatistics();
    const after = {
      counters: { ...counters, announceTimeouts: 1, syncTimeouts: 2 },
      clockState: "holdover",
      parent: undefined,
    } as const;
    const events = told({ parent: PARENT, clockState: "locked" }, after) as [string, unknown][];
    assert.deepEqual(events.map(([name]) => name), ["timeout", "timeout", "master", "state"]);
    assert.deepEqual(events[0][1], { message: "announce", count: 1 });
    assert.deepEqual(events[1][1], { message: "sync", count: 2 });
  });
});
