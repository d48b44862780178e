import type { Buffer } from "node:buffer";
import { createSocket } from "node:dgram";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  type Actor,
  type Dispatcher,
  frameBytes,
  instantOf,
  loadNative,
  PIXEL_FORMATS,
  type PixelFormat,
  planesOf,
  ProcessPoolDispatcher,
  taiNowNs,
  tap,
  ThreadPoolDispatcher,
  type VideoFormat,
  videoFormat,
} from "@streamlib/core";
import { VideoRtpReceiveActor, VideoRtpSendActor } from "./mod.ts";
import { freePort, HandActor, noise, until } from "./testing/hand_actor.ts";

const { library } = await loadNative();
const RATE = { num: 30000, den: 1001 };

async function stopAll(...actors: Actor[]): Promise<void> {
  for (const actor of actors) await actor.stop();
}

/** Only the bits that a format's samples have, so that what comes back can be the same. */
function fill(format: VideoFormat, data: Uint8Array, seed: number): void {
  noise(data, seed);
  const { pixelFormat } = format;
  if (pixelFormat === "rgba8" || pixelFormat === "bgra8") { for (let i = 3; i < data.length; i += 4) data[i] = 255; }
  if (pixelFormat.endsWith("p10le")) { for (let i = 1; i < data.length; i += 2) data[i] &= 3; }
  if (pixelFormat === "v210") { for (let i = 3; i < data.length; i += 4) data[i] &= 0x3f; }
}

/** The parts of rows that carry samples. */
function samplesOf(format: VideoFormat, data: Uint8Array): Uint8Array[] {
  return planesOf(format).flatMap(({ offsetBytes, strideBytes, rows, rowBytes }) =>
    Array.from({ length: rows }, (_, row) => {
      const begin = offsetBytes + row * strideBytes;
      return data.slice(begin, begin + rowBytes);
    })
  );
}

/** Sends frames and gives back what arrives. */
async function throughVideo(format: VideoFormat, count: number, options: object = {}): Promise<void> {
  const port = await freePort();
  const source = new HandActor();
  const sender = new VideoRtpSendActor({ address: "127.0.0.1", port, pacing: "none", ...options });
  const receiver = new VideoRtpReceiveActor({
    address: "127.0.0.1",
    port,
    format,
    pixelFormat: format.pixelFormat,
    missing: "drop",
  });
  source.outputs.video.pipe(sender.inputs.video);
  await Promise.all([source, sender, receiver].map((actor) => actor.ready));
  const got: { rows: Uint8Array[]; timestampNs: bigint }[] = [];
  tap(
    receiver.outputs.video,
    ({ data, timestampNs, format }) => got.push({ rows: samplesOf(format, data), timestampNs }),
  );
  const expected = new Uint8Array(frameBytes(format));
  const first = taiNowNs() * BigInt(RATE.num) / (BigInt(RATE.den) * 1_000_000_000n);
  for (let i = 0; i < count; i++) {
    const loan = source.outputs.video.loan(format)!;
    fill(format, loan.data, i + 1);
    expected.set(loan.data);
    const timestampNs = instantOf(first + BigInt(i), RATE);
    loan.commit({ timestampNs });
    await until(
      () => got.length > i,
      `frame ${i} of ${format.pixelFormat} arrives: ${JSON.stringify(receiver.stats.counters)}`,
    );
    assert.equal(got[i].timestampNs, timestampNs);
    assert.deepEqual(got[i].rows, samplesOf(format, expected), `${format.pixelFormat}, frame ${i}`);
  }
  await until(() => sender.stats.counters.framesSent === count, "the counter says so");
  await stopAll(source, sender, receiver);
}

describe("pictures over ST 2110-20", { skip: library === undefined }, () => {
  const plain: readonly PixelFormat[] = [
    "uyvy8",
    "v210",
    "yuv422p10le",
    "yuv444p10le",
    "i420",
    "nv12",
    "rgba8",
    "bgra8",
  ];
  for (const pixelFormat of plain) {
    it(`come back as they were: ${pixelFormat}`, { timeout: 60000 }, async () => {
      await throughVideo(videoFormat({ pixelFormat, width: 192, height: 36, rate: RATE, alpha: "opaque" }), 3);
    });
  }

  it("come back as they were: every pixel group", { timeout: 120000 }, async () => {
    for (const pixelFormat of Object.keys(PIXEL_FORMATS) as PixelFormat[]) {
      if (!pixelFormat.startsWith("pgroup/")) continue;
      await throughVideo(videoFormat({ pixelFormat, width: 96, height: 24, rate: RATE }), 1);
    }
  });

  it("come back from fields, segments, blocks, small packets and padded rows", { timeout: 60000 }, async () => {
    const base = { pixelFormat: "yuv422p10le", width: 192, height: 36, rate: RATE } as const;
    await throughVideo(videoFormat({ ...base, scan: "interlaced" }), 2);
    await throughVideo(videoFormat({ ...base, scan: "psf" }), 2);
    await throughVideo(videoFormat({ ...base, width: 720 }), 2, { packing: "2110BPM" });
    await throughVideo(videoFormat(base), 2, { segmentOffload: false });
    await throughVideo(videoFormat(base), 2, { maxBytesPerSecond: 100_000_000 });
    await throughVideo(videoFormat({ ...base, strides: [512, 256, 256] }), 2);
  });

  it(
    "are described so that a receiver finds them, and keep their time when they are paced",
    { timeout: 60000 },
    async () => {
      const format = videoFormat({ pixelFormat: "uyvy8", width: 320, height: 240, rate: 50 });
      const port = await freePort();
      const source = new HandActor();
      const sender = new VideoRtpSendActor({ address: "127.0.0.1", port, pacing: "batched" });
      source.outputs.video.pipe(sender.inputs.video);
      await sender.ready;
      const description = sender.sdp();
      const frame = taiNowNs() / 20_000_000n;
      source.outputs.video.loan(format)!.commit({ timestampNs: frame * 20_000_000n });
      await until(() => sender.stats.counters.framesSent === 1, "a frame is sent");
      const receiver = new VideoRtpReceiveActor({ sdp: await description });
      await receiver.ready;
      const instants: bigint[] = [];
      // The first one may come as well.
      tap(receiver.outputs.video, ({ timestampNs }) => {
        if (timestampNs > frame * 20_000_000n) instants.push(timestampNs);
      });
      for (let i = 1n; i <= 5n; i++) {
        source.outputs.video.loan(format)!.commit({ timestampNs: (frame + 10n + i) * 20_000_000n });
        await until(() => instants.length === Number(i), `paced frame ${i} arrives`);
      }
      assert.deepEqual(instants, [1n, 2n, 3n, 4n, 5n].map((i) => (frame + 10n + i) * 20_000_000n));
      await stopAll(source, sender, receiver);
      const { batches, batchesLate = 0 } = sender.stats.counters;
      // Six frames of 20 ms, and what falls due in half a millisecond together.
      assert.equal(batches, 240);
      assert.ok(batchesLate <= batches);
    },
  );
});

describe("reports of a sender", { skip: library === undefined }, () => {
  it("go on over a change of format, with one goodbye at the end", { timeout: 60000 }, async () => {
    const port = await freePort();
    const reports: Buffer[] = [];
    const socket = createSocket("udp4").on("message", (datagram) => void reports.push(datagram));
    await new Promise<void>((resolve) => void socket.bind(port + 1, "127.0.0.1", resolve));
    const source = new HandActor();
    const sender = new VideoRtpSendActor({ address: "127.0.0.1", port, pacing: "none" });
    source.outputs.video.pipe(sender.inputs.video);
    await sender.ready;
    for (const [i, width] of [192, 192, 384, 192].entries()) {
      const format = videoFormat({ pixelFormat: "uyvy8", width, height: 36, rate: RATE });
      source.outputs.video.loan(format)!.commit({ timestampNs: taiNowNs() });
      await until(() => sender.stats.counters.framesSent === i + 1, "a frame is sent");
    }
    await stopAll(source, sender);
    const isGoodbye = (report: Buffer): boolean => report.readUInt8(report.length - 7) === 203;
    await until(() => reports.some(isGoodbye), "it says goodbye");
    socket.close();
    assert.equal(reports.filter(isGoodbye).length, 1);
    const last = reports.at(-1)!;
    assert.ok(isGoodbye(last) && last.readUInt8(1) === 200);
    const { packets, octets } = sender.stats.counters;
    // RFC 3550 section 6.4.1: what was sent since the beginning, unless the SSRC changes.
    assert.deepEqual([last.readUInt32BE(20), last.readUInt32BE(24)], [packets, octets]);
  });
});

describe("reports of receivers", { skip: library === undefined }, () => {
  it("are heard at the group that the sender sends to", { timeout: 60000 }, async () => {
    const port = await freePort();
    const address = "239.77.4.2";
    const source = new HandActor();
    const sender = new VideoRtpSendActor({ address, port, interface: "lo", ssrc: 7, hops: 1, pacing: "none" });
    source.outputs.video.pipe(sender.inputs.video);
    await sender.ready;
    // A receiver report with one block, of the sender's SSRC (RFC 3550 section 6.4.2).
    const report = new DataView(new ArrayBuffer(32));
    report.setUint32(0, 0x81c9_0007);
    report.setUint32(4, 99);
    report.setUint32(8, 7);
    const socket = createSocket("udp4");
    // Another address than the sender's: what comes from that is not listened to at the group.
    await new Promise<void>((resolve) => void socket.bind(0, "127.0.0.2", resolve));
    socket.setMulticastInterface("127.0.0.2");
    const format = videoFormat({ pixelFormat: "uyvy8", width: 64, height: 16, rate: RATE });
    await until(() => {
      source.outputs.video.loan(format)?.commit({ timestampNs: taiNowNs() });
      socket.send(new Uint8Array(report.buffer), port + 1, address);
      return (sender.stats.counters.reportsReceived ?? 0) > 0;
    }, "the report is counted");
    socket.close();
    await stopAll(source, sender);
  });
});

describe("streams in other places", { skip: library === undefined }, () => {
  const makers: Record<string, () => Dispatcher & AsyncDisposable> = {
    thread: () => new ThreadPoolDispatcher({ workers: 2 }),
    process: () => new ProcessPoolDispatcher({ workers: 2 }),
  };
  for (const [name, make] of Object.entries(makers)) {
    it(`send and receive in a ${name}`, { timeout: 60000 }, async () => {
      await using dispatcher = make();
      await throughVideo(
        videoFormat({ pixelFormat: "uyvy8", width: 192, height: 36, rate: RATE }),
        3,
        { dispatcher },
      );
      const port = await freePort();
      const format = videoFormat({ pixelFormat: "uyvy8", width: 64, height: 16, rate: RATE });
      const source = new HandActor();
      const sender = new VideoRtpSendActor({ address: "127.0.0.1", port, pacing: "none" });
      const receiver = new VideoRtpReceiveActor({ address: "127.0.0.1", port, format, dispatcher });
      source.outputs.video.pipe(sender.inputs.video);
      await Promise.all([source, sender, receiver].map((actor) => actor.ready));
      let frames = 0;
      tap(receiver.outputs.video, () => frames++);
      await until(() => {
        source.outputs.video.loan(format)?.commit({ timestampNs: taiNowNs() });
        return frames >= 3;
      }, "three frames come from there");
      await stopAll(source, sender, receiver);
    });
  }
});

describe("files of descriptions", { skip: library === undefined }, () => {
  const format = videoFormat({ pixelFormat: "uyvy8", width: 64, height: 32, rate: RATE });

  it("are written by a sender once it knows what it sends, and told to a receiver by their path", {
    timeout: 60000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "streamlib-sdp-"));
    const sdpFile = join(folder, "out.sdp");
    const source = new HandActor();
    const sender = new VideoRtpSendActor({ address: "127.0.0.1", port: await freePort(), sdpFile, pacing: "none" });
    source.outputs.video.pipe(sender.inputs.video);
    await Promise.all([source.ready, sender.ready]);
    const give = () => source.outputs.video.loan(format)!.commit({ timestampNs: taiNowNs() });
    assert.deepEqual(readdirSync(folder), []);
    give();
    await until(() => existsSync(sdpFile), "the description is written");
    assert.match(readFileSync(sdpFile, "utf8"), /^v=0\r\n[^]*sampling=YCbCr-4:2:2; depth=8; width=64; height=32/);
    const receiver = new VideoRtpReceiveActor({ sdp: sdpFile });
    let count = 0;
    tap(receiver.outputs.video, ({ format: { width, height } }) => {
      assert.deepEqual([width, height], [64, 32]);
      count++;
    });
    await receiver.ready;
    for (let frame = 0; frame < 200 && count === 0; frame++) {
      give();
      await new Promise((resolve) => setTimeout(resolve, 33));
    }
    assert.ok(count > 0);
    await stopAll(source, sender, receiver);
    assert.deepEqual(readdirSync(folder), ["out.sdp"]);
    rmSync(folder, { recursive: true });
  });

  it("that have no place fail their sender at its start, by name", { timeout: 60000 }, async () => {
    const port = await freePort();
    const sender = new VideoRtpSendActor({ id: "out", address: "127.0.0.1", port, sdpFile: "/no/where/out.sdp" });
    await assert.rejects(sender.ready, {
      message: /Cannot start VideoRtpSend "out": option sdpFile is \/no\/where\/out\.sdp, and nothing can be written/,
    });
  });

  it("that cannot be written later are counted, and the stream goes on", { timeout: 60000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "streamlib-sdp-"));
    const sdpFile = join(folder, "taken");
    mkdirSync(join(sdpFile, "by a folder"), { recursive: true });
    const source = new HandActor();
    const sender = new VideoRtpSendActor({ address: "127.0.0.1", port: await freePort(), sdpFile, pacing: "none" });
    source.outputs.video.pipe(sender.inputs.video);
    await Promise.all([source.ready, sender.ready]);
    source.outputs.video.loan(format)!.commit({ timestampNs: taiNowNs() });
    await until(() => sender.stats.counters.sdpFileFailures === 1, "the failure is counted");
    assert.deepEqual(readdirSync(folder), ["taken"]);
    assert.equal(sender.state, "running");
    await stopAll(source, sender);
    rmSync(folder, { recursive: true });
  });
});
