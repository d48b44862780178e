import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { block, Listener } from "../../tests/conformance/clock.ts";
import { throwsCode } from "../../tests/conformance/ring.ts";
import { until } from "../testdata/actors.ts";
import { FakeMachine, ManualTai } from "../testdata/tai_machine.ts";
import type { TimedTick } from "./clock.ts";
import { GenlockClock } from "./genlock_clock.ts";
import { type Pulse, SimulatedPulse, type SimulatedPulseOptions } from "./pulse.ts";
import { instantOf, type Rate } from "./rate.ts";
import { replaceMachine } from "./tai_machine.ts";

const timeout = 30_000;
const open: { close(): void }[] = [];

function make(options: Partial<SimulatedPulseOptions> = {}, fps?: number | Rate): {
  pulse: SimulatedPulse;
  clock: GenlockClock;
  listener: Listener;
} {
  const pulse = new SimulatedPulse({ rate: 50, ...options });
  const clock = new GenlockClock(pulse, fps);
  const listener = new Listener({ clock, isOnFrames: false });
  open.push(clock, { close: () => listener.stop() });
  return { pulse, clock, listener };
}

afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

describe("GenlockClock", () => {
  it("is locked after eight pulses and beats with them", { timeout }, async () => {
    const { clock, listener } = make({ name: "black", phaseNs: 7_000_000 });
    assert.equal(clock.clockId, "genlock/black/50/1");
    assert.deepEqual([clock.locked, clock.stats().mode], [false, "free"]);
    for (const tick of await listener.take(2)) {
      assert.ok(Math.abs(Number(tick.timestampNs - instantOf(tick.taiFrame, clock.rate))) <= 1);
    }
    await until(() => clock.locked, "the clock is locked");
    await listener.take(1);
    const ticks = await listener.take(10);
    for (const tick of ticks) {
      const afterNs = Number(tick.timestampNs - instantOf(tick.taiFrame, clock.rate));
      assert.ok(Math.abs(afterNs - 7_000_000) < 1000, `${afterNs} ns after the start of the frame`);
    }
    const { mode, pulses, losses, jumps, refused } = clock.stats();
    assert.deepEqual([mode, losses, jumps, refused], ["locked", 0, 0, 0]);
    assert.ok(pulses >= 8);
    assert.equal(
      listener.ticks.filter((tick) => tick.discontinuity).length,
      1,
      "from free beats to those of the pulse",
    );
  });

  it("goes on at the last period when the pulse is lost, and has it back", { timeout }, async () => {
    const { pulse, clock, listener } = make({ name: "holdover", phaseNs: 3_000_000, ppm: 100 });
    await until(() => clock.locked, "the clock is locked");
    await listener.take(20);
    pulse.lose();
    await until(() => !clock.locked, "the clock has lost it");
    assert.equal(clock.stats().mode, "holdover");
    await listener.take(10);
    pulse.restore();
    await until(() => clock.locked, "the clock is locked again");
    await listener.take(5);
    assert.deepEqual(listener.ticks.filter((tick) => tick.discontinuity), []);
    const elapsedNs = Number(listener.ticks.at(-1)!.timestampNs - listener.ticks[0].timestampNs);
    const periods = listener.ticks.at(-1)!.frameNumber;
    assert.ok(Math.abs(elapsedNs / periods - 20_000_000 / 1.0001) < 500, `${elapsedNs / periods} ns per beat`);
    const { losses, jumps } = clock.stats();
    assert.deepEqual([losses, jumps], [1, 0]);
  });

  it("flags the beat after a jump of the pulse, for each who listens, once", { timeout }, async () => {
    const { pulse, clock, listener } = make({ name: "jump" });
    const other = new Listener({ clock, isOnFrames: false });
    open.push({ close: () => other.stop() });
    await until(() => clock.locked, "the clock is locked");
    await Promise.all([listener.take(3), other.take(3)]);
    pulse.lose();
    pulse.restore(8_000_000);
    await Promise.all([listener.take(30), other.take(30)]);
    const [a, b] = [listener, other].map(({ ticks }) => ticks.filter((tick) => tick.discontinuity));
    assert.equal(a.length, 1);
    assert.deepEqual(a.map((tick) => tick.timestampNs), b.map((tick) => tick.timestampNs));
    assert.equal(clock.stats().jumps, 1);
    for (const tick of [...a, ...listener.ticks.slice(-5)]) {
      assert.ok(Math.abs(Number(tick.timestampNs % 20_000_000n) - 8_000_000) < 1000);
    }
  });

  it("stays locked through a standstill of the event loop", { timeout }, async () => {
    const { clock, listener } = make({ name: "stall", jitterNs: 10_000 });
    await until(() => clock.locked, "the clock is locked");
    await listener.take(1);
    for (let i = 0; i < 4; i++) {
      block(300);
      const seen: boolean[] = [];
      for (let k = 0; k < 4; k++) {
        await listener.take(1);
        seen.push(clock.locked);
      }
      assert.deepEqual(seen, [true, true, true, true]);
    }
    assert.equal(clock.stats().losses, 0);
    assert.ok(clock.stats().missed >= 4 * 13);
  });

  it("stays locked through a standstill though the pulses are told only some time after it", { timeout }, async () => {
    const pulse = new SimulatedPulse({ name: "queued", rate: 50 });
    const queued: Pulse = {
      name: "queued",
      rate: pulse.rate,
      listen: (onPulse) => pulse.listen((atNs) => void setTimeout(() => onPulse(atNs), 45)),
    };
    using clock = new GenlockClock(queued);
    await until(() => clock.locked, "the clock is locked");
    for (let i = 0; i < 4; i++) {
      block(300);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    assert.deepEqual([clock.locked, clock.stats().losses], [true, 0]);
  });

  it("makes clocks of one pulse beat together, also at another rate", { timeout }, async () => {
    const { pulse, clock, listener } = make({ name: "shared", rate: 59.94, jitterNs: 100_000, phaseNs: 1_000_000 });
    const same = new GenlockClock(pulse);
    const half = new GenlockClock(pulse, 29.97);
    const [second, third] = [same, half].map((one) => new Listener({ clock: one, isOnFrames: false }));
    open.push(same, half, { close: () => [second, third].forEach((one) => one.stop()) });
    assert.equal(same.clockId, clock.clockId);
    assert.equal(half.clockId, "genlock/shared/30000/1001");
    await until(() => clock.locked && same.locked && half.locked, "all are locked");
    await Promise.all([listener.take(1), second.take(1), third.take(1)]);
    const [a, b, c] = await Promise.all([listener.take(12), second.take(12), third.take(6)]);
    const beats = new Set(a.map((tick) => tick.timestampNs));
    assert.ok(b.filter((tick) => beats.has(tick.timestampNs)).length >= 10);
    // A frame begins at every other pulse: at those of even numbers.
    const nearest = (atNs: bigint): number => Math.min(...a.map((tick) => Math.abs(Number(tick.timestampNs - atNs))));
    assert.ok(c.filter((tick) => nearest(tick.timestampNs) < 200_000).length >= 4);
    for (const tick of c) {
      const afterNs = Number(tick.timestampNs - instantOf(tick.taiFrame, half.rate));
      assert.ok(Math.abs(afterNs - 1_000_000) < 200_000, `${afterNs} ns`);
    }
  });

  it("beats on but is not locked once it is closed; the last one ends the listening", { timeout }, async () => {
    const { pulse, clock, listener } = make({ name: "closed" });
    const other = new GenlockClock(pulse);
    await until(() => clock.locked, "the clock is locked");
    clock.close();
    clock.close();
    assert.deepEqual([clock.locked, clock.stats().mode, other.locked], [false, "holdover", true]);
    await listener.take(3);
    other[Symbol.dispose]();
    const { pulses } = pulse.stats();
    await listener.take(3);
    assert.equal(pulse.stats().pulses, pulses);
    using again = new GenlockClock(new SimulatedPulse({ name: "closed", rate: 50 }));
    assert.equal(again.locked, false);
  });

  it("refuses malformed names, and two pulses of one name", () => {
    make({ name: "one" });
    throwsCode(
      () => new GenlockClock(new SimulatedPulse({ name: "one", rate: 50 })),
      "clock-invalid",
      /^Cannot follow the pulse "one": another pulse of that name is followed; give each a name of its own$/,
    );
    for (const name of ["", "a/b", "-a", "x".repeat(129)]) {
      throwsCode(
        () => new GenlockClock(new SimulatedPulse({ name, rate: 50 })),
        "clock-invalid",
        /: its name must be a letter or digit, then those, "\.", "_" or "-"; 128 at most$/,
      );
    }
    assert.throws(() => new GenlockClock(new SimulatedPulse({ name: "two", rate: 50 }), -1), /^RangeError/);
    make({ name: "two" });
  });

  it("stays with its pulses when TAI is stepped, forward or back: the next beat is flagged", { timeout }, async () => {
    for (const byNs of [3_000_000_007n, -3_600_000_000_000n, -500_000_000n]) {
      const time = new ManualTai();
      const machine = new FakeMachine(time);
      const restore = replaceMachine(machine);
      const listeners = new Set<(monotonicNs: bigint) => void>();
      const originNs = time.monotonic + 3_000_000n;
      const pulse: Pulse = {
        name: `stepped${byNs}`,
        rate: { num: 50, den: 1 },
        listen: (onPulse) => {
          listeners.add(onPulse);
          return () => void listeners.delete(onPulse);
        },
      };
      using clock = new GenlockClock(pulse);
      restore();
      let told = 0n;
      const beats: { readonly tick: TimedTick; readonly monotonicNs: bigint }[] = [];
      const beat = async (count: number): Promise<void> => {
        for (let i = 0; i < count; i++) {
          const tick = await clock.nextTick(beats.at(-1)?.tick);
          beats.push({ tick, monotonicNs: time.monotonic });
          for (; originNs + told * 20_000_000n <= time.monotonic; told++) {
            for (const onPulse of listeners) onPulse(originNs + told * 20_000_000n);
          }
        }
      };
      await until(() => listeners.size > 0, "it listens");
      await beat(20);
      assert.equal(clock.locked, true);
      const before = beats.length;
      time.step(byNs);
      await beat(10);
      assert.deepEqual(beats.slice(before).map(({ tick }) => tick.discontinuity), [true, ...Array(9).fill(false)]);
      assert.deepEqual([clock.locked, clock.stats().losses, clock.stats().jumps], [true, 0, 0]);
      beats.slice(10).forEach(({ tick, monotonicNs }, i) => {
        const afterNs = Number((monotonicNs - originNs) % 20_000_000n);
        assert.ok(Math.min(afterNs, 20_000_000 - afterNs) < 20_000, `beat ${i} is ${afterNs} ns after a pulse`);
        assert.ok(tick.missed <= 1);
        assert.equal(tick.frameNumber, beats[i + 9].tick.frameNumber + tick.missed + 1);
      });
      const { tick: last } = beats.at(-1)!;
      assert.ok(last.timestampNs <= time.nowNs() && last.timestampNs > time.nowNs() - 20_000_000n);
      assert.ok(Math.abs(Number(last.timestampNs - instantOf(last.taiFrame, clock.rate))) <= 20_000_000);
    }
  });

  it("keeps no process alive", { timeout }, () => {
    const program = `
      const { GenlockClock } = await import("${new URL("./genlock_clock.ts", import.meta.url)}");
      const { SimulatedPulse } = await import("${new URL("./pulse.ts", import.meta.url)}");
      const clock = new GenlockClock(new SimulatedPulse({ rate: 100 }));
      let tick;
      while (!clock.locked) tick = await clock.nextTick(tick);
      console.log("locked");
    `;
    const given = process.versions.bun ? ["-e", program] : ["eval", "--no-check", program];
    const { status, stdout, signal } = spawnSync(process.execPath, given, { encoding: "utf8", timeout: 20_000 });
    assert.deepEqual([status, signal, stdout], [0, null, "locked\n"]);
  });
});
