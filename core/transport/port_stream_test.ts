import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { stopAll } from "../registry/local_registry.ts";
import {
  counting,
  FilterActor,
  FiniteActor,
  FORMAT,
  gate,
  OrderedActor,
  put,
  type Script,
  SourceActor,
  until,
  valueOf,
} from "../testdata/actors.ts";
import { collecting } from "../testdata/buffers.ts";
import { onlyOwnTransports } from "../testdata/transports.ts";
import { VideoFrame } from "../message/video_frame.ts";
import { ManualClock } from "../time/virtual_clock.ts";
import { registerTransport, type Transport } from "./transport.ts";

const timeout = 30_000;
const address = "192.0.2.1";

afterEach(() => stopAll());

/** The network: what was sent to a port, and the scripts of the actors at its ends. */
const sent = new Map<number, number[]>();
let port = 5004;
let sender: Script<OrderedActor> | undefined;
let receiver: Script<SourceActor> | undefined;
let made: (SourceActor | OrderedActor)[] = [];

function fake(name: string): Transport<VideoFrame> {
  return {
    name,
    module: import.meta.url,
    messageType: VideoFrame,
    sends: (target) => typeof target !== "string" || (target.includes("m=audio") ? "it describes sound" : true),
    receives: (target) => typeof target === "string" ? false : target.format !== undefined || "format is missing",
    send: () => {
      const values: number[] = [];
      const udpPort = port += 2;
      sent.set(udpPort, values);
      const actor = new OrderedActor(sender ?? collecting(values));
      made.push(actor);
      return { actor, port: actor.inputs.video, address, udpPort, sdp: `v=0 ${udpPort}` };
    },
    receive: (_input, target) => {
      const actor = new SourceActor(receiver ?? counting());
      made.push(actor);
      const udpPort = typeof target === "string" ? 0 : target.port ?? 0;
      return Promise.resolve({ actor, port: actor.outputs.video, address, udpPort });
    },
  };
}

describe("ports and transports", () => {
  onlyOwnTransports();

  it("names the package to import where there is no transport", { timeout }, async () => {
    const source = new SourceActor(counting());
    await assert.rejects(source.outputs.video.sendTo({ address }), {
      code: "transport-missing",
      message: `Cannot send ${source.outputs.video.label}: this thread has no transport for VideoFrame; ` +
        'import a package that brings one, for example import "@streamlib/st2110"',
    });
    const filter = new FilterActor({});
    await assert.rejects(filter.inputs.video.receiveFrom({ address, format: FORMAT }), {
      code: "transport-missing",
      message: /^Cannot receive for TestFilter "testfilter-\d+" input video: this thread has no transport/,
    });
  });

  it("sends to several at once, each on a port of its own", { timeout }, async () => {
    registerTransport(fake("Test"));
    registerTransport(fake("Test"));
    const clock = new ManualClock(60);
    const source = new SourceActor({ ...counting(), clock });
    const first = await source.outputs.video.sendTo({ address, port: 5006 });
    await clock.advance(2);
    const second = await source.outputs.video.sendTo("v=0\r\nm=video 5004 RTP/AVP 96\r\n");
    await clock.advance(2);
    assert.deepEqual(sent.get(first.port), [1, 2, 3, 4]);
    assert.deepEqual(sent.get(second.port), [2, 3, 4], "a late link begins with the newest item");
    assert.notEqual(first.port, second.port);
    assert.deepEqual([first.transport, first.address, first.sdp], ["Test", address, `v=0 ${first.port}`]);
    assert.equal(first.stats.inputs.video.read, 4);
    await first.stop();
    await clock.advance();
    assert.equal(sent.get(first.port)!.length, 4);
    assert.equal(sent.get(second.port)!.at(-1), 5);
    assert.equal(source.outputs.video.stats().links, 1);
    assert.equal(source.state, "running");
  });

  it("receives into an input, once", { timeout }, async () => {
    const seen: number[] = [];
    const sink = new OrderedActor(collecting(seen));
    const clock = new ManualClock(60);
    const other = new SourceActor({ ...counting(), clock });
    const given = { address, port: 5010, format: FORMAT };
    const input = sink.inputs.video;
    const first = input.receiveFrom(given);
    await assert.rejects(input.receiveFrom(given), { code: "link-taken", message: /another receiveFrom\(\) makes/ });
    const reception = await first;
    assert.deepEqual([reception.port, reception.sdp, reception.address], [5010, undefined, address]);
    await assert.rejects(input.receiveFrom(given), {
      code: "link-taken",
      message: `Cannot receive for ${input.label}: it is linked to ${reception.actor.label} output video; ` +
        "unlink() it first",
    });
    await until(() => seen.length >= 2, "frames came");
    await reception.stop();
    await reception.ended;
    assert.equal(input.source, undefined);
    other.outputs.video.pipe(input);
    await assert.rejects(input.receiveFrom(given), { code: "link-taken" });
  });

  it("ends when the input is unlinked", { timeout }, async () => {
    const filter = new FilterActor({});
    const reception = await filter.inputs.video.receiveFrom({ address, format: FORMAT });
    filter.inputs.video.unlink();
    await reception.ended;
    assert.equal(reception.actor.state, "stopped");
    await using again = await filter.inputs.video.receiveFrom({ address, format: FORMAT });
    assert.notEqual(again.actor.id, reception.actor.id);
    const output = new SourceActor(counting()).outputs.video;
    const transmission = await output.sendTo({ address });
    (transmission.actor as OrderedActor).inputs.video.unlink();
    await transmission.ended;
  });

  it("ends when the actor stops or fails", { timeout }, async () => {
    const fails = gate();
    const failing: Script<SourceActor> = {
      process: async () => {
        await fails.promise;
        throw new Error("the cable is out");
      },
    };
    const sources = [new SourceActor(counting()), new SourceActor(failing)];
    sources[1].on("state", () => {});
    const sends = await Promise.all(sources.map((source) => source.outputs.video.sendTo({ address })));
    const filter = new FilterActor({});
    const reception = await filter.inputs.video.receiveFrom({ address, format: FORMAT });
    await Promise.all([sources[0].stop(), filter.stop()]);
    fails.open();
    await Promise.all([...sends, reception].map((stream) => stream.ended));
    assert.equal(sources[1].state, "failed");
  });

  it("sends everything of a source that finishes, then ends", { timeout }, async () => {
    const source = new FiniteActor({ count: 20 });
    const transmission = await source.outputs.video.sendTo({ address });
    await transmission.ended;
    assert.deepEqual(sent.get(transmission.port), Array.from({ length: 20 }, (_, i) => i + 1));
  });

  it("leaves nothing running where the actor cannot start or cannot be linked", { timeout }, async () => {
    made = [];
    const source = new SourceActor(counting());
    sender = {
      onStart: () => {
        throw new Error("no route to 192.0.2.1");
      },
    };
    await assert.rejects(source.outputs.video.sendTo({ address }), {
      code: "actor-failed",
      message: /^TestOrdered "testordered-\d+" failed: no route to 192.0.2.1$/,
    });
    sender = { onStart: () => source.stop() };
    await assert.rejects(source.outputs.video.sendTo({ address }), { code: "actor-stopped" });
    sender = undefined;
    assert.deepEqual(made.map(({ state }) => state), ["failed", "stopped"]);
    await assert.rejects(source.outputs.video.sendTo({ address }), {
      code: "actor-stopped",
      message: `Cannot send ${source.outputs.video.label}: it has ended`,
    });
    const filter = new FilterActor({});
    await filter.stop();
    await assert.rejects(filter.inputs.video.receiveFrom({ address, format: FORMAT }), { code: "actor-stopped" });
    assert.equal(made.length, 2);
  });

  it(
    "shows a failure by the events of its actor, and the input stays linked to the failed one",
    { timeout },
    async () => {
      const breaks = gate();
      receiver = {
        process: async (body) => {
          put(body.outputs.video, 7);
          await breaks.promise;
          throw new Error("the socket is gone");
        },
      };
      const seen: number[] = [];
      const filter = new FilterActor({
        process: (body) => {
          const frame = body.inputs.video.readLatest();
          if (frame) seen.push(valueOf(frame));
        },
      });
      const reception = await filter.inputs.video.receiveFrom({ address, format: FORMAT });
      receiver = undefined;
      const states: string[] = [];
      reception.actor.on("state", ({ to, error }) => void states.push(`${to}: ${error?.message}`));
      await until(() => seen.length > 0, "a frame came");
      breaks.open();
      await assert.rejects(reception.ended, { code: "actor-failed" });
      assert.deepEqual(states, [`failed: ${reception.actor.label} failed: the socket is gone`]);
      assert.equal(filter.state, "running");
      assert.equal(filter.inputs.video.source?.host.alive, false);
    },
  );

  it("says what is wrong with a target", { timeout }, async () => {
    const { video } = new SourceActor(counting()).outputs;
    const { video: input } = new FilterActor({}).inputs;
    for (const target of ["rtp://192.0.2.1", "", { address: "" }, { port: 5004 }, 7, null, undefined]) {
      await assert.rejects(video.sendTo(target as string), {
        code: "option-invalid",
        message: `Cannot send ${video.label}: the target must be the text of an SDP, which begins with v=0, or an ` +
          "object { address, port, … }",
      });
    }
    await assert.rejects(video.sendTo("v=0\r\nm=audio 5004"), {
      code: "transport-refused",
      message: `Cannot send ${video.label}: Test: it describes sound`,
    });
    await assert.rejects(input.receiveFrom({ address }), {
      code: "transport-refused",
      message: /: format is missing$/,
    });
    await assert.rejects(input.receiveFrom("v=0"), { message: /: Test: not a target of this transport$/ });
    await assert.rejects(video.sendTo({ address, transport: "Other" }), {
      code: "transport-missing",
      message: `Cannot send ${video.label}: this thread has no transport Other for VideoFrame; there is Test`,
    });
    assert.throws(() => registerTransport({ ...fake("Test"), module: "elsewhere" }), { code: "catalogue-clash" });
  });

  it("asks which of several is meant", { timeout }, async () => {
    registerTransport(fake("Second"));
    const { video } = new SourceActor(counting()).outputs;
    await assert.rejects(video.sendTo({ address }), {
      code: "transport-refused",
      message: `Cannot send ${video.label}: Test or Second could do it; say which by transport: "Test"`,
    });
    await using transmission = await video.sendTo({ address, transport: "Second" });
    assert.equal(transmission.transport, "Second");
  });
});
