import {
  assertNoDrops,
  assertPixel,
  ManualClock,
  pictures,
  TestSinkActor,
  TestSourceActor,
  videoFormat,
} from "@streamlib/testing";
import { describe, it } from "@streamlib/testing/bdd";
import assert from "node:assert/strict";
import { DimActor } from "./mod.ts";

type Before = () => Promise<void>;

/** Three white pictures through `actor`: what comes out, after `before` was done to the running actor. */
async function darkened(actor: DimActor, before: Before = async () => {}): Promise<TestSinkActor> {
  const format = videoFormat({ pixelFormat: "rgba8", width: 16, height: 8, rate: 50 });
  const clock = new ManualClock(50);
  const source = new TestSourceActor({ video: pictures(3, format, [255]), clock });
  const sink = source.pipe(actor).pipe(new TestSinkActor());
  await Promise.all([source.ready, actor.ready]);
  await before();
  await clock.advance(3);
  await sink.ended;
  assertNoDrops(source, actor, sink);
  return sink;
}

describe("DimActor", () => {
  it("multiplies the colours and keeps alpha", async () => {
    const { video } = await darkened(new DimActor({ level: 0.2 }));
    assert.equal(video.length, 3);
    for (const picture of video) assertPixel(picture, 15, 7, [51, 51, 51, 255]);
  });

  it("changes the level by a control", async () => {
    const actor = new DimActor();
    const { video } = await darkened(actor, () => actor.setLevel({ level: 0 }));
    assertPixel(video[2], 0, 0, [0, 0, 0, 255]);
  });

  it("keeps the stamps of its source", async () => {
    const { video } = await darkened(new DimActor());
    assert.deepEqual(video.map(({ frameNumber }) => frameNumber), [0, 1, 2]);
  });

  it("refuses a level that is out of range, by name", () => {
    assert.throws(() => new DimActor({ level: 2 }), /level = 2/);
  });
});
