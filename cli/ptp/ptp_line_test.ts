import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { clockIdentityText } from "@streamlib/core";
import { FREE, LOOK, lookWith, MASTER } from "../testdata/ptp_looks.ts";
import { jsonOf } from "./ptp_json.ts";
import { lineOf } from "./ptp_line.ts";
import type { PtpMaster } from "./ptp_look.ts";

describe("lineOf()", () => {
  it("says everything in a line", () => {
    assert.equal(
      lineOf(LOOK),
      "locked slave, offset +120 ns rms 210 ns P99 639 ns, path 12.3 µs, rate +12.346 ppm, error 1.42 µs, " +
        "master 00-1B-21-FF-FE-5A-0C-77",
    );
  });

  it("leaves out what is not known", () => {
    assert.equal(lineOf(lookWith(FREE)), "free listening, no master");
    assert.equal(lineOf(lookWith({ ...FREE, portState: "master" })), "free master, 0 Sync sent");
    assert.equal(
      lineOf({ ...LOOK, mode: "watch", statistics: undefined, tai: { ...LOOK.tai, publisherPid: 0 } }),
      "TAI told by nobody any more: all go on at the last rate, locked, may be off by 1.42 µs",
    );
  });
});

describe("jsonOf()", () => {
  it("is one line, with identities and instants as texts", () => {
    const text = jsonOf(LOOK);
    assert.ok(!text.includes("\n"));
    const look = JSON.parse(text);
    assert.deepEqual(Object.keys(look), ["mode", "pid", "tai", "statistics", "masters", "histogram", "warnings"]);
    assert.deepEqual(look.tai, {
      taiNs: "1795000000000000000",
      source: "ptp",
      state: "locked",
      errorNs: 1420,
      publisherPid: 4711,
      isShared: true,
      refusal: null,
    });
    assert.equal(look.statistics.identity, "02-42-0A-FF-FE-00-00-02");
    assert.equal(look.statistics.parent.grandmasterIdentity, clockIdentityText(MASTER.grandmasterIdentity));
    assert.equal(look.statistics.offsets.p99Ns, 639);
    assert.equal(look.statistics.syncHeardNs, "999920000000");
    assert.equal(look.statistics.fault, null);
    assert.deepEqual(look.masters.map(({ isParent }: PtpMaster) => isParent), [false, true]);
    assert.deepEqual(look.histogram[0], { fromNs: -767, toNs: -640, count: 3 });
    assert.deepEqual(look.warnings, []);
  });

  it("keeps its shape where nothing is known", () => {
    const free = JSON.parse(jsonOf(lookWith(FREE, { masters: [], histogram: undefined })));
    assert.deepEqual(Object.keys(free.statistics), Object.keys(JSON.parse(jsonOf(LOOK)).statistics));
    assert.deepEqual([free.statistics.parent, free.statistics.offsets, free.histogram], [null, null, null]);
    assert.equal(free.warnings[0].about, "no-master");
    assert.equal(JSON.parse(jsonOf({ ...LOOK, statistics: undefined })).statistics, null);
  });
});
