import { after, afterEach, before, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { throwsCode } from "../../tests/conformance/ring.ts";
import { audioFormat } from "../message/audio_buffer.ts";
import { loadNative } from "../native.ts";
import type { PoolDispatcher } from "../place/pool_dispatcher.ts";
import { ProcessPoolDispatcher } from "../place/process_pool_dispatcher.ts";
import { ThreadPoolDispatcher } from "../place/thread_pool_dispatcher.ts";
import { stopAll } from "../registry/local_registry.ts";
import { Supervisor } from "../supervision/supervisor.ts";
import { FilterActor, FORMAT, OrderedActor, SourceActor, until, valueOf } from "../testdata/actors.ts";
import type { VideoFrame } from "../message/video_frame.ts";
import { LockstepClock } from "../time/virtual_clock.ts";
import { tap } from "./tap.ts";
import { DeepSink, FedActor, type SeenFrames } from "./testdata/fed_actors.ts";
import { NativeWriter } from "./testdata/native_writer.ts";

const timeout = 60_000;
const { library } = await loadNative();
const skip = library === undefined;
const ENDLESS = 1 << 30;

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** Lets the thread write no more than 150 frames more than all sinks have read, until they have read frame `last`. */
async function drive(fed: FedActor, last: number, ...sinks: DeepSink[]): Promise<void> {
  for (;;) {
    const read = Math.min(...await Promise.all(sinks.map(async (sink) => (await sink.seen()).values.at(-1) ?? 0)));
    if (read >= last) return;
    await fed.allow({ limit: Math.min(last, read + 150) });
    await sleep(1);
  }
}

/** Everything from the first frame seen to `last`, each once and in order. */
async function assertWhole(sink: DeepSink, last: number): Promise<void> {
  const { values, sequences, missed } = await sink.seen();
  assert.deepEqual(values, numbers(values[0], last));
  assert.deepEqual(sequences, values);
  assert.deepEqual(missed.filter((count) => count > 0), []);
}

/** What lies between two frames is counted as missed. */
function assertAccounted({ sequences, missed }: SeenFrames): void {
  for (let i = 1; i < sequences.length; i++) assert.equal(sequences[i] - sequences[i - 1], missed[i] + 1);
}

describe("an output that a native thread feeds", { skip }, () => {
  afterEach(() => stopAll());

  it("gives every frame once, in order, to a reader of this thread", { timeout }, async () => {
    const [fed, sink] = [new FedActor(), new DeepSink()];
    fed.outputs.video.pipe(sink.inputs.video);
    await drive(fed, 2000, sink);
    await assertWhole(sink, 2000);
    assert.equal((await sink.seen()).values[0], 1);
    const { committed, dropped, generation } = fed.stats.outputs.video;
    assert.deepEqual({ committed, dropped, generation }, { committed: 2000, dropped: 0, generation: 1 });
  });

  it("goes on while readers come that need more room, and loses nothing of the others", { timeout }, async () => {
    const fed = new FedActor({ limit: 3 });
    await fed.ready;
    await until(() => fed.stats.outputs.video.committed === 3, "three frames are there");
    const values: number[] = [];
    const ordered = new OrderedActor({
      process: (body) => {
        for (const frame of body.inputs.video) values.push(valueOf(frame));
      },
    });
    fed.outputs.video.pipe(ordered.inputs.video);
    await until(() => values.length === 1, "the newest frame is there at once");
    const deep: DeepSink[] = [];
    for (let limit = 9; limit <= 903; limit += 6) {
      await fed.allow({ limit });
      if (limit === 303 || limit === 603) {
        const sink = new DeepSink();
        deep.push(sink);
        fed.outputs.video.pipe(sink.inputs.video);
      }
      await until(() => values.at(-1) === limit, `frame ${limit} is read`);
    }
    await drive(fed, 903, deep[1]);
    assert.deepEqual(values, numbers(3, 903));
    for (const sink of deep) {
      await until(() => sink.stats.inputs.video.read > 0 && sink.inputs.video.unread === 0, "all is read");
      await assertWhole(sink, 903);
    }
    assert.equal((await fed.fedState()).rings, 3, "one at first, one for depth 8, one for depth 200");
    assert.equal(fed.stats.outputs.video.slots, 203);
  });

  it("moves to rings of other formats while the thread writes", { timeout }, async () => {
    const [fed, sink] = [new FedActor(), new DeepSink()];
    fed.outputs.video.pipe(sink.inputs.video);
    for (let i = 1; i <= 10; i++) {
      const driven = drive(fed, i * 100, sink);
      assert.equal(await fed.widen({ width: 16 + (i % 3) * 8 }), i + 1);
      assert.equal(await fed.widen({ width: 16 + (i % 3) * 8 }), i + 1, "the same format is no other ring");
      await driven;
    }
    await assertWhole(sink, 1000);
    const { widths } = await sink.seen();
    assert.deepEqual(new Set(widths), new Set([16, 24, 32]));
    assert.equal(fed.stats.outputs.video.generation, 11);
  });

  it("accounts for every frame when the thread is never waited for", { timeout }, async () => {
    const fed = new FedActor({ limit: ENDLESS });
    await fed.ready;
    const seen: [value: number, sequence: number, missed: number][] = [];
    const filter = new FilterActor({
      process: (body) => {
        const frame = body.inputs.video.readLatest();
        if (frame && !frame.repeated) seen.push([valueOf(frame), frame.sequence, frame.missed]);
      },
    });
    fed.outputs.video.pipe(filter.inputs.video);
    for (let i = 1; i <= 20; i++) {
      const before = seen.length;
      await until(() => seen.length > before, "more frames are read");
      if (i % 4 === 0) await fed.widen({ width: 8 + i });
      const stop = tap(fed.outputs.video, (frame) => void valueOf(frame));
      if (i % 2 === 0) stop();
    }
    await fed.stop();
    const [last, dropped] = [fed.stats.outputs.video.committed, fed.stats.outputs.video.dropped];
    await until(() => filter.inputs.video.unread === 0, "all is read");
    assert.equal(seen.at(-1)![1], last);
    assert.equal(dropped, 0, "with the slots that readers need, the thread finds one");
    for (const [i, [value, sequence, missed]] of seen.entries()) {
      assert.equal(value, sequence);
      if (i > 0) assert.equal(sequence - seen[i - 1][1], missed + 1);
    }
  });

  it("makes another ring when all places of readers are taken", { timeout }, async () => {
    const fed = new FedActor({ limit: 1 });
    await fed.ready;
    await until(() => fed.stats.outputs.video.committed === 1, "a frame is there");
    const kept: VideoFrame[] = [];
    for (let i = 0; i < 64; i++) tap(fed.outputs.video, (frame) => void kept.push(frame.retain()))();
    assert.equal(kept.length, 64);
    assert.equal((await fed.fedState()).rings, 1);
    const values: number[] = [];
    tap(fed.outputs.video, (frame) => void values.push(valueOf(frame)));
    assert.equal((await fed.fedState()).rings, 2);
    await fed.allow({ limit: 2 });
    await until(() => values.includes(2), "the thread writes into the new ring");
    assert.deepEqual(kept.map(valueOf), Array(64).fill(1));
    for (const frame of kept) frame.release();
  });

  it("refuses loan(), send() and another feed, until the feed is closed", { timeout }, async () => {
    const fed = new FedActor({ id: "fed", limit: 5 });
    await fed.ready;
    await until(() => fed.stats.outputs.video.committed === 5, "five frames are there");
    const why = 'TestFed "fed" output video: a native thread feeds it; close() the feed';
    assert.deepEqual(await fed.refusals(), [
      `Cannot loan a slot of ${why}`,
      `Cannot loan a slot of ${why}`,
      `Cannot feed ${why}`,
    ]);
    assert.equal(await fed.takeOver({ value: 6 }), true);
    assert.equal((await fed.fedState()).isOpen, false);
    assert.equal(fed.stats.outputs.video.committed, 6);
    assert.equal(fed.stats.outputs.video.generation, 1, "the same ring goes on");
    await assert.rejects(fed.widen({ width: 20 }), { code: "ring-invalid", message: /its feed is closed$/ });
  });

  it("is refused in virtual time: a thread writes when it will", { timeout }, async () => {
    const clock = new LockstepClock(25);
    const fed = new FedActor({ id: "live", clock });
    await assert.rejects(fed.ready, {
      code: "actor-failed",
      message: /option clock = lockstep\/25\/1 of TestFed "live" has virtual time, .*; leave clock out, .* is right$/,
    });
    assert.equal(await clock.run(), 0);
  });

  it("gives readers what is left, and then the end", { timeout }, async () => {
    const fed = new FedActor({ limit: 0 });
    const sink = new OrderedActor({ process: (body) => void [...body.inputs.video] });
    fed.outputs.video.pipe(sink.inputs.video);
    await fed.ready;
    await fed.allow({ limit: 8 });
    await until(() => fed.stats.outputs.video.committed === 8, "eight frames are there");
    await fed.finishVideo();
    assert.equal((await fed.fedState()).isOpen, false);
    await sink.ended;
    assert.equal(sink.stats.inputs.video.read, 8);
    await fed.stop();
  });

  it("is stopped while its thread writes", { timeout }, async () => {
    const [fed, sink] = [new FedActor({ limit: ENDLESS }), new DeepSink()];
    fed.outputs.video.pipe(sink.inputs.video);
    await until(() => sink.stats.inputs.video.read > 20, "frames flow");
    await fed.stop();
    const { committed } = fed.stats.outputs.video;
    await until(() => sink.stats.inputs.video.read + sink.stats.inputs.video.missed === committed, "all is read");
    const { sequences } = await sink.seen();
    assert.equal(sequences.at(-1), committed);
    assert.equal(fed.stats.outputs.video.committed, committed);
  });

  it("fails its actor when a tap throws, and tells the other readers all the same", { timeout }, async () => {
    const [fed, sink] = [new FedActor(), new DeepSink()];
    await fed.ready;
    tap(fed.outputs.video, (frame) => {
      if (frame.sequence > 0) throw new Error("tap is unhappy");
    });
    fed.outputs.video.pipe(sink.inputs.video);
    await fed.allow({ limit: 3 });
    await assert.rejects(fed.ended, /tap is unhappy/);
    const { committed } = fed.stats.outputs.video;
    assert.equal(committed > 0, true);
    await until(() => sink.stats.inputs.video.read === committed, "the other reader has all");
  });

  it("refuses a link for which the thread cannot be moved, and goes on without it", { timeout }, async () => {
    const fed = new FedActor({ id: "fed", limit: ENDLESS, refuseAt: 2 });
    const [small, deep] = [new FilterActor(), new DeepSink()];
    await fed.ready;
    const seen: number[] = [];
    const stop = tap(fed.outputs.video, (frame) => void seen.push(frame.sequence));
    throwsCode(
      () => fed.outputs.video.pipe(deep.inputs.video),
      "resource",
      /^Cannot give the thread that feeds TestFed "fed" output video a ring: told to refuse$/,
    );
    assert.equal(deep.inputs.video.source, undefined);
    assert.equal(fed.stats.outputs.video.links, 1);
    const before = seen.length;
    await until(() => seen.length > before, "the thread goes on");
    fed.outputs.video.pipe(small.inputs.video);
    await until(() => small.stats.inputs.video.read > 2, "the next link is laid");
    stop();
  });

  it("has another thread in the next life of its actor, and its numbers go on", { timeout }, async () => {
    const supervisor = new Supervisor({ strategy: "one-for-one", backoff: { firstMs: 1 } });
    const fed = new FedActor({ limit: 10, supervisor });
    const sink = new DeepSink();
    fed.outputs.video.pipe(sink.inputs.video);
    await until(() => sink.stats.inputs.video.read === 10, "the first life has written");
    const restarted = new Promise<void>((resolve) => supervisor.on("restarted", () => resolve()));
    const stop = tap(fed.outputs.video, ({ sequence }) => {
      if (sequence > 10) throw new Error("fails the first life");
    });
    await fed.allow({ limit: 11 });
    await until(() => fed.state === "failed", "the first life has failed");
    stop();
    await restarted;
    await until(() => sink.stats.inputs.video.read >= 21, "the second life has written");
    const { sequences, missed } = await sink.seen();
    assert.deepEqual([sequences, Math.max(...missed)], [numbers(1, sequences.length), 0]);
    await fed.stop();
  });
});

describe("a fed output of another type", { skip }, () => {
  it("is read as any other, and stops its thread when its actor is stopped", { timeout }, async () => {
    const format = audioFormat({ sampleRateHz: 48_000, channels: 2, framesMax: 48 });
    let isStopped = false;
    const source = new SourceActor({
      onStart: async (body) => {
        const writer = await NativeWriter.start(20);
        body.outputs.sound.feed(format, {
          onRing: (ring) => writer.move(ring),
          onClose: () => {
            writer.stop();
            isStopped = true;
          },
        });
      },
    });
    await source.ready;
    const seen: [frames: number, sequence: number, timestampNs: bigint][] = [];
    tap(source.outputs.sound, (block) => void seen.push([block.frames, block.sequence, block.timestampNs]));
    await until(() => seen.at(-1)?.[1] === 20, "the last block is seen");
    for (const [frames, sequence, timestampNs] of seen) {
      assert.deepEqual([frames, timestampNs], [48, BigInt(sequence) * 1_000_000n]);
    }
    await source.stop();
    assert.equal(isStopped, true);
  });
});

describe("an output without the native library", { skip: !skip }, () => {
  it("cannot be fed by a native thread", { timeout }, async () => {
    await using source = new SourceActor({ id: "src" });
    await source.ready;
    throwsCode(
      () => source.outputs.video.feed(FORMAT, { onRing: () => {} }),
      "native-missing",
      /^Cannot feed TestScript "src" output video from a native thread: it needs the native library; `streamlib doctor`/,
    );
  });
});

const kinds: [string, () => PoolDispatcher][] = [
  ["thread", () => new ThreadPoolDispatcher({ workers: 2 })],
  ["process", () => new ProcessPoolDispatcher({ workers: 2 })],
];

for (const [kind, make] of kinds) {
  describe(`a fed output and a ${kind}`, { skip }, () => {
    let pool: PoolDispatcher;

    before(() => {
      pool = make();
    });
    after(() => pool.close());
    afterEach(() => stopAll());

    for (
      const [what, writerThere, readerThere] of [
        ["fed there, read here", true, false],
        ["fed here, read there", false, true],
        ["fed there, read in a neighbour place", true, true],
      ] as const
    ) {
      it(`loses nothing: ${what}`, { timeout }, async () => {
        const fed = new FedActor(writerThere ? { dispatcher: pool } : {});
        const there = readerThere ? { dispatcher: pool } : {};
        const sink = new DeepSink(there);
        fed.outputs.video.pipe(sink.inputs.video);
        await Promise.all([fed.ready, sink.ready]);
        await drive(fed, 300, sink);
        const widened = drive(fed, 600, sink);
        await fed.widen({ width: 40 });
        await widened;
        const late = new DeepSink(there);
        fed.outputs.video.pipe(late.inputs.video);
        await drive(fed, 700, sink, late);
        await drive(fed, 900, sink, late);
        await assertWhole(sink, 900);
        await assertWhole(late, 900);
        assert.equal((await sink.seen()).values[0], 1);
        assert.equal((await late.seen()).values[0] >= 600, true);
        await fed.stop();
        assert.equal(fed.stats.outputs.video.committed, 900);
        assert.equal(fed.stats.outputs.video.dropped, 0);
      });
    }

    it("is stopped there while its thread writes", { timeout }, async () => {
      const fed = new FedActor({ dispatcher: pool, limit: ENDLESS });
      const sink = new DeepSink();
      fed.outputs.video.pipe(sink.inputs.video);
      await until(() => sink.stats.inputs.video.read > 20, "frames flow");
      await fed.stop();
      const { committed } = fed.stats.outputs.video;
      let seen = await sink.seen();
      for (; seen.sequences.at(-1) !== committed; seen = await sink.seen()) await sleep(2);
      assertAccounted(seen);
    });

    it("cannot be fed through its handle", { timeout }, async () => {
      const fed = new FedActor({ id: "far", dispatcher: pool });
      await fed.ready;
      throwsCode(
        () => fed.outputs.video.feed(FORMAT, { onRing: () => {} }),
        "wrong-place",
        /^Cannot feed TestFed "far" output video from outside/,
      );
    });
  });
}
