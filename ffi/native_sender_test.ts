import { after, before, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { load, type NativeSender, type NativeSenderConfig, type NativeVideoSenderOptions, results } from "./mod.ts";
import { Child, runtimeNames } from "./testing/child.ts";
import type { SenderTask } from "./testing/sender_worker.ts";

const native = load();

/** Gathers what comes to a port of loopback. */
class Inbox {
  readonly socket: Socket = createSocket({ type: "udp4", recvBufferSize: 1 << 20 });
  readonly #datagrams: Uint8Array[] = [];
  #wake: () => void = () => {};

  async open(): Promise<void> {
    this.socket.on("message", (bytes) => {
      this.#datagrams.push(bytes);
      this.#wake();
    });
    this.socket.bind(0, "127.0.0.1");
    await once(this.socket, "listening");
  }

  get port(): number {
    return this.socket.address().port;
  }

  async take(count: number): Promise<DataView[]> {
    while (this.#datagrams.length < count) await new Promise<void>((resolve) => this.#wake = resolve);
    return this.#datagrams.splice(0, count).map((bytes) =>
      new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    );
  }
}

const inbox = new Inbox();

/** 64 x 4 pixels: 160 bytes in a row, one packet for each. */
function videoConfig(more: Partial<NativeVideoSenderOptions> = {}): NativeVideoSenderOptions {
  return {
    kind: "video",
    to: { address: "127.0.0.1", port: inbox.port },
    payloadType: 96,
    ssrc: 0xaabbccdd,
    firstSequence: 0x1fffe,
    rate: { num: 50, den: 1 },
    width: 64,
    height: 4,
    sampling: "YCbCr-4:2:2",
    depth: "10",
    pacing: "none",
    ...more,
  };
}

async function done(sender: NativeSender, count: number): Promise<void> {
  while (sender.doneCount() < count) await setTimeout(1);
}

function random(bytes: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(bytes));
}

function bytesOf(view: DataView, offset: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + offset, view.byteLength - offset);
}

describe("NativeSender", () => {
  before(() => inbox.open());
  after(() => {
    inbox.socket.close();
  });

  it("sends frames as they are, and says when they are done", async () => {
    for (const mode of ["gso", "single"] as const) {
      const sender = native.openSender(videoConfig({ mode }));
      const frame = random(640);
      assert.equal(sender.submit(frame, { mediaClock: (7n << 32n) + 5n }), 0);
      const packets = await inbox.take(4);
      packets.forEach((packet, row) => {
        assert.equal(packet.getUint16(0), row === 3 ? 0x80e0 : 0x8060);
        assert.equal(packet.getUint16(2), (0xfffe + row) & 0xffff);
        assert.equal(packet.getUint32(4), 5);
        assert.equal(packet.getUint32(8), 0xaabbccdd);
        assert.equal(packet.getUint16(12), row < 2 ? 1 : 2);
        assert.deepEqual([14, 16, 18].map((offset) => packet.getUint16(offset)), [160, row, 0]);
        assert.deepEqual(bytesOf(packet, 20), frame.subarray(160 * row, 160 * (row + 1)));
      });
      await done(sender, 1);
      const statistics = sender.statistics();
      assert.deepEqual([statistics.submitted, statistics.done, statistics.packets], [1, 1, 4]);
      assert.equal(statistics.octets, 4 * 168);
      assert.equal(statistics.lastError, "ok");
      assert.equal(statistics.isSegmented, mode === "gso");
      assert.ok(statistics.cpuNs > 0 && statistics.sendBufferBytes > 0);
      sender.close();
      sender.close();
      assert.equal(sender.statistics().packets, 4);
      assert.equal(sender.doneCount(), 1);
      assert.equal(sender.submit(frame, { mediaClock: 0n }), results.bad_handle);
    }
  });

  it("tells what it is from the start", () => {
    const sender = native.openSender(videoConfig({ width: 1920, height: 1080, pacing: "strict" }));
    const { trOffsetNs, sendBufferBytes, packets } = sender.statistics();
    sender.close();
    assert.ok(trOffsetNs > 0 && sendBufferBytes > 0, `${trOffsetNs} ns, ${sendBufferBytes} bytes`);
    assert.equal(packets, 0);
  });

  it("converts pixels, from any place in the payload", async () => {
    const sender = native.openSender(videoConfig({ depth: "8", pixelFormat: "uyvy8" }));
    const payload = random(1000);
    sender.submit(payload, { mediaClock: 0n, planeOffsets: [10], strides: [200] });
    const packets = await inbox.take(4);
    packets.forEach((packet, row) => {
      assert.deepEqual(bytesOf(packet, 20), payload.subarray(10 + 200 * row, 10 + 200 * row + 128));
    });
    assert.throws(() => sender.submit(payload, { mediaClock: 0n, planeOffsets: [300], strides: [200] }), {
      code: "bad_payload",
    });
    assert.throws(() => sender.submit(payload, { mediaClock: 0n, planeOffsets: [-1] }), /planeOffsets has -1/);
    sender.close();
  });

  it("sends audio at its instants, and takes a copy of it", async () => {
    const sender = native.openSender({
      kind: "audio",
      to: { address: "127.0.0.1", port: inbox.port },
      payloadType: 97,
      ssrc: 1,
      encoding: "L16",
      rateHz: 48000,
      channels: 1,
      packetSamples: 48,
      pacing: "strict",
    });
    const block = new Float32Array(96).fill(0.5);
    const startNs = native.time.monotonicNs() + 2_000_000n;
    sender.submit(new Uint8Array(block.buffer), { startNs, mediaClock: 480n, samples: 96 });
    assert.equal(sender.doneCount(), 1);
    block.fill(0);
    const packets = await inbox.take(2);
    assert.ok(native.time.monotonicNs() >= startNs + 1_000_000n);
    assert.deepEqual(packets.map((packet) => packet.getUint32(4)), [480, 528]);
    for (const packet of packets) {
      assert.equal(packet.byteLength, 12 + 96);
      for (let offset = 12; offset < packet.byteLength; offset += 2) assert.equal(packet.getInt16(offset), 16384);
    }
    sender.close();
    const { deviation, batches, lateBatches } = sender.statistics();
    assert.equal(deviation.reduce((sum, count) => sum + count, 0), 2);
    assert.equal(batches, 2);
    assert.ok(lateBatches <= 2);
  });

  it("sends ancillary data, also none", async () => {
    const sender = native.openSender({
      kind: "ancillary",
      to: { address: "127.0.0.1", port: inbox.port },
      payloadType: 100,
      ssrc: 1,
      rate: { num: 25, den: 1 },
      scan: "interlaced",
      pacing: "none",
    });
    sender.submit(new Uint8Array(8), { mediaClock: 1n, secondMediaClock: 1801n });
    const packets = await inbox.take(2);
    assert.deepEqual(packets.map((packet) => packet.getUint16(0)), [0x80e4, 0x80e4]);
    assert.deepEqual(packets.map((packet) => packet.getUint32(4)), [1, 1801]);
    assert.deepEqual(packets.map((packet) => packet.getUint32(16)), [0x00800000, 0x00c00000]);
    assert.throws(() => sender.submit(new Uint8Array(7), { mediaClock: 0n }), { code: "bad_payload" });
    sender.close();
  });

  it("sends coded pictures", async () => {
    const options = { to: { address: "127.0.0.1", port: inbox.port }, payloadType: 98, ssrc: 1 };
    const rate = { num: 50, den: 1 };
    const picture = random(4000);
    const jpegXs = native.openSender({ kind: "jpeg-xs", ...options, rate, pictureBytes: 4000, pacing: "batched" });
    jpegXs.submit(picture, { mediaClock: 9n });
    const packets = await inbox.take(3);
    assert.deepEqual(packets.map((packet) => packet.getUint8(1)), [98, 98, 226]);
    assert.deepEqual(packets.flatMap((packet) => [...bytesOf(packet, 16)]), [...picture]);
    assert.throws(() => jpegXs.setParameterSets(new Uint8Array(0)), { code: "invalid_argument" });
    jpegXs.close();

    const h264 = native.openSender({ kind: "h264", ...options, rate, pacing: "batched" });
    h264.submit(Uint8Array.of(0, 0, 0, 1, 0x65, 1, 2, 3), { mediaClock: 9n });
    const [packet] = await inbox.take(1);
    assert.deepEqual([...bytesOf(packet, 12)], [0x65, 1, 2, 3]);
    h264.submit(Uint8Array.of(1, 2, 3), { mediaClock: 9n });
    await done(h264, 2);
    assert.deepEqual([h264.statistics().malformed, h264.statistics().dropped], [1, 1]);
    h264.close();
  });

  it("drops when too many frames wait, and gives up what waits when it is closed", () => {
    const sender = native.openSender(videoConfig({ pacing: "strict" }));
    const startNs = native.time.monotonicNs() + 3_600_000_000_000n;
    const submit = (): number => sender.submit(new Uint8Array(640), { startNs, mediaClock: 0n });
    const codes = Array.from({ length: 17 }, submit);
    assert.deepEqual(codes, [...new Array(16).fill(0), results.full]);
    assert.equal(sender.doneCount(), 0);
    sender.close();
    const { submitted, done, dropped, packets } = sender.statistics();
    assert.deepEqual([submitted, done, dropped, packets], [16, 16, 16, 0]);
  });

  it("sends from the port that it was told, and reports to the port above", async () => {
    const reports = new Inbox();
    await reports.open();
    const sender = native.openSender(videoConfig({
      to: { address: "127.0.0.1", port: reports.port - 1 },
      from: { address: "127.0.0.1", port: 0 },
      rtcp: { cname: "camera@studio" },
    }));
    const { address, port } = sender.local();
    assert.equal(address, "127.0.0.1");
    assert.ok(port > 0);
    sender.submit(new Uint8Array(640), { mediaClock: 0n });
    await done(sender, 1);
    sender.close();
    const [report] = await reports.take(1);
    assert.equal(report.getUint8(1), 200);
    assert.ok(new TextDecoder().decode(report).includes("camera@studio"));
    assert.equal(report.getUint8(report.byteLength - 7), 203);
    reports.socket.close();
  });

  it("says what is wrong before it opens anything", () => {
    const wrong: [Partial<NativeVideoSenderOptions>, RegExp][] = [
      [{ width: 0 }, /bad_picture_size/],
      [{ sampling: "YCbCr-4:2:0", depth: "16" }, /no_pgroup/],
      [{ sampling: "YCbCr-4:2:0", depth: "8", scan: "interlaced" }, /interlaced_quarter/],
      [{ udpBytesMax: 9000 }, /bad_udp_size/],
      [{ packing: "bpm" }, /no_blocks/],
      [{ pixelFormat: "rgba8" }, /no_conversion/],
      [{ pacing: "strict", senderType: "narrow", scan: "interlaced", height: 600 }, /no_gap/],
      [{ payloadType: 128 }, /payloadType is 128/],
      [{ ssrc: -1 }, /ssrc is -1/],
      [{ hops: 0 }, /hops is 0/],
      [{ depth: "9" as "8" }, /depth is "9"/],
      [{ rate: { num: 0, den: 1 } }, /rate\.num is 0/],
      [{ to: { address: "localhost", port: 5004 } }, /numeric/],
      [{ to: { address: "127.0.0.1", port: 0 } }, /bad_endpoint/],
      [{ to: { address: "127.0.0.1", port: 65536 } }, /destination port/],
      [{ from: { address: "192.0.2.1", port: 0 } }, /address_not_local/],
      [{ from: { address: "::1", port: 0 } }, /bad_endpoint/],
      [{ interface: "none-such0" }, /none-such0/],
      [{ rtcp: { cname: "x".repeat(65) } }, /rtcp\.cname/],
    ];
    for (const [more, message] of wrong) {
      assert.throws(() => native.openSender(videoConfig(more)), message, JSON.stringify(more));
    }
    const kind = "film" as "video";
    assert.throws(() => native.openSender({ ...videoConfig(), kind } as NativeSenderConfig), /kind is "film"/);
  });

  it("refuses a port that is taken", () => {
    const from = { address: "127.0.0.1", port: inbox.port };
    const to = { address: "127.0.0.1", port: inbox.port === 9 ? 10 : 9 };
    assert.throws(() => native.openSender(videoConfig({ to, from })), { code: "port_taken" });
  });

  it("closes what a worker left open that was terminated", { timeout: 60000 }, async () => {
    const probe = native.openSender(videoConfig({ from: { address: "127.0.0.1", port: 0 } }));
    const from = probe.local().port;
    probe.close();
    const workerData: SenderTask = { to: inbox.port, from };
    const worker = new Worker(new URL("./testing/sender_worker.ts", import.meta.url), { workerData });
    await once(worker, "message");
    await inbox.take(1);
    const taken = (): NativeSender => native.openSender(videoConfig({ from: { address: "127.0.0.1", port: from } }));
    assert.throws(taken, { code: "port_taken" });
    await worker.terminate();
    for (let sender: NativeSender | undefined; sender === undefined;) {
      try {
        sender = taken();
        sender.close();
      } catch (error) {
        assert.equal((error as { code?: unknown }).code, "port_taken");
        await setTimeout(5);
      }
    }
  });

  for (const runtime of runtimeNames) {
    it(`stops and says goodbye when a program on ${runtime} has no more to do`, { timeout: 60000 }, async () => {
      const reports = new Inbox();
      await reports.open();
      const child = new Child(runtime, "./sender_program.ts", [String(reports.port - 1)]);
      await child.ended();
      assert.equal(child.process.exitCode, 0);
      const [report] = await reports.take(1);
      assert.deepEqual([report.getUint8(1), report.getUint8(report.byteLength - 7)], [200, 203]);
      reports.socket.close();
    });
  }
});
