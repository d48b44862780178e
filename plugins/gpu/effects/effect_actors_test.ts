import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type Actor, LockstepClock, ManualClock, Supervisor } from "@streamlib/core";
import { assertNothingLeft } from "../../../ffi/testing/gpu.ts";
import {
  BloomActor,
  BlurActor,
  ChromaKeyActor,
  DistortionActor,
  Lut3dActor,
  ScaleActor,
  VignetteActor,
} from "../mod.ts";
import * as formulas from "../testing/effect_formulas.ts";
import { given, keep, numbersOf, stopKept, testDispatcher, testGpu, through } from "../testing/gpu_chain.ts";
import { GpuPictures, GpuView, type SeenPicture, TestValues } from "../testing/picture_actors.ts";

const SLOW = { timeout: 60_000 };
const RIGHT_DB = 50;

// deno-lint-ignore no-explicit-any
async function isRight(filter: Actor<any>, wanted: formulas.Picture, picture: formulas.Picture): Promise<void> {
  const [seen] = await through([picture], [filter]);
  assert.deepEqual([seen.format.width, seen.format.height], [wanted.width, wanted.height]);
  const db = formulas.psnrDb(numbersOf(seen), wanted);
  assert.ok(db >= RIGHT_DB, `${db.toFixed(1)} dB`);
  const isSameSize = picture.width === wanted.width && picture.height === wanted.height;
  if (isSameSize && wanted !== picture) assert.ok(formulas.psnrDb(picture, wanted) < RIGHT_DB, "it changes nothing");
}

describe("actors of effects", { ...SLOW, skip: testGpu === undefined }, () => {
  const picture = formulas.testPicture(97, 54, false);
  const opaque = formulas.testPicture(96, 54, true);

  afterEach(async () => {
    await stopKept();
    assertNothingLeft();
  });

  for (const sigma of [0, 1.3, 6]) {
    it(`Blur of ${sigma} is the formula`, SLOW, async () => {
      const wanted = sigma === 0 ? picture : formulas.blur(picture, sigma);
      await isRight(new BlurActor({ sigma, dispatcher: testDispatcher() }), wanted, picture);
    });
  }

  it("Bloom is the formula", SLOW, async () => {
    const values = { threshold: 0.6, knee: 0.2, sigma: 5, intensity: 0.7 };
    const wanted = formulas.bloom(picture, 0.6, 0.2, 5, 0.7);
    await isRight(new BloomActor({ ...values, dispatcher: testDispatcher() }), wanted, picture);
  });

  it("Vignette is the formula", SLOW, async () => {
    const values = { centre: [0.4, 0.6], amount: 0.9, radius: 0.3, softness: 0.5 };
    const wanted = formulas.vignette(picture, [0.4, 0.6], 0.9, 0.3, 0.5);
    await isRight(new VignetteActor({ ...values, dispatcher: testDispatcher() }), wanted, picture);
  });

  it("Distortion is the formula", SLOW, async () => {
    const values = { lens: 0.3, lensFourth: -0.1, wave: [3, 2], waveLength: 23, phase: 1 };
    const wanted = formulas.distortion(picture, values);
    await isRight(new DistortionActor({ ...values, dispatcher: testDispatcher() }), wanted, picture);
  });

  it("ChromaKey is the formula", SLOW, async () => {
    const values = { key: [0.1, 0.8, 0.2], tolerance: 0.2, softness: 0.15, spill: 0.7 };
    const wanted = formulas.chromaKey(picture, values);
    await isRight(new ChromaKeyActor({ ...values, dispatcher: testDispatcher() }), wanted, picture);
  });

  it("Lut3d is the formula", SLOW, async () => {
    const edge = 5;
    const table = Array.from({ length: 3 * edge ** 3 }, (_, i) => 0.5 + 0.5 * Math.sin(i * 1.7));
    const wanted = formulas.lut3d(picture, table, edge, 0.8);
    await isRight(new Lut3dActor({ table, amount: 0.8, dispatcher: testDispatcher() }), wanted, picture);
  });

  for (const kernel of ["box", "bilinear", "catmull-rom", "lanczos"] as const) {
    for (const [width, height] of [[41, 30], [150, 88]]) {
      it(`Scale to ${width} by ${height} with ${kernel} is the formula`, SLOW, async () => {
        const wanted = formulas.scale(opaque, width, height, kernel);
        await isRight(new ScaleActor({ width, height, kernel, dispatcher: testDispatcher() }), wanted, opaque);
      });
    }
  }

  it("gives 8 bits for 8 bits, and an opaque picture stays opaque", SLOW, async () => {
    const filters = [new BlurActor({ sigma: 2, dispatcher: testDispatcher() })];
    const [seen] = await through([opaque], filters, "rgba8");
    assert.deepEqual([seen.format.pixelFormat, seen.format.alpha], ["rgba8", "premultiplied"]);
    assert.ok(seen.bytes.every((byte, at) => at % 4 !== 3 || byte === 255));
    assert.ok(formulas.psnrDb(numbersOf(seen), formulas.blur(opaque, 2)) >= RIGHT_DB);
  });

  it("has four of them in one submit per tick, without a byte on the host between them", SLOW, async () => {
    const dispatcher = testDispatcher();
    const filters = [
      new BlurActor({ sigma: 2, dispatcher }),
      new VignetteActor({ dispatcher }),
      new DistortionActor({ dispatcher }),
      new BloomActor({ dispatcher }),
    ];
    const pictures = Array.from({ length: 12 }, () => opaque);
    const seen = await through(pictures, filters);
    assert.deepEqual(seen.map(({ frameNumber }) => frameNumber), pictures.map((_, at) => at));
    const steps = seen.slice(1).map(({ submits }, at) => submits - seen[at].submits);
    assert.deepEqual(steps, steps.map(() => 1));
    for (const { stats, label } of filters) {
      assert.equal(stats.inputs.video.bytesCopied, 0, label);
      assert.equal(stats.outputs.video.dropped, 0, label);
    }
    let wanted = formulas.vignette(formulas.blur(opaque, 2), [0.5, 0.5], 0.6, 0.5, 0.6);
    wanted = formulas.distortion(wanted, { lens: 0.2, lensFourth: 0, wave: [0, 0], waveLength: 64, phase: 0 });
    wanted = formulas.bloom(wanted, 0.7, 0.1, 12, 0.8);
    for (const picture of seen) assert.ok(formulas.psnrDb(numbersOf(picture), wanted) >= RIGHT_DB);
  });

  it("goes on when pictures change their size and their format", SLOW, async () => {
    const clock = new LockstepClock(60);
    const small = formulas.testPicture(40, 30, true);
    const turns = [opaque, small, opaque].flatMap((one) => [given(one, "rgba32-float"), given(one, "rgba8")]);
    const source = keep(
      new GpuPictures({ dispatcher: testDispatcher(), clock, frames: turns.length, picture: (at) => turns[at] }),
    );
    const seen: SeenPicture[] = [];
    const blur = source.pipe(keep(new BlurActor({ sigma: 2, dispatcher: testDispatcher() })));
    const view = blur.pipe(keep(new GpuView({ dispatcher: testDispatcher(), see: (one) => void seen.push(one) })));
    await clock.run();
    await view.ended;
    assert.deepEqual(seen.map(({ format }) => format.pixelFormat), turns.map(({ format }) => format.pixelFormat));
    for (const one of seen) {
      const from = one.format.width === 40 ? small : opaque;
      assert.ok(formulas.psnrDb(numbersOf(one), formulas.blur(from, 2)) >= RIGHT_DB);
    }
  });

  it("takes parameters while it runs, by its control and by its input", SLOW, async () => {
    const dispatcher = testDispatcher();
    const clock = new ManualClock(60);
    const seen: SeenPicture[] = [];
    const source = keep(new GpuPictures({ dispatcher, clock, picture: () => given(opaque, "rgba32-float") }));
    const blur = source.pipe(keep(new BlurActor({ sigma: 0, dispatcher })));
    const view = blur.pipe(keep(new GpuView({ dispatcher, see: (one) => void seen.push(one) })));
    const values = keep(new TestValues());
    values.outputs.data.pipe(blur.inputs.parameters);
    await Promise.all([source, blur, view, values].map((actor) => actor.ready));
    await clock.advance();
    await blur.set({ sigma: 3 });
    await clock.advance();
    await values.say({ sigma: 1 });
    await clock.advance();
    const wanted = [0, 3, 1].map((sigma) => formulas.blur(opaque, sigma));
    for (const [at, one] of seen.entries()) assert.ok(formulas.psnrDb(numbersOf(one), wanted[at]) >= RIGHT_DB, `${at}`);
    assert.equal(seen.length, 3);
  });

  it("goes on with what was set when a supervisor restarts it", SLOW, async () => {
    const dispatcher = testDispatcher();
    const clock = new ManualClock(60);
    const supervisor = new Supervisor({ snapshotMs: 1, backoff: { firstMs: 1, maxMs: 1 } });
    const seen: SeenPicture[] = [];
    const source = keep(new GpuPictures({ dispatcher, clock, picture: () => given(opaque, "rgba32-float") }));
    const blur = source.pipe(keep(new BlurActor({ sigma: 0, dispatcher, supervisor })));
    const view = blur.pipe(keep(new GpuView({ dispatcher, see: (one) => void seen.push(one) })));
    const values = keep(new TestValues());
    values.outputs.data.pipe(blur.inputs.parameters);
    await Promise.all([source, blur, view, values].map((actor) => actor.ready));
    await blur.set({ sigma: 3 });
    await clock.advance();
    const restarted = Promise.withResolvers<void>();
    supervisor.on("restarted", () => restarted.resolve());
    await values.say({ sigma: -1 });
    await clock.advance();
    await restarted.promise;
    await clock.advance();
    assert.ok(formulas.psnrDb(numbersOf(seen.at(-1)!), formulas.blur(opaque, 3)) >= RIGHT_DB);
  });

  it("says which parameter cannot be, and why", SLOW, async () => {
    const dispatcher = testDispatcher();
    const scale = keep(new ScaleActor({ width: 8, height: 8, id: "small", dispatcher }));
    const vignette = keep(new VignetteActor({ id: "dark", dispatcher }));
    const code = "option-invalid";
    const cases: [() => Promise<void>, string][] = [
      [
        () => vignette.set({ amuont: 1 }),
        'Cannot set parameter "amuont" of Vignette "dark" to 1: ' +
        "there is no such parameter; there are centre, amount, radius, softness",
      ],
      [
        () => vignette.set({ amount: 2 }),
        'Cannot set parameter "amount" of Vignette "dark" to 2: a number from 0 to 1 is right',
      ],
      [
        () => vignette.set({ amount: 1n as unknown as number }),
        'Cannot set parameter "amount" of Vignette "dark" to [object BigInt]: a number from 0 to 1 is right',
      ],
      [
        () => vignette.set({ centre: [0.5] }),
        'Cannot set parameter "centre" of Vignette "dark" to [0.5]: 2 numbers, each from 0 to 1 is right',
      ],
      [
        () => scale.set({ kernel: "cubic" }),
        'Cannot set parameter "kernel" of Scale "small" to "cubic": box, bilinear, catmull-rom, lanczos are right',
      ],
      [
        () => scale.set([1] as unknown as Record<string, number>),
        'Cannot set parameters of Scale "small" to [1]: give values by name, as in { amount: 0.5 }',
      ],
    ];
    for (const [call, message] of cases) await assert.rejects(call(), { code, message });
    assert.throws(() => new BlurActor({ sigma: 65 }), { code, message: /option sigma = 65/ });
    assert.throws(() => new ScaleActor({ width: 0, height: 8 }), { code, message: /option width = 0/ });
    assert.throws(() => new Lut3dActor({}), { code, message: /file or table/ });
  });

  it("says what is wrong with a table of colours", SLOW, async () => {
    const dispatcher = testDispatcher();
    const cases: [Lut3dActor, RegExp][] = [
      [new Lut3dActor({ table: [1, 2, 3], dispatcher }), /option table has 3 numbers: .* n from 2 to 129/],
      [new Lut3dActor({ file: "/nowhere/look.cube", dispatcher }), /file "\/nowhere\/look.cube": ENOENT/],
    ];
    for (const [lut, message] of cases) {
      await assert.rejects(lut.ready, (error: Error) => {
        assert.match(String((error.cause as Error).message), message);
        return true;
      });
    }
  });
});
