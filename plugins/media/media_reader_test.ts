import { after, before, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type MediaReader, openMediaReader } from "./media_reader.ts";
import { testClip, testFolder } from "./testing/clip.ts";
import { closeIdleCodecWorkers } from "./worker/codec_worker_pool.ts";

const LONG = { timeout: 60_000 };
const PERIOD_NS = 1e9 * 1001 / 30000;

let clip: string;
let folder: string;

before(async () => {
  clip = await testClip();
  folder = await testFolder();
});

after(async () => {
  await closeIdleCodecWorkers();
  await rm(folder, { recursive: true });
});

async function hashAll(reader: MediaReader): Promise<{ frames: number; sound: number; hash: string }> {
  const hash = createHash("sha256");
  const picture = new Uint8Array(reader.frameBytes);
  const block = new Float32Array(4096 * 2);
  let [frames, sound] = [0, 0];
  for (let frame = await reader.nextVideo(picture); frame; frame = await reader.nextVideo(picture)) {
    assert.equal(frame.frameIndex, frames);
    assert.ok(Math.abs(frame.timestampNs - frames * PERIOD_NS) <= 1, `frame ${frames} at ${frame.timestampNs}`);
    hash.update(picture);
    frames++;
  }
  for (let count = await reader.nextAudio(block, 4096); count; count = await reader.nextAudio(block, 4096)) {
    hash.update(new Uint8Array(block.buffer, 0, count * 8));
    sound += count;
  }
  return { frames, sound, hash: hash.digest("hex") };
}

describe("openMediaReader", () => {
  it("says what the file holds, with the exact rate", LONG, async () => {
    await using reader = await openMediaReader(clip);
    const { video, audio } = reader.info;
    assert.deepEqual(
      { ...video, durationNs: 0 },
      {
        codec: "h264",
        width: 960,
        height: 540,
        rate: { num: 30000, den: 1001 },
        constantRate: true,
        frameCount: 150,
        rotation: 0,
        colorSpace: "bt601",
        range: "narrow",
        colorAssumed: false,
        durationNs: 0,
      },
    );
    assert.equal(video!.durationNs, 5_005_000_000);
    assert.equal(audio!.codec, "aac");
    assert.deepEqual([audio!.sampleRateHz, audio!.channels], [48_000, 2]);
  });

  it("leaves out what is not asked for", LONG, async () => {
    await using reader = await openMediaReader(clip, { audio: false });
    assert.equal(reader.info.audio, undefined);
    assert.equal(reader.audioEnded, true);
    assert.equal(reader.readAudio(new Float32Array(10), 5), 0);
  });

  const broken: readonly [string, () => Promise<string>, RegExp][] = [
    ["a missing file", () => Promise.resolve(join(folder, "no.mp4")), /^Cannot read .*no\.mp4: there is no such file$/],
    ["a directory", () => Promise.resolve(folder), /^Cannot read .*: it is a directory, not a file$/],
    ["an empty file", () => make("empty.mp4", () => new Uint8Array()), /empty\.mp4: the file is empty$/],
    [
      "noise",
      () => make("noise.mp4", () => new Uint8Array(5000).fill(7)),
      /noise\.mp4: it is no media file of a known kind/,
    ],
    [
      "a file cut off in its index",
      () => make("cut.mp4", (whole) => whole.subarray(0, 300)),
      /cut\.mp4: the file is truncated or damaged/,
    ],
    [
      "an unknown video codec",
      () => make("codec.mp4", renameCodec),
      /codec\.mp4: its video codec "zzz1" is not known$/,
    ],
  ];
  for (const [name, path, message] of broken) {
    it(`refuses ${name}, naming it`, LONG, async () => {
      await assert.rejects(openMediaReader(await path()), { name: "MediaError", message });
    });
  }

  it("refuses a sound file where only video is asked for", LONG, async () => {
    const path = await make("sound.wav", () => wav(4800));
    await assert.rejects(openMediaReader(path, { audio: false }), {
      reason: "no-video",
      message: `Cannot read ${path}: it has no video`,
    });
  });

  it("refuses wrong options, naming value and range", LONG, async () => {
    await assert.rejects(
      openMediaReader(clip, { sampleRateHz: 10 }),
      /sampleRateHz 10: it must be an integer from 8000/,
    );
    await assert.rejects(openMediaReader(clip, { lookAhead: 3 }), /lookAhead 3: it must be 2, 4, 8/);
    await assert.rejects(openMediaReader(clip, { video: false, audio: false }), /are all off/);
  });
});

describe("MediaReader", () => {
  it("gives every frame on the exact grid and all sound, the same every time", LONG, async () => {
    await using first = await openMediaReader(clip);
    const result = await hashAll(first);
    assert.equal(first.ended, true);
    assert.equal(result.frames, 150);
    assert.ok(Math.abs(result.sound / 48_000 - 5.03) < 0.06, `${result.sound} frames of sound`);
    await using second = await openMediaReader(clip);
    assert.deepEqual(await hashAll(second), result);
  });

  it("decodes no further ahead than asked for, and goes on when frames are taken", LONG, async () => {
    await using reader = await openMediaReader(clip, { audio: false, lookAhead: 4 });
    while (reader.videoReady < 4) await new Promise((done) => setTimeout(done, 5));
    await new Promise((done) => setTimeout(done, 50));
    assert.equal(reader.videoReady, 4);
    const seen = reader.peekVideo()!;
    assert.equal(seen.frameIndex, 0);
    reader.releaseVideo();
    await reader.videoAvailable();
    assert.equal(reader.peekVideo()!.frameIndex, 1);
    while (reader.videoReady < 4) await new Promise((done) => setTimeout(done, 5));
  });

  it("loops with rising times, and sound that stays in step", LONG, async () => {
    await using reader = await openMediaReader(clip, { loop: true });
    const picture = new Uint8Array(reader.frameBytes);
    const [start, again] = [createHash("md5"), createHash("md5")];
    const block = new Float32Array(1602 * 2);
    let sound = 0;
    for (let i = 0; i < 320; i++) {
      const frame = (await reader.nextVideo(picture))!;
      assert.ok(Math.abs(frame.timestampNs - i * PERIOD_NS) <= 2, `frame ${i} at ${frame.timestampNs}`);
      if (i < 10) start.update(picture);
      if (i >= 150 && i < 160) again.update(picture);
      sound += await reader.nextAudio(block, 1600);
    }
    assert.equal(start.digest("hex"), again.digest("hex"));
    assert.equal(sound, 320 * 1600);
    assert.equal(reader.ended, false);
  });

  it("changes the sample rate when asked to", LONG, async () => {
    await using reader = await openMediaReader(await make("rate.wav", () => wav(44_100)), { sampleRateHz: 48_000 });
    assert.deepEqual([reader.info.audio!.sampleRateHz, reader.info.audio!.fileSampleRateHz], [48_000, 44_100]);
    const all = new Float32Array(50_000);
    assert.equal(await reader.nextAudio(all, 30_000), 30_000);
    assert.equal(await reader.nextAudio(all.subarray(30_000), 20_000), 18_000);
    for (let i = 1000; i < 47_000; i++) {
      assert.ok(Math.abs(all[i] - 0.5 * Math.sin((2 * Math.PI * 441 * i) / 48_000)) < 1e-3, `sample ${i} is ${all[i]}`);
    }
    assert.equal(reader.audioEnded, true);
  });

  it("gives the coded sound as it is in the file", LONG, async () => {
    await using reader = await openMediaReader(clip, { video: false, audio: false, audioPackets: true });
    let [count, endNs] = [0, 0];
    for (let packet = await reader.nextAudioPacket(); packet; packet = await reader.nextAudioPacket()) {
      assert.ok(packet.data.byteLength > 0);
      endNs = packet.timestampNs + packet.durationNs;
      count++;
    }
    assert.ok(count >= 234 && Math.abs(endNs / 1e9 - 5.03) < 0.06, `${count} packets up to ${endNs} ns`);
    assert.equal(reader.ended, true);
  });

  it("gives what is there of a truncated file, then the error", LONG, async () => {
    const path = await make("short.mp4", (whole) => faststart(whole, 0.5));
    await using reader = await openMediaReader(path, { audio: false });
    const picture = new Uint8Array(reader.frameBytes);
    let frames = 0;
    await assert.rejects(
      async () => {
        while (await reader.nextVideo(picture)) frames++;
      },
      { reason: "damaged", message: /^Cannot read .*short\.mp4: the file is truncated or damaged/ },
    );
    assert.ok(frames > 20 && frames < 150, `${frames} frames came before the error`);
    assert.match(reader.failure!.message, /short\.mp4/);
  });

  it("rejects waiting calls when it is closed, and may be closed twice", LONG, async () => {
    const reader = await openMediaReader(clip, { video: false });
    const waiting = (async () => {
      for (;;) await reader.nextAudio(new Float32Array(2), 1);
    })();
    const rejected = assert.rejects(waiting, { reason: "closed" });
    await reader.close();
    await reader.close();
    await rejected;
    assert.throws(() => reader.peekVideo(), { reason: "closed" });
  });

  it("lets several files be read at once", LONG, async () => {
    const readers = await Promise.all([1, 2, 3].map(() => openMediaReader(clip, { audio: false })));
    const results = await Promise.all(readers.map((reader) => hashAll(reader)));
    assert.deepEqual(results.map((result) => result.hash), new Array(3).fill(results[0].hash));
    await Promise.all(readers.map((reader) => reader.close()));
  });
});

async function make(name: string, contents: (whole: Uint8Array) => Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, contents(await readFile(clip)));
  return path;
}

function renameCodec(whole: Uint8Array): Uint8Array {
  const changed = whole.slice();
  const at = Buffer.from(changed.buffer).lastIndexOf("avc1");
  let first = Buffer.from(changed.buffer).indexOf("avc1");
  while (first >= 0 && first <= at) {
    changed.set(new TextEncoder().encode("zzz1"), first);
    first = Buffer.from(changed.buffer).indexOf("avc1", first + 4);
  }
  return changed;
}

/** The file cut off after `share` of it, its index still whole: in files with the index in front the tail is gone. */
function faststart(whole: Uint8Array, share: number): Uint8Array {
  return whole.subarray(0, Math.floor(whole.length * share));
}

/** Mono 16 bit 44.1 kHz, a tone of 441 Hz. */
function wav(frames: number): Uint8Array {
  const bytes = new Uint8Array(44 + frames * 2);
  const view = new DataView(bytes.buffer);
  const text = (at: number, word: string) => bytes.set(new TextEncoder().encode(word), at);
  text(0, "RIFF");
  view.setUint32(4, 36 + frames * 2, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, 44_100, true);
  view.setUint32(28, 88_200, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, frames * 2, true);
  for (let i = 0; i < frames; i++) {
    view.setInt16(44 + i * 2, Math.round(16384 * Math.sin((2 * Math.PI * 441 * i) / 44_100)), true);
  }
  return bytes;
}
