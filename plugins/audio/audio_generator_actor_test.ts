import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type AudioBuffer, isStreamError, ManualClock, tap, type TimedTick } from "@streamlib/core";
import { AudioGeneratorActor, type AudioGeneratorOptions } from "./audio_generator_actor.ts";
import { SignalGenerator } from "./signal_generator.ts";

const timeout = 60000;

/** A manual clock of which beats can be made to get lost, as a busy machine does. */
class LossyClock extends ManualClock {
  /** Beats that the actor is to miss from the next one on. */
  lose = 0;

  override async nextTick(previous?: TimedTick, signal?: AbortSignal): Promise<TimedTick> {
    let tick = await super.nextTick(previous, signal);
    let missed = 0;
    for (; this.lose > 0; this.lose--, missed++) tick = await super.nextTick(tick, signal);
    return { ...tick, missed };
  }

  override forRate(): this {
    return this;
  }
}

async function blocksOf(options: AudioGeneratorOptions, count: number, fps = 60): Promise<AudioBuffer[]> {
  const clock = new ManualClock(fps);
  await using actor = new AudioGeneratorActor({ fps, ...options, clock });
  const blocks: AudioBuffer[] = [];
  tap(actor.outputs.audio, (block) => blocks.push(block.copy()));
  await actor.ready;
  await clock.advance(count);
  return blocks;
}

function joined(blocks: AudioBuffer[]): Float32Array {
  return Float32Array.from(blocks.flatMap((block) => [...block.samples]));
}

describe("AudioGeneratorActor", () => {
  it("gives two channels of a 1 kHz tone at -20 dBFS without options", { timeout }, async () => {
    const blocks = await blocksOf({}, 3);
    assert.deepEqual(blocks.map((block) => block.frames), [800, 800, 800]);
    const { sampleRateHz, channels } = blocks[0].format;
    assert.deepEqual([sampleRateHz, channels], [48000, 2]);
    const samples = joined(blocks);
    for (let index = 0; index < samples.length; index += 2) {
      const want = 0.1 * Math.sin((2 * Math.PI * 1000 * (index / 2)) / 48000);
      assert.ok(Math.abs(samples[index] - want) < 1e-6 && samples[index] === samples[index + 1]);
    }
  });

  it("gives 1601 or 1602 samples per block at 29.97 Hz, 8008 in five", { timeout }, async () => {
    const blocks = await blocksOf({}, 10, 29.97);
    const counts = blocks.map((block) => block.frames);
    assert.deepEqual(counts, [1602, 1601, 1602, 1601, 1602, 1602, 1601, 1602, 1601, 1602]);
  });

  it("carries a signal per channel", { timeout }, async () => {
    const channels = [{ signal: "pink-noise", seed: 7 }, { signal: "silence" }, {
      signal: "tone",
      frequencyHz: 440,
    }] as const;
    const got = joined(await blocksOf({ channels, sampleRateHz: 44100 }, 4));
    const want = new Float32Array(got.length);
    new SignalGenerator(44100, channels).fill(want);
    assert.equal(got.length, 735 * 4 * 3);
    assert.deepEqual(got, want);
  });

  it("makes up for missed ticks up to eight, and marks a longer gap, with the tone in phase", { timeout }, async () => {
    const clock = new LossyClock(50);
    await using actor = new AudioGeneratorActor({ channels: 1, frequencyHz: 441.7, fps: 50, clock });
    const blocks: AudioBuffer[] = [];
    tap(actor.outputs.audio, (block) => blocks.push(block.copy()));
    await actor.ready;
    await clock.advance(2);
    clock.lose = 3;
    await clock.advance(5);
    assert.equal(blocks.length, 2 + 4 + 1);
    const tone = new SignalGenerator(48000, [{ signal: "tone", frequencyHz: 441.7 }]);
    const want = new Float32Array(7 * 960);
    tone.fill(want);
    assert.deepEqual(joined(blocks), want);
    assert.deepEqual(blocks.map((block) => block.timestampNs), [0n, 1n, 2n, 3n, 4n, 5n, 6n].map((n) => n * 20000000n));
    clock.lose = 100;
    await clock.advance(102);
    assert.equal(blocks.length, 7 + 1 + 1);
    tone.skip(100 * 960);
    const after = new Float32Array(2 * 960);
    tone.fill(after);
    assert.deepEqual(joined(blocks.slice(7)), after);
    assert.deepEqual(blocks.map((block) => (block.header.flags & 2) !== 0), [...Array(7).fill(false), true, false]);
  });

  it("changes level and frequency by controls, and refuses wrong ones", { timeout }, async () => {
    const clock = new ManualClock(60);
    await using actor = new AudioGeneratorActor({ channels: 1, clock });
    const peaks: number[] = [];
    tap(actor.outputs.audio, (block) => peaks.push(Math.max(...block.samples.map(Math.abs))));
    await actor.ready;
    await clock.advance(2);
    await actor.setLevel({ levelDbfs: 0 });
    await actor.sendControlMessage({ action: "setFrequency", frequencyHz: 500, channel: 0 });
    await clock.advance(2);
    assert.ok(Math.abs(peaks[0] - 0.1) < 1e-4 && Math.abs(peaks[3] - 1) < 1e-3, `${peaks}`);
    await assert.rejects(actor.setLevel({ levelDbfs: 1 }), /"levelDbfs" of channel 0 is 1/);
    await assert.rejects(actor.setFrequency({ frequencyHz: 5, channel: 4 }), /no channel 4/);
    assert.equal(actor.state, "running");
  });

  it("refuses wrong options with one error", () => {
    const wrong: [object, RegExp][] = [
      [{ signal: "sine" }, /AudioGenerator "a".*option signal = "sine".*tone.*silence/],
      [{ sampleRateHz: 7000 }, /option sampleRateHz = 7000/],
      [{ channels: 0 }, /option channels = 0/],
      [{ levelDbfs: 3 }, /option levelDbfs = 3/],
      [{ signal: "pink-noise", levelDbfs: -3 }, /option channels.*-200 to -14/],
      [{ frequencyHz: 24000 }, /"frequencyHz" of channel 0 is 24000/],
      [{ signal: "silence", levelDbfs: -20 }, /does not read the option "levelDbfs"/],
      [{ levelDbfs: -20, channels: [{ signal: "tone" }] }, /say "levelDbfs" in each channel/],
      [{ fps: -1 }, /option fps = -1/],
    ];
    for (const [options, message] of wrong) {
      assert.throws(() => new AudioGeneratorActor({ ...options, id: "a" }), (error: Error) => {
        assert.ok(isStreamError(error) && error.code === "option-invalid");
        assert.match(error.message, message);
        return true;
      });
    }
  });
});
