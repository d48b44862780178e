import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { videoFormat } from "../message/video_format.ts";
import { convertFrame } from "../pixel/convert_frame.ts";
import { FilterActor, FORMAT, put, SourceActor, until } from "../testdata/actors.ts";
import { ManualClock } from "../time/virtual_clock.ts";
import { mergeProfile, profile, profileRows, profileTable, setProfiling } from "./profile.ts";
import { Profiler } from "./profiler.ts";

function counts(): Record<string, number> {
  return Object.fromEntries(profileRows().map(({ actor, span, count }) => [`${actor} ${span}`.trim(), count]));
}

function blocked(): void {
  using _ = profile("outer");
  using _inner = profile("inner");
}

function frameOf(pixelFormat: "rgba8" | "bgra8"): Parameters<typeof convertFrame>[0] {
  const format = videoFormat({ pixelFormat, width: 16, height: 2, rate: 60 });
  return { data: new Uint8Array(16 * 2 * 4), format };
}

describe("profile", () => {
  afterEach(() => setProfiling(false));

  it("does the work and records nothing while profiling is off, and says so", () => {
    assert.equal(profile("work", () => 5), 5);
    blocked();
    assert.equal(profile("a"), profile("b"), "no object is made");
    mergeProfile("thread 1", []);
    assert.deepEqual(profileRows(), []);
    assert.equal(profileTable(), "streamlib: nothing was profiled: STREAMLIB_PROFILE=1 turns profiling on");
  });

  it("counts spans once when their block ends, nested ones too", () => {
    setProfiling(true);
    assert.equal(profileTable(), "streamlib: profiling is on, and there was nothing to measure");
    for (let i = 0; i < 3; i++) blocked();
    assert.throws(() => {
      using _ = profile("outer");
      throw new Error("the cable is out");
    });
    assert.deepEqual(counts(), { inner: 3, outer: 4 });
    const span = profile("twice");
    span[Symbol.dispose]();
    span[Symbol.dispose]();
    assert.equal(counts().twice, 1);
  });

  it("gives what the work gives, sync and async", async () => {
    setProfiling(true);
    const sync: number = profile("sync", () => 5);
    const async: Promise<string> = profile("async", () => Promise.resolve("fine"));
    assert.deepEqual([sync, await async], [5, "fine"]);
    await assert.rejects(profile("async", () => Promise.reject(new Error("no signal"))), /no signal/);
    assert.deepEqual(counts(), { async: 2, sync: 1 });
  });

  it("merges other places into rows and table", () => {
    setProfiling(true);
    const place = new Profiler();
    place.record('Invert "i"', "process", 1500);
    mergeProfile("thread 1", place.takeSnapshot());
    profile("frame", () => {});
    assert.deepEqual(profileRows().map((row) => row.place), ["main", "thread 1"]);
    assert.match(profileTable(), /\nthread 1\n {2}Invert "i" process +1 +1\.50us /);
  });
});

describe("actors while profiling is on", () => {
  afterEach(() => setProfiling(false));

  it("have spans for tick, process, loan, commit, convert, and their own", async () => {
    setProfiling(true);
    const clock = new ManualClock(60);
    const source = new SourceActor({
      id: "source",
      clock,
      onStart: () => profile("open", () => {}),
      process: async (body) => {
        using _ = profile("draw");
        await new Promise((resolve) => setTimeout(resolve, 1));
        put(body.outputs.video, 1);
      },
      onStop: () => profile("close", () => {}),
    });
    const filter = new FilterActor({
      id: "filter",
      process: (body) => {
        convertFrame(frameOf("rgba8"), frameOf("bgra8"));
        body.pass();
      },
    });
    source.pipe(filter);
    await Promise.all([source.ready, filter.ready]);
    await clock.advance(3);
    await filter.stop();
    await source.stop();
    profile("outside", () => {});
    assert.deepEqual(counts(), {
      outside: 1,
      'TestFilter "filter" commit': 3,
      'TestFilter "filter" convert': 3,
      'TestFilter "filter" loan': 3,
      'TestFilter "filter" process': 3,
      'TestFilter "filter" tick': 3,
      'TestScript "source" close': 1,
      'TestScript "source" commit': 3,
      'TestScript "source" draw': 3,
      'TestScript "source" loan': 3,
      'TestScript "source" open': 1,
      'TestScript "source" process': 3,
      'TestScript "source" tick': 3,
    });
  });

  it("count a loan that is refused and a call that throws", async () => {
    setProfiling(true);
    const source = new SourceActor({
      id: "thrower",
      process: (body) => {
        body.outputs.video.loan(FORMAT);
        body.outputs.video.loan(FORMAT);
      },
    });
    source.ended.catch(() => {});
    await until(() => source.state === "failed", "the source fails");
    assert.deepEqual(counts(), {
      'TestScript "thrower" loan': 2,
      'TestScript "thrower" process': 1,
      'TestScript "thrower" tick': 1,
    });
  });
});
