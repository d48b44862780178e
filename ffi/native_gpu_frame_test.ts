import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import process from "node:process";
import {
  decodeGpuFrame,
  gpuFrameBytes,
  type NativeGpuBinding,
  type NativeGpuDevice,
  type NativeGpuStream,
} from "./mod.ts";
import { assertNothingLeft, findTestGpu, openTestGpu, pattern, shaderWords } from "./testing/gpu.ts";

const found = findTestGpu();

/** What an effect reads and writes. */
function effectAt(pool: number, from: number, to: number, sampler: number): NativeGpuBinding[] {
  return [
    { binding: 0, place: { handle: pool, slot: from }, sampler },
    { binding: 1, place: { handle: pool, slot: to } },
  ];
}

function downloaded(
  device: NativeGpuDevice,
  stream: NativeGpuStream,
  pool: number,
  frame: Uint8Array,
): Promise<Uint8Array> {
  const { width, height } = decodeGpuFrame(frame);
  const buffer = device.createBuffer(width * height * 4, "download");
  assert.ok(stream.begin());
  stream.copy({ handle: pool, slot: stream.read(frame) }, { handle: buffer.handle });
  return stream.done(stream.submit()).then(() => {
    const out = new Uint8Array(width * height * 4);
    assert.ok(buffer.read(0, out));
    buffer.close();
    return out;
  });
}

/** Fills a slot and gives its frame. */
function written(stream: NativeGpuStream, pool: number, slot: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  assert.ok(stream.begin());
  stream.write(pool, slot);
  assert.ok(stream.upload({ handle: pool, slot }, bytes));
  const frame = stream.frame(pool, slot);
  stream.submit();
  return frame;
}

if (found !== undefined) {
  describe("frames of a GPU", () => {
    after(assertNothingLeft);

    it("gives frames on: a chain on one stream, and a reader on another that the device makes wait", {
      timeout: 60000,
    }, async () => {
      const device = openTestGpu(found);
      const [width, height] = [32, 16];
      const writer = device.openStream({ stagingBytes: 1 << 16 });
      const reader = device.openStream({ queue: 1 });
      const config = { slotCount: 3, width, height, format: "rgba8", generation: 4 } as const;
      const pool = device.createPool(config);
      const effect = device.createPipeline(shaderWords("effect.comp"));
      const sampler = device.createSampler("nearest");
      const result = device.createBuffer(width * height * 4, "download");
      const groups = [2, 1, 1] as const;
      for (let round = 0; round < 4; round++) {
        const source = pattern(width * height * 4, round);
        assert.ok(writer.begin());
        writer.write(pool.handle, 0);
        assert.ok(writer.upload({ handle: pool.handle, slot: 0 }, source));
        const first = writer.frame(pool.handle, 0);
        writer.write(pool.handle, 1);
        assert.equal(writer.read(first), 0);
        const turned = effectAt(pool.handle, 0, 1, sampler.handle);
        writer.dispatch({ pipeline: effect.handle, groups, bindings: turned });
        const second = new Uint8Array(gpuFrameBytes);
        writer.commit(pool.handle, 1, second);
        const { slot, generation, format, value, pid, deviceUuid } = decodeGpuFrame(second);
        assert.deepEqual([slot, generation, format, value, pid], [1, 4, "rgba8", writer.nextValue(), process.pid]);
        assert.equal(deviceUuid, found.uuid);

        assert.ok(reader.begin());
        assert.throws(() => reader.read(second), { code: "not_submitted" });
        writer.submit();
        assert.equal(reader.read(second), 1);
        reader.copy({ handle: pool.handle, slot: 1 }, { handle: result.handle });
        const read = reader.submit();
        const out = new Uint8Array(width * height * 4);
        if (!result.read(0, out)) await reader.done(read);
        assert.ok(result.read(0, out));
        const row = width * 4;
        const expected = source.map((_, i) => 255 - source[(height - 1 - Math.floor(i / row)) * row + i % row]);
        assert.deepEqual(out, expected);
      }
      await device.close();
    });

    it("has a writer wait for readers of the slot, and buffers pass between streams in order", {
      timeout: 60000,
    }, async () => {
      const device = openTestGpu(found);
      const bytes = 1 << 20;
      const writer = device.openStream({ stagingBytes: 16 * bytes, inFlightMax: 8 });
      const reader = device.openStream({ queue: 1, inFlightMax: 8 });
      const pool = device.createPool({ slotCount: 1, width: 512, height: 512, format: "rgba8", generation: 1 });
      const shared = device.createBuffer(bytes);
      const results = Array.from({ length: 6 }, () => device.createBuffer(bytes, "download"));
      const last: number[] = [];
      for (const [round, result] of results.entries()) {
        const frame = written(writer, pool.handle, 0, new Uint8Array(bytes).fill(round + 1));
        assert.ok(reader.begin());
        // One buffer of all, so that it too has to be waited for.
        reader.copy({ handle: pool.handle, slot: reader.read(frame) }, { handle: shared.handle });
        reader.submit();
        assert.ok(writer.begin());
        writer.copy({ handle: shared.handle }, { handle: result.handle }, bytes);
        last.push(writer.submit());
        if (round === 3) await writer.done(last[round]);
      }
      await writer.done(last[5]);
      const out = new Uint8Array(bytes);
      for (const [round, result] of results.entries()) {
        assert.ok(result.read(0, out));
        assert.ok(out.every((byte) => byte === round + 1), `round ${round}`);
      }
      reader.begin();
      reader.waitFor(writer.handle, last[5]);
      assert.throws(() => reader.waitFor(writer.handle, last[5] + 1), { code: "not_submitted" });
      await reader.done(reader.submit());
      await device.close();
    });

    it("takes a stale frame and one of another device or process for an error", { timeout: 60000 }, async () => {
      const [device, other] = [openTestGpu(found), openTestGpu(found)];
      const picture = pattern(64, 1);
      const stream = device.openStream({ stagingBytes: 4096 });
      const config = { slotCount: 2, width: 4, height: 4, format: "rgba8", generation: 1 } as const;
      const pool = device.createPool(config);
      const frame = written(stream, pool.handle, 0, picture);
      assert.deepEqual(await downloaded(device, stream, pool.handle, frame), picture);

      const foreign = other.openStream();
      foreign.begin();
      assert.throws(() => foreign.read(frame), { code: "wrong_device", message: /Cannot read a frame of one device/ });
      assert.throws(() => foreign.write(pool.handle, 0), { code: "wrong_device", message: /a pool of one device/ });
      assert.throws(() => foreign.waitFor(stream.handle, 1), { code: "wrong_device" });

      const changed = (change: (view: DataView) => void): Uint8Array => {
        const copy = frame.slice();
        change(new DataView(copy.buffer));
        return copy;
      };
      stream.begin();
      const { generation, pid } = decodeGpuFrame(frame);
      const words = new Uint32Array(frame.buffer);
      const cases: [number, number, string][] = [
        [words.indexOf(pid, 8), 1, "wrong_device"],
        [9, generation + 1, "stale_frame"],
        [10, 1, "stale_frame"],
        [10, 99, "stale_frame"],
        [8, pool.handle + 0x10000, "stale_frame"],
        [0, 0, "wrong_device"],
      ];
      for (const [word, value, code] of cases) {
        assert.throws(() => stream.read(changed((view) => view.setUint32(4 * word, value, true))), { code });
      }
      assert.throws(() => stream.read(frame.subarray(1)), { code: "out_of_space" });
      stream.abort();

      const next = written(stream, pool.handle, 0, pattern(64, 2));
      stream.begin();
      assert.throws(() => stream.read(frame), { code: "stale_frame" });
      assert.equal(stream.read(next), 0);
      stream.abort();

      // What is given up was never there.
      stream.begin();
      stream.write(pool.handle, 1);
      stream.upload({ handle: pool.handle, slot: 1 }, picture);
      const lost = stream.frame(pool.handle, 1);
      stream.abort();
      stream.begin();
      assert.throws(() => stream.read(lost), { code: "stale_frame" });
      stream.abort();
      assert.deepEqual(await downloaded(device, stream, pool.handle, next), pattern(64, 2));

      pool.close();
      stream.begin();
      assert.throws(() => stream.read(next), { code: "stale_frame" });
      await other.close();
      await device.close();
    });

    it("reads the last frames of a stream that was closed", { timeout: 60000 }, async () => {
      const device = openTestGpu(found);
      const writer = device.openStream({ stagingBytes: 4096 });
      const reader = device.openStream();
      const pool = device.createPool({ slotCount: 2, width: 4, height: 4, format: "rgba8", generation: 1 });
      const frame = written(writer, pool.handle, 0, pattern(64, 9));
      await writer.close();
      assert.deepEqual(await downloaded(device, reader, pool.handle, frame), pattern(64, 9));
      const next = device.openStream({ stagingBytes: 4096 });
      const second = written(next, pool.handle, 0, pattern(64, 3));
      assert.deepEqual(await downloaded(device, reader, pool.handle, second), pattern(64, 3));
      await device.close();
    });

    it("holds no more and no less after many frames", { timeout: 60000 }, async () => {
      const device = openTestGpu(found);
      const stream = device.openStream({ stagingBytes: 1 << 16 });
      const reader = device.openStream({ queue: 1 });
      const pool = device.createPool({ slotCount: 3, width: 16, height: 16, format: "rgba8", generation: 1 });
      const result = device.createBuffer(1024, "download");
      const picture = pattern(1024, 4);
      let held: number | undefined;
      for (let i = 0; i < 300; i++) {
        while (!stream.begin()) await stream.done(stream.nextValue() - 1);
        const frame = written(stream, pool.handle, i % 3, picture);
        while (!reader.begin()) await reader.done(reader.nextValue() - 1);
        reader.copy({ handle: pool.handle, slot: reader.read(frame) }, { handle: result.handle });
        reader.submit();
        held ??= device.statistics().usedBytes;
      }
      await stream.close();
      await reader.close();
      const { usedBytes, resources, submits, messages } = device.statistics();
      assert.deepEqual([resources, submits, messages], [2, 600, 0]);
      assert.ok(usedBytes <= held!);
      await device.close();
    });
  });
}
