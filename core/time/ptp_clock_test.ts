import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { StreamError } from "../errors.ts";
import { until } from "../testdata/actors.ts";
import { FakeMachine, ManualTai, ptpStatistics } from "../testdata/tai_machine.ts";
import type { TimedTick } from "./clock.ts";
import { ClockSelector } from "./clock_selector.ts";
import { PTPClock, type PTPClockOptions } from "./ptp_clock.ts";
import { instantOf } from "./rate.ts";
import { SystemTaiClock } from "./system_tai_clock.ts";
import { replaceMachine } from "./tai_machine.ts";

const timeout = 20_000;
const S = 1_000_000_000n;

let time: ManualTai;
let machine: FakeMachine;
let restore: () => void;
const open: { close(): void }[] = [];

beforeEach(() => {
  time = new ManualTai();
  machine = new FakeMachine(time);
  restore = replaceMachine(machine);
});
afterEach(() => {
  for (const one of open.splice(0)) one.close();
  restore();
});

/** What is said on standard error meanwhile. */
async function saidDuring(work: () => Promise<void>): Promise<string[]> {
  const said: string[] = [];
  const { error } = console;
  console.error = (line: string): void => void said.push(line);
  try {
    await work();
  } finally {
    console.error = error;
  }
  return said;
}

function make(options: PTPClockOptions = {}, fps = 50): PTPClock {
  const clock = new PTPClock(fps, { interface: "eth0", ...options });
  open.push(clock);
  return clock;
}

/** PTP tells TAI. */
function follow(state: "acquiring" | "locked" | "holdover" | "free", errorNs = 400, domain = 127): void {
  machine.tell({ source: "ptp", state, errorNs, domain, publisherPid: 7 });
}

describe("PTPClock", () => {
  it("has the domain of its profile, and its rate, in its id", () => {
    assert.equal(make({}, 59.94).clockId, "ptp/127/60000/1001");
    assert.equal(make({ profile: "default" }).clockId, "ptp/0/50/1");
    assert.equal(make({ domain: 5 }).clockId, "ptp/5/50/1");
  });

  it("is free, acquiring, locked, in holdover and free again, as TAI is told", { timeout }, async () => {
    const clock = make();
    assert.deepEqual([clock.state, clock.locked], ["free", false]);
    await clock.nextTick();
    assert.equal(clock.state, "free");
    machine.engines[0].known = ptpStatistics({ clockState: "acquiring" });
    assert.deepEqual([clock.state, clock.locked], ["acquiring", false]);
    follow("acquiring");
    assert.deepEqual([clock.state, clock.locked], ["acquiring", false]);
    follow("locked");
    assert.deepEqual([clock.state, clock.locked, clock.stats().errorNs], ["locked", true, 400]);
    follow("holdover", 100_000);
    assert.deepEqual([clock.state, clock.locked], ["holdover", true]);
    follow("holdover", 100_001);
    assert.deepEqual([clock.state, clock.locked], ["holdover", false]);
    follow("free", 1_000_001);
    assert.deepEqual([clock.state, clock.locked], ["free", false]);
  });

  it("is as good in a holdover as the user says", () => {
    const clock = make({ holdoverErrorNs: 2000 });
    follow("holdover", 2000);
    assert.equal(clock.locked, true);
    follow("holdover", 2001);
    assert.equal(clock.locked, false);
  });

  it("is not locked by another domain, nor by another source", () => {
    const clock = make();
    follow("locked", 400, 0);
    assert.equal(clock.locked, false);
    machine.tell({ source: "kernel-followed", state: "locked", domain: -1 });
    assert.equal(clock.locked, false);
  });

  it("beats at TAI frames whether it is locked or not, and flags a step once", { timeout }, async () => {
    const clock = make({}, 25);
    const ticks: TimedTick[] = [];
    const beat = async (): Promise<TimedTick> => {
      ticks.push(await clock.nextTick(ticks.at(-1)));
      return ticks.at(-1)!;
    };
    for (let i = 0; i < 5; i++) await beat();
    follow("locked");
    time.step(3n * S + 1n);
    const stepped = await beat();
    assert.deepEqual([stepped.discontinuity, stepped.frameNumber, stepped.missed], [true, 5, 0]);
    for (let i = 0; i < 5; i++) await beat();
    follow("free");
    await beat();
    assert.deepEqual(ticks.map(({ discontinuity }) => discontinuity).lastIndexOf(true), 5);
    for (const tick of ticks) assert.equal(tick.timestampNs, instantOf(tick.taiFrame, clock.rate));
    assert.deepEqual(ticks.map(({ frameNumber }) => frameNumber), ticks.map((_, i) => i));
    const { clockId, ticks: count, missed } = clock.stats();
    assert.deepEqual([clockId, count, missed], ["ptp/127/25/1", 12, 0]);
  });

  it("shares one client with all clocks of a domain, which the last one closes", { timeout }, async () => {
    const [a, b] = [make(), make({}, 59.94)];
    await Promise.all([a.nextTick(), b.nextTick()]);
    assert.equal(machine.engines.length, 1);
    assert.deepEqual([machine.opened[0].domain, machine.opened[0].interface], [127, "eth0"]);
    follow("locked");
    a.close();
    a.close();
    assert.deepEqual([a.locked, a.state, b.locked, machine.engines[0].isClosed], [false, "free", true, false]);
    assert.ok((await a.nextTick()).timestampNs > 0n);
    b[Symbol.dispose]();
    assert.equal(machine.engines[0].isClosed, true);
    await make().nextTick();
    assert.equal(machine.engines.length, 2);
  });

  it("opens nothing for good if it is closed before the client is open", { timeout }, async () => {
    const clock = make();
    clock.close();
    await until(() => machine.engines[0]?.isClosed, "the client is closed");
  });

  it("refuses other options for a domain in use, and names one; other domains may differ", () => {
    make();
    assert.throws(() => make({ dscp: 34 }), {
      code: "clock-invalid",
      message: /^Cannot follow PTP domain 127 .*: dscp differs/,
    });
    make({ domain: 3, dscp: 34 });
    make({ holdoverErrorNs: 5 });
    make({ profile: "st2059-2:2015", domain: 127 });
  });

  it("refuses options that cannot be", () => {
    assert.throws(() => make({ domain: 300 }), { code: "option-invalid" });
    assert.throws(() => make({ holdoverErrorNs: -1 }), {
      code: "option-invalid",
      message: "Cannot make a PTPClock: option holdoverErrorNs is -1, it must be a number ≥ 0",
    });
    const measuring = { disciplines: false } as PTPClockOptions;
    assert.throws(() => make(measuring), { code: "option-invalid", message: /leave the option disciplines out$/ });
    assert.throws(() => make({}, 0), RangeError);
    assert.equal(machine.engines.length, 0);
  });

  it("fails by what the system refuses, unless another process tells TAI by PTP", { timeout }, async () => {
    machine.refusal = new StreamError("clock-refused", "Cannot open a PTP client: the ports are for others");
    const said = await saidDuring(async () => {
      await assert.rejects(make().nextTick(), { code: "clock-refused" });
    });
    const clock = make();
    await assert.rejects(clock.nextTick(), { code: "clock-refused" });
    assert.deepEqual(said, [
      "streamlib: PTP domain 127: Cannot open a PTP client: the ports are for others; a PTPClock is locked only while " +
      "another process tells TAI by PTP",
    ]);
    assert.deepEqual([clock.locked, clock.stats().refusal], [false, machine.refusal.message]);
    assert.equal(clock.stats().ptp, undefined);
    machine.published = ptpStatistics({ isPublisher: true, clockState: "locked" });
    follow("locked");
    assert.ok((await clock.nextTick()).timestampNs > 0n);
    const { ptp, publisherPid, locked } = clock.stats();
    assert.deepEqual([ptp?.clockState, publisherPid, locked], ["locked", 7, true]);
    machine.published = ptpStatistics({ domain: 1 });
    assert.equal(clock.stats().ptp, undefined);
  });

  it("tells events of its client, until it is closed", { timeout }, async () => {
    const clock = make();
    await clock.nextTick();
    const states: string[] = [];
    clock.on("state", ({ from, to }) => void states.push(`${from} ${to}`));
    machine.engines[0].known = ptpStatistics({ clockState: "locked" });
    await until(() => states.length > 0, "it was told");
    assert.deepEqual(states, ["free locked"]);
  });
});

describe("SystemTaiClock", () => {
  function makeSystem(): SystemTaiClock {
    const clock = new SystemTaiClock(50);
    open.push(clock);
    return clock;
  }

  it("is locked while the kernel's clock is disciplined, and says by whom", { timeout }, async () => {
    const clock = makeSystem();
    assert.deepEqual([clock.clockId, clock.state, clock.locked], ["system-tai/50/1", "free", false]);
    await clock.nextTick();
    machine.running = ["bash\n", "chronyd\n"];
    assert.deepEqual([clock.state, clock.stats().source], ["acquiring", undefined]);
    machine.tell({ source: "kernel-followed", state: "locked", errorNs: 20_000, publisherPid: 9 });
    const { state, locked, errorNs, source, publisherPid } = clock.stats();
    assert.deepEqual([state, locked, errorNs, source, publisherPid], ["locked", true, 20_000, "chronyd", 9]);
    machine.running = ["phc2sys\n"];
    assert.equal(clock.stats().source, "chronyd");
    machine.tell({ state: "free" });
    assert.equal(clock.stats().source, undefined);
    machine.tell({ state: "locked" });
    assert.equal(clock.stats().source, "phc2sys");
    machine.running = [];
    machine.tell({ state: "free" });
    clock.stats();
    machine.tell({ state: "locked" });
    assert.equal(clock.stats().source, "kernel");
  });

  it("is not locked while PTP tells TAI", () => {
    const clock = makeSystem();
    follow("locked");
    assert.equal(clock.locked, false);
  });

  it("shares one follower, which the last one closes", { timeout }, async () => {
    const [a, b] = [makeSystem(), makeSystem()];
    await Promise.all([a.nextTick(), b.nextTick()]);
    a.close();
    assert.deepEqual([machine.followers.length, machine.followers[0].isClosed], [1, false]);
    b[Symbol.dispose]();
    assert.equal(machine.followers[0].isClosed, true);
  });

  it("fails by what the system refuses", { timeout }, async () => {
    machine.refusal = new StreamError(
      "native-missing",
      "Cannot follow the kernel's clock: it takes the native library",
    );
    const said = await saidDuring(async () => {
      await assert.rejects(makeSystem().nextTick(), { code: "native-missing" });
    });
    assert.deepEqual(said, [`streamlib: a SystemTaiClock is never locked: ${machine.refusal.message}`]);
  });
});

describe("ClockSelector with a PTPClock", () => {
  it(
    "takes PTP when it is locked, keeps it in holdover, and leaves it for the kernel's clock",
    { timeout },
    async () => {
      const [ptp, system] = [make(), new SystemTaiClock(50)];
      open.push(system);
      const selector = new ClockSelector([ptp, system], { stableNs: 0 });
      let tick = await selector.nextTick();
      assert.equal(selector.stats().using, ptp.clockId);
      const next = async (): Promise<string> => {
        tick = await selector.nextTick(tick);
        return selector.stats().using;
      };
      machine.tell({ source: "kernel-followed", state: "locked" });
      assert.deepEqual([await next(), tick.discontinuity], [system.clockId, true]);
      follow("locked");
      assert.deepEqual([await next(), tick.discontinuity], [ptp.clockId, true]);
      follow("holdover", 50_000);
      assert.deepEqual([await next(), tick.discontinuity], [ptp.clockId, false]);
      machine.tell({ source: "kernel-followed", state: "locked" });
      assert.equal(await next(), system.clockId);
      assert.deepEqual([selector.locked, tick.frameNumber], [true, 4]);
    },
  );
});
