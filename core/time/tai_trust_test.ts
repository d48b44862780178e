import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { FakeMachine } from "../testdata/tai_machine.ts";
import type { TaiTold } from "./tai_told.ts";
import { type TaiReference, trustOf } from "./tai_trust.ts";

const PTP: TaiReference = { source: "ptp", domain: 127, holdoverErrorNs: 100_000 };
const KERNEL: TaiReference = { source: "kernel-followed", domain: 0, holdoverErrorNs: 100_000 };

const yes = (): boolean => true;
const no = (): boolean => false;

function told(given: Partial<TaiTold>): TaiTold {
  return { ...new FakeMachine().known, ...given };
}

describe("trustOf()", () => {
  it("is locked by its own reference alone", () => {
    const ptp = told({ source: "ptp", state: "locked", domain: 127, errorNs: 400 });
    assert.deepEqual(trustOf(PTP, ptp, yes), { state: "locked", locked: true, errorNs: 400, isFollowed: true });
    assert.deepEqual(trustOf(KERNEL, ptp, yes).locked, false);
    assert.deepEqual(trustOf({ ...PTP, domain: 0 }, ptp, yes).locked, false);
    const kernel = told({ source: "kernel-followed", state: "locked" });
    assert.deepEqual([trustOf(PTP, kernel, yes).locked, trustOf(KERNEL, kernel, yes).locked], [false, true]);
    assert.equal(trustOf(PTP, told({ source: "kernel", state: "locked" }), yes).locked, false);
  });

  it("is acquiring while somebody seeks, and free when nobody does", () => {
    assert.deepEqual([trustOf(PTP, told({}), yes).state, trustOf(PTP, told({}), no).state], ["acquiring", "free"]);
  });

  it("is locked in a holdover as long as the error is small enough", () => {
    const holdover = (errorNs: number): TaiTold => told({ source: "ptp", domain: 127, state: "holdover", errorNs });
    assert.deepEqual(
      [99_999, 100_000, 100_001].map((errorNs) => trustOf(PTP, holdover(errorNs), yes).locked),
      [true, true, false],
    );
    assert.equal(trustOf(PTP, holdover(1), no).state, "holdover");
    for (const state of ["acquiring", "free"] as const) {
      assert.equal(trustOf(PTP, told({ source: "ptp", domain: 127, state, errorNs: 1 }), yes).locked, false);
    }
  });
});
