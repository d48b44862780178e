import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { FakeMachine } from "../testdata/tai_machine.ts";
import { PTPClock } from "../time/ptp_clock.ts";
import { instantOf } from "../time/rate.ts";
import { SystemTaiClock } from "../time/system_tai_clock.ts";
import { replaceMachine } from "../time/tai_machine.ts";
import { refOfClock } from "./clock_book.ts";
import type { ClockRef } from "./protocol.ts";
import { SharedTaiClock } from "./shared_tai_clock.ts";

const timeout = 20_000;
const yes = (): boolean => true;
const no = (): boolean => false;

describe("a clock that follows TAI, in another place", () => {
  let restore: () => void;
  let clocks: (PTPClock | SystemTaiClock)[];

  beforeEach(() => {
    restore = replaceMachine(new FakeMachine());
    clocks = [new PTPClock(59.94, { interface: "eth0", holdoverErrorNs: 500 }), new SystemTaiClock(50)];
  });
  afterEach(() => {
    for (const clock of clocks) clock.close();
    restore();
  });

  it("is told as plain data where processes share TAI, else it beats at home", () => {
    const reference = { source: "ptp", domain: 127, holdoverErrorNs: 500 };
    const rate = { num: 60_000, den: 1001 };
    const told = refOfClock(clocks[0], yes);
    assert.deepEqual(told, { kind: "tai", clockId: "ptp/127/60000/1001", rate, reference });
    assert.deepEqual(structuredClone(told), told);
    assert.equal(refOfClock(clocks[1], yes)?.kind, "tai");
    assert.deepEqual(clocks.map((clock) => refOfClock(clock, no)?.kind), ["home", "home"]);
  });

  it("has the id, rate and beats of the one at home, and can be handed on", { timeout }, async () => {
    for (const home of clocks) {
      const reference = refOfClock(home, yes) as ClockRef & { kind: "tai" };
      const clock = new SharedTaiClock(reference);
      assert.deepEqual([clock.clockId, clock.rate], [home.clockId, home.rate]);
      const tick = await clock.nextTick();
      assert.equal(tick.timestampNs, instantOf(tick.taiFrame, clock.rate));
      assert.deepEqual([tick.clockId, tick.frameNumber, clock.stats().ticks], [home.clockId, 0, 1]);
      assert.deepEqual(refOfClock(clock, yes), reference);
      assert.ok(clock.now() >= tick.timestampNs);
      assert.equal(clock.stats().locked, clock.locked);
    }
  });
});
