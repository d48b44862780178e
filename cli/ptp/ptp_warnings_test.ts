import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { countersWith, FREE, LOOK, lookWith, PARENT } from "../testdata/ptp_looks.ts";
import type { PtpLook, PtpParent, PtpStatistics } from "./ptp_look.ts";
import { warningsOf } from "./ptp_warnings.ts";

const SECOND_NS = 1_000_000_000n;

function about(look: PtpLook): string[] {
  return warningsOf(look).map((warning) => warning.about);
}

function textOf(look: PtpLook): string {
  return warningsOf(look).map(({ text }) => text).join("\n");
}

function parentWith(given: Partial<PtpParent>, addedS = 0): PtpLook {
  return lookWith({ parent: { ...PARENT, ...given }, addedS });
}

describe("warningsOf()", () => {
  it("has none for a good master, for one not compared yet, and where nothing is known", () => {
    assert.deepEqual(about(LOOK), []);
    assert.deepEqual(about(parentWith({ timescale: undefined })), []);
    assert.deepEqual(about(parentWith({ timescale: "arbitrary-tai" })), []);
    assert.deepEqual(warningsOf({ ...LOOK, statistics: undefined }), []);
  });

  const UTC: readonly NonNullable<PtpParent["timescale"]>[] = ["utc-as-tai", "arbitrary-utc"];
  for (const timescale of UTC) {
    it(`names the 37-second trap and what mends it (${timescale})`, () => {
      assert.match(textOf(parentWith({ timescale })), /^the 37-second trap: .* TAI is 37 s behind; .*--timescale utc$/);
      assert.deepEqual(about(parentWith({ timescale }, 37)), []);
    });
  }

  it("tells who adds seconds to TAI to leave that", () => {
    const text = "the master sends TAI, and 37 s are added all the same; leave --timescale utc out";
    for (const timescale of ["tai", "arbitrary-tai", "wrong-utc-offset"] as const) {
      assert.equal(textOf(parentWith({ timescale }, 37)), text);
    }
  });

  it("has a sentence for each other finding", () => {
    assert.match(textOf(parentWith({ timescale: "arbitrary" })), /a time of its own, near neither TAI nor UTC/);
    assert.match(textOf(parentWith({ timescale: "wrong-utc-offset" })), /correct its leap seconds/);
    assert.match(textOf(parentWith({ timescale: "far-away" })), /one of the two is wrong/);
  });

  it("says why others do not have the TAI that this process tells", () => {
    const alone = (refusal: string): PtpLook => ({ ...LOOK, tai: { ...LOOK.tai, isShared: false, refusal } });
    assert.match(textOf(alone("bad-name")), /^other processes .* do not have this TAI: STREAMLIB_TAI has other char/);
    assert.match(textOf(alone("wrong-owner")), /belongs to another user.*; remove it$/);
    assert.match(textOf(alone("system-failed")), /\/dev\/shm cannot be used$/);
    assert.deepEqual(about({ ...alone("permission"), pid: LOOK.pid + 1 }), []);
  });

  it("warns of what the master announces", () => {
    assert.deepEqual(about(parentWith({ flags: [] })), ["not-traceable"]);
    assert.deepEqual(about(parentWith({ flags: [...PARENT.flags, "leap61", "synchronization-uncertain"] })), [
      "leap-second",
      "master-uncertain",
    ]);
    assert.match(textOf(parentWith({ flags: [...PARENT.flags, "leap59"] })), /59 s/);
  });

  it("warns of a path delay that nobody answers, by mechanism", () => {
    const silent: Partial<PtpStatistics> = { pathDelayNs: undefined, counters: countersWith({ delayLost: 3 }) };
    assert.match(textOf(lookWith(silent)), /^the master does not answer .*; try --delay p2p,/);
    assert.match(
      textOf(lookWith({ ...silent, delayMechanism: "peer-to-peer" })),
      /^no neighbour answers .*--delay e2e,/,
    );
    assert.deepEqual(about(lookWith({ ...silent, counters: countersWith({ delayLost: 2 }) })), []);
    assert.deepEqual(about(lookWith({ ...silent, severalPeers: true })), ["several-peers"]);
  });

  it("says what to look at when no master is heard, not at once", () => {
    assert.equal(
      textOf(lookWith(FREE)),
      "no master is heard for 12 s; see --interface and --domain, the cable, and that no firewall stops UDP ports 319 " +
        "and 320",
    );
    assert.match(
      textOf(lookWith({ ...FREE, announceHeardNs: FREE.openedNs })),
      /^no master is heard any more for 12 s;/,
    );
    assert.match(textOf(lookWith(FREE, { mode: "watch" })), /; see the cable/);
    assert.deepEqual(about(lookWith({ ...FREE, openedNs: FREE.monotonicNs - 5n * SECOND_NS })), []);
    assert.deepEqual(about(lookWith({ ...FREE, foreignMasterCount: 1 })), []);
  });

  it("says that masters are in another domain", () => {
    assert.equal(
      textOf(lookWith({ ...FREE, counters: countersWith({ otherDomain: 1 }) })),
      "no master is heard in domain 127, but 1 message of others; give --domain",
    );
  });

  it("tells who leads that its time is traceable to nothing", () => {
    const leading: Partial<PtpStatistics> = { ...FREE, portState: "master" };
    assert.deepEqual(about(lookWith({ ...leading, leadsUntraceable: true })), ["leads-untraceable"]);
    assert.deepEqual(about(lookWith(leading)), []);
  });

  it("says why a port is faulty, and not that nobody is heard", () => {
    for (const fault of ["interface-gone", "interface-down", "no-address", "sockets"] as const) {
      assert.deepEqual(about(lookWith({ ...FREE, portState: "faulty", fault })), ["fault"], fault);
    }
    assert.match(textOf(lookWith({ ...FREE, fault: "interface-down" })), /ip link set/);
  });
});
