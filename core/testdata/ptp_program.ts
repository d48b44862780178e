/**
 * Two machines' worth of PTP on the loopback, for `ptp_loopback_test.ts`. Arguments: what it is, the first of two UDP
 * ports, and by how many seconds the grandmaster is ahead of this machine. Each process has a TAI of its own, by
 * STREAMLIB_TAI.
 */
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { CollectActor, CounterActor } from "../place/testdata/place_actors.ts";
import { ProcessPoolDispatcher } from "../place/process_pool_dispatcher.ts";
import { ThreadPoolDispatcher } from "../place/thread_pool_dispatcher.ts";
import { clockIdentityText } from "../ptp/clock_identity.ts";
import { PtpClient } from "../ptp/ptp_client.ts";
import type { PtpOptions } from "../ptp/ptp_options.ts";
import { loadNative } from "../native.ts";
import type { TimedTick } from "../time/clock.ts";
import { ClockSelector } from "../time/clock_selector.ts";
import { adoptFixedTai, monotonicNowNs, TAI_MINUS_UTC_S } from "../time/now.ts";
import { PTPClock } from "../time/ptp_clock.ts";
import { SoftwareClock } from "../time/software_clock.ts";
import { SystemTaiClock } from "../time/system_tai_clock.ts";
import { taiTold } from "../time/tai_told.ts";

const [what, ports, aheadS] = process.argv.slice(-3);

const options: PtpOptions = {
  interface: "lo",
  profile: "default",
  domain: 100,
  eventPort: Number(ports),
  generalPort: Number(ports) + 1,
  announceLogInterval: -4,
  syncLogInterval: -5,
  delayLogInterval: -5,
};

function tell(value: object): void {
  console.log(JSON.stringify(value));
}

/** Ticks of a clock as they come, until it is locked. */
function collect(clock: PTPClock): TimedTick[] {
  const ticks: TimedTick[] = [];
  void (async () => {
    while (!clock.locked) ticks.push(await clock.nextTick(ticks.at(-1)));
  })();
  return ticks;
}

/** What ticks say of steps: by how much TAI jumped beyond what was missed, in frames. */
function stepsIn(ticks: readonly TimedTick[]): number[] {
  return ticks.flatMap(({ discontinuity, taiFrame, missed }, i) =>
    discontinuity ? [Number(taiFrame - ticks[i - 1].taiFrame) - 1 - missed] : []
  );
}

const programs: Record<string, () => unknown> = {
  /** Is the grandmaster until it is killed. */
  leads: async () => {
    await loadNative();
    const taiMs = Date.now() + (TAI_MINUS_UTC_S + Number(aheadS)) * 1000;
    adoptFixedTai(BigInt(taiMs) * 1_000_000n - monotonicNowNs());
    const identity = "02-00-00-FF-FE-00-00-01";
    const client = await PtpClient.open({ ...options, identity, disciplines: false, grandmaster: { priority1: 1 } });
    while (client.stats().portState !== "master") await sleep(20);
    tell({ leads: client.stats().leadsUntraceable });
    await sleep(600_000);
  },

  /** Follows it, has actors elsewhere beat with it, and ends when the grandmaster has gone. */
  follows: async () => {
    const { disciplines: _, ...rest } = options;
    // It tells TAI before PTP does, and has to make room.
    const system = new SystemTaiClock(50);
    for (let tick = await system.nextTick(); taiTold().source !== "kernel-followed";) {
      tick = await system.nextTick(tick);
    }
    const clock = new PTPClock(50, { ...rest, identity: "02-00-00-FF-FE-00-00-02", clockError: { ppb: 20_000 } });
    const events: string[] = [];
    const told = (name: string) => (): void => void events.push(name);
    for (const name of ["state", "master", "timescale", "timeout"] as const) clock.on(name, told(name));
    const selector = new ClockSelector([clock, system, new SoftwareClock(50)], { stableNs: 0 });
    const ticks = collect(clock);
    let tick = await selector.nextTick();
    const before = selector.stats().using;
    while (selector.stats().using !== clock.clockId) tick = await selector.nextTick(tick);
    const { state, ptp, publisherPid, locked } = clock.stats();
    tell({
      before,
      state,
      locked,
      isOwn: publisherPid === process.pid,
      grandmaster: clockIdentityText(ptp!.parent!.grandmasterIdentity),
      timescale: ptp!.parent!.timescale,
      portState: ptp!.portState,
      told: [taiTold().source, taiTold().domain, taiTold().isShared],
      frames: tick.frameNumber,
      steps: stepsIn(ticks),
      events: [...new Set(events)].sort(),
    });

    const dispatchers = [new ThreadPoolDispatcher({ workers: 1 }), new ProcessPoolDispatcher({ workers: 1 })];
    const sources = dispatchers.map((dispatcher) => new CounterActor({ freeRun: true, fps: 50, clock, dispatcher }));
    const sink = new CollectActor({ clock: new SoftwareClock(50) });
    sources[0].outputs.video.pipe(sink.inputs.video);
    sources[1].outputs.video.pipe(sink.inputs.more.at("other"));
    let twins = 0;
    while (twins < 10) {
      await sleep(50);
      const { instants } = await sink.seen();
      twins = instants.length - new Set(instants).size;
    }
    for (const actor of [...sources, sink]) await actor.stop();
    for (const dispatcher of dispatchers) await dispatcher.close();
    tell({ twins });

    while (clock.state !== "holdover") tick = await selector.nextTick(tick);
    tell({ state: clock.state, locked: clock.locked, using: selector.stats().using });
    clock.close();
    system.close();
    tell({ locked: clock.locked, state: clock.state });
  },

  /** Is a clock until it is locked. */
  locks: async () => {
    const { disciplines: _, ...rest } = options;
    const clock = new PTPClock(50, { ...rest, identity: "02-00-00-FF-FE-00-00-04" });
    const ticks = collect(clock);
    while (!clock.locked) await sleep(20);
    clock.close();
    const wrong = ticks.filter((tick, i) => i > 0 && tick.frameNumber !== ticks[i - 1].frameNumber + tick.missed + 1);
    tell({ steps: stepsIn(ticks), wrong: wrong.length });
  },

  /** Keeps no process alive. */
  leaves: async () => {
    const { disciplines: _, ...rest } = options;
    const clock = new PTPClock(50, { ...rest, identity: "02-00-00-FF-FE-00-00-03" });
    clock.on("state", () => {});
    await clock.nextTick();
    tell({ ticks: clock.stats().ticks });
  },

  /** Follows the kernel's clock. */
  kernel: async () => {
    const clock = new SystemTaiClock(50);
    await loadNative();
    let tick = await clock.nextTick();
    while (taiTold().source !== "kernel-followed") tick = await clock.nextTick(tick);
    const { state, locked, source, publisherPid } = clock.stats();
    tell({
      isLocked: locked === (state === "locked"),
      isKnown: locked === (source !== undefined),
      state,
      publisherPid,
    });
    clock.close();
    tell({ locked: clock.locked, state: clock.state });
  },
};

await programs[what]();
