import { afterEach, describe, it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import assert from "node:assert/strict";
import { throwsCode } from "../../tests/conformance/ring.ts";
import { audioFormat } from "../message/audio_buffer.ts";
import type { VideoFrame } from "../message/video_frame.ts";
import { videoFormat } from "../message/video_format.ts";
import { nativeLibrary } from "../native.ts";
import { stopAll } from "../registry/local_registry.ts";
import { ManualClock } from "../time/virtual_clock.ts";
import { DataMessage } from "../message/value_message.ts";
import {
  counting,
  DataSink,
  FilterActor,
  FORMAT,
  MixActor,
  OrderedActor,
  put,
  SourceActor,
  until,
  valueOf,
  WIDE,
} from "../testdata/actors.ts";
import { pipe } from "../actor/actor.ts";
import { input, inputFamily, output } from "./spec.ts";
import { tap } from "./tap.ts";

const timeout = 20_000;

afterEach(() => stopAll());

/** A source that does nothing by itself, and its clock. */
async function quiet(): Promise<SourceActor> {
  const source = new SourceActor({ id: "src", clock: new ManualClock(60) });
  await source.ready;
  return source;
}

/** A filter whose body runs `use` when it is called upon. */
async function reading(use: (body: FilterActor) => void, id = "sink"): Promise<FilterActor> {
  const sink = new FilterActor({ id, process: use });
  await sink.ready;
  return sink;
}

describe("linking", () => {
  it("refuses another type, naming both ports", { timeout }, async () => {
    const source = await quiet();
    const sink = new FilterActor({ id: "sink" });
    throwsCode(
      () => (source.outputs.data as unknown as typeof source.outputs.video).pipe(sink.inputs.video),
      "link-type",
      /^Cannot link TestScript "src" output data to TestFilter "sink" input video: it gives DataMessage, wanted is VideoFrame$/,
    );
  });

  it("refuses a second source, and allows it after unlink()", { timeout }, async () => {
    const [source, other] = [await quiet(), new SourceActor({ id: "other" })];
    const sink = new FilterActor({ id: "sink" });
    source.outputs.video.pipe(sink.inputs.video);
    throwsCode(
      () => other.outputs.video.pipe(sink.inputs.video),
      "link-taken",
      /^Cannot link TestScript "other" output video to TestFilter "sink" input video: it is linked to TestScript "src" output video; unlink\(\) it first$/,
    );
    other.outputs.video.unpipe(sink.inputs.video);
    assert.equal(sink.inputs.video.source, source.outputs.video, "unpipe() of another output cuts nothing");
    sink.inputs.video.unlink();
    sink.inputs.video.unlink();
    other.outputs.video.pipe(sink.inputs.video);
    assert.deepEqual(source.outputs.video.targets, []);
    assert.deepEqual(other.outputs.video.targets, [sink.inputs.video]);
  });

  it("refuses a circle, also a long one", () => {
    const [a, b, c] = ["a", "b", "c"].map((id) => new FilterActor({ id }));
    pipe(a, b, c);
    throwsCode(
      () => c.outputs.video.pipe(a.inputs.video),
      "cycle",
      /^Cannot link TestFilter "c" output video to TestFilter "a" input video: that closes a circle; put a BufferActor into it$/,
    );
    const self = new FilterActor({ id: "self" });
    throwsCode(() => self.pipe(self), "cycle", /that closes a circle/);
    assert.equal(a.inputs.video.source, undefined);
  });

  it("refuses actors that have ended, and says which", { timeout }, async () => {
    const [source, sink] = [await quiet(), new FilterActor({ id: "sink" })];
    await sink.stop();
    const what = 'Cannot link TestScript "src" output video to TestFilter "sink" input video';
    throwsCode(() => source.pipe(sink), "actor-stopped", new RegExp(`^${what}: TestFilter "sink" has ended$`));
    const alive = new FilterActor({ id: "alive" });
    source.outputs.data.finish();
    throwsCode(
      () => source.outputs.data.pipe(new DataSink({}).inputs.data),
      "actor-stopped",
      /^Cannot link TestScript "src" output data to .*: that output has ended, nothing more comes of it$/,
    );
    await source.stop();
    throwsCode(() => source.pipe(alive), "actor-stopped", /: TestScript "src" has ended$/);
  });

  it("refuses what is no output of this protocol", async () => {
    const sink = await reading(() => {});
    throwsCode(
      () => sink.inputs.video.receive({ "~outputProtocol": 99, label: "an output" } as never),
      "version-clash",
      /^Cannot link an output to TestFilter "sink" input video: it speaks port protocol 99 and this copy .* speaks 1; make/,
    );
    throwsCode(() => sink.inputs.video.receive(undefined as never), "version-clash", /it speaks port protocol none/);
  });

  it("refuses the 65th link and works on", { timeout }, async () => {
    const source = await quiet();
    put(source.outputs.video, 1);
    const seen: number[] = [];
    const taps = Array.from({ length: 64 }, () => tap(source.outputs.video, (frame) => seen.push(valueOf(frame))));
    assert.equal(seen.length, 64);
    throwsCode(
      () => tap(source.outputs.video, () => {}),
      "resource",
      /^Cannot link TestScript "src" output video to tap of .*: it has 64 links, the most there may be$/,
    );
    put(source.outputs.video, 2);
    assert.equal(seen.length, 128);
    assert.equal(source.stats.outputs.video.links, 64);
    taps.forEach((off) => off());
    assert.equal(source.stats.outputs.video.links, 0);
  });
});

describe("pipe() of actors", () => {
  it("links every type that has one candidate on each side", () => {
    const [source, sink] = [new SourceActor({}), new DataSink({})];
    assert.equal(source.pipe(sink), sink);
    assert.equal(sink.inputs.data.source, source.outputs.data);
    assert.equal(sink.inputs.keys.source, source.outputs.keys);
    const [a, b, c] = [new SourceActor({}), new FilterActor({}), new FilterActor({})];
    assert.equal(pipe(a, b, c), c);
    assert.equal(c.inputs.video.source, b.outputs.video);
  });

  it("refuses what is ambiguous, naming the candidates, and links nothing", () => {
    const [source, mix] = [new SourceActor({ id: "src" }), new MixActor({ id: "mix" })];
    throwsCode(
      () => source.pipe(mix),
      "link-ambiguous",
      /^Cannot pipe TestScript "src" to TestMix "mix": VideoFrame could go from video to first or second; link the ports by name, for example a\.outputs\.video\.pipe\(b\.inputs\.first\)$/,
    );
    assert.equal(mix.inputs.keys.source, undefined);
    source.outputs.video.pipe(mix.inputs.first);
    const other = new SourceActor({});
    other.pipe(mix);
    assert.equal(mix.inputs.second.source, other.outputs.video);
  });

  it("refuses what fits nowhere, saying what each side has", () => {
    const [ordered, filter] = [new OrderedActor({ id: "o" }), new FilterActor({ id: "f" })];
    throwsCode(
      () => ordered.pipe(filter),
      "link-none",
      /^Cannot pipe TestOrdered "o" to TestFilter "f": the one gives nothing, the other has free inputs for VideoFrame$/,
    );
  });
});

describe("links that come and go while actors run", () => {
  it("gives a late reader the newest item at once", { timeout }, async () => {
    const source = await quiet();
    for (let value = 1; value <= 3; value++) put(source.outputs.video, value);
    const seen: number[] = [];
    const sink = await reading((body) => void seen.push(valueOf(body.inputs.video.readLatest()!)));
    source.pipe(sink);
    await until(() => seen.length === 1, "the newest item came");
    assert.deepEqual(seen, [3]);
    assert.equal(sink.stats.inputs.video.missed, 0);
  });

  it("keeps what was retained when the link is cut in the middle of process()", { timeout }, async () => {
    const source = await quiet();
    const kept: VideoFrame[] = [];
    const sink = await reading((body) => {
      const frame = body.inputs.video.readLatest()!;
      kept.push(frame.retain());
      body.inputs.video.unlink();
      assert.equal(body.inputs.video.readLatest(), undefined);
    });
    source.pipe(sink);
    put(source.outputs.video, 5);
    await until(() => kept.length === 1, "it was read");
    for (let value = 6; value < 20; value++) put(source.outputs.video, value);
    assert.equal(valueOf(kept[0]), 5);
    kept[0].release();
    throwsCode(() => kept[0].data, "slot-released", /^Cannot look at the item: it was released; retain\(\) it/);
    assert.equal(source.stats.outputs.video.dropped, 0);
  });

  it("has a place for new readers although gone ones retain items", { timeout }, async () => {
    const source = await quiet();
    const kept: VideoFrame[] = [];
    put(source.outputs.video, 1);
    for (let i = 0; i < 64; i++) tap(source.outputs.video, (frame) => kept.push(frame.retain()))();
    assert.equal(kept.length, 64);
    const seen: number[] = [];
    tap(source.outputs.video, (frame) => seen.push(valueOf(frame)));
    put(source.outputs.video, 2);
    assert.deepEqual(seen, [2]);
    assert.ok(kept.every((frame) => valueOf(frame) === 1));
    kept.forEach((frame) => frame.release());
    assert.ok(put(source.outputs.video, 1));
  });
});

describe("generations of a ring", () => {
  it("carry ordered readers over a change of format without a loss", { timeout }, async () => {
    const source = await quiet();
    const seen: [number, number, number][] = [];
    let isOpen = false;
    const sink = new OrderedActor({
      process: (body) => {
        if (!isOpen) return;
        for (const frame of body.inputs.video) seen.push([frame.sequence, valueOf(frame), frame.format.width]);
      },
    });
    await sink.ready;
    source.outputs.video.pipe(sink.inputs.video);
    for (let value = 1; value <= 7; value++) put(source.outputs.video, value, value % 2 ? FORMAT : WIDE);
    isOpen = true;
    put(source.outputs.video, 8, WIDE);
    await until(() => seen.length >= 8, "all were read");
    assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7, 8].map((n) => [n, n, n % 2 ? 16 : 32]));
    assert.equal(sink.stats.inputs.video.missed, 0);
    assert.equal(source.stats.outputs.video.generation, 8);
    assert.equal(source.stats.outputs.video.committed, 8);
  });

  it("are not made anew for an equal format, and are for each field that differs", { timeout }, async () => {
    const source = await quiet();
    const init = { pixelFormat: "rgba8", width: 16, height: 2, rate: 60 } as const;
    put(source.outputs.video, 1, videoFormat(init));
    put(source.outputs.video, 1, videoFormat(init));
    assert.equal(source.stats.outputs.video.generation, 1);
    put(source.outputs.video, 1, videoFormat({ ...init, rate: 50 }));
    put(source.outputs.video, 1, videoFormat({ ...init, rate: 50, alpha: "premultiplied" }));
    assert.equal(source.stats.outputs.video.generation, 3);
    assert.equal(source.outputs.video.format?.alpha, "premultiplied");
  });

  it("grow when a deeper reader comes; the memory shows", { timeout }, async () => {
    const source = await quiet();
    put(source.outputs.video, 1);
    const before = source.stats.outputs.video;
    assert.equal(before.slots, 3);
    const sink = new OrderedActor({});
    source.outputs.video.pipe(sink.inputs.video);
    put(source.outputs.video, 2);
    const after = source.stats.outputs.video;
    assert.equal(after.generation, 2);
    assert.ok(after.slots >= 8 + 1 + 2, `${after.slots} slots`);
    assert.ok(after.memoryBytes > before.memoryBytes && before.memoryBytes >= 3 * 128);
    assert.equal(after.committed, 2);
  });

  it("keep retained items whole while further generations come", { timeout }, async () => {
    const source = await quiet();
    const kept: VideoFrame[] = [];
    tap(source.outputs.video, (frame) => {
      if (kept.length < 4) kept.push(frame.retain());
    });
    for (let value = 1; value <= 30; value++) put(source.outputs.video, value, value % 2 ? FORMAT : WIDE);
    assert.deepEqual(kept.map(valueOf), [1, 2, 3, 4]);
    assert.deepEqual(kept.map((frame) => frame.sequence), [1, 2, 3, 4]);
    assert.deepEqual(kept.map((frame) => frame.format.width), [16, 32, 16, 32]);
    kept.forEach((frame) => frame.release());
  });

  it("show the newest item although the newest ring is still empty", { timeout }, async () => {
    const source = await quiet();
    const clock = new ManualClock(60);
    const seen: (number | undefined)[] = [];
    const note = (frame: VideoFrame | undefined): unknown => seen.push(frame && valueOf(frame));
    const latest = new FilterActor({ clock, process: (body) => void note(body.inputs.video.readLatest()) });
    const ordered = new OrderedActor({
      clock,
      process: (body) => void note(body.inputs.video.read() ?? body.inputs.video.readLatest()),
    });
    await Promise.all([latest.ready, ordered.ready]);
    source.outputs.video.pipe(latest.inputs.video);
    source.outputs.video.pipe(ordered.inputs.video);
    put(source.outputs.video, 1);
    await clock.advance();
    source.outputs.video.loan(WIDE)!.abort();
    source.outputs.video.loan(FORMAT)!.abort();
    await clock.advance(2);
    put(source.outputs.video, 2);
    await clock.advance();
    assert.deepEqual(seen, [1, 1, 1, 1, 1, 1, 2, 2]);
  });

  it("do not pile up behind a reader that never reads", { timeout }, async () => {
    const source = await quiet();
    const [mix, ordered] = [new MixActor({}), new OrderedActor({})];
    await Promise.all([mix.ready, ordered.ready]);
    source.outputs.video.pipe(mix.inputs.layer.at("idle"));
    source.outputs.video.pipe(ordered.inputs.video);
    const before = mappings();
    put(source.outputs.video, 0, WIDE);
    if (nativeLibrary() && process.platform === "linux") {
      assert.equal(mappings() - before, 1, "rings cannot be counted");
    }
    for (let value = 1; value <= 199; value++) put(source.outputs.video, value, value % 2 ? FORMAT : WIDE);
    assert.equal(source.stats.outputs.video.generation, 200);
    const after = mappings();
    assert.ok(after - before <= 24, `${after - before} rings are kept`);
  });

  it("are let go when the actor has ended and nobody reads", { timeout }, async () => {
    const before = mappings();
    for (let round = 0; round < 20; round++) {
      const source = new SourceActor(counting());
      const sink = new FilterActor({});
      const kept: VideoFrame[] = [];
      source.pipe(sink);
      const off = tap(sink.outputs.video, (frame) => {
        if (kept.length === 0) kept.push(frame.retain());
      });
      await until(() => kept.length === 1, "a frame came");
      await Promise.all([source.stop(), sink.stop()]);
      kept[0].release();
      if (round % 2) off();
      const { committed, memoryBytes, links } = source.stats.outputs.video;
      assert.ok(committed > 0);
      assert.deepEqual({ memoryBytes, links }, { memoryBytes: 0, links: 0 });
      assert.equal(sink.stats.outputs.video.memoryBytes, 0);
    }
    assert.ok(mappings() - before <= 2, `${mappings() - before} rings are left`);
  });
});

describe("what a read says", () => {
  it("counts missed and repeated items", { timeout }, async () => {
    const source = await quiet();
    const seen: string[] = [];
    const sink = await reading((body) => {
      const frame = body.inputs.video.readLatest()!;
      assert.equal(body.inputs.video.readLatest(), frame, "one call, one item");
      seen.push(`${valueOf(frame)} ${frame.missed} ${frame.repeated}`);
      assert.equal(body.inputs.video.read(), undefined);
    });
    source.pipe(sink);
    put(source.outputs.video, 1);
    await until(() => seen.length === 1, "the first came");
    for (let value = 2; value <= 5; value++) put(source.outputs.video, value);
    await until(() => seen.length === 2, "the next came");
    assert.deepEqual(seen, ["1 0 false", "5 3 false"]);
    const { read, missed, repeated, unaligned, ageNs, source: from } = sink.stats.inputs.video;
    assert.deepEqual({ read, missed, repeated, unaligned }, { read: 2, missed: 3, repeated: 0, unaligned: 0 });
    assert.equal(from, 'TestScript "src" output video');
    assert.ok(ageNs! > 0);
  });

  it("finds items by their instant as far back as the output keeps them", { timeout }, async () => {
    const source = new FilterActor({ process: () => {} });
    const found: (number | undefined)[] = [];
    const sink = await reading((body) => {
      for (const at of [5n, 35n, 95n, 100n, 1000n]) {
        const frame = body.inputs.video.readAt(at);
        found.push(frame && valueOf(frame));
      }
    });
    await source.ready;
    source.pipe(sink);
    for (let value = 1; value <= 10; value++) {
      const out = source.outputs.video.loan(FORMAT)!;
      new Uint32Array(out.data.buffer, out.data.byteOffset, 32).fill(value);
      out.commit({ timestampNs: BigInt(value * 10) });
    }
    await until(() => found.length === 5, "it has looked");
    assert.deepEqual(found, [undefined, 3, 9, 10, 10]);
  });

  it("is allowed inside of the body only", { timeout }, async () => {
    const sink = await reading(() => {});
    const message = /^Cannot read TestFilter "sink" input video from outside: only the actor's own process\(\)/;
    throwsCode(() => sink.inputs.video.readLatest(), "wrong-place", message);
    throwsCode(() => sink.inputs.video.read(), "wrong-place", message);
    throwsCode(() => sink.inputs.video.readAt(1n), "wrong-place", message);
    throwsCode(() => [...sink.inputs.video], "wrong-place", message);
  });

  it("lets go of what was read when process() returns, also an asynchronous one", { timeout }, async () => {
    const source = await quiet();
    const seen: VideoFrame[] = [];
    const sink = new FilterActor({
      process: async (body) => {
        const frame = body.inputs.video.readLatest()!;
        await new Promise((resolve) => setTimeout(resolve, 2));
        assert.equal(valueOf(frame), 1);
        seen.push(frame);
      },
    });
    await sink.ready;
    source.pipe(sink);
    put(source.outputs.video, 1);
    await until(() => seen.length === 1, "it was read");
    await new Promise((resolve) => setTimeout(resolve, 1));
    throwsCode(() => seen[0].data, "slot-released", /it was released/);
    throwsCode(() => seen[0].retain(), "slot-released", /it was released/);
    assert.equal(seen[0].sequence, 1, "the header stays");
  });
});

describe("the ledger of an input", () => {
  const bytes = FORMAT.width * FORMAT.height * 4;

  it("counts what is copied out of its items, and not what is copied of copies", { timeout }, async () => {
    const source = await quiet();
    let copy: VideoFrame | undefined;
    const sink = await reading((body) => {
      const frame = body.inputs.video.readLatest()!;
      assert.equal(body.inputs.video.stats().bytesCopied, 0);
      copy = frame.copy();
      copy.copy();
      copy["~copied"](1000);
      frame["~copied"](72);
    });
    source.pipe(sink);
    put(source.outputs.video, 1);
    await until(() => copy !== undefined, "it was copied");
    assert.equal(sink.stats.inputs.video.bytesCopied, bytes + 72);
    assert.equal(valueOf(copy!), 1);
  });

  it("counts for each reader alone, and not what could not be copied", { timeout }, async () => {
    const source = await quiet();
    const released: VideoFrame[] = [];
    const [copier, looker] = [
      await reading((body) => void body.inputs.video.readLatest()!.copy(), "copier"),
      await reading((body) => void released.push(body.inputs.video.readLatest()!), "looker"),
    ];
    source.pipe(copier);
    source.pipe(looker);
    put(source.outputs.video, 1);
    await until(() => released.length === 1 && copier.stats.ticks === 1 && looker.stats.ticks === 1, "both read");
    throwsCode(() => released[0].copy(), "slot-released", /it was released/);
    assert.equal(copier.stats.inputs.video.bytesCopied, bytes);
    assert.equal(looker.stats.inputs.video.bytesCopied, 0);
  });

  it("goes on when the input is linked anew, also with items of the link before", { timeout }, async () => {
    const [source, other] = [await quiet(), new SourceActor({ id: "other", clock: new ManualClock(60) })];
    await other.ready;
    const kept: VideoFrame[] = [];
    const sink = await reading((body) => {
      const frame = body.inputs.video.readLatest();
      if (frame && !frame.repeated) kept.push(frame.retain());
    });
    source.pipe(sink);
    put(source.outputs.video, 1);
    await until(() => kept.length === 1, "the first came");
    kept[0].copy();
    sink.inputs.video.unlink();
    assert.equal(sink.inputs.video.stats().bytesCopied, bytes);
    other.pipe(sink);
    put(other.outputs.video, 2);
    await until(() => kept.length === 2, "the second came");
    kept[1].copy();
    kept[0].release();
    kept[0]["~copied"](10);
    assert.equal(sink.inputs.video.stats().bytesCopied, 2 * bytes + 10, "the device is done after the release");
  });
});

describe("a slow reader beside a quick one", () => {
  it("makes the writer drop its own items, counted, and never sees a torn one", { timeout }, async () => {
    const source = await quiet();
    const held: VideoFrame[] = [];
    let quick = 0;
    const slowTap = tap(source.outputs.video, (frame) => {
      if (frame.sequence % 5 === 0 || held.length < 2) held.push(frame.retain());
      while (held.length > 3) {
        const frame = held.shift()!;
        assert.equal(valueOf(frame), frame.metadata?.value);
        frame.release();
      }
    });
    const quickTap = tap(source.outputs.video, (frame) => {
      assert.equal(valueOf(frame), frame.metadata?.value);
      quick++;
    });
    let dropped = 0;
    for (let value = 1; value <= 300; value++) {
      const out = source.outputs.video.loan(FORMAT);
      if (!out) {
        dropped++;
        held.shift()!.release();
        continue;
      }
      new Uint32Array(out.data.buffer, out.data.byteOffset, 32).fill(value);
      out.commit({ metadata: { value } });
      for (const frame of held) assert.equal(valueOf(frame), frame.metadata?.value);
    }
    assert.ok(dropped > 5, `${dropped} dropped`);
    assert.equal(quick, 300 - dropped);
    assert.equal(source.stats.outputs.video.dropped, dropped);
    assert.equal(source.stats.outputs.video.committed, 300 - dropped);
    slowTap();
    quickTap();
    held.forEach((frame) => frame.release());
  });

  it("is not told of less because a tap beside it throws", { timeout }, async () => {
    const source = await quiet();
    const seen: number[] = [];
    const off = tap(source.outputs.video, () => {
      throw new Error("curious");
    });
    tap(source.outputs.video, (frame) => seen.push(valueOf(frame)));
    assert.throws(() => put(source.outputs.video, 1), /curious/);
    off();
    put(source.outputs.video, 2);
    assert.deepEqual(seen, [1, 2]);
  });
});

describe("loans", () => {
  it("are refused while one is out, also for another format", { timeout }, async () => {
    const source = await quiet();
    const out = source.outputs.video.loan(FORMAT)!;
    const message = /^Cannot loan a slot of TestScript "src" output video: commit or abort the loan that is out$/;
    throwsCode(() => source.outputs.video.loan(FORMAT), "ring-invalid", message);
    throwsCode(() => source.outputs.video.loan(WIDE), "ring-invalid", message);
    out.commit();
    throwsCode(
      () => out.commit(),
      "slot-released",
      /^Cannot commit the loan: it was committed or aborted; loan a new one$/,
    );
    out.abort();
    assert.equal(source.stats.outputs.video.committed, 1);
    source.outputs.video.loan(WIDE)!.abort();
    assert.equal(source.stats.outputs.video.committed, 1);
  });

  it("are taken back when process() leaves them open", { timeout }, async () => {
    const clock = new ManualClock(60);
    let calls = 0;
    const source = new SourceActor({
      clock,
      process: (body) => {
        calls++;
        body.outputs.video.loan(FORMAT)!.data.fill(1);
      },
    });
    await source.ready;
    await clock.advance(3);
    assert.equal(calls, 3);
    assert.equal(source.stats.outputs.video.committed, 0);
    assert.equal(source.state, "running");
  });

  it("carry stamps: the tick's, those of another item, or given ones", { timeout }, async () => {
    const clock = new ManualClock(50, 1_000_000_000n);
    const headers: Record<string, VideoFrame["header"]> = {};
    const metadata: unknown[] = [];
    const source = new SourceActor({
      clock,
      process: (body) => {
        body.outputs.video.loan(FORMAT)!.commit({ metadata: { label: "é", n: 1 } });
      },
    });
    const filter = new FilterActor({
      process: (body) => {
        const frame = body.inputs.video.readLatest()!;
        metadata.push(frame.metadata);
        body.outputs.video.loan(FORMAT)!.commit({ stampFrom: frame, timestampNs: 77n, discontinuity: true });
      },
    });
    tap(source.outputs.video, (frame) => headers.source = frame.header);
    tap(filter.outputs.video, (frame) => headers.filter = frame.header);
    source.pipe(filter);
    await Promise.all([source.ready, filter.ready]);
    await clock.advance(2);
    assert.equal(headers.source.timestampNs, 1_020_000_000n);
    assert.equal(headers.source.sourceTimestampNs, 1_020_000_000n);
    assert.equal(headers.source.frameNumber, 1);
    assert.equal(headers.source.taiFrame, 51n);
    assert.equal(headers.filter.timestampNs, 77n);
    assert.equal(headers.filter.sourceTimestampNs, 1_020_000_000n);
    assert.equal(headers.filter.taiFrame, 51n);
    assert.equal(headers.filter.clockId, headers.source.clockId);
    assert.equal(headers.filter.flags, 2);
    assert.ok(headers.filter.monotonicNs >= headers.source.monotonicNs);
    assert.deepEqual(metadata, [{ label: "é", n: 1 }, { label: "é", n: 1 }]);
  });

  it("refuse metadata that is too large or no JSON, and stay usable", { timeout }, async () => {
    const source = await quiet();
    const out = source.outputs.video.loan(FORMAT)!;
    throwsCode(
      () => out.commit({ metadata: { text: "x".repeat(512) } }),
      "format-invalid",
      /^Cannot commit metadata of 523 bytes from TestScript "src": at most 512 bytes are right$/,
    );
    throwsCode(
      () => out.commit({ metadata: { big: 1n } }),
      "format-invalid",
      /^Cannot send a value from TestScript "src": /,
    );
    out.commit();
    assert.equal(source.stats.outputs.video.committed, 1);
  });
});

describe("values", () => {
  it("grow the ring when a larger one is sent, and keep their order", { timeout }, async () => {
    const source = await quiet();
    const seen: unknown[] = [];
    tap(source.outputs.data, (item) => seen.push(item.value));
    const values = [null, 1, "é", [1, 2], { text: "x".repeat(1021) }, { text: "y".repeat(5000) }, { end: true }];
    for (const value of values) assert.equal(source.outputs.data.send(value), true);
    assert.deepEqual(seen, values);
    assert.equal(source.stats.outputs.data.generation, 3);
    assert.deepEqual(source.outputs.data.format, { bytesMax: 8192 });
  });

  it("that cannot be sent are refused, and the next one goes", { timeout }, async () => {
    const source = await quiet();
    const label = 'TestScript "src" output data';
    throwsCode(
      () => source.outputs.data.send(undefined),
      "format-invalid",
      new RegExp(`^Cannot send undefined from ${label}: it must survive JSON$`),
    );
    throwsCode(
      () => source.outputs.data.send(1n),
      "format-invalid",
      new RegExp(`^Cannot send a value from ${label}: `),
    );
    throwsCode(
      () => source.outputs.data.send("x".repeat(2 ** 24)),
      "format-invalid",
      /^Cannot send 16777218 bytes to .*: at most 16777216 bytes of JSON are right$/,
    );
    throwsCode(
      () => source.outputs.data.send(1, { metadata: { text: "x".repeat(512) } }),
      "format-invalid",
      /^Cannot commit metadata of 523 bytes/,
    );
    assert.equal(source.outputs.data.send(2), true);
    assert.equal(source.stats.outputs.data.committed, 1);
  });

  it("are refused once the actor has ended", { timeout }, async () => {
    const source = await quiet();
    await source.stop();
    throwsCode(() => source.outputs.data.send(1), "actor-stopped", /^Cannot write to TestScript "src" output data: /);
    throwsCode(
      () => source.outputs.video.loan(FORMAT),
      "actor-stopped",
      /^Cannot write to TestScript "src" output video: /,
    );
  });
});

describe("declarations of ports", () => {
  it("have the defaults of their type", () => {
    assert.deepEqual(
      [input(DataMessage)].map(({ delivery, depth, pins, drives }) => ({ delivery, depth, pins, drives })),
      [{ delivery: "latest", depth: 16, pins: 1, drives: false }],
    );
    assert.equal(output(DataMessage).slots, 3);
  });

  it("refuse what is out of range, naming it", () => {
    const cases: [() => unknown, RegExp][] = [
      [() => input(DataMessage, { depth: 0 }), /^Cannot declare a port with depth 0: 1 to 250 are right$/],
      [() => input(DataMessage, { depth: 251 }), /depth 251: 1 to 250 are right$/],
      [() => input(DataMessage, { pins: 33 }), /pins 33: 1 to 32 are right$/],
      [() => inputFamily(DataMessage, { max: 65 }), /max 65: 1 to 64 are right$/],
      [() => output(DataMessage, { slots: 1 }), /slots 1: 2 to 256 are right$/],
      [() => output(DataMessage, { slots: 257 }), /slots 257: .*256 are right$/],
      [() => output(DataMessage, { history: 251 }), /history 251: .*250 are right$/],
    ];
    for (const [run, message] of cases) throwsCode(run, "option-invalid", message);
  });

  it("of a family give members by name, up to their maximum", { timeout }, () => {
    const mix = new MixActor({ id: "mix" });
    const { layer } = mix.inputs;
    const logo = layer.at("logo");
    assert.equal(layer.at("logo"), logo);
    assert.equal(logo.name, "layer.logo");
    layer.at("a");
    layer.at("b");
    throwsCode(
      () => layer.at("c"),
      "port-unknown",
      /^Cannot make input layer\.c of TestMix "mix": it has 3 already, the most there may be$/,
    );
    throwsCode(
      () => layer.at("1st"),
      "port-unknown",
      /a name begins with a letter and has letters, digits, _ and - only$/,
    );
    assert.deepEqual([...layer.entries()].map(([name]) => name), ["logo", "a", "b"]);
    assert.equal(layer.delete("a"), true);
    assert.equal(layer.delete("a"), false);
    assert.deepEqual(Object.keys(mix.stats.inputs), ["first", "second", "layer.logo", "layer.b", "keys"]);
    layer.at("c");
  });
});

describe("sound", () => {
  it("hands blocks of different lengths over", { timeout }, async () => {
    const source = await quiet();
    const blocks: [number, number][] = [];
    tap(source.outputs.sound, (block) => blocks.push([block.frames, block.samples[block.samples.length - 1]]));
    const format = audioFormat({ sampleRateHz: 48000, channels: 2, framesMax: 480 });
    for (const frames of [480, 1, 479]) {
      const out = source.outputs.sound.loan(format)!;
      assert.equal(out.samples.length, 960);
      out.samples.fill(0.5);
      assert.throws(
        () => out.commit({ frames: 481 }),
        /^RangeError: Cannot commit 481 frames: the block holds 1 to 480$/,
      );
      out.commit({ frames });
    }
    assert.deepEqual(blocks, [[480, 0.5], [1, 0.5], [479, 0.5]]);
  });
});

/** Rings mapped in this process by the native library; 0 where that cannot be seen. */
function mappings(): number {
  try {
    return readFileSync("/proc/self/maps", "utf8").split("\n").filter((line) => line.includes("memfd:streamlib"))
      .length;
  } catch {
    return 0;
  }
}
