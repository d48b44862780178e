/**
 * GStreamer receives from us and sends to us: the same bytes at both ends.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, afterEach, before, describe, it } from "@std/testing/bdd";
import { audioFormat, stopAll, taiNowNs } from "@streamlib/core";
import {
  AudioRtpReceiveActor,
  AudioRtpSendActor,
  CompressedVideoRtpReceiveActor,
  CompressedVideoRtpSendActor,
  VideoRtpReceiveActor,
  VideoRtpSendActor,
} from "@streamlib/st2110";
import { hasGstreamerElement, hasProgram } from "../needs.ts";
import { type CodedPictures, codePictures } from "./st2110/coded_pictures.ts";
import { assertSame, assertSameUnits, noise, samplesOf, unitBytes } from "./st2110/content.ts";
import {
  type GstPictures,
  type GstSound,
  receiveDescribed,
  receiveH264,
  receivePictures,
  receiveSound,
  sendH264,
  sendPictures,
  sendSound,
} from "./st2110/gstreamer.ts";
import { GiverActor, TakerActor } from "./st2110/media_actors.ts";
import { PICTURE_CASES, type PictureCase, QUARTER_CASE, SMALL_CASE } from "./st2110/picture_cases.ts";
import { freePort, untilBound } from "./st2110/ports.ts";
import { until } from "./st2110/wait.ts";

const TIMEOUT = { timeout: 60_000 };
const FRAMES = 5;
const FRAME_NS = 40_000_000n;
const SOUND_FRAMES = 4800;
/** Not eight channels: GStreamer moves those to the loudspeakers that RFC 3551 names for the payload. */
const SOUNDS: readonly GstSound[] = [
  { encoding: "L16", sampleRateHz: 48_000, channels: 2, packetNs: 1_000_000 },
  { encoding: "L24", sampleRateHz: 48_000, channels: 2, packetNs: 1_000_000 },
  { encoding: "L24", sampleRateHz: 48_000, channels: 4, packetNs: 125_000 },
  { encoding: "L24", sampleRateHz: 96_000, channels: 3, packetNs: 1_000_000 },
];
const isThere = hasProgram("gst-launch-1.0", "ST 2110 against GStreamer");
const hasDemuxer = isThere && hasGstreamerElement("sdpdemux", "our descriptions against GStreamer");
const hasParser = isThere && hasGstreamerElement("h264parse", "H.264 that GStreamer sends to us");

function gstOf({ format: { width, height }, gstFormat: format, sampling, depth }: PictureCase): GstPictures {
  return { width, height, format, sampling, depth };
}

function bitsOf({ encoding }: GstSound): 16 | 24 {
  return encoding === "L16" ? 16 : 24;
}

function codesOf(sound: GstSound): Uint8Array {
  return noise(SOUND_FRAMES * sound.channels * bitsOf(sound) / 8, sound.channels);
}

function nameOf({ encoding, sampleRateHz, channels, packetNs }: GstSound): string {
  return `${channels} channels of ${encoding} at ${sampleRateHz} Hz, ${packetNs / 1e6} ms in a packet,`;
}

(isThere ? describe : describe.skip)("ST 2110 and GStreamer", () => {
  let folder = "";
  let coded: CodedPictures;
  /** Pictures that one packet holds: packetization-mode 0 cannot cut them. */
  let small: CodedPictures;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "streamlib-gstreamer-test-"));
    coded = await codePictures(FRAMES, 5);
    small = await codePictures(FRAMES, 0);
  });
  afterEach(() => stopAll());
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const one of [...PICTURE_CASES, QUARTER_CASE]) {
    for (const packing of ["2110GPM", "2110BPM"] as const) {
      it(`receives ${one.name} in ${packing} from us`, TIMEOUT, async () => {
        const port = await freePort();
        await using peer = receivePictures(gstOf(one), port);
        await untilBound(port);
        const giver = new GiverActor();
        const sender = new VideoRtpSendActor({ address: "127.0.0.1", port, packing, pacing: "none" });
        giver.outputs.video.pipe(sender.inputs.video);
        await sender.ready;
        const begin = taiNowNs();
        const groups: Uint8Array[] = [];
        for (let n = 0; n < FRAMES; n++) {
          const picture = one.make(n);
          groups.push(one.groupsOf(picture));
          giver.giveVideo(one.format, picture, begin + BigInt(n) * FRAME_NS);
          // Frame by frame: its socket need not hold more than one.
          await peer.untilWritten((n + 1) * groups[0].length);
        }
        assertSame(peer.stdout, Buffer.concat(groups), `${FRAMES} pictures`);
      });
    }

    it(`sends ${one.name} to us`, TIMEOUT, async () => {
      const port = await freePort();
      const path = join(folder, one.gstFormat);
      const wanted = Array.from({ length: FRAMES }, (_, n) => one.make(n));
      writeFileSync(path, Buffer.concat(wanted.map((picture) => one.groupsOf(picture))));
      const receiver = new VideoRtpReceiveActor({ address: "127.0.0.1", port, format: one.format });
      const found: { data: Uint8Array; timestampNs: bigint }[] = [];
      const taker = new TakerActor({
        video: (frame) => found.push({ data: Uint8Array.from(frame.data), timestampNs: frame.timestampNs }),
      });
      receiver.outputs.video.pipe(taker.inputs.video);
      await Promise.all([receiver.ready, taker.ready]);
      await using _peer = sendPictures(gstOf(one), path, port);
      await until(() => found.length === FRAMES, "all pictures come", () => receiver.stats.counters);
      for (const [n, { data }] of found.entries()) assertSame(data, wanted[n], `picture ${n}`);
      await receiver.stop();
      const { counters } = receiver.stats;
      assert.deepEqual([counters.items, counters.packetsMalformed, counters.packetsLost], [
        FRAMES,
        undefined,
        undefined,
      ]);
      assert.equal(counters["oddity.stuck-extension"], 1, JSON.stringify(counters));
      // Rows of 8-bit 4:2:2 are so short here that GStreamer puts more than three parts into a packet.
      assert.equal(counters["oddity.many-segments"], one.gstFormat === "uyvy" ? 1 : undefined);
    });
  }

  (hasDemuxer ? it : it.skip)("receives pictures by our description", TIMEOUT, async () => {
    const port = await freePort();
    const one = SMALL_CASE;
    const giver = new GiverActor();
    const sender = new VideoRtpSendActor({ address: "127.0.0.1", port, pacing: "none" });
    giver.outputs.video.pipe(sender.inputs.video);
    await sender.ready;
    const given: Uint8Array[] = [];
    const begin = taiNowNs();
    const give = async () => {
      const picture = one.make(given.length);
      giver.giveVideo(one.format, picture, begin + BigInt(given.length) * FRAME_NS);
      given.push(one.groupsOf(picture));
      await sleep(40);
    };
    // The description has the size, so a frame must have come.
    await give();
    const path = join(folder, "ours.sdp");
    writeFileSync(path, await sender.sdp());
    await using peer = receiveDescribed(path);
    await untilBound(port);
    const bytes = given[0].length;
    await peer.until(async () => {
      await give();
      return peer.stdoutBytes >= 4 * bytes;
    }, "four pictures come");
    // Of the first it may have dropped a part, before its pipeline was complete.
    const found = [1, 2, 3].map((n) => peer.stdout.subarray(n * bytes, (n + 1) * bytes));
    const first = given.findIndex((groups) => found[0].equals(groups));
    assert.ok(first > 0, "the second picture is one of ours");
    for (const [n, groups] of found.entries()) assertSame(groups, given[first + n], `picture ${first + n}`);
  });

  it("sends fields to us, whose rows it numbers as those of frames", TIMEOUT, async () => {
    const port = await freePort();
    const [one] = PICTURE_CASES;
    const path = join(folder, "fields");
    const wanted = Array.from({ length: FRAMES }, (_, n) => one.make(n));
    writeFileSync(path, Buffer.concat(wanted));
    const format = { ...one.format, scan: "interlaced" } as const;
    const receiver = new VideoRtpReceiveActor({ address: "127.0.0.1", port, format, missing: "drop" });
    const found: Uint8Array[] = [];
    const taker = new TakerActor({ video: (frame) => found.push(Uint8Array.from(frame.data)) });
    receiver.outputs.video.pipe(taker.inputs.video);
    await Promise.all([receiver.ready, taker.ready]);
    await using peer = sendPictures({ ...gstOf(one), interlaced: true }, path, port);
    await peer.finished();
    // In the first one it shows, and that one is lost.
    await until(() => found.length === FRAMES - 1, "the others come", () => receiver.stats.counters);
    for (const [n, data] of found.entries()) assertSame(data, wanted[n + 1], `picture ${n + 1}`);
    await receiver.stop();
    const { counters } = receiver.stats;
    assert.deepEqual([counters["oddity.frame-numbered"], counters.itemsDiscarded], [1, 1], JSON.stringify(counters));
  });

  for (const sound of SOUNDS) {
    const { encoding, sampleRateHz, channels, packetNs } = sound;
    const packetTimeMs = packetNs / 1e6;

    it(`receives ${nameOf(sound)} from us`, TIMEOUT, async () => {
      const port = await freePort();
      await using peer = receiveSound(sound, port);
      await untilBound(port);
      const giver = new GiverActor();
      const sender = new AudioRtpSendActor({ address: "127.0.0.1", port, encoding, packetTimeMs });
      giver.outputs.audio.pipe(sender.inputs.audio);
      await sender.ready;
      const codes = codesOf(sound);
      const samples = samplesOf(codes, bitsOf(sound));
      // Blocks that no packet time divides.
      const framesMax = 700;
      const format = audioFormat({ sampleRateHz, channels, framesMax });
      const begin = taiNowNs();
      let blocks = 0;
      for (let frame = 0; frame < SOUND_FRAMES; frame += framesMax) {
        const block = samples.subarray(frame * channels, (frame + framesMax) * channels);
        giver.giveAudio(format, block, begin + BigInt(Math.round(frame * 1e9 / sampleRateHz)));
        blocks++;
        await until(() => sender.stats.counters.blocksSent === blocks, "the block is sent", () => sender.stats);
      }
      assertSame(await peer.untilWritten(codes.length), codes, "the sound");
    });

    it(`sends ${nameOf(sound)} to us`, TIMEOUT, async () => {
      const port = await freePort();
      const codes = codesOf(sound);
      const wanted = samplesOf(codes, bitsOf(sound));
      const path = join(folder, `${encoding}-${channels}`);
      writeFileSync(path, codes);
      const format = { encoding, sampleRateHz, channels, packetTimeMs };
      const receiver = new AudioRtpReceiveActor({ address: "127.0.0.1", port, format });
      const found: number[] = [];
      const taker = new TakerActor({ audio: (block) => found.push(...block.samples) });
      receiver.outputs.audio.pipe(taker.inputs.audio);
      await Promise.all([receiver.ready, taker.ready]);
      await using _peer = sendSound(sound, path, port);
      await until(() => found.length === wanted.length, "all sound comes", () => receiver.stats.counters);
      assertSame(Float32Array.from(found), wanted, "the sound");
    });
  }

  for (const packetizationMode of [0, 1] as const) {
    it(`receives H.264 in packetization-mode ${packetizationMode} from us`, TIMEOUT, async () => {
      const port = await freePort();
      await using peer = receiveH264(port);
      await untilBound(port);
      const giver = new GiverActor();
      const sender = new CompressedVideoRtpSendActor({ address: "127.0.0.1", port, packetizationMode });
      giver.outputs.packets.pipe(sender.inputs.packets);
      await sender.ready;
      const begin = taiNowNs();
      const { format, pictures, stream } = packetizationMode === 0 ? small : coded;
      let bytes = 0;
      for (const [n, { data, keyframe }] of pictures.entries()) {
        giver.givePacket(format, data, keyframe, begin + BigInt(n) * FRAME_NS);
        bytes += unitBytes(data);
        await peer.until(() => unitBytes(peer.stdout) >= bytes, `picture ${n} comes`);
      }
      assertSameUnits(peer.stdout, stream, "the stream");
      assert.equal(sender.stats.counters.itemsMalformed, undefined);
    });
  }

  (hasParser ? it : it.skip)("sends H.264 to us", TIMEOUT, async () => {
    const port = await freePort();
    const path = join(folder, "stream.h264");
    writeFileSync(path, coded.stream);
    const receiver = new CompressedVideoRtpReceiveActor({ address: "127.0.0.1", port, codec: "h264", fps: 25 });
    const found: { data: Uint8Array; keyframe: boolean }[] = [];
    const taker = new TakerActor({
      packets: ({ data, keyframe }) => found.push({ data: Uint8Array.from(data), keyframe }),
    });
    receiver.outputs.packets.pipe(taker.inputs.packets);
    await Promise.all([receiver.ready, taker.ready]);
    await using _peer = sendH264(path, port);
    await until(() => found.length === FRAMES, "all pictures come", () => receiver.stats.counters);
    for (const [n, { data, keyframe }] of found.entries()) {
      assertSameUnits(data, coded.pictures[n].data, `picture ${n}`);
      assert.equal(keyframe, coded.pictures[n].keyframe);
    }
  });
});
