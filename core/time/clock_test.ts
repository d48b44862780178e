import { type ClockCase, describeClock } from "../../tests/conformance/clock.ts";
import { until } from "../testdata/actors.ts";
import { FakeMachine } from "../testdata/tai_machine.ts";
import { ClockSelector } from "./clock_selector.ts";
import { GenlockClock } from "./genlock_clock.ts";
import { PTPClock } from "./ptp_clock.ts";
import { SimulatedPulse } from "./pulse.ts";
import { SoftwareClock } from "./software_clock.ts";
import { SystemTaiClock } from "./system_tai_clock.ts";
import { replaceMachine } from "./tai_machine.ts";
import { MACHINE_TIME } from "./tai_time.ts";
import type { TaiTold } from "./tai_told.ts";
import { LockstepClock, ManualClock } from "./virtual_clock.ts";

const RATE = 60;

async function genlocked(name: string): Promise<{ clock: GenlockClock; pulse: SimulatedPulse }> {
  const pulse = new SimulatedPulse({ name, rate: RATE, phaseNs: 5_000_000, jitterNs: 20_000, ppm: 40 });
  const clock = new GenlockClock(pulse);
  await until(() => clock.locked, "the clock is locked");
  return { clock, pulse };
}

function manual(): ClockCase {
  const clock = new ManualClock(RATE, 5_000_000_000n);
  let moved = Promise.resolve();
  return { clock, isOnFrames: true, move: () => void (moved = moved.then(() => clock.advance(1))) };
}

function lockstep(): ClockCase {
  const clock = new LockstepClock(RATE);
  let isRunning = false;
  const move = (): void => {
    if (isRunning) return;
    isRunning = true;
    void clock.run().then(() => isRunning = false);
  };
  return { clock, isOnFrames: true, move };
}

/** A clock of this machine's time, of which `told` says how good it is. */
function onTai(told: Partial<TaiTold>, construct: () => PTPClock | SystemTaiClock): ClockCase {
  const machine = new FakeMachine(MACHINE_TIME);
  machine.tell(told);
  const restore = replaceMachine(machine);
  try {
    const clock = construct();
    return { clock, isOnFrames: true, close: () => clock.close() };
  } finally {
    restore();
  }
}

describeClock("SoftwareClock", () => ({ clock: new SoftwareClock(RATE), isOnFrames: true }));
describeClock("ManualClock", manual);
describeClock("LockstepClock", lockstep);
describeClock("GenlockClock", async () => {
  const { clock } = await genlocked("suite");
  return { clock, isOnFrames: false, close: () => clock.close() };
});
describeClock("GenlockClock that was never locked", () => {
  const pulse = new SimulatedPulse({ name: "dead", rate: RATE });
  pulse.lose();
  const clock = new GenlockClock(pulse);
  return { clock, isOnFrames: false, close: () => clock.close() };
});
describeClock("GenlockClock in holdover", async () => {
  const { clock, pulse } = await genlocked("lost");
  pulse.lose();
  await until(() => !clock.locked, "the clock is not locked");
  return { clock, isOnFrames: false, close: () => clock.close() };
});
describeClock("ClockSelector", async () => {
  const { clock } = await genlocked("selected");
  return { clock: new ClockSelector([clock, new SoftwareClock(RATE)]), isOnFrames: false, close: () => clock.close() };
});
describeClock("PTPClock", () => {
  const told = { source: "ptp", state: "locked", domain: 127 } as const;
  return onTai(told, () => new PTPClock(RATE, { interface: "eth0" }));
});
describeClock("PTPClock that was never locked", () => onTai({}, () => new PTPClock(RATE, { interface: "eth0" })));
describeClock("SystemTaiClock", () => {
  return onTai({ source: "kernel-followed", state: "locked" }, () => new SystemTaiClock(RATE));
});
