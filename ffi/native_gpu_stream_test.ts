import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { NativeGpuBinding } from "./mod.ts";
import { assertNothingLeft, findTestGpu, openTestGpu, pattern, shaderWords } from "./testing/gpu.ts";

const found = findTestGpu();

/** Buffers at bindings 0, 1 ... */
function buffersAt(...handles: number[]): NativeGpuBinding[] {
  return handles.map((handle, binding) => ({ binding, place: { handle } }));
}

if (found !== undefined) {
  describe("NativeGpuStream", () => {
    after(assertNothingLeft);

    it("uploads, runs two shaders and downloads in one submit, byte by byte as the CPU does", {
      timeout: 60000,
    }, async () => {
      const device = openTestGpu(found);
      const bytes = 64 * 1024;
      const stream = device.openStream({ stagingBytes: bytes, stamped: true });
      const invert = device.createPipeline(shaderWords("invert.comp"));
      const gain = device.createPipeline(shaderWords("gain.comp"));
      const [first, second] = [device.createBuffer(bytes), device.createBuffer(bytes)];
      const result = device.createBuffer(bytes, "download");
      const source = pattern(bytes, 5);
      const out = new Uint8Array(bytes);
      assert.equal(stream.nextValue(), 1);
      assert.ok(stream.begin());
      assert.ok(stream.begin());
      assert.ok(stream.upload({ handle: first.handle }, source));
      const groups = [bytes / 16 / 256, 1, 1] as const;
      const count = bytes / 16;
      stream.dispatch({
        pipeline: invert.handle,
        groups,
        bindings: buffersAt(first.handle, second.handle),
        push: Uint32Array.of(count),
      });
      stream.dispatch({
        pipeline: gain.handle,
        groups,
        bindings: buffersAt(second.handle, first.handle),
        push: Uint32Array.of(count, 3),
      });
      stream.copy({ handle: first.handle }, { handle: result.handle }, bytes);
      assert.throws(() => stream.wait(1, 0n), { code: "not_submitted" });
      const value = stream.submit();
      assert.equal(value, 1);
      await stream.done(value);
      assert.equal(stream.value(), 1);
      assert.ok(result.read(0, out));
      assert.deepEqual(out, source.map((byte) => Math.min(255, (255 - byte) * 3)));
      assert.equal(device.statistics().submits, 1);
      const stamps = stream.stamps(value);
      assert.equal(stamps?.length, 4);
      assert.deepEqual(stamps, stamps?.toSorted((a, b) => a - b));
      assert.ok(stamps!.at(-1)! > 0);
      await device.close();
    });

    it("has a limit of what is in flight, and of what is staged, and never waits", { timeout: 60000 }, async () => {
      const device = openTestGpu(found);
      const stream = device.openStream({ inFlightMax: 2, stagingBytes: 8192 });
      const pipeline = device.createPipeline(shaderWords("gain.comp"));
      // So much that the host is faster than the device.
      const [bytes, rounds] = found.type === "cpu" ? [1 << 22, 20] : [1 << 26, 1000];
      const [source, target] = [device.createBuffer(bytes), device.createBuffer(bytes)];
      const run = (): void => {
        for (let i = 0; i < rounds; i++) {
          stream.dispatch({
            pipeline: pipeline.handle,
            groups: [bytes / 16 / 256, 1, 1],
            bindings: buffersAt(source.handle, target.handle),
            push: Uint32Array.of(bytes / 16, 2),
          });
        }
      };
      assert.ok(stream.begin());
      run();
      assert.ok(stream.upload({ handle: target.handle }, new Uint8Array(5000)));
      assert.equal(stream.upload({ handle: target.handle }, new Uint8Array(5000)), false);
      assert.throws(() => stream.upload({ handle: target.handle }, new Uint8Array(8193)), { code: "out_of_space" });
      stream.submit();
      assert.ok(stream.begin());
      run();
      const second = stream.submit();
      assert.equal(stream.begin(), false);
      assert.throws(() => stream.submit(), { code: "empty" });
      assert.equal(stream.wait(second, 0n), false);
      assert.throws(() => stream.wait(second, 100_000_001n), { code: "out_of_range" });
      assert.throws(() => stream.tryClose(100_000_001n), { code: "out_of_range" });
      await stream.done(second);
      assert.ok(stream.begin());
      assert.ok(stream.upload({ handle: target.handle }, new Uint8Array(5000)));
      await stream.done(stream.submit());
      await device.close();
    });

    it("draws, and samples an image", { timeout: 60000 }, async () => {
      const device = openTestGpu(found);
      const stream = device.openStream({ stagingBytes: 4096 });
      const image = device.createImage(4, 4, "rgba8");
      const drawn = device.createImage(4, 4, "rgba8");
      const sampler = device.createSampler("nearest");
      const result = device.createBuffer(64, "download");
      const pipeline = device.createPipeline(shaderWords("mix.frag"), { target: "rgba8", blend: "replace" });
      stream.begin();
      stream.upload({ handle: image.handle }, new Uint8Array(64).fill(200));
      stream.draw({
        pipeline: pipeline.handle,
        target: { handle: drawn.handle },
        load: "discard",
        bindings: [{ binding: 0, place: { handle: image.handle }, sampler: sampler.handle }],
        push: Float32Array.of(1),
      });
      stream.copy({ handle: drawn.handle }, { handle: result.handle });
      await stream.done(stream.submit());
      const out = new Uint8Array(64);
      assert.ok(result.read(0, out));
      assert.deepEqual([...out.subarray(0, 16)], [
        200,
        200,
        255,
        255,
        200,
        200,
        255,
        255,
        100,
        100,
        255,
        255,
        100,
        100,
        255,
        255,
      ]);
      await device.close();
    });

    it("says what is wrong with a command, and goes on", { timeout: 60000 }, async () => {
      const device = openTestGpu(found);
      const stream = device.openStream({ stagingBytes: 4096 });
      const silent = device.openStream();
      const pipeline = device.createPipeline(shaderWords("invert.comp"));
      const buffer = device.createBuffer(256);
      const upload = device.createBuffer(256, "upload");
      const pool = device.createPool({ slotCount: 2, width: 4, height: 4, format: "rgba8", generation: 1 });
      const bindings = buffersAt(buffer.handle, upload.handle);
      const push = Uint32Array.of(1);
      const [words, dispatch] = [shaderWords("invert.comp"), { pipeline: pipeline.handle, groups: [1, 1, 1] as const }];
      assert.throws(() => stream.dispatch({ ...dispatch, bindings, push }), { code: "empty" });
      assert.throws(() => stream.submit(), { code: "empty" });
      const calls: [() => unknown, string, RegExp][] = [
        [
          () => stream.dispatch({ ...dispatch, bindings }),
          "invalid_argument",
          /push constants are 4 bytes, 0 were given/,
        ],
        [
          () => stream.dispatch({ ...dispatch, bindings: bindings.slice(0, 1), push }),
          "invalid_argument",
          /binding 1 in set 0, "Target", wants 1 of kind storage_buffer, 0 were given/,
        ],
        [
          () => stream.dispatch({ ...dispatch, groups: [1, 0, 1], bindings, push }),
          "invalid_argument",
          /0 workgroups are not 1 to/,
        ],
        [() => stream.dispatch({ ...dispatch, pipeline: 7, bindings, push }), "bad_handle", /handle names nothing/],
        [() => stream.dispatch({ ...dispatch, pipeline: buffer.handle, bindings, push }), "bad_handle", /run a shader/],
        [
          () => stream.copy({ handle: pool.handle, slot: 1 }, { handle: buffer.handle }),
          "invalid_argument",
          /this recording neither reads its frame nor writes it/,
        ],
        [() => stream.copy({ handle: buffer.handle }, { handle: upload.handle }, 257), "invalid_argument", /257 bytes/],
        [() => stream.copy({ handle: buffer.handle }, { handle: upload.handle }), "invalid_argument", /0 bytes/],
        [() => stream.upload({ handle: buffer.handle, offset: 250 }, new Uint8Array(7)), "out_of_range", /limits/],
        [() => stream.write(pool.handle, 2), "out_of_range", /write slot 2/],
        [() => stream.frame(pool.handle, 1), "invalid_argument", /this recording does not write it/],
        [() => silent.upload({ handle: buffer.handle }, push), "invalid_argument", /has no staging memory/],
        [() => silent.stamps(1), "not_supported", /time stamps of submit 1/],
        [() => device.createPipeline(words, { entryPoint: "start" }), "bad_shader", /no compute shader named "start"/],
        [() => device.createPipeline(words, { target: "rgba8" }), "bad_shader", /no fragment shader named "main"/],
        [() => device.createPipeline(words.subarray(0, 4)), "bad_shader", /^Cannot use SPIR-V/],
        [() => device.createBuffer(0), "invalid_argument", /buffer of 0 bytes/],
        [() => device.createImage(1 << 20, 1, "r8"), "not_supported", /1048576 by 1 r8/],
        [() => buffer.read(0, new Uint8Array(1)), "not_supported", /read a buffer/],
        [() => upload.write(255, new Uint8Array(2)), "out_of_range", /write a buffer/],
        [() => upload.write(257, new Uint8Array(0)), "out_of_range", /write a buffer/],
        [() => stream.waitFor(12, 1), "bad_handle", /another stream/],
      ];
      stream.begin();
      silent.begin();
      for (const [call, code, message] of calls) assert.throws(call, { name: "NativeError", code, message });
      const config = { slotCount: 2, width: 4, height: 4, generation: 1 };
      assert.throws(
        () => device.createPool({ ...config, format: "rgb" as never }),
        /format is "rgb", it must be one of r8/,
      );
      assert.throws(() => device.createPool({ ...config, slotCount: 257, format: "r8" }), /slotCount is 257/);
      assert.throws(() => device.openStream({ inFlightMax: 17 }), /inFlightMax is 17/);
      assert.throws(() => device.createBuffer(16, "host" as never), /placement is "host"/);
      assert.throws(() => device.createSampler("cubic" as never), /filter is "cubic"/);
      assert.ok(upload.write(0, push));
      stream.dispatch({ ...dispatch, bindings, push });
      await stream.done(stream.submit());
      silent.abort();
      await device.close();
    });
  });
}
