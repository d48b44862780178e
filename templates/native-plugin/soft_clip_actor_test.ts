import { audioFormat, ThreadPoolDispatcher } from "@streamlib/core";
import { assertNoDrops, ManualClock, TestSinkActor, TestSourceActor } from "@streamlib/testing";
import { before, describe, it } from "@streamlib/testing/bdd";
import assert from "node:assert/strict";
import { SoftClipActor } from "./mod.ts";
import { buildLibrary } from "./native/build.ts";

const timeout = 60_000;
const SAMPLES: readonly number[] = [0, 0.25, -0.25, 1, -1, 8, -8, 0.5, 0.125, 2];

/** A block of ten samples through `actor`. */
async function clipped(actor: SoftClipActor): Promise<number[]> {
  const format = audioFormat({ sampleRateHz: 48_000, channels: 1, framesMax: 480 });
  const data = new Uint8Array(Float32Array.from(SAMPLES).buffer);
  const clock = new ManualClock(100);
  const source = new TestSourceActor({ audio: [{ format, data }], fps: 100, clock });
  const sink = source.pipe(actor).pipe(new TestSinkActor());
  await Promise.all([source.ready, actor.ready]);
  await clock.advance();
  await sink.ended;
  assertNoDrops(source, actor, sink);
  return [...sink.audio[0].samples];
}

function expect(found: readonly number[], drive: number): void {
  assert.equal(found.length, SAMPLES.length);
  SAMPLES.forEach((sample, at) => {
    const want = drive * sample / (1 + Math.abs(drive * sample));
    assert.ok(Math.abs(found[at] - want) < 1e-6, `sample ${at} is ${found[at]}, expected ${want}`);
  });
}

describe("SoftClipActor", () => {
  before(() => buildLibrary());

  it("clips every sample, with the drive of its option", { timeout }, async () => {
    expect(await clipped(new SoftClipActor()), 1);
    expect(await clipped(new SoftClipActor({ drive: 4 })), 4);
  });

  it("does the same in a thread", { timeout }, async () => {
    const dispatcher = new ThreadPoolDispatcher({ workers: 1 });
    expect(await clipped(new SoftClipActor({ dispatcher })), 1);
  });

  it("refuses a drive that is out of range, by name", () => {
    assert.throws(() => new SoftClipActor({ drive: -1 }), /drive = -1/);
  });
});
