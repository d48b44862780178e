import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { load, type NativeGpuWish } from "./mod.ts";
import { Child, runtimeNames } from "./testing/child.ts";
import { assertNothingLeft, findTestGpu, openTestGpu, pattern, shaderWords } from "./testing/gpu.ts";
import type { GpuShareReport, GpuShareTask } from "./testing/gpu_share_worker.ts";
import type { GpuTask } from "./testing/gpu_worker.ts";

const native = load();
const found = findTestGpu();

function refused(wish: NativeGpuWish): string {
  try {
    assert.ok(native.gpu.open(wish).tryClose());
  } catch (error) {
    return `${(error as { code?: unknown }).code}: ${(error as Error).message}`;
  }
  return "nothing";
}

describe("NativeGpu without a driver", () => {
  it("says what to install", { timeout: 60000 }, async () => {
    const environment = { VK_ICD_FILENAMES: "/nonexistent", VK_DRIVER_FILES: "/nonexistent" };
    const child = new Child(runtimeNames[0], "./gpu_list_program.ts", [], environment);
    await child.ended();
    assert.equal(child.lines.length, 2);
    for (const line of child.lines) {
      assert.match(line, /^(no_device: Cannot find a GPU: the Vulkan loader has no driver|no_vulkan: Cannot open)/);
      assert.match(line, /apt install/);
    }
  });

  it("describes shaders all the same", () => {
    const invert = native.gpu.reflect(shaderWords("invert.comp"));
    assert.deepEqual(invert.entryPoints, [{ name: "main", stage: "compute", workgroup: [256, 1, 1] }]);
    assert.deepEqual(invert.bindings.map(({ set, binding, kind, name }) => [set, binding, kind, name]), [
      [0, 0, "storage_buffer", "Source"],
      [0, 1, "storage_buffer", "Target"],
    ]);
    assert.equal(invert.pushConstants?.bytes, 4);
    assert.deepEqual(invert.pushConstants?.members.map(({ name, offset, base }) => [name, offset, base]), [
      ["count", 0, "uint"],
    ]);
    const all = native.gpu.reflect(shaderWords("reflect.comp"));
    assert.equal(all.bindings.length, 6);
    const settings = all.bindings.find(({ name }) => name === "Settings" || name === "settings");
    assert.deepEqual(settings?.block.members.find(({ name }) => name === "light.power")?.base, "float");
    assert.equal(native.gpu.reflect(shaderWords("effect.comp")).pushConstants, undefined);
    assert.throws(() => native.gpu.reflect(Uint32Array.of(1, 2, 3)), {
      code: "bad_shader",
      message: /^Cannot use SPIR-V/,
    });
    assert.throws(() => native.gpu.reflect(new Uint32Array(0)), { code: "bad_shader" });
  });

  it("names an option that cannot be", () => {
    assert.match(refused({ uuid: "12" }), /uuid is "12", it must be 32 hexadecimal digits/);
    assert.match(refused({ index: -1 }), /index is -1/);
    assert.match(refused({ waitMs: 0 }), /waitMs is 0, it must be an integer from 1 to 600000/);
    assert.match(refused({ name: "x".repeat(257) }), /name has 257 bytes/);
    assert.match(refused({ type: "fast" as never }), /type is "fast", it must be one of discrete/);
    assert.throws(() => native.gpu.attach(0), { code: "bad_handle" });
  });
});

if (found !== undefined) {
  describe("NativeGpu", () => {
    after(assertNothingLeft);

    it("lists the devices of the machine", () => {
      const devices = native.gpu.list();
      assert.deepEqual(devices.map(({ index }) => index), devices.map((_, i) => i));
      const device = devices[found.index];
      assert.deepEqual(device, found);
      assert.ok(device.name.length > 0 && device.driver.length > 0 && device.sideMax >= 4096);
      assert.match(device.uuid, /^[0-9a-f]{32}$/);
      assert.match(device.apiVersion, /^1\.[2-9]\.[0-9]+$/);
      assert.ok(device.pushBytesMax >= 128);
    });

    it("opens by index, part of the name, type and uuid", () => {
      for (
        const wish of [
          { index: found.index },
          { name: found.name.slice(1, 6).toUpperCase() },
          { type: found.type },
          { uuid: found.uuid },
          { uuid: found.uuid.replace(/^(.{8})(.{4})/, "$1-$2-").toUpperCase(), index: found.index, type: found.type },
        ]
      ) {
        const device = native.gpu.open(wish);
        assert.equal(device.info.type, found.type);
        assert.equal(device.statistics().health, "working");
        assert.ok(device.tryClose());
        assert.ok(device.tryClose());
        assert.throws(() => device.statistics(), { code: "bad_handle" });
      }
    });

    it("says which devices there are if none fits", () => {
      const name = found.name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      assert.match(
        refused({ name: "no such card" }),
        new RegExp(`^no_such_device: Cannot find a GPU named "no such card": this machine has .*${name}`),
      );
      assert.match(refused({ index: 77 }), /^no_such_device: Cannot find a GPU of index 77/);
      assert.match(refused({ uuid: "0".repeat(32) }), /^no_such_device: Cannot find a GPU with uuid 0{32}: this/);
      const other = found.type === "virtual" ? "discrete" : "virtual";
      assert.match(refused({ index: found.index, type: other }), new RegExp(`of type ${other}: this machine has`));
    });

    it("says so if there is no validation layer", { timeout: 60000 }, async () => {
      const child = new Child(runtimeNames[0], "./gpu_list_program.ts", [], { VK_LAYER_PATH: "/nonexistent" });
      await child.ended();
      assert.equal(child.lines[0], "nothing");
      assert.match(child.lines[1], /^not_supported: Cannot validate Vulkan calls: there is no VK_LAYER_KHRONOS/);
    });

    it("closes in any order, with work under way, and leaves nothing", { timeout: 60000 }, async () => {
      for (const order of ["device first", "stream last", "stream first"]) {
        const device = openTestGpu(found);
        const pool = device.createPool({ slotCount: 3, width: 256, height: 256, format: "rgba8", generation: 1 });
        const pipeline = device.createPipeline(shaderWords("invert.comp"));
        const buffers = [device.createBuffer(1 << 18), device.createBuffer(1 << 18, "download")];
        const image = device.createImage(64, 64, "rgba16-float");
        const sampler = device.createSampler("nearest", "mirror");
        const stream = device.openStream({ stagingBytes: 1 << 18 });
        stream.begin();
        stream.upload({ handle: buffers[0].handle }, new Uint8Array(1 << 18));
        stream.dispatch({
          pipeline: pipeline.handle,
          groups: [64, 1, 1],
          bindings: buffers.map(({ handle }, binding) => ({ binding, place: { handle } })),
          push: Uint32Array.of(1 << 14),
        });
        stream.write(pool.handle, 2);
        stream.copy({ handle: buffers[1].handle }, { handle: pool.handle, slot: 2 });
        stream.submit();
        assert.equal(device.statistics().resources, 6);
        const parts = [pool, pipeline, ...buffers, image, sampler];
        if (order === "device first") await device.close();
        if (order === "stream first") await stream.close();
        for (const part of parts) part.close();
        if (order !== "device first") {
          assert.throws(() => buffers[1].read(0, new Uint8Array(1)), { code: "bad_handle" });
        }
        await stream.close();
        await device.close();
        for (const part of parts) part.close();
        assert.throws(() => stream.begin(), { code: "bad_handle" });
        assert.throws(() => device.createBuffer(16), { code: "bad_handle" });
        assertNothingLeft();
      }
    });

    it("keeps what was closed for as long as the device works with it", { timeout: 60000 }, async () => {
      const device = openTestGpu(found);
      const stream = device.openStream();
      const pipeline = device.createPipeline(shaderWords("invert.comp"));
      const [source, target] = [device.createBuffer(4096, "upload"), device.createBuffer(4096, "download")];
      stream.begin();
      stream.dispatch({
        pipeline: pipeline.handle,
        groups: [1, 1, 1],
        bindings: [source, target].map(({ handle }, binding) => ({ binding, place: { handle } })),
        push: Uint32Array.of(256),
      });
      pipeline.close();
      source.close();
      assert.equal(device.statistics().resources, 3);
      const value = stream.submit();
      await stream.done(value);
      assert.equal(device.statistics().resources, 1);
      const out = new Uint8Array(4096);
      assert.ok(target.read(0, out));
      assert.ok(out.every((byte) => byte === 255));
      await device.close();
    });

    it("closes what a worker left open that was terminated", { timeout: 60000 }, async () => {
      const shared = openTestGpu(found);
      const workerData: GpuTask = { index: found.index, shared: shared.handle };
      const worker = new Worker(new URL("./testing/gpu_worker.ts", import.meta.url), { workerData });
      assert.deepEqual(await once(worker, "message"), ["open"]);
      assert.equal(native.gpu.totals().openDevices, 2);
      await worker.terminate();
      while (native.gpu.totals().openDevices > 1 || shared.statistics().streams > 0) await setTimeout(5);
      while (shared.statistics().resources > 0) await setTimeout(5);
      assert.equal(shared.statistics().usedCount, 0);
      await shared.close();
      assertNothingLeft();
    });

    it("is shared by threads that want to: one reads what others write", { timeout: 60000 }, async () => {
      const wish: NativeGpuWish = { index: found.index, validate: true, share: true };
      const alone = openTestGpu(found);
      const workers = [1, 2].map((seed) => {
        const workerData: GpuShareTask = { wish, seed };
        return new Worker(new URL("./testing/gpu_share_worker.ts", import.meta.url), { workerData });
      });
      const reports = workers.map((worker) => once(worker, "message"));
      const device = native.gpu.open(wish);
      const stream = device.openStream();
      const buffer = device.createBuffer(1024, "download");
      for (const [i, report] of reports.entries()) {
        const [{ device: handle, frame, pool }] = await report as [GpuShareReport];
        assert.equal(handle, device.handle);
        assert.notEqual(handle, alone.handle);
        assert.ok(stream.begin());
        stream.copy({ handle: pool, slot: stream.read(frame) }, { handle: buffer.handle });
        await stream.done(stream.submit());
        const out = new Uint8Array(1024);
        assert.ok(buffer.read(0, out));
        assert.deepEqual(out, pattern(1024, i + 1));
      }
      assert.equal(native.gpu.totals().openDevices, 2);
      const other = native.gpu.open({ ...wish, waitMs: 4000 });
      assert.notEqual(other.handle, device.handle);
      await other.close();
      for (const worker of workers) {
        const closed = once(worker, "message");
        worker.postMessage("close");
        assert.deepEqual(await closed, ["closed"]);
        await worker.terminate();
      }
      assert.equal(device.statistics().health, "working");
      await device.close();
      assert.throws(() => device.statistics(), { code: "bad_handle" });
      await alone.close();
      assertNothingLeft();
    });

    it("abandons a device whose shader never ends, while the event loop lives", { timeout: 60000 }, async () => {
      const child = new Child(runtimeNames[0], "./gpu_endless_program.ts", [String(found.index)]);
      const line = await child.line("report ");
      assert.deepEqual(JSON.parse(line.slice("report ".length)), {
        isClosedEarly: false,
        isReachedEarly: false,
        outcome: "device_abandoned",
        hasTurned: true,
        afterwards: ["device_abandoned", "device_abandoned", "device_abandoned", "device_abandoned"],
        health: "abandoned",
        isSharedBefore: true,
        isSharedAfter: false,
        isCopied: true,
        left: [0, 0, 0],
      });
      await child.ended();
    });
  });
}
