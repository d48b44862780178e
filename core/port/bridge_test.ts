import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { throwsCode } from "../../tests/conformance/ring.ts";
import { Actor, pipe } from "../actor/actor.ts";
import { registerActor } from "../actor/register_actor.ts";
import type { ActorSpec } from "../actor/spec.ts";
import { readGraph } from "../graph/graph.ts";
import type { MessageType } from "../message/message.ts";
import { VideoFrame } from "../message/video_frame.ts";
import { loadNative } from "../native.ts";
import { CounterActor } from "../place/testdata/place_actors.ts";
import { ThreadPoolDispatcher } from "../place/thread_pool_dispatcher.ts";
import { localActors, stopAll } from "../registry/local_registry.ts";
import { Supervisor } from "../supervision/supervisor.ts";
import { FilterActor, FiniteActor, OrderedActor, put, SourceActor, until, valueOf } from "../testdata/actors.ts";
import { ManualClock } from "../time/virtual_clock.ts";
import { registerBridge } from "./bridge.ts";
import type { Input } from "./input.ts";
import type { Output } from "./output.ts";
import { input, output } from "./spec.ts";

const timeout = 20_000;
const { library } = await loadNative();
const quick = { maxRestarts: 100, backoff: { firstMs: 1, maxMs: 5, factor: 2, jitter: 0 } };

/** A type like VideoFrame with another name. */
function typeNamed(typeName: string, bridges: NonNullable<MessageType["bridges"]> = {}): MessageType<VideoFrame> {
  const { kind, delivery, depth } = VideoFrame;
  return {
    typeName,
    kind,
    delivery,
    depth,
    bridges,
    slotBytes: (format) => VideoFrame.slotBytes(format),
    read: (payload, format) => VideoFrame.read(payload, format),
    lend: (slot, format) => VideoFrame.lend(slot, format),
  };
}

/** Its package says what leads to it and from it, and is not imported. */
const Distant = typeNamed("Distant", {
  from: { VideoFrame: "DepartActor of @somebody/distance" },
  to: { VideoFrame: "ArriveActor of @somebody/distance" },
});
/** A bridge to it is registered. */
const Lifted = typeNamed("Lifted");
/** Two bridges lead to it. */
const Torn = typeNamed("Torn");

interface LiftTypes {
  inputs: { video: Input<VideoFrame> };
  outputs: { lifted: Output<VideoFrame> };
}

/** Hands frames on as another type. */
@registerActor({ name: "Lift", module: import.meta.url })
class LiftActor extends Actor<LiftTypes> {
  static readonly spec: ActorSpec<LiftTypes> = {
    description: "A bridge for tests",
    inputs: { video: input(VideoFrame, { delivery: "ordered", depth: 16 }) },
    outputs: { lifted: output(Lifted, { slots: 24 }) },
  };

  override process(): void {
    for (const frame of this.inputs.video) put(this.outputs.lifted, valueOf(frame));
  }
}

interface HighTypes {
  inputs: { lifted: Input<VideoFrame>; distant: Input<VideoFrame> };
}

/** Reads what was lifted. The value 13 is too much for it. */
@registerActor({ name: "TestHigh", module: import.meta.url })
class HighActor extends Actor<HighTypes> {
  static readonly spec: ActorSpec<HighTypes> = {
    description: "A sink for tests",
    inputs: { lifted: input(Lifted, { delivery: "ordered", depth: 16 }), distant: input(Distant) },
  };

  override process(): void {
    for (const frame of this.inputs.lifted) {
      if (valueOf(frame) === 13) throw new Error("Cannot read 13: told to fail");
      this.count("seen", valueOf(frame));
    }
  }
}

interface OddTypes {
  inputs: { one: Input<VideoFrame>; two: Input<VideoFrame> };
  outputs: { distant: Output<VideoFrame>; lifted: Output<VideoFrame> };
}

/** Ports that make linking hard. */
@registerActor({ name: "TestOdd", module: import.meta.url })
class OddActor extends Actor<OddTypes> {
  static readonly spec: ActorSpec<OddTypes> = {
    description: "An actor for tests",
    inputs: { one: input(Torn), two: input(Lifted) },
    outputs: { distant: output(Distant), lifted: output(Lifted) },
    buffers: true,
  };

  override process(): void {}
}

interface OneTypes {
  inputs: { lifted: Input<VideoFrame> };
}

/** Reads nothing but what was lifted. */
@registerActor({ name: "TestOne", module: import.meta.url })
class OneActor extends Actor<OneTypes> {
  static readonly spec: ActorSpec<OneTypes> = {
    description: "A sink for tests",
    inputs: { lifted: input(Lifted, { delivery: "ordered", depth: 16 }) },
  };
  override process(): void {
    for (const frame of this.inputs.lifted) this.count("seen", valueOf(frame));
  }
}

let made: LiftActor[] = [];

function registerLift(): void {
  registerBridge({
    from: "VideoFrame",
    to: "Lifted",
    name: "LiftActor of @somebody/lift",
    make: () => {
      const lift = new LiftActor();
      made.push(lift);
      return lift;
    },
  });
}

beforeEach(() => {
  made = [];
  registerLift();
});
afterEach(() => stopAll());

/** A quiet source, a bridge and a sink, which run. */
async function bridged(
  init: { supervisor?: Supervisor } = {},
): Promise<{ source: SourceActor; lift: LiftActor; high: OneActor }> {
  const source = new SourceActor({ clock: new ManualClock(60), ...init });
  const high = new OneActor(init);
  assert.equal(source.pipe(high, { bridge: true }), high);
  const [lift] = made;
  await Promise.all([source.ready, high.ready, lift.ready]);
  return { source, lift, high };
}

describe("an actor that would be needed between two", () => {
  it("is named although nobody has imported its package", () => {
    const [source, odd, filter] = [
      new SourceActor({ id: "s" }),
      new OddActor({ id: "o" }),
      new FilterActor({ id: "f" }),
    ];
    const distant = new HighActor({ id: "h" }).inputs.distant;
    throwsCode(
      () => source.outputs.video.pipe(distant),
      "link-type",
      /^Cannot link TestScript "s" output video to TestHigh "h" input distant: it gives VideoFrame, wanted is Distant; DepartActor of @somebody\/distance makes Distant of VideoFrame: put it between$/,
    );
    throwsCode(
      () => odd.pipe(filter),
      "link-none",
      /^Cannot pipe TestOdd "o" to TestFilter "f": the one gives Distant, Lifted, the other has free inputs for VideoFrame; ArriveActor of @somebody\/distance makes VideoFrame of Distant: put it between, or pipe with \{ bridge: true \}$/,
    );
    throwsCode(
      () => odd.pipe(filter, { bridge: true }),
      "link-none",
      /; ArriveActor of @somebody\/distance makes VideoFrame of Distant: import its package, which registers it$/,
    );
    assert.equal(localActors().length, 4, "nothing was made");
  });

  it("is named when it is registered, and not put in unasked", () => {
    const [source, one] = [new SourceActor({ id: "s" }), new OneActor({ id: "o" })];
    throwsCode(
      () => source.pipe(one),
      "link-none",
      /the other has free inputs for Lifted; LiftActor of @somebody\/lift makes Lifted of VideoFrame: put it between, or pipe with \{ bridge: true \}$/,
    );
    throwsCode(
      () => source.outputs.video.pipe(one.inputs.lifted),
      "link-type",
      /wanted is Lifted; LiftActor of @somebody\/lift makes Lifted of VideoFrame: put it between$/,
    );
    assert.deepEqual(made, []);
  });

  it("is not invented", () => {
    throwsCode(
      () => new OneActor({ id: "one" }).pipe(new FilterActor({ id: "f" }), { bridge: true }),
      "link-none",
      /^Cannot pipe TestOne "one" to TestFilter "f": the one gives nothing, the other has free inputs for VideoFrame; no bridge between these is registered$/,
    );
  });

  it("is refused where there would be several", () => {
    const [source, odd] = [new SourceActor({ id: "s" }), new OddActor({ id: "o" })];
    registerBridge({ from: "VideoFrame", to: "Torn", name: "TearActor of here", make: () => new LiftActor() });
    throwsCode(
      () => source.pipe(odd, { bridge: true }),
      "link-ambiguous",
      /^Cannot pipe TestScript "s" to TestOdd "o": VideoFrame could go from video to one or two; make the actor that comes between, and link its ports by name$/,
    );
    assert.deepEqual(made, []);
  });

  it("is one actor for each pair of types", () => {
    registerBridge({
      from: "VideoFrame",
      to: "Lifted",
      name: "LiftActor of @somebody/lift",
      make: () => new LiftActor(),
    });
    throwsCode(
      () => registerBridge({ from: "VideoFrame", to: "Lifted", name: "Other of @other", make: () => new LiftActor() }),
      "catalogue-clash",
      /^Cannot register Other of @other as the bridge from VideoFrame to Lifted: LiftActor of @somebody\/lift is that; import one of them$/,
    );
  });
});

describe("a bridge", () => {
  it("is put in, hands items on, and is seen", { timeout }, async () => {
    const { source, lift, high } = await bridged();
    for (let value = 1; value <= 4; value++) put(source.outputs.video, value);
    await until(() => high.stats.counters.seen === 10, "all came");
    assert.match(lift.id, /^lift-\d+$/);
    const graph = readGraph();
    assert.deepEqual(graph.actors.map(({ label }) => label), [source.label, high.label, lift.label]);
    assert.deepEqual(
      graph.links.map(({ from, to, type }) => `${from.actor} -> ${to.actor}: ${type}`),
      [`${source.label} -> ${lift.label}: VideoFrame`, `${lift.label} -> ${high.label}: Lifted`],
    );
  });

  it("comes only where nothing fits", { timeout }, () => {
    const [source, filter, other] = [new SourceActor(), new FilterActor(), new FilterActor()];
    const high = new OneActor();
    assert.equal(pipe(source, filter, other, high, { bridge: true }), high);
    assert.equal(made.length, 1);
    assert.equal(filter.inputs.video.source, source.outputs.video);
    assert.equal(made[0].inputs.video.source, other.outputs.video);
    assert.equal(high.inputs.lifted.source, made[0].outputs.lifted);
  });

  it("hands on what a finished source has left, and ends with it", { timeout }, async () => {
    const [file, high] = [new FiniteActor({ count: 10 }), new OneActor()];
    pipe(file, high, { bridge: true });
    await Promise.all([file, made[0], high].map((actor) => actor.ended));
    assert.equal(high.stats.counters.seen, 55);
    assert.deepEqual(localActors(), []);
  });

  it("ends when the actor before it stops or fails, and when the one after it does", { timeout }, async () => {
    const first = await bridged();
    await first.source.stop();
    await first.lift.ended;
    assert.equal(first.high.state, "running");
    made = [];
    const second = await bridged();
    await second.high.stop();
    await second.lift.ended;
    assert.equal(second.source.state, "running");
    made = [];
    const failing = new SourceActor({
      clock: new ManualClock(60),
      onStart: () => Promise.reject(new Error("told to")),
    });
    failing.pipe(new OneActor(), { bridge: true });
    await assert.rejects(failing.ended, /told to/);
    await made[0].ended;
  });

  it("ends when one of its links is cut", { timeout }, async () => {
    const first = await bridged();
    first.high.inputs.lifted.unlink();
    await first.lift.ended;
    assert.equal(first.source.outputs.video.stats().links, 0);
    made = [];
    const second = await bridged();
    second.source.outputs.video.unpipe(second.lift.inputs.video);
    await second.lift.ended;
    assert.equal(second.high.inputs.lifted.source, undefined, "it can be linked anew");
    made = [];
    const third = await bridged();
    await third.lift.stop();
    assert.equal(third.source.outputs.video.stats().links, 0);
    assert.equal(third.high.inputs.lifted.finished, false);
  });

  it("stays when its neighbours are restarted", { timeout }, async () => {
    const supervisor = new Supervisor(quick);
    const restarted: string[] = [];
    supervisor.on("restarted", ({ child }) => void restarted.push(child));
    const clock = new ManualClock(60);
    let value = 0;
    const source = new SourceActor({
      clock,
      supervisor,
      process: (body) => {
        if (++value === 3) throw new Error("told to fail");
        put(body.outputs.video, value);
      },
    });
    const high = new HighActor({ supervisor });
    source.pipe(new OneActor(), { bridge: true });
    made[0].outputs.lifted.pipe(high.inputs.lifted);
    source.pipe(new OneActor(), { bridge: true });
    await Promise.all([source, high, ...made].map((actor) => actor.ready));
    await clock.advance(3);
    await until(() => restarted.length === 1 && source.state === "running", "the source lives again");
    value = 12;
    await clock.advance(1);
    await until(() => restarted.length === 2 && high.state === "running", "the sink lives again");
    assert.deepEqual(restarted, [source.label, high.label]);
    const before = high.inputs.lifted.stats().read;
    await clock.advance(2);
    await until(() => high.inputs.lifted.stats().read > before, "items come again");
    assert.deepEqual(made.map((lift) => lift.state), ["running", "running"]);
  });

  it("is not left behind where it cannot be linked", { timeout }, async () => {
    registerBridge({
      from: "Distant",
      to: "VideoFrame",
      name: "Wrong of here",
      make: () => new OrderedActor({ id: "w" }),
    });
    throwsCode(
      () => new OddActor({ id: "o" }).pipe(new FilterActor({ id: "f" }), { bridge: true }),
      "port-unknown",
      /^Cannot pipe TestOdd "o" to TestFilter "f": Wrong of here, the bridge between them, needs a free input for Distant and an output for VideoFrame; TestOrdered "w" has not both$/,
    );
    const [ended, one] = [new SourceActor({ id: "s" }), new OneActor({ id: "late" })];
    await one.stop();
    throwsCode(() => ended.pipe(one, { bridge: true }), "actor-stopped", /TestOne "late" has ended$/);
    assert.equal(ended.outputs.video.stats().links, 1);
    await Promise.all([made[0].ended, until(() => localActors().length === 3, "they have ended")]);
    assert.equal(ended.outputs.video.stats().links, 0);
  });

  it("leads from another thread, and ends with what is there", { timeout, skip: library === undefined }, async () => {
    await using threads = new ThreadPoolDispatcher({ workers: 1 });
    const high = new OneActor();
    const counter = new CounterActor({ freeRun: true, dispatcher: threads });
    pipe(counter, high, { bridge: true });
    await until(() => (high.stats.counters.seen ?? 0) > 0, "items come");
    await counter.stop();
    await made[0].ended;
    made = [];
    const file = new CounterActor({ count: 10, dispatcher: threads });
    const last = new OneActor();
    pipe(file, last, { bridge: true });
    await last.ended;
    assert.equal(last.stats.counters.seen, 55);
    assert.equal(made[0].state, "stopped");
  });
});
