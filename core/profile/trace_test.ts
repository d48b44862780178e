import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { videoFormat } from "../message/video_format.ts";
import { loadNative } from "../native.ts";
import { convertFrame } from "../pixel/convert_frame.ts";
import { PlaceHost } from "../place/place_host.ts";
import type { PoolDispatcher } from "../place/pool_dispatcher.ts";
import { ProcessPoolDispatcher } from "../place/process_pool_dispatcher.ts";
import { AddActor, CollectActor, CounterActor } from "../place/testdata/place_actors.ts";
import { ThreadPoolDispatcher } from "../place/thread_pool_dispatcher.ts";
import { stopAll } from "../registry/local_registry.ts";
import { FilterActor, put, SourceActor } from "../testdata/actors.ts";
import { ManualClock } from "../time/virtual_clock.ts";
import { profile, profileRows } from "./profile.ts";
import {
  isFollowed,
  noteCommit,
  noteRead,
  onTracing,
  traceCall,
  traceCalls,
  type TracedCall,
  tracedOneOf,
} from "./trace.ts";

const timeout = 60_000;
const { library } = await loadNative();
const FIRST_NS = 1_800_000_000_000_000_000n;

afterEach(() => stopAll());

function frameOf(pixelFormat: "rgba8" | "bgra8"): Parameters<typeof convertFrame>[0] {
  const format = videoFormat({ pixelFormat, width: 16, height: 2, rate: 60 });
  return { data: new Uint8Array(16 * 2 * 4), format };
}

/** What was told until now, and what comes. */
function traced(oneOf = 1): { readonly calls: TracedCall[]; readonly end: () => void } {
  const calls: TracedCall[] = [];
  return { calls, end: traceCalls(oneOf, (told) => calls.push(...told)) };
}

/** Ten frames through two actors, the second with work of its own. */
async function work(process?: (body: FilterActor) => void | Promise<void>): Promise<void> {
  const clock = new ManualClock(60);
  const source = new SourceActor({ id: "source", clock, process: (body) => void put(body.outputs.video, 1) });
  const filter = new FilterActor({ id: "filter", ...(process ? { process } : {}) });
  source.pipe(filter);
  await Promise.all([source.ready, filter.ready]);
  await clock.advance(10);
  await stopAll();
}

function spansOf(call: TracedCall): string[] {
  return call.spans.map(({ span }) => span);
}

describe("traceCalls", () => {
  it("tells each call with its frame and its parts, the same frame in every actor", async () => {
    const { calls, end } = traced();
    await work(async (body) => {
      convertFrame(frameOf("rgba8"), frameOf("bgra8"));
      await profile("look", () => sleep(1));
      {
        using _ = profile("write");
        body.pass();
      }
    });
    end();
    const [sources, filters] = ["source", "filter"].map((id) => calls.filter(({ actor }) => actor.includes(`"${id}"`)));
    assert.deepEqual([sources.length, filters.length], [10, 10]);
    for (const [i, call] of sources.entries()) {
      assert.deepEqual(spansOf(call), ["loan", "commit"]);
      assert.deepEqual([call.place, call.actor, call.span], ["", 'TestScript "source"', "process"]);
      assert.deepEqual(call.frames.map(({ frameNumber, isCommitted }) => [frameNumber, isCommitted]), [[i, true]]);
      const [loan, commit] = call.spans;
      assert.ok(loan.atNs >= 0 && commit.atNs >= loan.atNs + loan.durationNs);
      assert.ok(commit.atNs + commit.durationNs <= call.durationNs);
      // The filter reads the frame and commits it with the same stamps: it is one frame.
      assert.deepEqual(filters[i].frames, call.frames);
      assert.deepEqual(spansOf(filters[i]), ["convert", "look", "loan", "commit", "write"]);
      assert.ok(filters[i].durationNs >= 1e6, "an asynchronous call ends when it has settled");
      assert.ok(filters[i].startNs >= call.startNs);
    }
    assert.equal(new Set(sources.map(({ frames }) => frames[0].instantNs)).size, 10);
    assert.deepEqual(profileRows(), [], "nothing is profiled by it");
  });

  it("follows one of N frames, the same in all actors, and for each who asks its own share", async () => {
    const [few, all] = [traced(3), traced()];
    assert.equal(tracedOneOf, 1);
    await work();
    few.end();
    all.end();
    const instants = ({ calls }: { calls: TracedCall[] }, id: string): bigint[] =>
      calls.filter(({ actor }) => actor.includes(id)).map(({ frames }) => frames[0].instantNs);
    const expected = instants(all, "source").filter((instantNs) => isFollowed(instantNs, 3));
    assert.ok(expected.length > 0 && expected.length < 10, String(expected.length));
    assert.deepEqual(instants(few, "source"), expected);
    assert.deepEqual(instants(few, "filter"), expected);
  });

  it("tells what a call threw", async () => {
    const { calls, end } = traced();
    const source = new SourceActor({
      process: (body) => {
        put(body.outputs.video, 1);
        throw new Error("the cable is out");
      },
    });
    await assert.rejects(source.ended, /the cable is out/);
    end();
    assert.deepEqual(calls.map(({ error }) => error), ["the cable is out"]);
  });

  it("tells a commit outside of process as a call, and leaves out calls without a frame", async () => {
    const { calls, end } = traced();
    const source = new SourceActor({ onStart: (body) => void put(body.outputs.video, 1) });
    await source.ready;
    await sleep(50);
    await stopAll();
    end();
    assert.deepEqual(calls.map(({ span, frames }) => [span, frames.length]), [["commit", 1]]);
  });

  it("gives both frames where an actor reads one and commits another", async () => {
    const { calls, end } = traced();
    await work((body) => {
      const frame = body.inputs.video.readLatest()!;
      const loan = body.outputs.video.loan(frame.format)!;
      loan.commit({ sourceTimestampNs: FIRST_NS });
    });
    end();
    const [call] = calls.filter(({ actor }) => actor.includes("filter"));
    assert.deepEqual(call.frames.map(({ isCommitted }) => isCommitted), [true, false]);
    assert.equal(call.frames[0].instantNs, FIRST_NS);
    assert.equal(call.frames[1].instantNs, call.frames[1].timestampNs);
  });

  it("keeps at most 16 frames and 256 spans of a call, and counts the others", () => {
    const { calls, end } = traced();
    traceCall("a", "process", 0, () => {
      for (let i = 0; i < 20; i++) {
        const instantNs = FIRST_NS + BigInt(i);
        noteRead("a", { sourceTimestampNs: instantNs, timestampNs: instantNs, frameNumber: i, taiFrame: 0n });
      }
      for (let i = 0; i < 300; i++) profile("step", () => {});
    });
    traceCall("a", "process", 0, () => {});
    end();
    const counts = calls.map(({ frames, spans, omitted }) => [frames.length, spans.length, omitted]);
    assert.deepEqual(counts, [[16, 256, 48]], "a call without a frame is not told");
  });

  it("keeps frames that were committed rather than those that were read", () => {
    const { calls, end } = traced();
    const stampOf = (i: number): Parameters<typeof noteRead>[1] => {
      const instantNs = FIRST_NS + BigInt(i);
      return { sourceTimestampNs: instantNs, timestampNs: instantNs, frameNumber: i, taiFrame: 0n };
    };
    traceCall("a", "process", 0, () => {
      for (let i = 0; i < 16; i++) noteRead("a", stampOf(i));
      for (let i = 20; i < 22; i++) noteCommit("a", stampOf(i));
      noteRead("a", stampOf(30));
    });
    traceCall("a", "process", 0, () => {
      for (let i = 0; i < 17; i++) noteCommit("a", stampOf(i));
    });
    end();
    const [mixed, full] = calls;
    assert.deepEqual(mixed.frames.map(({ frameNumber }) => frameNumber), [20, 21, ...Array(14).keys()]);
    assert.deepEqual(mixed.frames.map(({ isCommitted }) => isCommitted), [true, true, ...Array(14).fill(false)]);
    assert.equal(mixed.omitted, 3);
    assert.deepEqual([full.frames.length, full.frames[15].frameNumber, full.omitted], [16, 15, 1]);
  });

  it("cuts long texts", async () => {
    const { calls, end } = traced();
    const source = new SourceActor({
      process: (body) => {
        put(body.outputs.video, 1);
        profile("x".repeat(300), () => {});
        throw new Error("y".repeat(2000));
      },
    });
    await assert.rejects(source.ended);
    end();
    assert.deepEqual([spansOf(calls[0]).at(-1)?.length, calls[0].error?.length], [200, 1000]);
  });

  it("leaves actors and other listeners alone when a listener throws: that is an uncaught error", { timeout }, () => {
    const program = fileURLToPath(new URL("./testdata/throwing_listener.ts", import.meta.url));
    const words = process.versions.deno === undefined ? [program] : ["run", "-A", "--no-check", program];
    const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
    assert.notEqual(stdout, "", stderr);
    assert.deepEqual(JSON.parse(stdout), { first: "the exporter is out", hasHeard: true, state: "stopped" });
  });

  it("is off again when nobody asks, and tells at once what was gathered", async () => {
    const heard: number[] = [];
    const unlisten = onTracing((oneOf) => heard.push(oneOf));
    const [few, more] = [traced(100), traced(10)];
    few.end();
    more.end();
    more.end();
    unlisten();
    assert.deepEqual(heard, [100, 10, 0]);
    await work();
    assert.deepEqual([few.calls, more.calls], [[], []]);
  });
});

describe("isFollowed", () => {
  it("takes one of N whatever the step of the instants, and a part of the same where N is greater", () => {
    for (const stepNs of [1n, 16_666_667n, 1_000_000_000n, 2n ** 32n]) {
      const instants = Array.from({ length: 20_000 }, (_, i) => FIRST_NS + BigInt(i) * stepNs);
      const [tenth, hundredth] = [10, 100].map((oneOf) => instants.filter((at) => isFollowed(at, oneOf)));
      assert.ok(Math.abs(tenth.length - 2000) < 200, `${stepNs}: ${tenth.length}`);
      assert.ok(Math.abs(hundredth.length - 200) < 60, `${stepNs}: ${hundredth.length}`);
      assert.ok(hundredth.every((at) => tenth.includes(at)));
      assert.ok(instants.every((at) => isFollowed(at, 1) && !isFollowed(at, 0)));
    }
  });
});

describe("a place that traces", () => {
  const init = { name: "place", check: () => {}, isRealTime: false, exit: () => {} };
  let instantNs = FIRST_NS;
  while (!isFollowed(instantNs, 2)) instantNs++;
  const stamped = { sourceTimestampNs: instantNs, timestampNs: instantNs, frameNumber: 0, taiFrame: 0n };

  it("sends what it has gathered home once when another share is followed", () => {
    const sent: TracedCall[] = [];
    const host = new PlaceHost((message) => void (message.type === "traced" && sent.push(...message.calls)), init);
    host.receive({ type: "trace", oneOf: 1 });
    traceCall("a", "process", 0, () => noteRead("a", stamped));
    host.receive({ type: "trace", oneOf: 2 });
    host.receive({ type: "trace", oneOf: 0 });
    assert.equal(sent.length, 1);
    assert.equal(tracedOneOf, 0);
  });

  it("sends much in several messages", () => {
    const sent: number[] = [];
    const host = new PlaceHost((message) => void (message.type === "traced" && sent.push(message.calls.length)), init);
    host.receive({ type: "trace", oneOf: 1 });
    for (let n = 0; n < 5; n++) {
      traceCall("a", "process", 0, () => {
        noteRead("a", stamped);
        for (let i = 0; i < 256; i++) profile("step", () => {});
      });
    }
    host.receive({ type: "trace", oneOf: 0 });
    assert.deepEqual(sent, [2, 2, 1]);
  });
});

describe("traceCalls over places", { skip: library === undefined }, () => {
  it("follows a frame through threads and processes", { timeout }, async () => {
    const { calls, end } = traced();
    const pools: PoolDispatcher[] = [
      new ThreadPoolDispatcher({ workers: 1 }),
      new ProcessPoolDispatcher({ workers: 1 }),
    ];
    const [threads, processes] = pools;
    const source = new CounterActor({ id: "c", freeRun: true, fps: 50, dispatcher: threads });
    const add = new AddActor({ id: "a", dispatcher: processes });
    const sink = new CollectActor({ id: "s" });
    source.outputs.video.pipe(add.inputs.video);
    add.outputs.video.pipe(sink.inputs.video);
    await sink.ready;
    while (sink.stats.inputs.video.read < 10) await sleep(20);
    await stopAll();
    for (const pool of pools) await pool.close();
    end();
    const byFrame = Map.groupBy(calls, ({ frames }) => frames[0].instantNs);
    // An actor that is late replaces a frame by one of the same instant before that has come: not every path is alike.
    const wanted = /^thread \d+ PlaceCounter "c", process \d+ PlaceAdd "a", {2}PlaceCollect "s"$/;
    const whole = [...byFrame.values()].map((own) => own.sort((a, b) => Number(a.startNs - b.startNs)))
      .filter((own) => wanted.test(own.map(({ place, actor }) => `${place} ${actor}`).join(", ")));
    assert.ok(whole.length >= 5, `${whole.length} frames of ${byFrame.size}`);
    const [{ spans }] = whole[0];
    // It has two outputs.
    assert.deepEqual(spans.map(({ span }) => span), ["loan", "commit", "loan", "commit"]);
  });
});
