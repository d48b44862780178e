/**
 * Files through a pipeline: every picture in lockstep, the same output twice, and sound in time with the picture.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "@std/testing/bdd";
import {
  type Actor,
  type CommonOptions,
  LockstepClock,
  nativeLibrary,
  ProcessPoolDispatcher,
  tap,
  ThreadPoolDispatcher,
} from "@streamlib/core";
import { DrawingActor } from "@streamlib/drawing";
import { FileReaderActor, FileWriterActor, openMediaReader, openMediaWriter } from "@streamlib/media";
import { CompositorActor } from "@streamlib/video";
import { testClip } from "../../plugins/media/testing/clip.ts";

const LONG = { timeout: 120_000 };
const RATE = { num: 30000, den: 1001 };

/** A white flash in frame 30 and a beep that begins with it. */
async function flashClip(path: string): Promise<void> {
  const [width, height, flashFrame] = [320, 180, 30];
  const video = { width, height, rate: RATE };
  await using writer = await openMediaWriter(path, { video, audio: { sampleRateHz: 48_000, channels: 1 } });
  const picture = new Uint8Array((width * height * 3) / 2).fill(128, width * height);
  const flashS = (flashFrame * RATE.den) / RATE.num;
  for (let frame = 0; frame < 75; frame++) {
    await writer.room("video");
    picture.fill(frame >= flashFrame && frame < flashFrame + 5 ? 235 : 16, 0, width * height);
    writer.writeVideo(picture, BigInt(Math.round((frame * 1e9 * RATE.den) / RATE.num)));
    const [start, end] = [frame, frame + 1].map((f) => Math.round((f * 48_000 * RATE.den) / RATE.num));
    const sound = Float32Array.from({ length: end - start }, (_, i) => {
      const at = (start + i) / 48_000 - flashS;
      return at >= 0 && at < 0.15 ? 0.5 * Math.sin(2 * Math.PI * 1000 * at) : 0;
    });
    await writer.room("audio");
    writer.writeAudio(sound, BigInt(Math.round((start * 1e9) / 48_000)));
  }
}

/** Milliseconds at which the picture turns white and at which the beep begins. */
async function onsets(path: string): Promise<{ flashMs: number; beepMs: number; frames: number }> {
  await using reader = await openMediaReader(path);
  const picture = new Uint8Array(reader.frameBytes);
  let [flashMs, frames] = [-1, 0];
  for (let frame = await reader.nextVideo(picture); frame; frame = await reader.nextVideo(picture)) {
    frames++;
    if (flashMs < 0 && picture[reader.info.video!.width * 20 + 40] > 128) flashMs = frame.timestampNs / 1e6;
  }
  const { sampleRateHz, channels } = reader.info.audio!;
  const block = new Float32Array(480 * channels);
  let [beepMs, at] = [-1, 0];
  for (let count = await reader.nextAudio(block, 480); count > 0; count = await reader.nextAudio(block, 480)) {
    for (let i = 0; i < count && beepMs < 0; i++) {
      if (Math.abs(block[i * channels]) > 0.1) beepMs = ((at + i) * 1000) / sampleRateHz;
    }
    at += count;
  }
  return { flashMs, beepMs, frames };
}

/** Where the reader, the compositor and the writer live: nothing means here. */
type Places = readonly (Pick<CommonOptions, "dispatcher">)[];

const HERE: Places = [{}, {}, {}];

/** Renders the clip with an overlay in virtual time; hash of every picture, and how many. */
async function render(path: string, places: Places = HERE): Promise<{ hash: string; frames: number }> {
  const clock = new LockstepClock(RATE);
  const reader = new FileReaderActor({ path, clock, ...places[0] });
  const overlay = new DrawingActor({
    draw: (context, info) => {
      context.fillStyle = "rgba(255, 0, 0, 0.5)";
      context.fillRect(info.frameNumber, 4, 40, 40);
    },
    width: 320,
    height: 48,
    fps: RATE,
    clock,
  });
  const compositor = new CompositorActor({ ...places[1] });
  await Promise.all([reader.ready, overlay.ready, compositor.ready]);
  const hash = createHash("sha256");
  let frames = 0;
  tap(compositor.outputs.video, (frame) => {
    hash.update(frame.data);
    frames++;
  });
  overlay.outputs.video.pipe(compositor.inputs.layer.at("overlay"));
  reader.outputs.video.pipe(compositor.inputs.base);
  reader.ended.then(() => overlay.stop());
  await clock.run();
  await compositor.ended;
  return { hash: hash.digest("hex"), frames };
}

/** Sends a clip through reader, compositor and writer. */
async function copy(
  path: string,
  out: string,
  clock: LockstepClock | undefined,
  places: Places = HERE,
): Promise<FileWriterActor> {
  const reader = new FileReaderActor({ path, ...(clock ? { clock } : {}), ...places[0] });
  const compositor = new CompositorActor({ ...places[1] });
  const writer = new FileWriterActor({ path: out, ...places[2] });
  const actors: Actor[] = [reader, compositor, writer];
  await Promise.all(actors.map((actor) => actor.ready));
  compositor.outputs.video.pipe(writer.inputs.video);
  reader.outputs.audio.pipe(writer.inputs.audio);
  reader.outputs.video.pipe(compositor.inputs.base);
  if (clock) await clock.run();
  await writer.ended;
  return writer;
}

describe("files through a pipeline", () => {
  let folder = "";
  let flash = "";
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "streamlib-files-"));
    flash = join(folder, "flash.mp4");
    await flashClip(flash);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("come out whole and the same twice in lockstep", LONG, async () => {
    const path = await testClip();
    const first = await render(path);
    assert.equal(first.frames, 150);
    assert.deepEqual(await render(path), first);
  });

  it("keep every picture and the sound in time in lockstep", LONG, async () => {
    const out = join(folder, "lockstep.mp4");
    const writer = await copy(flash, out, new LockstepClock(RATE));
    assert.equal(writer.stats.counters.picturesTaken, 75);
    assert.equal(writer.stats.counters.picturesRefused, undefined);
    const { flashMs, beepMs, frames } = await onsets(out);
    assert.equal(frames, 75);
    assert.ok(Math.abs(flashMs - beepMs) < 33.4, `flash at ${flashMs} ms, beep at ${beepMs} ms`);
  });

  it("come out the same wherever the actors live", LONG, async () => {
    const path = await testClip();
    const first = await render(path);
    await using threads = new ThreadPoolDispatcher({ workers: 2 });
    await using processes = new ProcessPoolDispatcher({ workers: 2 });
    const [thread, process] = [{ dispatcher: threads }, { dispatcher: processes }];
    assert.ok(nativeLibrary(), "the native library is there");
    assert.deepEqual(await render(path, [thread, process]), first);
    assert.deepEqual(await render(path, [process, thread]), first);
    const out = join(folder, "places.mp4");
    const writer = await copy(flash, out, new LockstepClock(RATE), [process, thread, process]);
    assert.equal(writer.stats.counters.picturesTaken, 75);
    const { flashMs, beepMs, frames } = await onsets(out);
    assert.equal(frames, 75);
    assert.ok(Math.abs(flashMs - beepMs) < 33.4, `flash at ${flashMs} ms, beep at ${beepMs} ms`);
  });

  it("keep the sound in time in real time, whatever is lost", LONG, async () => {
    const out = join(folder, "live.mkv");
    await copy(flash, out, undefined);
    const { flashMs, beepMs, frames } = await onsets(out);
    assert.ok(frames > 10, `${frames} frames`);
    assert.ok(Math.abs(flashMs - beepMs) < 100, `flash at ${flashMs} ms, beep at ${beepMs} ms`);
  });

  it("fail alone when the writer cannot write", LONG, async () => {
    const reader = new FileReaderActor({ path: flash });
    const writer = new FileWriterActor({ path: "/proc/none/x.mp4" });
    await reader.ready;
    reader.outputs.video.pipe(writer.inputs.video);
    await assert.rejects(writer.ended, /FileWriter .*\/proc\/none/);
    assert.equal(reader.state, "running");
    await reader.stop();
  });
});
