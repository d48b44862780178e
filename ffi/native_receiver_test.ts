import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import {
  load,
  type NativeH264ReceiverOptions,
  type NativeReceiver,
  type NativeReceiverConfig,
  type NativeRing,
  type NativeVideoReceiverOptions,
  type RingReader,
} from "./mod.ts";
import type { ReceiverTask } from "./testing/receiver_worker.ts";
import { RingViews } from "./testing/ring_views.ts";

const native = load();
const loopback = { address: "127.0.0.1", port: 0 };

/** 2023-11-14 22:13:20 TAI, as the clocks of the tests say at monotonic 0. */
const taiNs = 1_700_000_000_000_000_000n;
const startTicks = 380_014_592;

const sockets: Socket[] = [];
after(() => sockets.forEach((socket) => socket.close()));

/** A socket that sends to a receiver. */
function openPeer(kind: "udp4" | "udp6" = "udp4"): Socket {
  const socket = createSocket(kind);
  sockets.push(socket);
  return socket;
}

function sendTo(peer: Socket, port: number, bytes: Uint8Array, address: string = "127.0.0.1"): Promise<void> {
  return new Promise((resolve, reject) => {
    peer.send(bytes, port, address, (error) => error ? reject(error) : resolve());
  });
}

/** An RTP packet. */
function packetOf(sequence: number, timestamp: number, marker: boolean, payload: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(12 + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x8000 | (marker ? 0x80 : 0) | 96);
  view.setUint16(2, sequence & 0xffff);
  view.setUint32(4, timestamp);
  view.setUint32(8, 0x5eed);
  bytes.set(payload, 12);
  return bytes;
}

/** The row of a picture of 4 by 2 pixels, 4:2:2 with 8 bits. */
function rowOf(sequence: number, timestamp: number, row: number): Uint8Array {
  const pixels = Array.from({ length: 8 }, (_, i) => row * 8 + i);
  return packetOf(sequence, timestamp, row === 1, [0, 0, 0, 8, 0, row, 0, 0, ...pixels]);
}

function videoConfig(more: Partial<NativeVideoReceiverOptions> = {}): NativeVideoReceiverOptions {
  return {
    kind: "video",
    local: loopback,
    payloadType: 96,
    rate: { num: 50, den: 1 },
    width: 4,
    height: 2,
    sampling: "YCbCr-4:2:2",
    depth: "8",
    strides: [8],
    itemBytes: 16,
    // Near enough for extending time stamps, and independent of the machine's clock.
    taiShiftNs: taiNs - native.tai.nowNs(),
    ...more,
  };
}

/** A ring with a reader. */
class Target {
  readonly ring: NativeRing;
  readonly #reader: RingReader;
  readonly #views: RingViews;
  #cursor: number = 0;

  constructor(payloadBytes: number, slotCount: number = 4) {
    this.ring = native.createRing({ slotCount, readerMax: 2, payloadBytes, metadataBytes: 512, generation: 0 });
    this.#reader = this.ring.openReader();
    this.#views = new RingViews(this.ring);
  }

  /** Opens the writer and lends it to a receiver. */
  lend(receiver: NativeReceiver): void {
    receiver.setRing(this.ring.handle, this.ring.openWriter());
  }

  /** Waits for the next item. */
  async next(): Promise<{ payload: Uint8Array; metadata: unknown; timestampNs: bigint; flags: number }> {
    for (;;) {
      const slot = this.ring.pinNext(this.#reader, this.#cursor);
      if (slot >= 0) return this.#take(slot);
      await setTimeout(1);
    }
  }

  #take(slot: number): { payload: Uint8Array; metadata: unknown; timestampNs: bigint; flags: number } {
    const views = this.#views;
    const word = (field: "payloadBytes" | "metadataBytes" | "flags"): number =>
      views.bytes.getUint32(views.headerOffset(slot, field), true);
    const start = views.word("payloadOffset") + slot * views.word("payloadStride");
    const recordStart = views.word("metadataOffset") + slot * views.word("metadataBytes");
    const record = new Uint8Array(this.ring.buffer, recordStart, word("metadataBytes")).slice();
    this.#cursor = views.sequenceOf(slot);
    const item = {
      payload: new Uint8Array(this.ring.buffer, start, word("payloadBytes")).slice(),
      metadata: JSON.parse(new TextDecoder().decode(record)),
      timestampNs: views.bytes.getBigInt64(views.headerOffset(slot, "timestampNs"), true),
      flags: word("flags"),
    };
    this.ring.unpin(this.#reader, slot);
    return item;
  }
}

const targets: Target[] = [];
after(() => targets.forEach((target) => target.ring.detach()));

async function withReceiver(
  config: NativeReceiverConfig,
  slotBytes: number,
  body: (receiver: NativeReceiver, target: Target, send: (bytes: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<void> {
  const receiver = native.openReceiver(config);
  try {
    const target = new Target(slotBytes);
    targets.push(target);
    target.lend(receiver);
    const peer = openPeer();
    const port = receiver.localPort();
    await body(receiver, target, (bytes) => sendTo(peer, port, bytes));
  } finally {
    receiver.close();
  }
}

async function untilStatistics(
  receiver: NativeReceiver,
  holds: (statistics: ReturnType<NativeReceiver["statistics"]>) => boolean,
): Promise<ReturnType<NativeReceiver["statistics"]>> {
  for (;;) {
    const statistics = receiver.statistics();
    if (holds(statistics)) return statistics;
    await setTimeout(1);
  }
}

describe("NativeReceiver", () => {
  it("puts frames of video into the slots of a ring, with their stamps", { timeout: 60000 }, async () => {
    await withReceiver(videoConfig(), 16, async (receiver, target, send) => {
      for (let frame = 0; frame < 5; frame++) {
        const timestamp = startTicks + frame * 1800;
        await send(rowOf(65534 + frame * 2, timestamp, 0));
        await send(rowOf(65535 + frame * 2, timestamp, 1));
        const item = await target.next();
        assert.deepEqual([...item.payload], Array.from({ length: 16 }, (_, i) => i));
        assert.deepEqual(item.metadata, { rtpTimestamp: timestamp });
        assert.equal(item.timestampNs, taiNs + BigInt(frame) * 20_000_000n);
        assert.equal(item.flags, 0);
      }
      const { packets, octets, lost, frames, ssrc, payloadType, oddities } = receiver.statistics();
      assert.deepEqual({ packets, octets, lost, frames }, { packets: 10, octets: 160, lost: 0, frames: 5 });
      assert.deepEqual({ ssrc, payloadType, oddities }, {
        ssrc: 0x5eed,
        payloadType: 96,
        oddities: ["stuck-extension"],
      });
    });
  });

  it("names the rows that are missing, and counts what is not its own", { timeout: 60000 }, async () => {
    const source = { address: "127.0.0.1", port: 0 };
    const config = videoConfig({ missing: "deliver", source });
    await withReceiver(config, 16, async (receiver, target, send) => {
      await send(rowOf(0, startTicks, 1));
      assert.deepEqual((await target.next()).metadata, {
        rtpTimestamp: startTicks,
        missingRowCount: 1,
        missingRows: [[0, 1]],
      });
      await send(Uint8Array.from([1, 2, 3]));
      const other = rowOf(1, startTicks, 0);
      other[1] ^= 1;
      await send(other);
      other[1] ^= 1;
      other[8] ^= 1;
      await send(other);
      const seen = await untilStatistics(receiver, ({ strays }) => strays === 1);
      assert.equal(seen.notRtp, 1);
      assert.equal(seen.wrongPayloadType, 1);
      assert.equal(seen.incompleteFrames, 1);
    });
  });

  it("goes on in another ring, and in none", { timeout: 60000 }, async () => {
    await withReceiver(videoConfig(), 16, async (receiver, first, send) => {
      const small = new Target(15);
      const second = new Target(64);
      targets.push(small, second);
      assert.throws(() => small.lend(receiver), { code: "out_of_space" });
      await send(rowOf(0, startTicks, 0));
      await untilStatistics(receiver, ({ packets }) => packets === 1);
      second.lend(receiver);
      await send(rowOf(1, startTicks, 1));
      assert.deepEqual([...(await second.next()).payload], Array.from({ length: 16 }, (_, i) => i));
      assert.equal(first.ring.pinLatest(first.ring.openReader(), 0) >= 0, false);
      receiver.setRing();
      await send(rowOf(2, startTicks + 1800, 0));
      await send(rowOf(3, startTicks + 1800, 1));
      await untilStatistics(receiver, ({ droppedFrames }) => droppedFrames === 1);
      assert.throws(() => receiver.setRing(0x7ffffff as typeof first.ring.handle), { code: "bad_handle" });
    });
  });

  it("receives sound in blocks", { timeout: 60000 }, async () => {
    const config: NativeReceiverConfig = {
      kind: "audio",
      local: loopback,
      encoding: "L16",
      rateHz: 48000,
      channels: 2,
      packetSamples: 2,
      blockSamples: 3,
      reorderNs: 5_000_000,
      taiShiftNs: taiNs - native.tai.nowNs(),
    };
    await withReceiver(config, 24, async (_receiver, target, send) => {
      const start = Number(native.timestamp.ticksAt(taiNs, 48000) & 0xffffffffn);
      for (const packet of [0, 2, 1]) {
        const samples = [4, 5, 6, 7].map((code) => packet * 4 + code).flatMap((code) => [code, 0]);
        await send(packetOf(packet, (start + packet * 2) >>> 0, false, samples));
      }
      const blocks = [await target.next(), await target.next()];
      const samples = blocks.flatMap(({ payload }) => [...new Float32Array(payload.buffer)]);
      assert.deepEqual(samples, Array.from({ length: 12 }, (_, i) => (i + 4) * 256 / 32768));
      assert.deepEqual(blocks.map(({ timestampNs }) => timestampNs), [taiNs, taiNs + 62_500n]);
    });
  });

  it("receives H.264 and gives its parameter sets", { timeout: 60000 }, async () => {
    const config: NativeH264ReceiverOptions = {
      kind: "h264",
      local: loopback,
      rate: { num: 50, den: 1 },
      itemBytes: 1024,
      unitLengthBytes: 4,
    };
    await withReceiver(config, 1024, async (receiver, target, send) => {
      assert.equal(receiver.parameterSets(), undefined);
      const sps = [0x67, 0x42, 0xc0, 0x1e, 0xd9, 0x00, 0xa0];
      const pps = [0x68, 0xce, 0x3c, 0x80];
      const units = [sps, pps, [0x65, 1, 2, 3]];
      for (const [i, unit] of units.entries()) await send(packetOf(i, 1, i === 2, unit));
      const item = await target.next();
      assert.deepEqual([...item.payload], units.flatMap((unit) => [0, 0, 0, unit.length, ...unit]));
      assert.equal(item.flags & 4, 4);
      assert.deepEqual(item.metadata, { rtpTimestamp: 1, parameterSetsChanged: true });
      const record = receiver.parameterSets();
      assert.deepEqual([...record ?? []].slice(0, 15), [1, 0x42, 0xc0, 0x1e, 0xff, 0xe1, 0, sps.length, ...sps]);
      assert.equal(receiver.statistics().parameterSetChanges, 1);
    });
  });

  it("receives over IPv6", { timeout: 60000 }, async () => {
    const receiver = native.openReceiver(videoConfig({ local: { address: "::1", port: 0 } }));
    const peer = openPeer("udp6");
    await sendTo(peer, receiver.localPort(), rowOf(0, startTicks, 0), "::1");
    await untilStatistics(receiver, ({ packets }) => packets === 1);
    receiver.close();
  });

  it("refuses what cannot be, and names it", () => {
    const wrong: [Partial<NativeVideoReceiverOptions>, RegExp][] = [
      [{ local: { address: "localhost", port: 0 } }, /localhost/],
      [{ local: { address: "127.0.0.1", port: 70000 } }, /local port 70000/],
      [{ local: { address: "192.0.2.1", port: 0 } }, /address_not_local/],
      [{ source: { address: "::1", port: 0 } }, /bad_endpoint/],
      [{ interface: "none-such0" }, /none-such0/],
      [{ payloadType: 128 }, /payloadType is 128/],
      [{ reorderNs: 999_999 }, /reorderNs is 999999/],
      [{ width: 0 }, /bad_picture_size/],
      [{ sampling: "XYZ" }, /no_pgroup/],
      [{ scan: "sideways" as "progressive" }, /scan is "sideways"/],
      [{ strides: [7] }, /out_of_range/],
      [{ itemBytes: 15 }, /out_of_range/],
      [{ pixelFormat: "rgba8", strides: [16] }, /no_conversion/],
      [{ missing: "guess" as "drop" }, /missing is "guess"/],
      [{ rate: { num: 0, den: 1 } }, /rate\.num is 0/],
      [{ rtcp: { cname: "x".repeat(65), ssrc: 1 } }, /rtcp\.cname/],
      [{ rtcp: { cname: "x", ssrc: 1 } }, /bad_endpoint/],
    ];
    for (const [more, message] of wrong) {
      assert.throws(() => native.openReceiver(videoConfig(more)), message, JSON.stringify(more));
    }
  });

  it("frees its port when it is closed, and answers after that", () => {
    const receiver = native.openReceiver(videoConfig());
    const local = { address: "127.0.0.1", port: receiver.localPort() };
    assert.throws(() => native.openReceiver(videoConfig({ local })), { code: "port_taken" });
    assert.throws(() => receiver.parameterSets(), { code: "not_supported" });
    receiver.close();
    receiver.close();
    assert.equal(receiver.statistics().packets, 0);
    assert.throws(() => receiver.localPort(), { code: "bad_handle" });
    native.openReceiver(videoConfig({ local })).close();
  });

  it("closes what a worker left open that was terminated", { timeout: 60000 }, async () => {
    const target = new Target(16);
    targets.push(target);
    const workerData: ReceiverTask = { ring: target.ring.handle, itemBytes: 16 };
    const worker = new Worker(new URL("./testing/receiver_worker.ts", import.meta.url), { workerData });
    const [{ port }] = await once(worker, "message") as [{ port: number }];
    const peer = openPeer();
    await sendTo(peer, port, rowOf(0, startTicks, 0));
    await sendTo(peer, port, rowOf(1, startTicks, 1));
    assert.deepEqual([...(await target.next()).payload], Array.from({ length: 16 }, (_, i) => i));
    await worker.terminate();
    const local = { address: "127.0.0.1", port };
    for (let receiver: NativeReceiver | undefined; receiver === undefined;) {
      try {
        receiver = native.openReceiver(videoConfig({ local }));
        receiver.close();
      } catch (error) {
        assert.equal((error as { code?: unknown }).code, "port_taken");
        await setTimeout(5);
      }
    }
  });
});
