import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { MASTER, SPARE } from "../testdata/ptp_looks.ts";
import { whyFollowed, whyNot } from "./best_master.ts";
import type { PtpMaster } from "./ptp_look.ts";

/** As good as `MASTER` but for what is given, and another clock. */
function rival(given: Partial<PtpMaster>): PtpMaster {
  const { identity, address } = SPARE;
  return { ...MASTER, identity, address, grandmasterIdentity: identity, isParent: false, ...given };
}

describe("why a master is followed", () => {
  const rivals: readonly (readonly [PtpMaster, string, string])[] = [
    [rival({ priority1: 128, clockClass: 5 }), "priority 1 is 100, that of the next 128", "priority 1 is 128, not 100"],
    [rival({ clockClass: 7, clockAccuracy: 0x20 }), "class is 6, that of the next 7", "class is 7, not 6"],
    [
      rival({ clockAccuracy: 0xfe, clockVariance: 1 }),
      "accuracy is 100 ns, that of the next unknown",
      "accuracy is unknown, not 100 ns",
    ],
    [rival({ clockVariance: 65535 }), "variance is 20061, that of the next 65535", "variance is 65535, not 20061"],
    [rival({ priority2: 129 }), "priority 2 is 128, that of the next 129", "priority 2 is 129, not 128"],
    [rival({}), "identity is smaller, that of the next larger", "identity is larger, not smaller"],
    [
      rival({ grandmasterIdentity: MASTER.identity, priority1: 1 }),
      "steps to the same grandmaster is 0, that of the next 1",
      "steps to the same grandmaster is 1, not 0",
    ],
    [
      rival({ grandmasterIdentity: MASTER.identity, identity: MASTER.identity, port: 2 }),
      "identity, to the same grandmaster, is smaller, that of the next larger",
      "identity, to the same grandmaster, is larger, not smaller",
    ],
  ];
  for (const [other, why, not] of rivals) {
    it(`says that ${not}`, () => {
      assert.equal(whyFollowed([other, MASTER]), `the best of 2: ${why}`);
      assert.equal(whyNot(other, [other, MASTER]), not);
    });
  }

  it("compares with the best of the others", () => {
    const far = rival({ priority1: 200, identity: 9n, grandmasterIdentity: 9n });
    assert.equal(whyFollowed([far, MASTER, SPARE]), "the best of 3: priority 1 is 100, that of the next 128");
  });

  it("does not count a master that has announced itself once", () => {
    const fresh = rival({ priority1: 1, isQualified: false });
    assert.equal(whyFollowed([fresh, MASTER]), "the only one that counts");
    assert.equal(whyNot(fresh, [fresh, MASTER]), "does not count yet: two Announces in time are needed");
  });

  it("says so when a better one is about to be followed", () => {
    const better = rival({ priority1: 1 });
    assert.equal(whyNot(better, [better, MASTER]), "better by priority 1, about to be followed");
    assert.equal(whyFollowed([better, MASTER]), "chosen before a better one came: its priority 1 is 1, not 100");
  });

  it("has no answer while none is followed", () => {
    assert.equal(whyFollowed([SPARE]), undefined);
    assert.equal(whyNot(SPARE, [SPARE]), "counts");
    assert.equal(whyNot(MASTER, [MASTER, SPARE]), undefined);
  });
});
