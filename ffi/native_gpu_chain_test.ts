import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  gpuFrameBytes,
  load,
  type NativeGpuBinding,
  type NativeGpuBuffer,
  type NativeGpuPlace,
  type NativeGpuStream,
  results,
} from "./mod.ts";
import { assertNothingLeft, findTestGpu, openTestGpu, pattern, shaderWords } from "./testing/gpu.ts";
import { RingViews } from "./testing/ring_views.ts";

const native = load();
const found = findTestGpu();
const side = 8;
const pictureBytes = side * side * 4;
const poolConfig = { slotCount: 2, width: side, height: side, format: "rgba8", generation: 1 } as const;

/** Records that a slot holds these bytes. */
function fill(stream: NativeGpuStream, pool: number, slot: number, bytes: Uint8Array): void {
  stream.write(pool, slot);
  assert.ok(stream.upload({ handle: pool, slot }, bytes));
}

function bytesOf(buffer: NativeGpuBuffer): Uint8Array {
  const out = new Uint8Array(buffer.bytes);
  assert.ok(buffer.read(0, out));
  return out;
}

/** The picture of a frame, by a stream that has no recording under way. */
async function pictureOf(
  stream: NativeGpuStream,
  pool: number,
  frame: Uint8Array,
  buffer: NativeGpuBuffer,
): Promise<Uint8Array> {
  assert.ok(stream.begin());
  stream.copy({ handle: pool, slot: stream.read(frame) }, { handle: buffer.handle });
  await stream.done(stream.submit());
  return bytesOf(buffer);
}

if (found !== undefined) {
  describe("a recording of several actors", () => {
    after(assertNothingLeft);

    it("keeps a slot of the ring from its writer until the reader's submit", { timeout: 60000 }, async () => {
      const device = openTestGpu(found);
      const ring = native.createRing({
        slotCount: 2,
        readerMax: 2,
        payloadBytes: gpuFrameBytes,
        metadataBytes: 0,
        generation: 1,
      });
      const views = new RingViews(ring);
      const payload = (slot: number): Uint8Array => {
        const at = views.word("payloadOffset") + slot * views.word("payloadStride");
        return new Uint8Array(ring.buffer, at, gpuFrameBytes);
      };
      const [writer, reader] = [device.openStream({ stagingBytes: 4096 }), device.openStream({ queue: 1 })];
      const pool = device.createPool(poolConfig);
      const result = device.createBuffer(pictureBytes, "download");
      const [ringWriter, ringReader] = [ring.openWriter(), ring.openReader()];
      const write = (seed: number): number => {
        const slot = ring.loan(ringWriter);
        if (slot < 0) return slot;
        assert.ok(writer.begin());
        fill(writer, pool.handle, slot, pattern(pictureBytes, seed));
        payload(slot).set(writer.frame(pool.handle, slot));
        writer.submit();
        assert.equal(ring.commit(ringWriter, slot), 0);
        return slot;
      };
      for (let round = 0; round < 20; round++) {
        while (!writer.begin()) await writer.done(writer.nextValue() - 1);
        const slot = write(round);
        const pinned = ring.pinLatest(ringReader, 0);
        assert.equal(pinned, slot);
        while (!reader.begin()) await reader.done(reader.nextValue() - 1);
        reader.copy({ handle: pool.handle, slot: reader.read(payload(pinned)) }, { handle: result.handle });
        while (!writer.begin()) await writer.done(writer.nextValue() - 1);
        const other = write(round + 100);
        assert.notEqual(other, pinned);
        assert.equal(ring.loan(ringWriter), results.full);
        // Submitted, but not done perhaps: the writer's next submit waits for it on the device.
        const value = reader.submit();
        assert.equal(ring.unpin(ringReader, pinned), 0);
        while (!writer.begin()) await writer.done(writer.nextValue() - 1);
        assert.equal(write(round + 200), pinned);
        await reader.done(value);
        assert.deepEqual(bytesOf(result), pattern(pictureBytes, round));
      }
      ring.closeReader(ringReader);
      ring.closeWriter(ringWriter);
      ring.detach();
      await device.close();
    });

    it("goes on after a slot that was written and never committed", { timeout: 60000 }, async () => {
      const device = openTestGpu(found);
      const [stream, other] = [device.openStream({ stagingBytes: 8192 }), device.openStream({ queue: 1 })];
      const pool = device.createPool(poolConfig);
      const result = device.createBuffer(pictureBytes, "download");
      const { handle } = pool;
      // In the same recording, by the next who has the loan.
      stream.begin();
      fill(stream, handle, 0, pattern(pictureBytes, 1));
      fill(stream, handle, 0, pattern(pictureBytes, 2));
      const first = stream.frame(handle, 0);
      stream.submit();
      assert.deepEqual(await pictureOf(stream, handle, first, result), pattern(pictureBytes, 2));
      // What was committed is gone when the slot is written again, in the same recording too.
      stream.begin();
      fill(stream, handle, 0, pattern(pictureBytes, 3));
      const lost = stream.frame(handle, 0);
      stream.write(handle, 0);
      assert.throws(() => stream.read(lost), { code: "stale_frame" });
      stream.submit();
      other.begin();
      for (const frame of [first, lost]) assert.throws(() => other.read(frame), { code: "stale_frame" });
      other.abort();
      // In a later one, with nothing recorded, and of another stream.
      for (const it of [stream, other]) {
        it.begin();
        it.write(handle, 0);
        it.write(handle, 1);
        it.submit();
      }
      stream.begin();
      fill(stream, handle, 0, pattern(pictureBytes, 4));
      const last = stream.frame(handle, 0);
      stream.submit();
      assert.deepEqual(await pictureOf(other, handle, last, result), pattern(pictureBytes, 4));
      await device.close();
    });

    it("submits what it names of a pool that was closed before", { timeout: 60000 }, async () => {
      const device = openTestGpu(found);
      const [stream, reader] = [device.openStream({ stagingBytes: 8192 }), device.openStream({ queue: 1 })];
      const result = device.createBuffer(pictureBytes, "download");
      for (const isGivenUp of [false, true, false]) {
        const pool = device.createPool(poolConfig);
        stream.begin();
        fill(stream, pool.handle, 0, pattern(pictureBytes, 5));
        const frame = stream.frame(pool.handle, 0);
        stream.submit();
        reader.begin();
        reader.copy({ handle: pool.handle, slot: reader.read(frame) }, { handle: result.handle });
        stream.begin();
        fill(stream, pool.handle, 1, pattern(pictureBytes, 6));
        pool.close();
        assert.throws(() => stream.frame(pool.handle, 1), { code: "bad_handle" });
        assert.throws(() => reader.read(frame), { code: "stale_frame" });
        if (isGivenUp) {
          reader.abort();
          stream.abort();
        } else {
          stream.submit();
          await reader.done(reader.submit());
          assert.deepEqual(bytesOf(result), pattern(pictureBytes, 5));
        }
      }
      await stream.done(stream.nextValue() - 1);
      reader.value();
      assert.equal(device.statistics().resources, 1);
      // And with the device, unsubmitted.
      const pool = device.createPool(poolConfig);
      stream.begin();
      fill(stream, pool.handle, 0, pattern(pictureBytes, 7));
      pool.close();
      await device.close();
    });

    it("goes on for one when a call of another fails", { timeout: 60000 }, async () => {
      const device = openTestGpu(found);
      const stream = device.openStream({ stagingBytes: 8192, stamped: true });
      const pool = device.createPool({ ...poolConfig, slotCount: 4 });
      const sampler = device.createSampler("nearest");
      const effect = device.createPipeline(shaderWords("effect.comp"));
      const image = device.createImage(side, side, "rgba16-float");
      const result = device.createBuffer(pictureBytes, "download");
      const at = (slot: number): NativeGpuPlace => ({ handle: pool.handle, slot });
      const run = (bindings: readonly NativeGpuBinding[]): void =>
        stream.dispatch({ pipeline: effect.handle, groups: [1, 1, 1], bindings });
      const source = pattern(pictureBytes, 8);
      for (let round = 0; round < 3; round++) {
        stream.begin();
        fill(stream, pool.handle, 0, source);
        stream.frame(pool.handle, 0);
        for (const slot of [1, 2, 3]) stream.write(pool.handle, slot);
        // One that is wrong in each way, of an actor with slot 1; the one with slots 2 and 3 goes on.
        const source0 = { binding: 0, place: at(0), sampler: sampler.handle };
        const wrong: NativeGpuBinding[][] = [
          [source0],
          [source0, { binding: 7, place: at(1) }],
          [source0, { binding: 1, place: { handle: image.handle } }],
          [source0, { binding: 1, place: { handle: result.handle } }],
          [{ ...source0, sampler: 0 }, { binding: 1, place: at(1) }],
          [{ ...source0, sampler: pool.handle }, { binding: 1, place: at(1) }],
          [source0, { binding: 1, place: at(1) }, { binding: 1, place: at(1) }],
        ];
        const good = (from: number, to: number): void =>
          run([{ ...source0, place: at(from) }, { binding: 1, place: at(to) }]);
        for (const bindings of wrong.slice(0, 4)) {
          assert.throws(() => run(bindings), {
            name: "NativeError",
            message: /Cannot run the shader|Cannot run a shader/,
          });
        }
        good(0, 2);
        for (const bindings of wrong.slice(4)) assert.throws(() => run(bindings), { name: "NativeError" });
        good(2, 3);
        stream.copy({ handle: pool.handle, slot: 3 }, { handle: result.handle });
        const frame = stream.frame(pool.handle, 3);
        await stream.done(stream.submit());
        // Turned twice is as it was.
        assert.deepEqual(bytesOf(result), source);
        assert.deepEqual(await pictureOf(stream, pool.handle, frame, result), source);
      }
      await device.close();
    });

    it("samples arrays of images, with fewer images than elements", { timeout: 60000 }, async () => {
      const device = openTestGpu(found);
      const stream = device.openStream({ stagingBytes: 8192 });
      const images = [1, 2, 3].map(() => device.createImage(side, side, "rgba8"));
      const sampler = device.createSampler("nearest");
      const target = device.createImage(side, side, "rgba32-float");
      const result = device.createBuffer(side * side * 16, "download");
      const elements = Array.from({ length: 17 }, (_, element): NativeGpuBinding => ({
        binding: 0,
        element,
        place: { handle: images[element % 3].handle },
        sampler: sampler.handle,
      }));
      const bindings = [...elements, { binding: 1, place: { handle: target.handle } }];
      const shades = [51, 102, 255];
      const sums = async (shader: string): Promise<void> => {
        const pipeline = device.createPipeline(shaderWords(shader));
        for (const [first, count] of [[0, 17], [16, 1], [3, 5]]) {
          stream.begin();
          images.forEach(({ handle }, i) =>
            assert.ok(stream.upload({ handle }, new Uint8Array(pictureBytes).fill(shades[i])))
          );
          stream.dispatch({
            pipeline: pipeline.handle,
            groups: [1, 1, 1],
            bindings,
            push: Uint32Array.of(first, count),
          });
          stream.copy({ handle: target.handle }, { handle: result.handle });
          await stream.done(stream.submit());
          let sum = 0;
          for (let i = first; i < first + count; i++) sum += (i + 1) * shades[i % 3] / 255;
          const out = new Float32Array(bytesOf(result).buffer);
          assert.ok(out.every((value) => Math.abs(value - sum) < 1e-3), `${shader}: ${out[0]}, not ${sum}`);
        }
      };
      await sums("array.comp");
      stream.begin();
      assert.throws(
        () =>
          stream.dispatch({
            pipeline: device.createPipeline(shaderWords("array.comp")).handle,
            groups: [1, 1, 1],
            bindings: bindings.slice(1),
            push: Uint32Array.of(0, 1),
          }),
        { code: "invalid_argument", message: /wants 17 of kind combined_image, 16 were given/ },
      );
      stream.abort();
      // By an index that is the same in the whole workgroup: software devices do not promise that, and do it.
      await sums("index.comp");
      await device.close();
    });
  });
}
