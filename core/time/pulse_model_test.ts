import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { seeded } from "../../tests/conformance/ring.ts";
import { type Beat, BeatGrid } from "./beat_grid.ts";
import { LOCK_PULSES, PulseModel } from "./pulse_model.ts";
import { instantOf, type Rate } from "./rate.ts";

const timeout = 60_000;
const START_NS = 1_795_000_000_000_000_000n;
const RATES: Rate[] = [
  { num: 25, den: 1 },
  { num: 30000, den: 1001 },
  { num: 50, den: 1 },
  { num: 60000, den: 1001 },
  { num: 60, den: 1 },
  { num: 1, den: 1 },
];

interface Train {
  readonly rate: Rate;
  readonly seed: number;
  readonly ppm?: number;
  /** After the start of a TAI frame, ns. */
  readonly phaseNs?: number;
  /** Uniform, either way, ns. */
  readonly jitterNs?: number;
  /** Part of the pulses that is missing. */
  readonly lost?: number;
  /** Spurious pulses per pulse. */
  readonly spurious?: number;
}

/** Feeds a model with a train of pulses, and asks a grid for beats as a clock would. */
class Bench {
  readonly model: PulseModel;
  readonly grid: BeatGrid;
  readonly beats: Beat[] = [];
  readonly periodNs: number;
  readonly #train: Required<Train>;
  readonly #random: () => number;
  readonly #originNs: bigint;
  #index = 0;
  #stepNs = 0;
  #nowNs = START_NS;
  #asked: Beat | undefined;
  #epoch = 0;

  constructor(train: Train, rate: Rate = train.rate) {
    this.#train = { ppm: 0, phaseNs: 0, jitterNs: 0, lost: 0, spurious: 0, ...train };
    this.#random = seeded(train.seed);
    this.periodNs = (1e9 * train.rate.den) / train.rate.num / (1 + this.#train.ppm / 1e6);
    const first = instantOf(
      (START_NS * BigInt(train.rate.num)) / (1_000_000_000n * BigInt(train.rate.den)),
      train.rate,
    );
    this.#originNs = first + BigInt(Math.round(this.#train.phaseNs));
    this.model = new PulseModel(train.rate, START_NS);
    this.grid = new BeatGrid(train.rate, rate);
  }

  /** The ideal instant of pulse `index`. */
  idealNs(index: number): bigint {
    return this.#originNs + BigInt(Math.round(index * this.periodNs + this.#stepNs));
  }

  /** How far an instant is from the nearest ideal pulse, ns. */
  offNs(atNs: bigint, periodNs = this.periodNs): number {
    const elapsedNs = Number(atNs - this.#originNs) - this.#stepNs;
    return elapsedNs - Math.round(elapsedNs / periodNs) * periodNs;
  }

  /** From now on pulses are later by this. */
  step(byNs: number): void {
    this.#stepNs += byNs;
  }

  /** Lets this many periods pass; without `isPresent` no pulse comes. */
  run(periods: number, isPresent = true): void {
    const { jitterNs, lost, spurious } = this.#train;
    for (let i = 0; i < periods; i++) {
      const idealNs = this.idealNs(this.#index++);
      const pulses: bigint[] = [];
      if (isPresent && this.#random() >= lost) {
        pulses.push(idealNs + BigInt(Math.round(jitterNs * (2 * this.#random() - 1))));
      }
      if (isPresent && this.#random() < spurious) {
        pulses.push(idealNs + BigInt(Math.round((this.#random() - 0.5) * this.periodNs)));
      }
      pulses.sort((a, b) => Number(a - b));
      for (const atNs of pulses) {
        this.#beatUntil(atNs);
        this.model.add(atNs);
      }
      const endNs = idealNs + BigInt(Math.round(this.periodNs / 2));
      this.#beatUntil(endNs);
      this.model.check(endNs);
    }
  }

  /** As a clock does: it asks right after the beat before, and again if the reference has jumped. */
  #beatUntil(nowNs: bigint): void {
    for (;;) {
      const { reference } = this.model;
      if (!this.#asked || this.#epoch !== reference.epoch) {
        this.#asked = this.grid.next(reference, this.#nowNs, this.beats.at(-1)?.timestampNs);
        this.#epoch = reference.epoch;
      }
      if (this.#asked.timestampNs > nowNs) break;
      this.#nowNs = this.#asked.timestampNs;
      this.beats.push(this.#asked);
      this.#asked = undefined;
    }
    this.#nowNs = nowNs;
  }
}

/** What must hold of the beats of any train. */
function checkBeats(beats: readonly Beat[], periodNs: number, where: string): void {
  for (let i = 1; i < beats.length; i++) {
    const distanceNs = Number(beats[i].timestampNs - beats[i - 1].timestampNs);
    assert.ok(distanceNs > periodNs * 0.49, `${where}: beat ${i} is ${distanceNs} ns after the one before`);
    assert.ok(distanceNs < periodNs * 2, `${where}: beat ${i} is ${distanceNs} ns after the one before`);
    assert.ok(beats[i].taiFrame >= beats[i - 1].taiFrame, `${where}: taiFrame goes back at beat ${i}`);
  }
}

/** Standard deviation of the distances between beats, ns. */
function beatJitterNs(beats: readonly Beat[]): number {
  const distances = beats.slice(1).map((beat, i) => Number(beat.timestampNs - beats[i].timestampNs));
  const mean = distances.reduce((sum, one) => sum + one, 0) / distances.length;
  return Math.sqrt(distances.reduce((sum, one) => sum + (one - mean) ** 2, 0) / distances.length);
}

describe("PulseModel", () => {
  it("knows phase and period of a clean train to the nanosecond", () => {
    for (const rate of RATES) {
      const bench = new Bench({ rate, seed: 1, ppm: 37, phaseNs: 1_234_567 });
      bench.run(LOCK_PULSES - 1);
      assert.equal(bench.model.locked, false);
      bench.run(1);
      assert.equal(bench.model.locked, true);
      bench.run(100);
      assert.ok(Math.abs(bench.model.ppm - 37) < 0.01, `${bench.model.ppm} ppm`);
      assert.ok(Math.abs(bench.offNs(bench.model.reference.atNs)) <= 2);
      assert.deepEqual([bench.model.refused, bench.model.losses, bench.model.jumps], [0, 0, 0]);
      assert.equal(bench.model.accepted, 100 + LOCK_PULSES);
    }
  });

  it("gives beats that are much steadier than the pulses", () => {
    const jitterNs = 200_000;
    const bench = new Bench({ rate: { num: 60000, den: 1001 }, seed: 5, ppm: -20, phaseNs: 4e6, jitterNs });
    bench.run(400);
    const settled = bench.beats.slice(-200);
    const pulseJitterNs = (jitterNs / Math.sqrt(3)) * Math.SQRT2;
    assert.ok(beatJitterNs(settled) < pulseJitterNs / 10, `${beatJitterNs(settled)} of ${pulseJitterNs} ns`);
    for (const beat of settled) assert.ok(Math.abs(bench.offNs(beat.timestampNs)) < jitterNs / 2);
  });

  it("follows any train with jitter, wrong rate, lost and spurious pulses, over 300 random ones", { timeout }, () => {
    const random = seeded(20261121);
    let [refused, accepted] = [0, 0];
    for (let round = 0; round < 300; round++) {
      const rate = RATES[Math.floor(random() * RATES.length)];
      const nominalNs = (1e9 * rate.den) / rate.num;
      const train = {
        rate,
        seed: Math.floor(random() * 1e9),
        ppm: (random() - 0.5) * 200,
        phaseNs: (random() - 0.5) * nominalNs,
        jitterNs: random() ** 3 * (nominalNs / 25),
        lost: random() * 0.15,
        spurious: random() * 0.15,
      };
      const where = JSON.stringify(train);
      const bench = new Bench(train);
      bench.run(400);
      const { model } = bench;
      assert.ok(model.wasLocked, `${where}: never locked`);
      assert.equal(model.jumps, 0, `${where}: a jump`);
      const offNs = Math.abs(bench.offNs(model.reference.atNs));
      // Spurious pulses that come near a real one pull by a sixteenth of the gate, which is at most an eighth of a period.
      const boundNs = train.jitterNs + nominalNs / 100;
      assert.ok(offNs < boundNs, `${where}: phase off by ${offNs}`);
      assert.ok(Math.abs(model.ppm - train.ppm) < 5 + (boundNs / nominalNs) * 3e4, `${where}: ${model.ppm} ppm`);
      checkBeats(bench.beats, nominalNs, where);
      for (const beat of bench.beats.slice(-100)) assert.ok(Math.abs(bench.offNs(beat.timestampNs)) < boundNs, where);
      refused += model.refused;
      accepted += model.accepted;
    }
    assert.ok(refused > 3000 && accepted > 50_000, `a dull run: ${accepted} accepted, ${refused} refused`);
  });

  it("holds over at the last period when the reference is lost, and continues without a jump", () => {
    const bench = new Bench({ rate: { num: 50, den: 1 }, seed: 3, ppm: 80, phaseNs: 7e6, jitterNs: 1000 });
    bench.run(200);
    bench.run(3, false);
    assert.equal(bench.model.locked, true);
    bench.run(3, false);
    assert.equal(bench.model.locked, false);
    const before = bench.beats.length;
    bench.run(500, false);
    assert.equal(bench.beats.length - before, 500);
    assert.ok(Math.abs(bench.offNs(bench.beats.at(-1)!.timestampNs)) < 20_000, "500 beats in holdover");
    bench.run(LOCK_PULSES - 1);
    assert.equal(bench.model.locked, false);
    bench.run(3);
    assert.equal(bench.model.locked, true);
    assert.deepEqual([bench.model.losses, bench.model.jumps], [1, 0]);
    checkBeats(bench.beats, bench.periodNs, "holdover");
  });

  it("jumps once when the phase of the reference steps, over 100 random steps", { timeout }, () => {
    const random = seeded(9);
    for (let round = 0; round < 100; round++) {
      const rate = RATES[Math.floor(random() * RATES.length)];
      const nominalNs = (1e9 * rate.den) / rate.num;
      const seed = Math.floor(random() * 1e9);
      const bench = new Bench({ rate, seed, phaseNs: random() * nominalNs, jitterNs: nominalNs / 1000 });
      bench.run(100);
      const { epoch } = bench.model.reference;
      const stepNs = (0.15 + random() * 0.7) * nominalNs;
      const where = `seed ${seed}, a step of ${stepNs} of ${nominalNs} ns`;
      bench.step(stepNs);
      bench.run(7);
      assert.equal(bench.model.locked, false, where);
      bench.run(10);
      assert.equal(bench.model.locked, true, where);
      assert.deepEqual([bench.model.losses, bench.model.jumps, bench.model.reference.epoch], [1, 1, epoch + 1], where);
      bench.run(50);
      assert.ok(Math.abs(bench.offNs(bench.beats.at(-1)!.timestampNs)) < nominalNs / 500, where);
      checkBeats(bench.beats, nominalNs, where);
    }
  });

  it("does not lock to another rate, and leaves a reference that drifts away", () => {
    const rate = { num: 60, den: 1 };
    const wrong = new Bench({ rate, seed: 1, ppm: -1000 });
    wrong.run(1000);
    assert.deepEqual([wrong.model.locked, wrong.model.wasLocked, wrong.model.accepted], [false, false, 0]);
    assert.equal(wrong.model.refused, 1000);

    const model = new PulseModel(rate, START_NS);
    let atNs = Number(START_NS % 1_000_000_000_000n);
    for (let i = 0; i < 3000; i++) {
      atNs += (1e9 / 60) * (1 + (i * 0.2) / 1e6);
      model.add(START_NS + BigInt(Math.round(atNs)));
    }
    assert.deepEqual([model.locked, model.wasLocked, model.losses], [false, true, 1]);
    assert.ok(Math.abs(model.ppm) < 220, `holdover at ${model.ppm} ppm`);
  });

  it("does not lock to noise, over 40 runs", () => {
    for (let seed = 0; seed < 40; seed++) {
      const random = seeded(seed);
      const model = new PulseModel({ num: 50, den: 1 }, START_NS);
      let atNs = START_NS;
      for (let i = 0; i < 1000; i++) {
        atNs += BigInt(Math.round(-Math.log(1 - random()) * 2e7));
        model.add(atNs);
        assert.equal(model.locked, false, `seed ${seed}, pulse ${i}`);
      }
    }
  });

  it("stays with its train when another one comes between", () => {
    const bench = new Bench({ rate: { num: 50, den: 1 }, seed: 1, jitterNs: 1000 });
    bench.run(100);
    for (let i = 0; i < 200; i++) {
      bench.run(1);
      bench.model.add(bench.idealNs(100 + i) + 12_000_000n);
    }
    const { locked, losses, jumps, refused } = bench.model;
    assert.deepEqual([locked, losses, jumps, refused], [true, 0, 0, 200]);
    assert.ok(Math.abs(bench.offNs(bench.model.reference.atNs)) < 1000);
  });

  it("refuses pulses that come twice or back in time", () => {
    const bench = new Bench({ rate: { num: 50, den: 1 }, seed: 1 });
    bench.run(20);
    const { atNs } = bench.model.reference;
    for (const at of [atNs, atNs - 1n, atNs - 20_000_000n, atNs + 1000n]) bench.model.add(at);
    assert.equal(bench.model.refused, 4);
    assert.equal(bench.model.reference.atNs, atNs);
    bench.run(20);
    assert.equal(bench.model.locked, true);
    assert.equal(bench.model.refused, 4);
  });
});

describe("BeatGrid", () => {
  it("numbers the frames of an aligned reference one by one, though it jitters about their starts", () => {
    const rate = { num: 60000, den: 1001 };
    const bench = new Bench({ rate, seed: 77, jitterNs: 100_000 });
    bench.run(600);
    const early = bench.beats.filter((beat) => beat.timestampNs < instantOf(beat.taiFrame, rate)).length;
    assert.ok(early > 20 && early < 580, `${early} of 600 beats before the start of their frame`);
    bench.beats.forEach((beat, i) => assert.equal(beat.taiFrame, bench.beats[0].taiFrame + BigInt(i)));
  });

  it("says a frame twice or leaves one out, once, when the reference has drifted by a whole one", () => {
    for (const ppm of [150, -150]) {
      const rate = { num: 50, den: 1 };
      const bench = new Bench({ rate, seed: 2, ppm, phaseNs: 1e6 });
      bench.run(7000);
      const steps = bench.beats.slice(1).map((beat, i) => Number(beat.taiFrame - bench.beats[i].taiFrame));
      assert.deepEqual(steps.filter((step) => step !== 1), [ppm > 0 ? 0 : 2]);
      const afterNs = bench.beats.map((beat) => Number(beat.timestampNs - instantOf(beat.taiFrame, rate)));
      const [least, most] = [Math.min(...afterNs), Math.max(...afterNs)];
      assert.ok(least >= -10_000_000 && most < 20_000_000, `${least} to ${most} ns`);
      assert.ok(ppm > 0 ? least < -9_990_000 : most > 19_990_000, `${least} to ${most} ns`);
    }
  });

  it("beats at several and at parts of pulses, in phase with TAI frames of both rates", () => {
    const cases: [Rate, Rate][] = [
      [{ num: 60000, den: 1001 }, { num: 30000, den: 1001 }],
      [{ num: 50, den: 1 }, { num: 25, den: 1 }],
      [{ num: 30000, den: 1001 }, { num: 60000, den: 1001 }],
      [{ num: 1, den: 1 }, { num: 60000, den: 1001 }],
      [{ num: 30, den: 1 }, { num: 24, den: 1 }],
      [{ num: 25, den: 1 }, { num: 1000, den: 1 }],
    ];
    for (const [pulseRate, rate] of cases) {
      const bench = new Bench({ rate: pulseRate, seed: 4, phaseNs: 5000 }, rate);
      bench.run(100);
      const settled = bench.beats.slice(Math.floor(bench.beats.length / 2));
      assert.ok(settled.length >= 20);
      for (const beat of settled) {
        const offNs = Number(beat.timestampNs - instantOf(beat.taiFrame, rate)) - 5000;
        assert.ok(Math.abs(offNs) <= 3, `${rate.num}/${rate.den} of ${pulseRate.num}/${pulseRate.den}: ${offNs} ns`);
        assert.equal(beat.ordinal, beat.taiFrame);
      }
    }
  });

  it("keeps the field that begins a frame across a short loss", () => {
    const bench = new Bench({ rate: { num: 50, den: 1 }, seed: 4, phaseNs: 9e6, ppm: 30 }, { num: 25, den: 1 });
    bench.run(101);
    const parity = (): number =>
      Math.round(Number(bench.beats.at(-1)!.timestampNs - bench.idealNs(0)) / bench.periodNs) % 2;
    const before = parity();
    bench.run(51, false);
    assert.equal(bench.model.locked, false);
    bench.run(100);
    assert.equal(bench.model.locked, true);
    assert.equal(parity(), before);
    assert.equal(bench.model.jumps, 0);
  });

  it("gives everybody the same instants, whenever they ask", () => {
    const random = seeded(11);
    const rate = { num: 50, den: 1 };
    const model = new PulseModel(rate, START_NS);
    const grid = new BeatGrid(rate, rate);
    const seen = new Map<bigint, bigint>();
    const previous: (bigint | undefined)[] = [undefined, undefined, undefined];
    for (let i = 0; i < 500; i++) {
      const pulseNs = START_NS + BigInt(i) * 20_000_000n + BigInt(Math.round((random() - 0.5) * 400_000)) + 6_000_000n;
      model.add(pulseNs);
      let nowNs = pulseNs;
      for (let k = 0; k < 3; k++) {
        nowNs += BigInt(Math.floor(random() * 6_000_000));
        const who = Math.floor(random() * 3);
        // Nobody asks before the beat that it got last.
        if (nowNs < (previous[who] ?? 0n)) continue;
        const beat = grid.next(model.reference, nowNs, previous[who]);
        if (i > LOCK_PULSES + 2) {
          const known = seen.get(beat.ordinal);
          if (known !== undefined) assert.equal(beat.timestampNs, known, `pulse ${i}`);
          seen.set(beat.ordinal, beat.timestampNs);
        }
        assert.ok(previous[who] === undefined || beat.timestampNs > previous[who]);
        previous[who] = beat.timestampNs;
      }
    }
    assert.ok(seen.size > 400);
  });

  it("skips what is past, but gives the newest beat if it is less than half a period old", () => {
    const rate = { num: 50, den: 1 };
    const model = new PulseModel(rate, 0n);
    const grid = new BeatGrid(rate, rate);
    const at = (nowMs: number, previousMs?: number): number => {
      const previousNs = previousMs === undefined ? undefined : BigInt(previousMs) * 1_000_000n;
      return Number(grid.next(model.reference, BigInt(nowMs) * 1_000_000n, previousNs).timestampNs) / 1e6;
    };
    assert.equal(at(1003), 1020, "a newcomer waits for the next one");
    assert.equal(at(1003, 980), 1000);
    assert.equal(at(1009, 900), 1000);
    assert.equal(at(1011, 900), 1020);
    assert.equal(at(1003, 1000), 1020);
    assert.equal(at(1003, 1020), 1040, "asked again before the beat is due");
    assert.equal(at(1003, 993), 1020, "less than half a period after the one before");
    assert.equal(at(1003, 5007), 5020);
  });
});
