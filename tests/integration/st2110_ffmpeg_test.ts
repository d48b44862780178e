/**
 * FFmpeg receives from us by our descriptions and sends to us by its own: the same bytes at both ends.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "@std/testing/bdd";
import { audioFormat, stopAll, taiNowNs, type VideoFormat } from "@streamlib/core";
import {
  AudioRtpReceiveActor,
  AudioRtpSendActor,
  CompressedVideoRtpReceiveActor,
  CompressedVideoRtpSendActor,
  VideoRtpReceiveActor,
  VideoRtpSendActor,
} from "@streamlib/st2110";
import { hasProgram } from "../needs.ts";
import { type CodedPictures, codePictures } from "./st2110/coded_pictures.ts";
import { assertSame, assertSameUnits, noise, samplesOf, unitBytes } from "./st2110/content.ts";
import { type FfmpegStream, receive, send } from "./st2110/ffmpeg.ts";
import { GiverActor, TakerActor } from "./st2110/media_actors.ts";
import { PICTURE_CASES, type PictureCase } from "./st2110/picture_cases.ts";
import { freePort, untilBound } from "./st2110/ports.ts";
import { until } from "./st2110/wait.ts";

const TIMEOUT = { timeout: 60_000 };
const FRAMES = 5;
const FRAME_NS = 40_000_000n;
const SOUND_FRAMES = 4800;
const SOUND = { sampleRateHz: 48_000, channels: 2 };
const isThere = hasProgram("ffmpeg", "ST 2110 against FFmpeg");
/** Its pixel formats and coders: those that put the right bytes on the wire. */
const CODERS: Readonly<Record<string, [pixelFormat: string, coder: string]>> = {
  uyvy: ["uyvy422", "-c:v rawvideo"],
  uyvp: ["yuv422p10le", "-c:v bitpacked -strict -2"],
  rgb: ["rgb24", "-c:v rawvideo"],
};

function streamOf(one: PictureCase): FfmpegStream {
  const [pixelFormat, output] = CODERS[one.gstFormat];
  const { width, height } = one.format;
  const input = `-f rawvideo -video_size ${width}x${height} -framerate 25 -pixel_format ${pixelFormat}`;
  return { input, output };
}

/** A picture as FFmpeg reads it. */
function asRead(one: PictureCase, picture: Uint8Array): Uint8Array {
  return one.gstFormat === "uyvp" ? picture : one.groupsOf(picture);
}

function soundStream(bits: 16 | 24, packetFrames: number | undefined): FfmpegStream {
  const packets = packetFrames === undefined ? "" : `-af asetnsamples=n=${packetFrames}:p=0 `;
  return { input: `-f s${bits}be -ar 48000 -ac 2`, output: `${packets}-c:a pcm_s${bits}be` };
}

(isThere ? describe : describe.skip)("ST 2110 and FFmpeg", () => {
  let folder = "";
  let coded: CodedPictures;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "streamlib-ffmpeg-test-"));
    coded = await codePictures(FRAMES + 1, 5);
  });
  afterEach(() => stopAll());
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** The description that FFmpeg writes of a stream. It writes it when it begins to send, so it sends it twice. */
  async function describedBy(stream: FfmpegStream, path: string, port: number): Promise<string> {
    const sdp = join(folder, `${port}.theirs.sdp`);
    await using peer = send(path, stream, port, sdp);
    await peer.finished();
    return readFileSync(sdp, "utf8");
  }

  /** We send pictures, and it writes the same bytes. */
  async function receivePictures(one: PictureCase, format: VideoFormat): Promise<void> {
    const port = await freePort();
    const giver = new GiverActor();
    const sender = new VideoRtpSendActor({ address: "127.0.0.1", port, pacing: "none" });
    giver.outputs.video.pipe(sender.inputs.video);
    await sender.ready;
    const begin = taiNowNs();
    // The description has the size, so a frame must have come; nobody hears it.
    giver.giveVideo(format, one.make(99), begin - FRAME_NS);
    const path = join(folder, `${port}.sdp`);
    writeFileSync(path, await sender.sdp());
    await using peer = receive(path, "-c:v copy -f rawvideo");
    await untilBound(port);
    const groups: Uint8Array[] = [];
    for (let n = 0; n < FRAMES; n++) {
      const picture = one.make(n);
      groups.push(one.groupsOf(picture));
      giver.giveVideo(format, picture, begin + BigInt(n) * FRAME_NS);
      await peer.untilWritten((n + 1) * groups[0].length);
    }
    assertSame(peer.stdout, Buffer.concat(groups), `${FRAMES} pictures`);
  }

  for (const one of PICTURE_CASES) {
    it(`receives ${one.name} from us by our description`, TIMEOUT, () => receivePictures(one, one.format));

    it(`sends ${one.name} to us by its description`, TIMEOUT, async () => {
      const port = await freePort();
      const path = join(folder, one.gstFormat);
      const wanted = Array.from({ length: FRAMES }, (_, n) => one.make(n));
      writeFileSync(path, Buffer.concat(wanted.map((picture) => asRead(one, picture))));
      const stream = streamOf(one);
      const sdp = await describedBy(stream, path, port);
      const receiver = new VideoRtpReceiveActor({ sdp, format: { rate: 25 } });
      const found: Uint8Array[] = [];
      const taker = new TakerActor({ video: (frame) => found.push(Uint8Array.from(frame.data)) });
      receiver.outputs.video.pipe(taker.inputs.video);
      await Promise.all([receiver.ready, taker.ready]);
      await using peer = send(path, stream, port, join(folder, "again.sdp"));
      await until(() => found.length === FRAMES, "all pictures come", () => receiver.stats.counters);
      await peer.finished();
      for (const [n, data] of found.entries()) assertSame(data, wanted[n], `picture ${n}`);
    });
  }

  it("receives fields from us", TIMEOUT, () => {
    return receivePictures(PICTURE_CASES[0], { ...PICTURE_CASES[0].format, scan: "interlaced" });
  });

  it("sends fields to us, both with one time stamp", TIMEOUT, async () => {
    const port = await freePort();
    const [one] = PICTURE_CASES;
    const path = join(folder, "fields");
    const wanted = Array.from({ length: FRAMES }, (_, n) => one.make(n));
    writeFileSync(path, Buffer.concat(wanted));
    const { input, output } = streamOf(one);
    const stream = { input, output: `-vf setfield=tff ${output}` };
    const sdp = await describedBy(stream, path, port);
    const receiver = new VideoRtpReceiveActor({ sdp, format: { rate: 25 } });
    const found: Uint8Array[] = [];
    const taker = new TakerActor({
      video: (frame) => {
        assert.equal(frame.format.scan, "interlaced");
        found.push(Uint8Array.from(frame.data));
      },
    });
    receiver.outputs.video.pipe(taker.inputs.video);
    await Promise.all([receiver.ready, taker.ready]);
    await using peer = send(path, stream, port, join(folder, "again.sdp"));
    await until(() => found.length === FRAMES, "all pictures come", () => receiver.stats.counters);
    await peer.finished();
    for (const [n, data] of found.entries()) assertSame(data, wanted[n], `picture ${n}`);
    await receiver.stop();
    assert.equal(receiver.stats.counters["oddity.one-timestamp"], 1, JSON.stringify(receiver.stats.counters));
  });

  for (const bits of [16, 24] as const) {
    const encoding = `L${bits}` as const;
    const codes = noise(SOUND_FRAMES * SOUND.channels * bits / 8, bits);
    const wanted = samplesOf(codes, bits);

    it(`receives ${encoding} from us by our description`, TIMEOUT, async () => {
      const port = await freePort();
      const giver = new GiverActor();
      const sender = new AudioRtpSendActor({ address: "127.0.0.1", port, encoding });
      giver.outputs.audio.pipe(sender.inputs.audio);
      await sender.ready;
      const format = audioFormat({ ...SOUND, framesMax: 1200 });
      // The description has the channels, so a block must have come; a whole second before, so that it does not belong
      // to the others. Nobody hears it.
      const begin = taiNowNs();
      giver.giveAudio(format, new Float32Array(480 * SOUND.channels), begin - 1_000_000_000n);
      await until(() => sender.stats.counters.blocksSent === 1, "the first block is sent");
      const path = join(folder, `${port}.sdp`);
      writeFileSync(path, await sender.sdp());
      await using peer = receive(path, `-c:a copy -f s${bits}be`);
      await untilBound(port);
      for (let frame = 0; frame < SOUND_FRAMES; frame += format.framesMax) {
        const block = wanted.subarray(frame * SOUND.channels, (frame + format.framesMax) * SOUND.channels);
        giver.giveAudio(format, block, begin + BigInt(frame * 1_000_000_000 / SOUND.sampleRateHz));
        const blocks = 2 + frame / format.framesMax;
        await until(() => sender.stats.counters.blocksSent === blocks, "the block is sent", () => sender.stats);
      }
      assertSame(await peer.untilWritten(codes.length), codes, "the sound");
    });

    for (const [what, packetFrames] of [["of 1 ms", 48], ["as long as Ethernet takes", undefined]] as const) {
      it(`sends ${encoding} in packets ${what} to us by its description`, TIMEOUT, async () => {
        const port = await freePort();
        const path = join(folder, encoding);
        writeFileSync(path, codes);
        const stream = soundStream(bits, packetFrames);
        const receiver = new AudioRtpReceiveActor({ sdp: await describedBy(stream, path, port), blockMs: 10 });
        const found: number[] = [];
        const taker = new TakerActor({ audio: (block) => found.push(...block.samples) });
        receiver.outputs.audio.pipe(taker.inputs.audio);
        await Promise.all([receiver.ready, taker.ready]);
        await using peer = send(path, stream, port, join(folder, "again.sdp"));
        await until(() => found.length === wanted.length, "all sound comes", () => receiver.stats.counters);
        await peer.finished();
        assertSame(found, wanted, "the sound");
      });
    }
  }

  it("receives H.264 from us by our description", TIMEOUT, async () => {
    const port = await freePort();
    const giver = new GiverActor();
    const sender = new CompressedVideoRtpSendActor({ address: "127.0.0.1", port });
    giver.outputs.packets.pipe(sender.inputs.packets);
    await sender.ready;
    const { format, pictures } = coded;
    const begin = taiNowNs();
    // The description has the parameter sets of the first keyframe; nobody hears it.
    giver.givePacket(format, pictures[0].data, true, begin - 2n * FRAME_NS);
    await until(() => sender.stats.counters.picturesSent === 1, "the first picture is sent");
    const path = join(folder, `${port}.sdp`);
    writeFileSync(path, await sender.sdp());
    await using peer = receive(path, "-c:v copy -f h264");
    await untilBound(port);
    let bytes = 0;
    for (const [n, { data, keyframe }] of pictures.entries()) {
      giver.givePacket(format, data, keyframe, taiNowNs());
      // It gives a picture out when the next one begins.
      if (n > 0) await peer.until(() => unitBytes(peer.stdout) >= bytes, `picture ${n - 1} comes`);
      bytes += unitBytes(data);
    }
    const wanted = Buffer.concat(pictures.slice(0, FRAMES).map(({ data }) => data));
    assertSameUnits(peer.stdout, wanted, "the stream");
  });

  it("sends H.264 to us by its description", TIMEOUT, async () => {
    const port = await freePort();
    const path = join(folder, "stream.h264");
    writeFileSync(path, coded.stream);
    const stream = { input: "-f h264 -framerate 25", output: "-c copy" };
    const sdp = await describedBy(stream, path, port);
    const receiver = new CompressedVideoRtpReceiveActor({ sdp, fps: 25 });
    const found: { data: Uint8Array; keyframe: boolean }[] = [];
    const taker = new TakerActor({
      packets: ({ data, keyframe }) => found.push({ data: Uint8Array.from(data), keyframe }),
    });
    receiver.outputs.packets.pipe(taker.inputs.packets);
    await Promise.all([receiver.ready, taker.ready]);
    await using peer = send(path, stream, port, join(folder, "again.sdp"));
    await until(() => found.length === coded.pictures.length, "all pictures come", () => receiver.stats.counters);
    await peer.finished();
    for (const [n, { data, keyframe }] of found.entries()) {
      assertSameUnits(data, coded.pictures[n].data, `picture ${n}`);
      assert.equal(keyframe, coded.pictures[n].keyframe);
    }
  });
});
