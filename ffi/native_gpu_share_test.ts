import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import process from "node:process";
import type { NativeGpuShare } from "./mod.ts";
import { Child, runtimeNames } from "./testing/child.ts";
import { assertNothingLeft, findTestGpu, openTestGpu } from "./testing/gpu.ts";
import { fillOnDevice, isFilled, sharedBytes } from "./testing/gpu_share_program.ts";

const found = findTestGpu();
const program = "./gpu_share_program.ts";
const start = "share ";

async function shareOf(child: Child): Promise<NativeGpuShare> {
  return JSON.parse((await child.line(start)).slice(start.length));
}

if (found !== undefined && !found.hasSharedMemory) {
  describe("memory of a GPU between processes", () => {
    it("is refused by a driver that does not pass it on", () => {
      const device = openTestGpu(found);
      assert.throws(() => device.createBuffer(64, "device", { exported: true }), { code: "not_supported" });
      assert.ok(device.tryClose());
    });
  });
}

if (found?.hasSharedMemory === true) {
  describe("memory of a GPU between processes", () => {
    after(assertNothingLeft);

    it("is read and written by both, and stays when its owner is killed", { timeout: 60000 }, async () => {
      for (const runtime of runtimeNames) {
        const child: Child = new Child(runtime, program, ["own", String(found.index)]);
        const share = await shareOf(child);
        assert.equal(share.pid, child.process.pid);
        assert.deepEqual([share.bytes, share.deviceUuid, share.driverUuid], [
          sharedBytes,
          found.uuid,
          found.driverUuid,
        ]);
        const device = openTestGpu(found);
        const stream = device.openStream({ stagingBytes: 1 << 20 });
        const [buffer, again] = [device.importBuffer(share), device.importBuffer(share)];
        assert.equal(buffer.bytes, sharedBytes);
        assert.ok(await isFilled(device, stream, buffer, 1));
        await fillOnDevice(stream, buffer, 2);
        await child.line("seen");
        assert.ok(await isFilled(device, stream, again, 2));
        again.close();
        await child.kill();
        assert.ok(await isFilled(device, stream, buffer, 2));
        await fillOnDevice(stream, buffer, 3);
        assert.ok(await isFilled(device, stream, buffer, 3));
        assert.throws(() => device.importBuffer(share), {
          name: "NativeError",
          code: "gone",
          message: `Cannot import memory of process ${share.pid}: it has ended`,
        });
        buffer.close();
        assert.equal(device.statistics().usedCount, 1); // The staging memory.
        await device.close();
        assertNothingLeft();
      }
    });

    it("goes to a child of its owner", { timeout: 60000 }, async () => {
      const device = openTestGpu(found);
      const stream = device.openStream({ stagingBytes: 1 << 20 });
      const buffer = device.createBuffer(sharedBytes, "device", { exported: true });
      await fillOnDevice(stream, buffer, 1);
      const share = buffer.share();
      assert.equal(share.pid, process.pid);
      assert.deepEqual(buffer.share(), share);
      for (const runtime of runtimeNames) {
        const child: Child = new Child(runtime, program, ["read", String(found.index), JSON.stringify(share)]);
        assert.equal(await child.line("read "), "read [true,0,0,0]");
        await child.ended();
      }
      await device.close();
    });

    it("is gone for others when its owner has closed it", { timeout: 60000 }, async () => {
      const child: Child = new Child(runtimeNames[0], program, ["closed", String(found.index)]);
      const share = await shareOf(child);
      await child.line("closed");
      const device = openTestGpu(found);
      assert.throws(() => device.importBuffer(share), {
        code: "gone",
        message: /^Cannot import memory of process [0-9]+: that process has ended or closed it$/,
      });
      await child.kill();
      await device.close();
    });

    it("says what is wrong with a share, and leaves no descriptor behind", { timeout: 60000 }, async () => {
      const [device, other] = [openTestGpu(found), openTestGpu(found)];
      const stream = device.openStream({ stagingBytes: 1 << 20 });
      const reader = other.openStream();
      const buffer = device.createBuffer(sharedBytes, "device", { exported: true });
      await fillOnDevice(stream, buffer, 4);
      const share = buffer.share();
      const cases: [Partial<NativeGpuShare>, string, RegExp][] = [
        [{ deviceUuid: "0".repeat(32) }, "wrong_device", /it is of device 0{32} with driver [0-9a-f]{32}, this is/],
        [{ driverUuid: "1".repeat(32) }, "wrong_device", /with driver 1{32}, this is/],
        [{ fd: share.tagFd, tagFd: share.fd }, "gone", /closed it/],
        [{ key: "0".repeat(32) }, "gone", /closed it/],
        [{ fd: 0x7fffffff }, "gone", /closed it/],
        [{ tagFd: 0x7fffffff }, "gone", /closed it/],
        [{ pid: 0x7fffffff }, "gone", /process 2147483647: it has ended/],
        [{ bytes: share.memoryBytes + 1, memoryBytes: share.memoryBytes + 1 }, "invalid_argument", /size or type/],
        [{ memoryBytes: share.memoryBytes + 4096 }, "invalid_argument", /says something else of its size or type/],
        [{ memoryType: 31 }, "invalid_argument", /says something else/],
      ];
      const descriptors = (): number => readdirSync("/proc/self/fd").length;
      for (let round = 0; round < 2; round++) {
        const before = descriptors();
        for (const [change, code, message] of cases) {
          assert.throws(() => other.importBuffer({ ...share, ...change }), { name: "NativeError", code, message });
        }
        for (let i = 0; i < 20; i++) {
          const one = device.createBuffer(4096, "device", { exported: true });
          const two = other.importBuffer(one.share());
          one.close();
          two.close();
        }
        // The first round is for what the runtime opens for itself.
        if (round === 1) assert.equal(descriptors(), before);
      }
      assert.throws(() => other.importBuffer({ ...share, pid: 0 }), { name: "RangeError", message: /pid is 0/ });
      assert.throws(() => other.importBuffer({ ...share, memoryBytes: 1 }), /memoryBytes is 1/);
      assert.throws(() => other.importBuffer({ ...share, key: "x" }), { name: "TypeError", message: /key is "x"/ });
      assert.throws(() => device.createBuffer(64).share(), {
        code: "invalid_argument",
        message: /it was not created to be exported/,
      });
      assert.throws(() => device.createBuffer(64, "upload", { exported: true }), { message: /placement is "upload"/ });
      assert.throws(() => device.createBuffer(0, "device", { exported: true }), { code: "invalid_argument" });
      // Between two devices of one process, which know nothing of each other.
      const imported = other.importBuffer(share);
      buffer.close();
      assert.throws(() => buffer.share(), { code: "bad_handle" });
      await device.close();
      assert.ok(await isFilled(other, reader, imported, 4));
      assert.throws(() => imported.share(), { code: "invalid_argument" });
      await other.close();
    });
  });
}
