import { afterEach, before, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { loadNative } from "../native.ts";
import { ProcessPoolDispatcher } from "../place/process_pool_dispatcher.ts";
import { CollectActor, CounterActor } from "../place/testdata/place_actors.ts";
import { ThreadPoolDispatcher } from "../place/thread_pool_dispatcher.ts";
import { stopAll } from "../registry/local_registry.ts";
import { counting, OrderedActor, SourceActor, until } from "../testdata/actors.ts";
import { collecting } from "../testdata/buffers.ts";
import { onlyOwnTransports } from "../testdata/transports.ts";
import { VideoFrame } from "../message/video_frame.ts";
import { registerTransport, type Transport } from "./transport.ts";

const timeout = 60_000;
const { library } = await loadNative();
const address = "192.0.2.1";
let sent: number[] = [];

const HERE: Transport<VideoFrame> = {
  name: "TestHere",
  module: import.meta.url,
  messageType: VideoFrame,
  sends: () => true,
  receives: () => true,
  send: () => {
    const actor = new OrderedActor(collecting(sent));
    return { actor, port: actor.inputs.video, address, udpPort: 5004 };
  },
  receive: () => {
    const actor = new SourceActor(counting());
    return { actor, port: actor.outputs.video, address, udpPort: 5004 };
  },
};

afterEach(() => stopAll());

describe("ports of actors in other places", { skip: library === undefined }, () => {
  onlyOwnTransports();
  before(() => registerTransport(HERE));

  for (const Pool of [ThreadPoolDispatcher, ProcessPoolDispatcher]) {
    it(`talk to the network by their handle: ${Pool.name}`, { timeout }, async () => {
      const pool = new Pool({ workers: 1 });
      sent = [];
      const counter = new CounterActor({ dispatcher: pool });
      await counter.ready;
      const transmission = await counter.outputs.video.sendTo({ address });
      await until(() => sent.length > 3, "frames were sent");
      assert.deepEqual(sent.slice(0, 3).map((value) => value - sent[0]), [0, 1, 2]);
      await counter.stop();
      await transmission.ended;

      const collector = new CollectActor({ dispatcher: pool });
      const { video } = collector.inputs;
      const first = await video.receiveFrom({ address });
      while ((await collector.seen()).values.length < 3) await sleep(5);
      video.unlink();
      await first.ended;
      const second = await video.receiveFrom({ address });
      await collector.stop();
      await second.ended;
      await pool.close();
    });
  }
});
