import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { setImmediate, setTimeout } from "node:timers/promises";
import { assertNothingLeft, findTestGpu } from "../../ffi/testing/gpu.ts";
import {
  Actor,
  type DataMessage,
  GpuDispatcher,
  type GpuDispatcherOptions,
  loadNative,
  LockstepClock,
  ManualClock,
  type Output,
  ProcessPoolDispatcher,
  PROFILE_SPANS,
  profileRows,
  Supervisor,
  tap,
  ThreadPoolDispatcher,
} from "../mod.ts";
import { setProfiling } from "../profile/profile.ts";
import { Clumsy, Endless, Fetch, Fill, Hold, Negative, script, type Seen, Watch } from "./testdata/gpu_actors.ts";

// Without the library core has no GPU, whatever the machine has.
const info = (await loadNative()).library ? findTestGpu() : undefined;
const SLOW = { timeout: 60_000 };
const running: Actor[] = [];

// deno-lint-ignore no-explicit-any
function keep<A extends Actor<any>>(actor: A): A {
  running.push(actor as unknown as Actor);
  return actor;
}

function dispatcher(options: GpuDispatcherOptions = {}): GpuDispatcher {
  return new GpuDispatcher({ device: { index: info!.index }, validate: true, ...options });
}

/** All that a Fetch says, as it says it. */
function collect(output: Output<DataMessage>): Seen[] {
  const seen: Seen[] = [];
  tap(output, (item) => void seen.push(item.value as Seen));
  return seen;
}

function chain(gpu: GpuDispatcher, options: { frames: number; clock?: LockstepClock; wideAfter?: number }) {
  const fill = keep(new Fill({ dispatcher: gpu, ...options }));
  const filters = [1, 2, 3, 4].map(() => keep(new Negative({ dispatcher: gpu })));
  const fetch = keep(new Fetch({ dispatcher: gpu }));
  fill.pipe(filters[0]).pipe(filters[1]).pipe(filters[2]).pipe(filters[3]).pipe(fetch);
  return { fill, filters, fetch, seen: collect(fetch.outputs.seen) };
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

describe("Gpu", { ...SLOW, skip: info === undefined }, () => {
  afterEach(async () => {
    await Promise.all(running.splice(0).map((actor) => actor.stop()));
    assertNothingLeft();
  });

  it("passes pictures from actor to actor on the device, with one submit per tick", SLOW, async () => {
    const gpu = dispatcher();
    const clock = new LockstepClock(60);
    const { fill, filters, fetch, seen } = chain(gpu, { frames: 20, clock });
    // Keeps the device open beyond the end of the chain.
    const watch = keep(new Watch({ dispatcher: gpu }));
    await clock.run();
    await fetch.ended;
    assert.deepEqual(seen.map(({ value }) => value), upTo(20));
    assert.deepEqual(seen.map(({ frameNumber }) => frameNumber), upTo(20));
    assert.equal(fill.stats.outputs.video.dropped, 0);
    for (const filter of filters) {
      assert.equal(filter.stats.inputs.video.bytesCopied, 0);
      assert.equal(filter.stats.outputs.video.dropped, 0);
    }
    assert.equal(fetch.stats.inputs.video.bytesCopied, 20 * 16 * 8 * 4);
    assert.equal((await watch.statistics()).submits, 20);
  });

  it("goes on when pictures change their size", SLOW, async () => {
    const clock = new LockstepClock(60);
    const { fill, fetch, seen } = chain(dispatcher(), { frames: 12, clock, wideAfter: 5 });
    await clock.run();
    await fetch.ended;
    assert.deepEqual(seen.map(({ value }) => value), upTo(12));
    assert.deepEqual(seen.map(({ width }) => width), upTo(12).map((i) => i < 5 ? 16 : 32));
    assert.equal(fill.stats.outputs.video.generation, 2);
  });

  it("has the memory of the device grow no more after the first pictures", SLOW, async () => {
    const gpu = dispatcher({ validate: false });
    const clock = new LockstepClock(60);
    const { fetch, seen } = chain(gpu, { frames: 1500, clock });
    const watch = keep(new Watch({ dispatcher: gpu }));
    await clock.run({ seconds: 1 });
    const first = await watch.statistics();
    await clock.run();
    await fetch.ended;
    const last = await watch.statistics();
    assert.equal(seen.length, 1500);
    assert.equal(last.allocatedBytes, first.allocatedBytes);
    assert.ok(last.usedBytesMax === first.usedBytesMax, `${first.usedBytesMax} then ${last.usedBytesMax}`);
  });

  it("lets chains of one dispatcher and of two read each other's pictures", SLOW, async () => {
    const [first, second] = [dispatcher({ streams: 1 }), dispatcher({ streams: 4 })];
    const clock = new LockstepClock(60);
    const fill = keep(new Fill({ dispatcher: first, frames: 10, clock }));
    const one = fill.pipe(keep(new Negative({ dispatcher: second })));
    const two = one.pipe(keep(new Negative({ dispatcher: first })));
    const fetches = [fill, one, two].map((actor) => actor.pipe(keep(new Fetch({ dispatcher: second }))));
    const seen = fetches.map((fetch) => collect(fetch.outputs.seen));
    await clock.run();
    await Promise.all(fetches.map((fetch) => fetch.ended));
    const values = seen.map((list) => list.map(({ value }) => value));
    assert.deepEqual(values, [upTo(10), upTo(10).map((i) => 255 - i), upTo(10)]);
  });

  it("lets threads of the process read pictures of each other", SLOW, async () => {
    await using threads = new ThreadPoolDispatcher({ workers: 1 });
    const clock = new LockstepClock(60);
    const fill = keep(new Fill({ frames: 10, clock }));
    const negative = fill.pipe(keep(new Negative({ dispatcher: threads })));
    const back = negative.pipe(keep(new Negative({})));
    const fetch = back.pipe(keep(new Fetch({ dispatcher: threads })));
    const seen = collect(fetch.outputs.seen);
    await clock.run();
    await fetch.ended;
    assert.deepEqual(seen.map(({ value }) => value), upTo(10));
    await Promise.all(running.splice(0).map((actor) => actor.stop()));
  });

  it(
    "fails the actors of a device that a shader holds for ever, and gives a supervised one another",
    SLOW,
    async () => {
      const gpu = dispatcher({ waitMs: 300, validate: false });
      const supervisor = new Supervisor({ maxRestarts: 3, withinMs: 60_000, backoff: { firstMs: 1, maxMs: 1 } });
      const fill = keep(new Fill({ dispatcher: gpu, supervisor }));
      const fetch = keep(new Fetch({ dispatcher: gpu, supervisor }));
      const other = keep(new Fill({ dispatcher: dispatcher() }));
      const beside = keep(new Fetch({ dispatcher: dispatcher() }));
      fill.pipe(fetch);
      other.pipe(beside);
      await Promise.all([fill.ready, fetch.ready, other.ready, beside.ready]);
      const endless = keep(new Endless({ dispatcher: gpu }));
      await assert.rejects(endless.ended, (error: Error) => {
        assert.equal((error.cause as { code: string }).code, "gpu-abandoned");
        assert.match((error.cause as Error).message, /did not|abandoned|given up/);
        return true;
      });
      const before = fetch.stats.inputs.video.read;
      while (fetch.stats.inputs.video.read < before + 5) await setTimeout(10);
      assert.equal(other.state, "running");
      assert.equal(beside.state, "running");
    },
  );

  it("says what is wrong with a device, and with a picture of another one", SLOW, async () => {
    const fill = keep(new Fill({ dispatcher: dispatcher() }));
    const cases: [Actor, RegExp][] = [
      [
        new Fill({ dispatcher: new GpuDispatcher({ device: "no such thing" }) }),
        /Cannot open a GPU for GpuFill "\S+": .*no such thing/,
      ],
      [
        new Fill({ dispatcher: new GpuDispatcher({ device: { type: "quick" as "cpu" } }) }),
        /Cannot open a GPU for GpuFill "\S+": .*type is "quick".*discrete/,
      ],
      [
        fill.pipe(new Fetch({ dispatcher: dispatcher({ waitMs: 4000 }) })),
        /Cannot read a picture: it was made on .* opened in another way/,
      ],
    ] as unknown as [Actor, RegExp][];
    for (const [actor, message] of cases) {
      await assert.rejects(actor.ended, (error: Error) => {
        assert.match((error.cause as Error).message, message);
        return true;
      });
    }
    assert.throws(() => new GpuDispatcher({ streams: 0 }), { code: "option-invalid", message: /streams = 0.*1 to 16/ });
  });

  it("refuses pictures of another process", SLOW, async () => {
    await using processes = new ProcessPoolDispatcher({ workers: 1 });
    const fill = keep(new Fill({}));
    const fetch = fill.pipe(keep(new Fetch({ dispatcher: processes })));
    await assert.rejects(fetch.ended, (error: Error) => {
      assert.match(String((error.cause as Error).message), /pictures on a GPU do not cross processes.*DownloadActor/);
      return true;
    });
    await Promise.all(running.splice(0).map((actor) => actor.stop()));
  });

  it("measures commands by the time of the device", SLOW, async () => {
    setProfiling(true);
    try {
      const clock = new LockstepClock(60);
      const { filters, fetch } = chain(dispatcher(), { frames: 10, clock });
      await clock.run();
      await fetch.ended;
      const rows = profileRows().filter(({ span }) => span === PROFILE_SPANS.device);
      for (const filter of filters) {
        const row = rows.find(({ actor }) => actor === filter.label);
        assert.ok(row && row.count >= 8 && row.maxNs > 0, JSON.stringify(rows));
      }
    } finally {
      setProfiling(false);
    }
  });

  it("says what a body does wrong, and goes on", SLOW, async () => {
    const clumsy = keep(new Clumsy({ dispatcher: dispatcher() }));
    assert.deepEqual(await clumsy.wrongs(), [
      "gpu-refused: Cannot commit a picture that nobody draws: loan it by GpuWork.loan()",
      `gpu-refused: Cannot copy for ${clumsy.label}: the work has ended, by submit() or with the call of process() that began it`,
      'format-invalid: Cannot use pixel format "rgb9" on a GPU: rgba8, rgba16, rgba16-float, rgba32-float are right',
      "format-invalid: Cannot use width 0 on a GPU: it must be an integer from 1 to 16384",
      "undefined: it works",
      `gpu-refused: Cannot read back 4 bytes for ${clumsy.label}: the device still writes them; await done() before`,
    ]);
  });

  it("submits what others of a stream have recorded while a body takes its time", SLOW, async () => {
    const gpu = dispatcher({ streams: 1 });
    const { promise, resolve } = Promise.withResolvers<void>();
    script.until = promise;
    const fill = keep(new Fill({ dispatcher: gpu }));
    const hold = fill.pipe(keep(new Hold({ dispatcher: gpu })));
    const negative = fill.pipe(keep(new Negative({ dispatcher: gpu })));
    try {
      while (negative.stats.inputs.video.read < 20) await setTimeout(10);
      assert.equal(hold.stats.inputs.video.read, 1);
      assert.equal(fill.stats.outputs.video.dropped, 0);
    } finally {
      resolve();
    }
  });

  it("keeps a picture for a body whose link is cut while it waits", SLOW, async () => {
    const gpu = dispatcher();
    const { promise, resolve } = Promise.withResolvers<void>();
    script.until = promise;
    const fill = keep(new Fill({ dispatcher: gpu }));
    const hold = fill.pipe(keep(new Hold({ dispatcher: gpu })));
    while (hold.stats.inputs.video.read === 0) await setTimeout(1);
    hold.inputs.video.unlink();
    resolve();
    await hold.stop();
    assert.equal(hold.error, undefined);
  });

  it("lets an actor stop between what it has recorded and the submit", SLOW, async () => {
    const gpu = dispatcher({ streams: 1 });
    script.until = Promise.resolve();
    const clumsy = keep(new Clumsy({ dispatcher: gpu }));
    const manual = new ManualClock(60);
    const hold = clumsy.pipe(keep(new Hold({ dispatcher: gpu, clock: manual })));
    await Promise.all([clumsy.ready, hold.ready]);
    script.meanwhile = async () => {
      const ticked = manual.advance(1);
      while (hold.stats.ticks === 0) await setImmediate();
      await Promise.all([hold.stop(), ticked]);
    };
    await clumsy.drawAround();
    assert.equal(clumsy.stats.outputs.video.dropped, 0);
  });
});
