import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { FrontLog } from "./beat.ts";

const S = 1_000_000_000n;

describe("FrontLog", () => {
  it("knows when the streams had reached an instant", () => {
    const log = new FrontLog();
    log.see(10n * S, 100n * S);
    log.see(11n * S, 101n * S);
    log.see(10n * S + 1n, 102n * S);
    assert.equal(log.seenAt(10n * S), 100n * S);
    assert.equal(log.seenAt(10n * S + S / 2n), 101n * S);
    assert.equal(log.seenAt(12n * S), undefined);
  });

  it("begins anew when stamps jump back, or the time at which they are seen", () => {
    const log = new FrontLog();
    log.see(100n * S, 100n * S);
    log.see(50n * S, 101n * S);
    assert.equal(log.seenAt(50n * S), 101n * S);
    log.see(51n * S, 2n * S);
    assert.equal(log.seenAt(50n * S), 2n * S);
    assert.equal(log.seenAt(51n * S), 2n * S);
  });
});
