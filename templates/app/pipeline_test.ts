import { stopAll } from "@streamlib/core";
import { assertContinuous, assertPixel, LockstepClock, TestSinkActor } from "@streamlib/testing";
import { after, describe, it } from "@streamlib/testing/bdd";
import assert from "node:assert/strict";
import { buildPipeline } from "./pipeline.ts";

const timeout = 60_000;

/** `frames` pictures in virtual time: as fast as the machine allows, and the same every time. */
async function render(frames: number): Promise<TestSinkActor> {
  const clock = new LockstepClock();
  const { mixer, background, inset } = buildPipeline({ fps: 30, clock });
  const sink = mixer.pipe(new TestSinkActor());
  await Promise.all([background.ready, inset.ready, mixer.ready]);
  await clock.run({ seconds: frames / 30 });
  return sink;
}

describe("the pipeline", () => {
  after(() => stopAll());

  it("gives one picture per beat, none lost", { timeout }, async () => {
    const { video } = await render(10);
    assert.equal(video.length, 10);
    assertContinuous(video);
  });

  it("lays the moving picture over the bars", { timeout }, async () => {
    const { video } = await render(4);
    assert.deepEqual([video[0].format.width, video[0].format.height], [640, 360]);
    for (const picture of video) assertPixel(picture, 5, 5, [103, 103, 103, 255], 3);
    const rows = video.map(({ data, format }) => data.slice(300 * format.strides[0] + 4 * 470).subarray(0, 640).join());
    assert.equal(new Set(rows).size, rows.length, "the bar has moved in every picture");
  });

  it("is the same every time", { timeout }, async () => {
    const [one, other] = [await render(3), await render(3)];
    assert.deepEqual(one.video.map(({ data }) => data), other.video.map(({ data }) => data));
  });
});
