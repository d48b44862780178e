import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { Actor } from "../actor/actor.ts";
import { registerActor } from "../actor/register_actor.ts";
import type { ActorSpec } from "../actor/spec.ts";
import type { MessageType } from "../message/message.ts";
import { VideoFrame } from "../message/video_frame.ts";
import { loadNative } from "../native.ts";
import { ProcessPoolDispatcher } from "../place/process_pool_dispatcher.ts";
import { AddActor, CollectActor, CounterActor, ParentActor } from "../place/testdata/place_actors.ts";
import { ThreadPoolDispatcher } from "../place/thread_pool_dispatcher.ts";
import type { Input } from "../port/input.ts";
import type { Output } from "../port/output.ts";
import { input, output } from "../port/spec.ts";
import { tap } from "../port/tap.ts";
import { stopAll } from "../registry/local_registry.ts";
import { counting, FilterActor, FiniteActor, FORMAT, MixActor, put, SourceActor, until } from "../testdata/actors.ts";
import { ManualClock } from "../time/virtual_clock.ts";
import { type Graph, type GraphLink, readGraph } from "./graph.ts";

const timeout = 60_000;
const { library } = await loadNative();

afterEach(() => stopAll());

const { kind, delivery, depth, slotBytes, read, lend } = VideoFrame;
/** A type with the name of pictures on a device; no device is needed to link it. */
const Named: MessageType<VideoFrame> = { typeName: "GpuFrame", kind, delivery, depth, slotBytes, read, lend };

interface NamesTypes {
  inputs: { taken: Input<VideoFrame> };
  outputs: { given: Output<VideoFrame> };
}

@registerActor({ name: "TestNames", module: import.meta.url })
class NamesActor extends Actor<NamesTypes> {
  static readonly spec: ActorSpec<NamesTypes> = {
    description: "Takes and gives names",
    inputs: { taken: input(Named) },
    outputs: { given: output(Named) },
  };

  override process(): void {}
}

/** What a link joins, and how. */
function endsOf({ from, to, type, transport }: GraphLink): string {
  return `${from.actor} ${from.port} -> ${to.actor} ${to.port}: ${type} by ${transport}`;
}

function actorOf(graph: Graph, label: string): Graph["actors"][number] {
  return graph.actors.find((actor) => actor.label === label) ?? assert.fail(`${label} is not in the graph`);
}

describe("readGraph", () => {
  it("gives nothing where nothing runs", () => {
    const graph = readGraph();
    assert.deepEqual({ ...graph, at: "" }, { at: "", actors: [], links: [] });
    assert.match(graph.at, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}$/);
  });

  it("tells actors, their clocks, and their links with what these have carried", { timeout }, async () => {
    const clock = new ManualClock(60);
    const source = new SourceActor({ id: "src", clock, ...counting() });
    const filter = new FilterActor({ id: "f", process: (body) => void body.inputs.video.readLatest()?.copy() });
    const idle = new MixActor({ id: "idle" });
    await Promise.all([source.ready, filter.ready, idle.ready]);
    source.pipe(filter);
    await clock.advance(3);
    await until(() => filter.stats.inputs.video.read === 3, "all were read");
    const graph = readGraph();
    assert.deepEqual(JSON.parse(JSON.stringify(graph)), graph, "it is plain JSON");
    assert.deepEqual(graph.actors.map(({ label }) => label), ['TestScript "src"', 'TestFilter "f"', 'TestMix "idle"']);
    assert.deepEqual(graph.actors[0], {
      className: "TestScript",
      id: "src",
      label: 'TestScript "src"',
      uri: "actor://local/TestScript/src",
      state: "running",
      place: "event-loop",
      clock: { id: clock.clockId, rate: { num: 60, den: 1 } },
      children: [],
      ticks: 3,
      missedTicks: 0,
      freewheelTicks: 0,
      counters: {},
    });
    assert.equal(graph.actors[1].follows, "video");
    assert.equal(graph.actors[1].clock, undefined);
    assert.deepEqual([graph.actors[2].follows, graph.actors[2].clock], [undefined, undefined]);
    const [{ ageNs, ...link }] = graph.links;
    assert.deepEqual(link, {
      from: { actor: 'TestScript "src"', port: "video" },
      to: { actor: 'TestFilter "f"', port: "video" },
      type: "VideoFrame",
      format: "rgba8 16x2 60 fps",
      transport: "ring",
      committed: 3,
      dropped: 0,
      read: 3,
      missed: 0,
      bytesCopied: 3 * FORMAT.width * FORMAT.height * 4,
    });
    assert.ok(ageNs! > 0);
    assert.equal(graph.links.length, 1);
  });

  it("says of pictures on a device that only their names cross", { timeout }, async () => {
    const [first, second] = [new NamesActor({ id: "first" }), new NamesActor({ id: "second" })];
    first.outputs.given.pipe(second.inputs.taken);
    await Promise.all([first.ready, second.ready]);
    assert.deepEqual(readGraph().links.map(endsOf), [
      'TestNames "first" given -> TestNames "second" taken: GpuFrame by gpu',
    ]);
    assert.equal(readGraph().links[0].format, undefined, "nothing was given yet");
  });

  it("has members of families, taps, children, and sources that have ended", { timeout }, async () => {
    const finite = new FiniteActor({ id: "file", count: 1 });
    const mix = new MixActor({ id: "mix" });
    const parent = new SourceActor({
      id: "parent",
      clock: new ManualClock(60),
      onStart: (body) => void body.child({ id: "child" }),
    });
    await Promise.all([parent.ready, mix.ready]);
    mix.inputs.layer.at("logo").receive(finite.outputs.video);
    mix.inputs.first.receive(parent.outputs.video);
    const untap = tap(parent.outputs.video, () => {});
    put(parent.outputs.video, 1);
    await finite.ended;
    const graph = readGraph();
    assert.deepEqual(graph.links.map(endsOf).toSorted(), [
      'TestFinite "file" video -> TestMix "mix" layer.logo: VideoFrame by ring',
      'TestScript "parent" video -> TestMix "mix" first: VideoFrame by ring',
      'TestScript "parent" video -> tap of TestScript "parent" output video tap: VideoFrame by ring',
    ]);
    assert.equal(graph.actors.some(({ id }) => id === "file"), false);
    assert.deepEqual(actorOf(graph, 'TestScript "parent"').children, ['TestScript "child"']);
    assert.equal(actorOf(graph, 'TestScript "child"').parent, 'TestScript "parent"');
    untap();
    assert.equal(readGraph().links.length, 2);
  });

  it(
    "says where actors live and how items cross",
    { timeout, skip: library === undefined },
    async () => {
      await using threads = new ThreadPoolDispatcher({ workers: 1 });
      await using processes = new ProcessPoolDispatcher({ workers: 1 });
      const source = new CounterActor({ id: "src", freeRun: true, fps: 100, dispatcher: threads });
      const add = new AddActor({ id: "add", copies: true, dispatcher: threads });
      const far = new AddActor({ id: "far", dispatcher: processes });
      const near = new CollectActor({ id: "near" });
      const parent = new ParentActor({ id: "parent", children: 1, dispatcher: threads });
      source.pipe(add).outputs.video.pipe(far.inputs.video);
      far.outputs.video.pipe(near.inputs.video);
      near.inputs.data.receive(source.outputs.data);
      await Promise.all([source, add, far, near, parent].map((actor) => actor.ready));
      await until(() => near.stats.inputs.video.read > 0, "items go through");
      await until(() => add.stats.inputs.video.bytesCopied > 0 && parent.children.length > 0, "it was told");
      const graph = readGraph();
      assert.deepEqual(JSON.parse(JSON.stringify(graph)), graph);
      assert.match(actorOf(graph, 'PlaceAdd "add"').place, /^thread \d+$/);
      assert.match(actorOf(graph, 'PlaceAdd "far"').place, /^process \d+$/);
      assert.deepEqual(actorOf(graph, 'PlaceParent "parent"').children, ['PlaceCounter "parent-child-0"']);
      assert.equal(actorOf(graph, 'PlaceAdd "far"').follows, "video");
      assert.deepEqual(graph.links.map(endsOf).toSorted(), [
        'PlaceAdd "add" video -> PlaceAdd "far" video: VideoFrame by process',
        'PlaceAdd "far" video -> PlaceCollect "near" video: VideoFrame by process',
        'PlaceCounter "src" data -> PlaceCollect "near" data: DataMessage by thread',
        'PlaceCounter "src" video -> PlaceAdd "add" video: VideoFrame by ring',
      ]);
      const link = graph.links.find(({ to }) => to.actor === 'PlaceAdd "add"')!;
      assert.equal(link.bytesCopied, link.read * FORMAT.width * FORMAT.height * 4);
      assert.ok(link.committed > 0 && link.ageNs! > 0);
      assert.equal(link.format, "rgba8 16x2 60 fps", "as its thread told it");
      assert.equal(
        graph.links.find(({ to }) => to.port === "video" && to.actor.startsWith("PlaceCollect"))!.format,
        "rgba8 16x2 60 fps",
      );
      await stopAll();
    },
  );
});
