import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { RandomBits } from "./noise.ts";
import { SampleSchedule } from "./sample_schedule.ts";
import { SignalGenerator, type SignalOptions } from "./signal_generator.ts";

const rateHz = 48000;

function block(channels: SignalOptions[], sampleCount: number, rate = rateHz): Float32Array {
  const out = new Float32Array(sampleCount * channels.length);
  new SignalGenerator(rate, channels).fill(out);
  return out;
}

function rms(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((total, sample) => total + sample * sample, 0) / samples.length);
}

function peak(samples: Float32Array): number {
  return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
}

/** Power of a signal around one frequency: mean of |DFT|² of Hann-windowed segments. */
function powerAt(samples: Float32Array, frequencyHz: number): number {
  const length = 4096;
  let total = 0;
  let segments = 0;
  for (let start = 0; start + length <= samples.length; start += length, segments++) {
    let re = 0;
    let im = 0;
    for (let index = 0; index < length; index++) {
      const weighted = samples[start + index] * (0.5 - 0.5 * Math.cos((2 * Math.PI * index) / length));
      const angle = (2 * Math.PI * frequencyHz * index) / rateHz;
      re += weighted * Math.cos(angle);
      im += weighted * Math.sin(angle);
    }
    total += re * re + im * im;
  }
  return total / segments;
}

describe("SignalGenerator, tone", () => {
  it("is a sine of the given frequency, level and phase", () => {
    const out = block([{ signal: "tone", frequencyHz: 997, levelDbfs: -6, phaseDegrees: 90 }], 48000);
    const amplitude = 10 ** (-6 / 20);
    for (let index = 0; index < out.length; index++) {
      const want = amplitude * Math.cos((2 * Math.PI * ((997 * index) % rateHz)) / rateHz);
      assert.ok(Math.abs(out[index] - want) < 1e-6, `sample ${index}: ${out[index]} for ${want}`);
    }
  });

  it("does not depend on how it is cut into blocks", () => {
    const signals: SignalOptions[] = [
      { signal: "tone", frequencyHz: 440.123456 },
      { signal: "white-noise" },
      { signal: "pink-noise" },
    ];
    const whole = block(signals, 20000);
    const generator = new SignalGenerator(rateHz, signals);
    const schedule = new SampleSchedule(rateHz, { num: 30000, den: 1001 });
    const buffer = new Float32Array(schedule.sampleCountMax * 3);
    let position = 0;
    for (const size of [1, 2, 997, 0, 48, 1601, 1602, 7]) {
      generator.fill(buffer, size);
      assert.deepEqual(buffer.subarray(0, size * 3), whole.subarray(position * 3, (position + size) * 3));
      position += size;
    }
  });

  it("has the exact phase after a day", () => {
    const frequencyHz = 440.1;
    const generator = new SignalGenerator(rateHz, [{ signal: "tone", frequencyHz, levelDbfs: 0 }]);
    const start = rateHz * 86400 + 12345;
    generator.skip(start);
    const out = new Float32Array(4800);
    generator.fill(out);
    for (let index = 0; index < out.length; index++) {
      const turns = Number((BigInt(start + index) * 4401n) % BigInt(rateHz * 10)) / (rateHz * 10);
      assert.ok(Math.abs(out[index] - Math.sin(2 * Math.PI * turns)) < 1e-6, `sample ${index}`);
    }
  });

  it("accumulates without drift: ten minutes of blocks end where skip() ends", { timeout: 60000 }, () => {
    const signals: SignalOptions[] = [{ signal: "tone", frequencyHz: 999.999 }];
    const played = new SignalGenerator(8000, signals);
    const skipped = new SignalGenerator(8000, signals);
    const buffer = new Float32Array(8000);
    for (let second = 0; second < 600; second++) played.fill(buffer);
    skipped.skip(8000 * 600);
    const expected = new Float32Array(8000);
    played.fill(buffer);
    skipped.fill(expected);
    assert.deepEqual(buffer, expected);
  });

  it("changes frequency and level without a jump", () => {
    const generator = new SignalGenerator(rateHz, [{ signal: "tone", frequencyHz: 1000, levelDbfs: -20 }]);
    const out = new Float32Array(3000);
    generator.fill(out.subarray(0, 1013));
    generator.setFrequency(300);
    generator.setLevel(0);
    generator.fill(out.subarray(1013));
    const steepest = (2 * Math.PI * 1000) / rateHz;
    for (let index = 1; index < out.length; index++) {
      assert.ok(Math.abs(out[index] - out[index - 1]) <= 0.1 * steepest + 0.05, `sample ${index}`);
    }
    assert.ok(Math.abs(peak(out.subarray(1013 + 240)) - 1) < 1e-3);
    assert.ok(peak(out.subarray(0, 1013)) <= 0.1 + 1e-6);
  });
});

describe("SignalGenerator, noise", () => {
  it("has the RMS value of a sine of the same level and stays within full scale", () => {
    for (const [signal, levelDbfs] of [["white-noise", -1.8], ["white-noise", -20], ["pink-noise", -14]] as const) {
      const out = block([{ signal, levelDbfs }], 1 << 20);
      const measuredDb = 20 * Math.log10(rms(out) * Math.SQRT2);
      assert.ok(Math.abs(measuredDb - levelDbfs) < 0.3, `${signal}: ${measuredDb} dBFS`);
      assert.ok(peak(out) <= 1, `${signal} peaks at ${peak(out)}`);
      const mean = out.reduce((total, sample) => total + sample, 0) / out.length;
      assert.ok(Math.abs(mean) < 0.02 * rms(out) + 0.005, `${signal} mean ${mean}`);
    }
  });

  it("white is flat and pink falls by 3 dB per octave", { timeout: 60000 }, () => {
    for (const [signal, slopeDb] of [["white-noise", 0], ["pink-noise", -3.01]] as const) {
      const out = block([{ signal }], 1 << 18);
      // Nine neighbouring bins of 64 segments each: about 0.2 dB of statistical error.
      const level = (centreHz: number) => {
        const bins = [-4, -3, -2, -1, 0, 1, 2, 3, 4].map((bin) => powerAt(out, centreHz * (1 + bin / 100)));
        return 10 * Math.log10(bins.reduce((total, power) => total + power, 0) / bins.length);
      };
      const octaves = Math.log2(8000 / 500);
      const measured = (level(8000) - level(500)) / octaves;
      assert.ok(Math.abs(measured - slopeDb) < 0.3, `${signal}: ${measured} dB per octave`);
    }
  });

  it("repeats for the same seed and differs for another, and between channels", () => {
    for (const signal of ["white-noise", "pink-noise"] as const) {
      const first = block([{ signal, seed: 5 }], 1000);
      assert.deepEqual(block([{ signal, seed: 5 }], 1000), first);
      assert.notDeepEqual(block([{ signal, seed: 6 }], 1000), first);
      const pair = block([{ signal }, { signal }], 1000);
      assert.ok(pair[0] !== pair[1] && pair[200] !== pair[201]);
    }
  });

  it("is the same on every runtime", () => {
    const random = new RandomBits(1);
    const bits = [random.next(), random.next(), random.next(), random.next()];
    assert.deepEqual(bits, [393288148, 2174103013, 3814759091, 2092745082]);
    const pink = block([{ signal: "pink-noise", seed: 1 }], 4);
    assert.deepEqual([...new Uint32Array(pink.buffer)], [3176996824, 3170745699, 1022852997, 1009279166]);
  });
});

describe("SignalGenerator", () => {
  it("interleaves channels, each with its own signal and level", () => {
    const out = block([
      { signal: "silence" },
      { signal: "tone", levelDbfs: -20 },
      { signal: "tone", levelDbfs: 0, phaseDegrees: 180 },
    ], 4800);
    const channel = (index: number) => out.filter((_, position) => position % 3 === index);
    assert.equal(peak(channel(0)), 0);
    assert.ok(Math.abs(peak(channel(1)) - 0.1) < 1e-6);
    assert.ok(Math.abs(peak(channel(2)) - 1) < 1e-6);
    const [quiet, loud] = [channel(1), channel(2)];
    for (let index = 0; index < 4800; index++) assert.ok(Math.abs(loud[index] + 10 * quiet[index]) < 1e-5);
  });

  it("touches nothing behind the block", () => {
    const out = new Float32Array(10).fill(9);
    new SignalGenerator(rateHz, [{ signal: "silence" }, { signal: "tone" }]).fill(out, 3);
    assert.deepEqual([...out.subarray(6)], [9, 9, 9, 9]);
    assert.ok(out.subarray(0, 6).every((sample) => sample !== 9));
  });

  it("refuses bad options, naming channel, option, value and range", () => {
    const wrong: [unknown, RegExp][] = [
      [{ signal: "hum" }, /signal "hum" of channel 1 is unknown: it must be one of tone, white-noise/],
      [{ signal: "tone", levelDbfs: 0.1 }, /"levelDbfs" of channel 1 is 0.1: for tone it must be from -200 to 0 dBFS/],
      [{ signal: "white-noise", levelDbfs: -1 }, /from -200 to -1.8/],
      [{ signal: "pink-noise", levelDbfs: -10 }, /from -200 to -14/],
      [{ signal: "tone", levelDbfs: NaN }, /"levelDbfs" of channel 1 is NaN/],
      [{ signal: "tone", frequencyHz: 24000 }, /"frequencyHz" of channel 1 is 24000: .* 24000 Hz/],
      [{ signal: "tone", frequencyHz: 0 }, /"frequencyHz" of channel 1 is 0/],
      [{ signal: "tone", phaseDegrees: Infinity }, /"phaseDegrees" of channel 1/],
      [{ signal: "pink-noise", seed: -1 }, /"seed" of channel 1 is -1/],
      [{ signal: "tone", seed: 1 }, /"tone" of channel 1 does not read the option "seed"/],
      [
        { signal: "silence", levelDbfs: -20 },
        /"silence" of channel 1 does not read the option "levelDbfs": it reads none/,
      ],
    ];
    for (const [signal, message] of wrong) {
      assert.throws(() => new SignalGenerator(rateHz, [{ signal: "tone" }, signal as SignalOptions]), message);
    }
    assert.throws(() => new SignalGenerator(7999, [{ signal: "tone" }]), /"rateHz" is 7999/);
    assert.throws(() => new SignalGenerator(rateHz, []), /"channels" must have 1 to 64 entries/);
  });

  it("refuses wrong calls and changes nothing then", () => {
    const generator = new SignalGenerator(rateHz, [{ signal: "tone", levelDbfs: 0 }, { signal: "pink-noise" }]);
    assert.throws(() => generator.fill(new Float32Array(9), 5), /does not fit a buffer of 9/);
    assert.throws(() => generator.fill(new Float32Array(9), -1), /does not fit/);
    assert.throws(() => generator.skip(1.5), /cannot skip 1.5/);
    assert.throws(() => generator.setLevel(-10), /channel 1 is -10: for pink-noise/);
    assert.throws(() => generator.setLevel(-10, 2), /no channel 2: channels are 0 to 1/);
    assert.throws(() => generator.setFrequency(100, 1), /no tone in channel 1/);
    assert.throws(() => generator.setFrequency(-5), /"frequencyHz" of channel 0 is -5/);
    const out = new Float32Array(9600);
    generator.fill(out);
    assert.ok(Math.abs(peak(out.filter((_, index) => index % 2 === 0)) - 1) < 1e-6);
  });
});
