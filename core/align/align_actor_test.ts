import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { describeActor } from "../actor/catalogue.ts";
import { audioFormat } from "../message/audio_buffer.ts";
import { videoFormat } from "../message/video_format.ts";
import { tap } from "../port/tap.ts";
import { FORMAT, until, WIDE } from "../testdata/actors.ts";
import { stopAll } from "../registry/local_registry.ts";
import {
  beginSkewed,
  blockNs,
  pictureNs,
  runSkewed,
  sampleAt,
  type SeenSound,
  SkewActor,
  type Skewed,
  type Way,
} from "../testdata/skewed.ts";
import type { Rate } from "../time/rate.ts";
import { SoftwareClock } from "../time/software_clock.ts";
import { LockstepClock, ManualClock } from "../time/virtual_clock.ts";
import { Supervisor } from "../supervision/supervisor.ts";
import { AlignActor } from "./align_actor.ts";

const timeout = 60_000;

afterEach(() => stopAll());

/** Every sample of the blocks in order, and that it is the one of its instant. */
function checkSound(blocks: readonly SeenSound[]): void {
  let expected = sampleAt(blocks[0].ns);
  for (const { ns, numbers } of blocks) {
    assert.ok(Math.abs(sampleAt(ns) - expected) <= 1, `block of ${ns} begins with sample ${expected}`);
    for (const number of numbers) {
      if (number !== expected && number !== -1) assert.fail(`sample ${number} stands where ${expected} belongs`);
      expected++;
    }
  }
}

/** From the first picture on, instants of pictures, sound and ancillary data are the same, one of each. */
function checkTogether({ video, audio, ancillary }: Skewed): void {
  const from = audio.findIndex(({ ns }) => ns === video[0].ns);
  assert.deepEqual(audio.slice(from).map(({ ns }) => ns), video.map(({ ns }) => ns));
  assert.deepEqual(ancillary.map(({ ns }) => ns), video.map(({ ns }) => ns));
}

const silentFrames = (blocks: readonly SeenSound[]): number =>
  blocks.flatMap(({ numbers }) => numbers).filter((number) => number === -1).length;

describe("AlignActor", () => {
  const ntsc: Rate = { num: 30_000, den: 1001 };
  const ways: [string, number | Rate, [number, number, number]][] = [
    ["sound is late", 60, [0, 28, 5]],
    ["video is late", 60, [38, 0, 3]],
    ["ancillary data are late", 50, [2, 10, 39]],
    ["29.97 frames per second", ntsc, [20, 3, 0]],
    ["59.94 frames per second, with a late sound", { num: 60_000, den: 1001 }, [0, 30, 0]],
  ];
  for (const [name, fps, [video, audio, ancillary]] of ways) {
    it(`brings streams together: ${name}`, { timeout }, async () => {
      const seen = await runSkewed({
        fps,
        video: () => video,
        audio: () => audio,
        ancillary: () => ancillary,
        finishes: true,
      });
      const { counters } = seen.align.stats;
      assert.ok(seen.video.length >= 14, `${seen.video.length} pictures`);
      assert.deepEqual(seen.video.map(({ value }) => value), seen.video.map((_, i) => i));
      assert.deepEqual(seen.video.map(({ ns }) => ns), seen.video.map((_, i) => pictureNs(i, fps)));
      checkTogether(seen);
      checkSound(seen.audio);
      assert.equal(silentFrames(seen.audio), 0);
      assert.deepEqual(seen.order.slice(-3 * seen.video.length), seen.video.flatMap(() => ["n", "a", "v"]));
      assert.deepEqual(Object.keys(counters).filter((counter) => !/^(early.audio|missing.video)$/.test(counter)), []);
      const before = seen.audio.length - seen.video.length;
      assert.equal(counters["missing.video"] ?? 0, before, "sound goes on before the first picture");
      assert.ok([...seen.video, ...seen.audio, ...seen.ancillary].every(({ hasGap }) => !hasGap));
      assert.equal(seen.align.state, "stopped");
    });
  }

  it("cuts sound of 1001 rates without drift", { timeout }, async () => {
    const { audio } = await runSkewed({ fps: ntsc, ms: 2100, video: () => 0, audio: () => 10, blockFrames: 48 });
    const lengths = audio.map(({ numbers }) => numbers.length);
    assert.deepEqual([...new Set(lengths)].sort(), [1601, 1602]);
    for (let i = 0; i + 5 <= lengths.length; i++) {
      assert.equal(lengths.slice(i, i + 5).reduce((sum, length) => sum + length), 8008, `five from ${i} on`);
    }
    checkSound(audio);
  });

  it("takes jitter of arrival as it comes", { timeout }, async () => {
    let seed = 1;
    const jitter = (): number => (seed = seed * 16_807 % 2_147_483_647) % 12;
    let [video, audio] = [0, 0];
    // In order all the same: what comes later was never made earlier.
    const rising = (last: number, spacing: number): number => Math.max(jitter(), last - spacing);
    const seen = await runSkewed({
      video: () => video = rising(video, 16),
      audio: () => audio = rising(audio, 10),
      ancillary: () => 0,
      finishes: true,
    });
    checkTogether(seen);
    checkSound(seen.audio);
    assert.equal(silentFrames(seen.audio), 0);
    assert.deepEqual(Object.keys(seen.align.stats.counters), ["early.audio"]);
  });

  it("takes rounded stamps of sound as continuous", { timeout }, async () => {
    const rounded = (block: number): bigint => {
      const ns = blockNs(block, 1024);
      return (ns + 500_000n) / 1_000_000n * 1_000_000n - ns;
    };
    const seen = await runSkewed({
      video: () => 0,
      audio: () => 0,
      blockFrames: 1024,
      soundStampNs: rounded,
      finishes: true,
    });
    checkSound(seen.audio);
    assert.equal(silentFrames(seen.audio), 0);
  });

  it("waits no longer than it must, and not for what is not linked", { timeout }, async () => {
    const alone = await beginSkewed({ video: () => 0 });
    await alone.advance(100);
    assert.equal(alone.video.length, 5, "at once");
    const both = await beginSkewed({ video: () => 0, audio: () => 20, delayNs: 80_000_000 });
    await both.advance(100);
    // The sound of a picture lasts 16.7 ms, comes in blocks of 10 ms, and 20 ms late: it is there after 46.7 ms.
    assert.equal(both.video.length, 3);
    const { counters } = both.align.stats;
    assert.equal(counters["missing.audio"], undefined);
  });

  it("gives silence where sound comes too late, and counts it", { timeout }, async () => {
    const seen = await runSkewed({ video: () => 0, audio: () => 80, delayNs: 30_000_000 });
    const { counters } = seen.align.stats;
    assert.ok(seen.video.length >= 28);
    assert.equal(seen.audio.every(({ numbers }) => numbers.every((number) => number === -1)), true);
    assert.equal(counters["missing.audio"], seen.video.length);
    assert.equal(
      counters["silence.audio"],
      silentFrames(seen.audio) + (counters["silence.audio"] - silentFrames(seen.audio)),
    );
    assert.ok(counters["late.audio"] > 20_000, `${counters["late.audio"]} frames were dropped`);
  });

  it("goes on when sound is lost, and when it is back", { timeout }, async () => {
    const seen = await runSkewed({
      video: () => 0,
      audio: (block) => block >= 10 && block < 30 ? undefined : 5,
      ancillary: () => 0,
    });
    const { counters } = seen.align.stats;
    assert.deepEqual(seen.video.map(({ value }) => value), seen.video.map((_, i) => i));
    checkSound(seen.audio);
    assert.deepEqual(seen.audio.slice(0, seen.video.length).map(({ ns }) => ns), seen.video.map(({ ns }) => ns));
    assert.ok(silentFrames(seen.audio) >= 20 * 480);
    assert.equal(counters["silence.audio"], silentFrames(seen.audio));
    assert.ok(counters["missing.audio"] >= 12, `${counters["missing.audio"]}`);
    assert.equal(counters["late.audio"] ?? 0, 0);
  });

  it("gives sound and ancillary data of pictures that are lost", { timeout }, async () => {
    const seen = await runSkewed({
      video: (picture) => picture === 5 || (picture >= 10 && picture < 20) ? undefined : 0,
      audio: () => 5,
      ancillary: () => 5,
    });
    const { counters } = seen.align.stats;
    const lost = 11;
    assert.equal(seen.video.length, new Set(seen.ancillary.map(({ ns }) => ns)).size - lost);
    assert.equal(silentFrames(seen.audio.slice(0, 28)), 0);
    checkSound(seen.audio);
    assert.deepEqual(seen.ancillary.map(({ value }) => value), seen.ancillary.map((_, i) => i));
    assert.ok(counters["missing.video"] >= lost, `${counters["missing.video"]}`);
    for (const { ns, value } of seen.ancillary) assert.ok(ns - pictureNs(value) <= 1n && pictureNs(value) - ns <= 1n);
  });

  it("counts ancillary data that do not come, or too late", { timeout }, async () => {
    const seen = await runSkewed({
      video: () => 0,
      ancillary: (item) =>
        item === 7 ? undefined : item === 12 ? 60 : item > 12 && item < 17 ? 60 - (item - 12) * 10 : 0,
      delayNs: 30_000_000,
    });
    const { counters } = seen.align.stats;
    assert.ok(counters["missing.ancillary"] >= 2, JSON.stringify(counters));
    assert.ok(counters["late.ancillary"] >= 1, JSON.stringify(counters));
    assert.equal(seen.ancillary.length + counters["late.ancillary"] + 1, 29);
    for (const { ns, value } of seen.ancillary) assert.equal(ns, pictureNs(value));
  });

  it("gives the data of both fields with their frame", { timeout }, async () => {
    const seen = await runSkewed({
      fps: 25,
      ms: 510,
      scan: "interlaced",
      video: () => 0,
      ancillary: () => 3,
      finishes: true,
    });
    assert.deepEqual(seen.ancillary.map(({ value }) => value), seen.ancillary.map((_, i) => i));
    assert.equal(seen.ancillary.length, 2 * seen.video.length);
    for (const { ns, value } of seen.ancillary) assert.equal(ns, pictureNs(value >> 1, 25));
    assert.deepEqual(seen.align.stats.counters, {});
  });

  it("follows sound without video, block by block", { timeout }, async () => {
    const seen = await runSkewed({ audio: () => 5, ancillary: () => 0, finishes: true });
    assert.deepEqual(seen.audio.map(({ numbers }) => numbers.length), Array.from({ length: 50 }, () => 480));
    assert.deepEqual(seen.audio.map(({ ns }) => ns), seen.audio.map((_, i) => blockNs(i, 480)));
    checkSound(seen.audio);
    assert.deepEqual(seen.ancillary.map(({ value }) => value), seen.ancillary.map((_, i) => i));
    const instants = new Set(seen.audio.map(({ ns }) => ns));
    assert.ok(seen.ancillary.every(({ ns }) => instants.has(ns)), "ancillary data have the instant of their block");
    assert.deepEqual(seen.align.stats.counters, {});
  });

  it("does not hold sound back for video that never comes", { timeout }, async () => {
    const seen = await runSkewed({ video: () => undefined, audio: () => 5 });
    assert.equal(seen.audio.length, 50);
    checkSound(seen.audio);
    assert.equal(seen.align.stats.counters["missing.video"], 50);
  });

  it("begins with the pictures when they come after the sound", { timeout }, async () => {
    const seen = await runSkewed({ video: (picture) => picture < 12 ? undefined : 0, audio: () => 5 });
    checkSound(seen.audio);
    assert.equal(silentFrames(seen.audio.slice(0, 30)), 0);
    assert.deepEqual(seen.video.map(({ value }) => value), seen.video.map((_, i) => i + 12));
    const instants = new Set(seen.audio.map(({ ns }) => ns));
    assert.ok(seen.video.every(({ ns }) => instants.has(ns)));
    assert.equal(seen.align.stats.counters["late.video"], undefined);
  });

  it("begins anew when stamps jump back", { timeout }, async () => {
    const loopMs = 1500;
    const seen = await runSkewed({ ms: 2500, loopMs, video: () => 0, audio: () => 5, ancillary: () => 2 });
    assert.deepEqual(seen.video.map(({ value }) => value), seen.video.map((_, i) => i));
    const jump = seen.video.findIndex(({ ns }, i) => i > 0 && ns < seen.video[i - 1].ns);
    assert.deepEqual(seen.video.filter(({ hasGap }) => hasGap), [seen.video[jump]]);
    const second = seen.audio.filter(({ numbers }) => numbers[0] > (loopMs + 100) * 48);
    assert.ok(second.length > 40, `${second.length} blocks of the second time`);
    for (const { ns, numbers } of second.slice(0, 40)) assert.equal(numbers[0] - sampleAt(ns), loopMs * 48);
    const items = seen.ancillary.filter(({ value }) => value > jump + 5);
    assert.ok(items.length > 40);
    for (const { ns, value } of items) assert.equal(ns, pictureNs(value) - BigInt(loopMs) * 1_000_000n);
  });

  it("counts what it drops because nobody reads it, and what is left when it is stopped", { timeout }, async () => {
    const seen = await beginSkewed({ video: () => 0, audio: () => undefined, ancillary: () => 0, delayNs: 80_000_000 });
    for (const port of Object.values(seen.align.outputs)) for (const target of port.targets) target.unlink();
    await seen.advance(200);
    await seen.align.stop();
    const { counters, inputs } = seen.align.stats;
    const made = inputs.video.read + counters["left.video"] - 1;
    assert.equal(counters["unlinked.video"] + counters["left.video"], made);
    assert.equal(counters["unlinked.ancillary"], counters["unlinked.video"]);
    assert.equal(counters["missing.audio"], counters["unlinked.video"]);
    assert.equal(counters["left.ancillary"], counters["left.video"]);
    assert.equal(seen.align.state, "stopped");
  });

  it("accounts for every item, whatever comes and does not", { timeout }, async () => {
    for (let seed = 1; seed <= 12; seed++) {
      let state = seed * 7919;
      const random = (below: number): number => (state = state * 48_271 % 2_147_483_647) % below;
      const way = (spacingMs: number): Way => {
        let [last, base] = [0, random(50)];
        return () => {
          if (random(25) === 0) base = random(70);
          last = Math.max(base + random(8), last - spacingMs);
          return random(20) === 0 ? undefined : last;
        };
      };
      const seen = await beginSkewed({
        ms: 900,
        fps: 50,
        video: way(20),
        audio: way(10),
        ancillary: way(20),
        delayNs: random(90) * 1_000_000,
      });
      await seen.advance(700 + random(400));
      await seen.align.stop();
      const { counters, inputs } = seen.align.stats;
      const counted = (name: string): number => counters[name] ?? 0;
      const what = `seed ${seed}: ${JSON.stringify(counters)}`;
      checkSound(seen.audio);
      const dropped = (name: string): number => counted(`late.${name}`) + counted(`early.${name}`);
      const unread = (name: "video" | "ancillary"): number =>
        seen.source.outputs[name].stats().committed - inputs[name].read;
      assert.equal(
        seen.video.length + dropped("video") + counted("left.video") - unread("video") + inputs.video.missed,
        inputs.video.read + inputs.video.missed,
        what,
      );
      assert.equal(
        seen.ancillary.length + dropped("ancillary") + counted("left.ancillary"),
        inputs.ancillary.read,
        what,
      );
      const given = seen.audio.reduce((sum, { numbers }) => sum + numbers.length, 0);
      assert.equal(counted("silence.audio"), silentFrames(seen.audio), what);
      assert.equal(
        given - silentFrames(seen.audio) + dropped("audio") + counted("left.audio"),
        inputs.audio.read * 480,
        what,
      );
      const rising = (list: readonly { ns: bigint }[]): boolean =>
        list.every(({ ns }, i) => i === 0 || ns >= list[i - 1].ns);
      assert.ok(rising(seen.video) && rising(seen.audio) && rising(seen.ancillary), what);
    }
  });

  it("refuses wrong options, and a delay that the pictures' ring has no room for", { timeout }, async () => {
    for (const delayNs of [-1, 1.5, 2e9, NaN, "40"]) {
      assert.throws(() => new AlignActor({ delayNs: delayNs as number }), {
        code: "option-invalid",
        message: /option delayNs = .*: must be an integer from 0 to 1000000000$/,
      });
    }
    assert.throws(() => new AlignActor({ delay: 3 } as object), {
      message: /option delay = 3: this actor has no such/,
    });
    const seen = await beginSkewed({ video: () => 0, delayNs: 150_000_000 });
    const ended = assert.rejects(seen.align.ended, {
      code: "actor-failed",
      message:
        /TestSkew "[^"]+" output video in Align "[^"]+": option delayNs = 150000000 is more than 5 of its frames; at most 83333333 is right$/,
    });
    await seen.advance(40);
    await ended;
  });

  it("goes on after a restart: what it held is counted, what waits is aligned as before", { timeout }, async () => {
    const quick = { backoff: { firstMs: 1, maxMs: 5, factor: 2, jitter: 0 } };
    const supervisor = new Supervisor({ ...quick, strategy: "one-for-all" });
    const fps = 50;
    const seen = await beginSkewed({
      supervisor,
      fps,
      ms: 900,
      delayNs: 90_000_000,
      video: () => 0,
      audio: () => 40,
      ancillary: () => 60,
    });
    const { align, source } = seen;
    const restarted = async (): Promise<void> => {
      await until(() => align.state !== "running", "it has failed");
      await until(() => align.state === "running", "it runs again");
    };
    await seen.advance(290);
    // Pictures of twice the rate: the delay is more than their ring holds.
    const fast = videoFormat({ pixelFormat: "rgba8", width: 16, height: 2, rate: 100 });
    source.outputs.video.loan(fast)!.commit({ timestampNs: pictureNs(14, fps) + 10_000_000n });
    await Promise.all([seen.advance(60), restarted()]);
    const firstLife = seen.video.length;
    await seen.advance(250);
    // The end of another, for whose sake it has to begin anew.
    const other = new SkewActor({
      supervisor,
      clock: new SoftwareClock(100),
      process: () => {
        throw new Error("the other");
      },
    });
    await restarted();
    await other.stop();
    const secondLife = seen.video.length;
    await seen.advance(700);
    assert.ok(firstLife >= 8 && secondLife > firstLife + 5 && seen.video.length > secondLife + 5);
    const { counters, inputs } = align.stats;
    await align.stop();
    const counted = (name: string): number => counters[name] ?? 0;
    const lost = (name: string): number => counted(`late.${name}`) + counted(`early.${name}`) + counted(`left.${name}`);
    const what = JSON.stringify({ counters, inputs, seen: [seen.video.length, seen.ancillary.length] });
    const gaps = [0, ...seen.audio.flatMap(({ hasGap }, i) => hasGap && i > 0 ? [i] : []), seen.audio.length];
    for (let i = 1; i < gaps.length; i++) checkSound(seen.audio.slice(gaps[i - 1], gaps[i]));
    for (const list of [seen.video, seen.audio, seen.ancillary]) {
      assert.equal(list.filter(({ hasGap }) => hasGap).length, 2, what);
    }
    assert.equal(seen.video.length + lost("video"), inputs.video.read + inputs.video.missed, what);
    assert.equal(seen.ancillary.length + lost("ancillary"), inputs.ancillary.read, what);
    const given = seen.audio.reduce((sum, { numbers }) => sum + numbers.length, 0) - silentFrames(seen.audio);
    assert.equal(given + lost("audio"), inputs.audio.read * 480, what);
    // In each life, once it has all three, they are together.
    const last = new Set(seen.video.slice(secondLife + 3).map(({ ns }) => ns));
    const stamps = (list: readonly { ns: bigint }[]): bigint[] => list.map(({ ns }) => ns).filter((ns) => last.has(ns));
    assert.deepEqual(stamps(seen.audio), [...last], what);
    assert.deepEqual(stamps(seen.ancillary), [...last], what);
  });

  it("waits in virtual time in lockstep, and loses nothing", { timeout }, async () => {
    const clock = new LockstepClock(1000);
    const seen = await beginSkewed({
      clock,
      video: () => 0,
      audio: () => 20,
      ancillary: () => 10,
      finishes: true,
    });
    assert.equal(seen.align.clock, undefined, "it follows its inputs");
    await clock.run();
    await seen.align.ended;
    assert.equal(seen.video.length, 29);
    checkTogether(seen);
    checkSound(seen.audio);
    assert.equal(silentFrames(seen.audio), 0);
    assert.deepEqual(Object.keys(seen.align.stats.counters), ["early.audio"]);
  });

  it("refuses lockstep for one side alone", { timeout }, async () => {
    const clock = new LockstepClock(60);
    const source = new SkewActor({ clock, process: ({ outputs }) => void outputs.video.loan(FORMAT)?.commit() });
    const align = new AlignActor();
    source.outputs.video.pipe(align.inputs.video);
    const ended = assert.rejects(align.ended, {
      message: /the source is in lockstep and the aligner is not; give all/,
    });
    await Promise.all([source.ready, align.ready]);
    await Promise.all([clock.run({ seconds: 0.1 }), ended]);
  });

  it("looks by itself without a clock", { timeout }, async () => {
    let made = 0;
    const source = new SkewActor({
      clock: new SoftwareClock(60),
      process: (body, { timestampNs }) => {
        const sound = body.outputs.audio.loan(audioFormat({ sampleRateHz: 48_000, channels: 1, framesMax: 800 }))!;
        sound.samples.fill(0.5);
        sound.commit({ timestampNs });
        const picture = body.outputs.video.loan(FORMAT)!;
        picture.data.fill(++made);
        picture.commit({ timestampNs });
        if (made === 12) body.end();
      },
    });
    const align = new AlignActor();
    source.pipe(align);
    const values: number[] = [];
    let frames = 0;
    tap(align.outputs.video, ({ data }) => void values.push(data[0]));
    tap(align.outputs.audio, ({ samples }) => void (frames += samples.filter((value) => value === 0.5).length));
    await align.ended;
    assert.deepEqual(values, Array.from({ length: 12 }, (_, i) => i + 1));
    const { counters, inputs } = align.stats;
    assert.equal(inputs.audio.missed, 0);
    assert.equal(frames + (counters["late.audio"] ?? 0), 12 * 800, "every frame of sound came out or was counted");
  });

  it("goes on when the format of sound changes", { timeout }, async () => {
    const [clock, looks] = [new ManualClock(60), new ManualClock(60)];
    let beat = 0;
    const source = new SkewActor({
      clock,
      process: ({ outputs }, { timestampNs }) => {
        const channels = ++beat > 10 ? 2 : 1;
        const sound = outputs.audio.loan(audioFormat({ sampleRateHz: 48_000, channels, framesMax: 800 }))!;
        sound.samples.fill(beat);
        sound.commit({ timestampNs });
        outputs.video.loan(WIDE)!.commit({ timestampNs });
      },
    });
    const align = new AlignActor({ clock: looks });
    source.outputs.video.pipe(align.inputs.video);
    source.outputs.audio.pipe(align.inputs.audio);
    const seen: string[] = [];
    tap(align.outputs.audio, ({ format, samples, frames }) => {
      seen.push(`${format.channels}x${frames}: ${samples[0]} to ${samples.at(-1)}`);
    });
    await Promise.all([source.ready, align.ready]);
    for (let i = 0; i < 20; i++) {
      await clock.advance();
      await looks.advance();
    }
    assert.equal(seen[9], "1x800: 10 to 10");
    assert.equal(seen[10], "2x800: 11 to 11");
    assert.deepEqual(align.stats.counters, { "unlinked.video": seen.length });
  });

  it("explains itself without an instance", () => {
    const { inputs, outputs, options } = describeActor("Align");
    assert.deepEqual(inputs.map(({ name, delivery }) => [name, delivery]), [
      ["video", "ordered"],
      ["audio", "ordered"],
      ["ancillary", "ordered"],
    ]);
    assert.deepEqual(outputs.map(({ name }) => name), inputs.map(({ name }) => name));
    const { delayNs } = options.properties as Record<string, { default: unknown }>;
    assert.equal(delayNs.default, new AlignActor().options.delayNs);
  });
});
