import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { clockIdentityText, parseClockIdentity } from "./clock_identity.ts";

describe("clock identities", () => {
  it("are written as session descriptions have them, and read back", () => {
    for (
      const [identity, text] of [[0x001b21fffe5a0c77n, "00-1B-21-FF-FE-5A-0C-77"], [
        1n,
        "00-00-00-00-00-00-00-01",
      ]] as const
    ) {
      assert.equal(clockIdentityText(identity), text);
      assert.equal(parseClockIdentity(text), identity);
    }
  });

  it("are read with any separators, and nothing else is", () => {
    assert.equal(parseClockIdentity("001b21fffe5a0c77"), 0x001b21fffe5a0c77n);
    assert.equal(parseClockIdentity("00:1b:21:ff:fe:5a:0c:77"), 0x001b21fffe5a0c77n);
    for (
      const text of ["", "00-1B-21-5A-0C-77", "00-1B-21-FF-FE-5A-0C-77-", "0-1B-21-FF-FE-5A-0C-777", "xyzz21fffe5a0c77"]
    ) {
      assert.equal(parseClockIdentity(text), undefined);
    }
    assert.equal(parseClockIdentity("00-00-00-00-00-00-00-00"), undefined);
  });
});
