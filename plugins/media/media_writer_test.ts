import { after, before, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openMediaReader } from "./media_reader.ts";
import { type MediaWriterOptions, openMediaWriter } from "./media_writer.ts";
import { lumaPsnr, testClip, testFolder, testPicture } from "./testing/clip.ts";
import { closeIdleCodecWorkers } from "./worker/codec_worker_pool.ts";

const LONG = { timeout: 60_000 };
const WIDTH = 320;
const HEIGHT = 180;
const START_NS = 1_700_000_000_000_000_000n;

let folder: string;

before(async () => {
  folder = await testFolder();
});

after(async () => {
  await closeIdleCodecWorkers();
  await rm(folder, { recursive: true });
});

function instant(frame: number, num: number, den: number): bigint {
  return START_NS + BigInt(Math.round(frame * 1e9 * den / num));
}

/** Two seconds at 30 fps; a white picture and a beep begin together at 1 s. */
async function writeFlash(path: string, options: MediaWriterOptions): Promise<void> {
  const writer = await openMediaWriter(path, options);
  const { sampleRateHz, channels } = options.audio!;
  const perFrame = sampleRateHz / 30;
  const sound = new Float32Array(perFrame * channels);
  for (let frame = 0; frame < 60; frame++) {
    const lit = frame >= 30;
    await writer.room("video");
    assert.equal(
      writer.writeVideo(new Uint8Array(writer.frameBytes).fill(lit ? 200 : 40), instant(frame, 30, 1)),
      true,
    );
    for (let i = 0; i < sound.length; i++) {
      const at = frame * perFrame + Math.floor(i / channels);
      sound[i] = lit ? 0.6 * Math.cos((2 * Math.PI * 1000 * at) / sampleRateHz) : 0;
    }
    await writer.room("audio");
    assert.equal(writer.writeAudio(sound, instant(frame, 30, 1)), true);
  }
  const result = await writer.finish();
  assert.deepEqual([result.videoTaken, result.videoFrames, result.silenceFrames, result.trimmedFrames], [60, 60, 0, 0]);
  assert.equal(result.audioFrames, 2 * sampleRateHz);
}

async function findFlash(path: string): Promise<{ flashS: number; beepS: number; frames: number }> {
  await using reader = await openMediaReader(path);
  const picture = new Uint8Array(reader.frameBytes);
  const { sampleRateHz, channels } = reader.info.audio!;
  const found = { flashS: -1, beepS: -1, frames: 0 };
  for (let frame = await reader.nextVideo(picture); frame; frame = await reader.nextVideo(picture)) {
    if (found.flashS < 0 && picture[5000] > 120) found.flashS = frame.timestampNs / 1e9;
    found.frames++;
  }
  const sound = new Float32Array(3 * sampleRateHz * channels);
  const count = await reader.nextAudio(sound, Math.min(32_768, 3 * sampleRateHz));
  const rest = await reader.nextAudio(sound.subarray(count * channels), 32_768);
  for (let i = 0; i < count + rest && found.beepS < 0; i++) {
    if (Math.abs(sound[i * channels]) > 0.25) found.beepS = i / sampleRateHz;
  }
  return found;
}

describe("openMediaWriter", () => {
  const video = { width: WIDTH, height: HEIGHT, rate: { num: 30, den: 1 } };
  const files: readonly [string, MediaWriterOptions["audio"]][] = [
    ["opus.mp4", { sampleRateHz: 48_000, channels: 2 }],
    ["aac.mp4", { sampleRateHz: 48_000, channels: 1, codec: "aac" }],
    ["aac44.mp4", { sampleRateHz: 44_100, channels: 2, codec: "aac" }],
    ["opus44.mp4", { sampleRateHz: 44_100, channels: 2 }],
    ["opus.mkv", { sampleRateHz: 48_000, channels: 2 }],
    ["opus.webm", { sampleRateHz: 48_000, channels: 2 }],
    ["aac.mov", { sampleRateHz: 48_000, channels: 2 }],
  ];
  for (const [name, audio] of files) {
    it(`writes ${name} with picture and sound at the same instant`, LONG, async () => {
      const path = join(folder, name);
      await writeFlash(path, { video, audio: audio! });
      const { flashS, beepS, frames } = await findFlash(path);
      assert.equal(frames, 60);
      assert.equal(flashS, 1);
      assert.ok(Math.abs(beepS - 1) < 0.002, `the beep is at ${beepS} s`);
    });
  }

  it("keeps pictures, rate and colours", LONG, async () => {
    const path = join(folder, "picture.mp4");
    const rate = { num: 30000, den: 1001 };
    await using writer = await openMediaWriter(path, {
      video: { width: 640, height: 360, rate, bitrate: 4_000_000, colorSpace: "bt601", range: "full" },
    });
    for (let frame = 0; frame < 40; frame++) {
      await writer.room("video");
      writer.writeVideo(testPicture(640, 360, frame), instant(frame, rate.num, rate.den));
    }
    await writer.finish();
    await using reader = await openMediaReader(path);
    const info = reader.info.video!;
    assert.deepEqual([info.rate, info.constantRate, info.frameCount], [rate, true, 40]);
    assert.deepEqual([info.colorSpace, info.range, info.colorAssumed], ["bt601", "full", false]);
    const picture = new Uint8Array(reader.frameBytes);
    for (let frame = 0; frame < 40; frame++) {
      assert.equal((await reader.nextVideo(picture))!.frameIndex, frame);
      const psnr = lumaPsnr(picture, testPicture(640, 360, frame), 640 * 360);
      assert.ok(psnr > 32, `frame ${frame} has ${psnr.toFixed(1)} dB`);
    }
    assert.equal(await reader.nextVideo(picture), undefined);
  });

  it("passes coded sound through untouched", LONG, async () => {
    const path = join(folder, "through.mp4");
    const clip = await testClip();
    await using source = await openMediaReader(clip, { video: false, audio: false, audioPackets: true });
    const { sampleRateHz, channels, description } = source.info.audio!;
    await using writer = await openMediaWriter(path, {
      audioPackets: { codec: "aac", sampleRateHz, channels, ...(description ? { description } : {}) },
      startNs: 0n,
    });
    const sent: string[] = [];
    for (let packet = await source.nextAudioPacket(); packet; packet = await source.nextAudioPacket()) {
      if (packet.timestampNs < 0) continue;
      await writer.room("audioPackets");
      assert.equal(writer.writeAudioPacket(packet.data, BigInt(packet.timestampNs), packet.durationNs), true);
      sent.push(Buffer.from(packet.data).toString("base64"));
    }
    await writer.finish();
    await using reader = await openMediaReader(path, { audioPackets: true });
    const got: string[] = [];
    for (let packet = await reader.nextAudioPacket(); packet; packet = await reader.nextAudioPacket()) {
      got.push(Buffer.from(packet.data).toString("base64"));
    }
    assert.deepEqual(got, sent);
  });

  it("leaves a playable file when the process is killed", LONG, async () => {
    const path = join(folder, "killed.mp4");
    const child = fork(fileURLToPath(new URL("./testing/write_until_killed.ts", import.meta.url)), [path]);
    await new Promise((ready) => child.once("message", ready));
    const gone = new Promise((exit) => child.once("exit", exit));
    child.kill("SIGKILL");
    await gone;
    await using reader = await openMediaReader(path);
    const picture = new Uint8Array(reader.frameBytes);
    let frames = 0;
    while (await reader.nextVideo(picture)) frames++;
    assert.ok(frames >= 120 && reader.info.audio !== undefined, `${frames} of more than 200 frames are there`);
  });

  const wrong: readonly [string, () => Promise<[string, MediaWriterOptions]>, RegExp][] = [
    ["an unknown extension", () => at("x.avi", { video }), /x\.avi: extension "avi" is not known; it must be mp4, mov/],
    ["a missing directory", () => at("no/x.mp4", { video }), /^Cannot write .*no.x\.mp4: there is no directory .*no$/],
    [
      "a directory",
      async () => (await mkdir(join(folder, "d.mp4")), at("d.mp4", { video })),
      /d\.mp4: it is a directory/,
    ],
    [
      "a codec the container lacks",
      () => at("x.webm", { video: { ...video, codec: "h264" } }),
      /a webm file cannot hold h264$/,
    ],
    [
      "a codec nobody can encode",
      () => at("x.mp4", { video: { ...video, codec: "hevc" } }),
      /Cannot encode hevc: none of the providers can/,
    ],
    [
      "an odd width",
      () => at("x.mp4", { video: { ...video, width: 63 } }),
      /option video\.width is 63, it must be an even integer/,
    ],
    [
      "no rate",
      () => at("x.mp4", { video: { ...video, rate: { num: 0, den: 1 } } }),
      /option video\.rate is 0\/1, it must be/,
    ],
    [
      "too many channels",
      () => at("x.mp4", { audio: { sampleRateHz: 48_000, channels: 6 } }),
      /option audio\.channels is 6/,
    ],
    ["nothing to write", () => at("x.mp4", {}), /option video, audio is absent/],
  ];
  for (const [name, args, message] of wrong) {
    it(`refuses ${name}, naming it`, LONG, async () => {
      const [path, options] = await args();
      await assert.rejects(openMediaWriter(path, options), { name: "MediaError", message });
    });
  }
});

describe("MediaWriter", () => {
  const video = { width: WIDTH, height: HEIGHT, rate: { num: 30, den: 1 } };

  it("counts what it refuses: no free slot, a place that is taken, a time before the start", LONG, async () => {
    const [path, options] = await at("refuse.mp4", { video: { ...video, inFlight: 2 } });
    await using writer = await openMediaWriter(path, options);
    const picture = testPicture(WIDTH, HEIGHT, 0);
    assert.equal(writer.writeVideo(picture, START_NS), true);
    assert.equal(writer.writeVideo(picture, START_NS + 1_000_000n), false);
    assert.equal(writer.writeVideo(picture, START_NS - 100_000_000n), false);
    assert.equal(writer.stats.videoOffGrid, 2);
    let taken = 1;
    for (let frame = 1; writer.stats.videoBusy === 0; frame++) {
      if (writer.writeVideo(picture, instant(frame, 30, 1))) taken++;
    }
    await writer.room("video");
    assert.ok(writer.loanVideo());
    const result = await writer.finish();
    assert.deepEqual([result.videoTaken, result.videoFrames], [taken, taken]);
    assert.deepEqual(await writer.finish(), result);
    assert.throws(() => writer.loanVideo(), { reason: "closed" });
  });

  it("puts silence where sound is missing and leaves out what comes twice or too early", LONG, async () => {
    const [path, options] = await at("gaps.mp4", { audio: { sampleRateHz: 48_000, channels: 1 }, startNs: START_NS });
    await using writer = await openMediaWriter(path, options);
    const block = new Float32Array(4800).fill(0.1);
    writer.writeAudio(block, START_NS - 50_000_000n);
    writer.writeAudio(block, START_NS + 50_000_000n);
    writer.writeAudio(block, START_NS + 550_000_000n);
    writer.writeAudio(block, START_NS + 600_000_000n);
    const result = await writer.finish();
    assert.equal(result.audioEarly, 2400);
    assert.equal(result.silenceFrames, 0.4 * 48_000);
    assert.equal(result.trimmedFrames, 2400);
    assert.equal(result.audioFrames, 2400 + 4800 + 4800 + 2400);
  });

  it("does not wait for sound that never comes", LONG, async () => {
    const [path, options] = await at("silent.mp4", { video, audio: { sampleRateHz: 48_000, channels: 2 } });
    await using writer = await openMediaWriter(path, options);
    for (let frame = 0; frame < 150; frame++) {
      await writer.room("video");
      writer.writeVideo(testPicture(WIDTH, HEIGHT, frame), instant(frame, 30, 1));
    }
    const result = await writer.finish();
    assert.equal(result.videoFrames, 150);
    assert.ok(result.silenceFrames > 2 * 48_000);
  });

  it("writes two files and reads one at the same time", LONG, async () => {
    const clip = await testClip();
    await using reader = await openMediaReader(clip, { audio: false });
    const size = { width: reader.info.video!.width, height: reader.info.video!.height, rate: reader.info.video!.rate };
    const writers = await Promise.all(
      ["one.mp4", "two.webm"].map((name) => openMediaWriter(join(folder, name), { video: size })),
    );
    const picture = new Uint8Array(reader.frameBytes);
    for (let i = 0; i < 30; i++) {
      const frame = (await reader.nextVideo(picture))!;
      for (const writer of writers) {
        await writer.room("video");
        assert.equal(writer.writeVideo(picture, BigInt(frame.timestampNs)), true);
      }
    }
    const results = await Promise.all(writers.map((writer) => writer.finish()));
    assert.deepEqual(results.map((result) => result.videoFrames), [30, 30]);
  });
});

function at(name: string, options: MediaWriterOptions): Promise<[string, MediaWriterOptions]> {
  return Promise.resolve([join(folder, name), options]);
}
