import { assertNoDrops, assertPixel, ManualClock, pictures, TestSinkActor } from "@streamlib/testing";
import { TestSourceActor, videoFormat } from "@streamlib/testing";
import { describe, it } from "@streamlib/testing/bdd";
import assert from "node:assert/strict";
import { PosterizeActor } from "./posterize_actor.ts";

type Before = () => Promise<void>;

/** Three pictures of one colour through `actor`: what comes out, after `before` was done to the running actor. */
async function posterized(actor: PosterizeActor, before: Before = async () => {}): Promise<TestSinkActor> {
  const format = videoFormat({ pixelFormat: "rgba8", width: 16, height: 8, rate: 50 });
  const clock = new ManualClock(50);
  const source = new TestSourceActor({ video: pictures(3, format, [10, 100, 250, 77]), clock });
  const sink = source.pipe(actor).pipe(new TestSinkActor());
  await Promise.all([source.ready, actor.ready]);
  await before();
  await clock.advance(3);
  await sink.ended;
  assertNoDrops(source, actor, sink);
  return sink;
}

describe("PosterizeActor", () => {
  it("takes the nearest of four levels, and keeps alpha", async () => {
    const { video } = await posterized(new PosterizeActor());
    assert.equal(video.length, 3);
    for (const picture of video) assertPixel(picture, 15, 7, [0, 85, 255, 77]);
  });

  it("changes the levels by a control", async () => {
    const actor = new PosterizeActor();
    const { video } = await posterized(actor, () => actor.setLevels({ levels: 2 }));
    assertPixel(video[2], 0, 0, [0, 0, 255, 77]);
  });

  it("refuses levels that are out of range, by name", () => {
    assert.throws(() => new PosterizeActor({ levels: 1 }), /levels = 1/);
  });
});
