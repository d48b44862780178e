import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Native } from "./native.ts";
import { ptpReferenceClock } from "./ptp_reference_clock.ts";

type Told = Partial<ReturnType<Native["tai"]["told"]>>;
type Published = { domain: number; parent: { grandmasterIdentity: bigint } | undefined } | undefined;

const PUBLISHED: Published = { domain: 127, parent: { grandmasterIdentity: 0x39a7_94ff_fe07_cbd0n } };
const CLOCK = { kind: "ptp", version: "IEEE1588-2008", gmid: "39-A7-94-FF-FE-07-CB-D0", domain: 127 };

function clockOf(told: Told, published: Published = PUBLISHED): unknown {
  return ptpReferenceClock({ tai: { told: () => told }, publishedPtp: () => published } as unknown as Native);
}

describe("ptpReferenceClock()", () => {
  it("is the grandmaster and its domain while TAI is from PTP", () => {
    assert.deepEqual(clockOf({ source: "ptp", state: "locked" }), CLOCK);
    assert.deepEqual(clockOf({ source: "ptp", state: "holdover" }), CLOCK);
  });

  it("is none as long as the time is not the master's, or it is not known whose", () => {
    for (const source of ["system", "kernel", "kernel-followed"] as const) {
      assert.equal(clockOf({ source, state: "locked" }), undefined);
    }
    for (const state of ["free", "acquiring"] as const) assert.equal(clockOf({ source: "ptp", state }), undefined);
    assert.equal(clockOf({ source: "ptp", state: "holdover" }, { domain: 127, parent: undefined }), undefined);
    const native = { tai: { told: () => ({ source: "ptp", state: "locked" }) }, publishedPtp: () => undefined };
    assert.equal(ptpReferenceClock(native as unknown as Native), undefined);
  });
});
