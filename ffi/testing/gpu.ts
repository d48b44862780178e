/**
 * What tests of GPUs share.
 *
 * @module
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import process from "node:process";
import { reportAbsence } from "../../tests/needs.ts";
import { load, type NativeGpuDevice, type NativeGpuInfo, type NativeGpuWish } from "../mod.ts";

/**
 * The device for tests: the one that STREAMLIB_TEST_GPU names by a part of its name, else the software device, else
 * any. Undefined where there is none, and it says so loudly; in CI it throws.
 */
export function findTestGpu(): NativeGpuInfo | undefined {
  let why = "no device that fits";
  try {
    const name = process.env.STREAMLIB_TEST_GPU;
    const fit = load().gpu.list().filter(({ lack }) => lack === undefined);
    const found = name === undefined
      ? fit.find(({ type }) => type === "cpu") ?? fit[0]
      : fit.find((device) => device.name.toLowerCase().includes(name.toLowerCase()));
    if (found !== undefined) {
      // The layer is as needed as the device.
      assert.ok(load().gpu.open({ index: found.index, validate: true }).tryClose());
      return found;
    }
  } catch (error) {
    why = String(error);
  }
  reportAbsence(`for GPUs: ${why}`);
  return undefined;
}

/** Opens the device of tests, with the validation layer. */
export function openTestGpu(info: NativeGpuInfo, wish: NativeGpuWish = {}): NativeGpuDevice {
  return load().gpu.open({ index: info.index, validate: true, ...wish });
}

/** A compiled shader of the library's own tests. */
export function shaderWords(name: string): Uint32Array {
  const bytes = readFileSync(new URL(`../../zig/src/gpu/testdata/${name}.spv`, import.meta.url));
  return new Uint32Array(new Uint8Array(bytes).buffer);
}

/** Bytes that are not all alike. */
export function pattern(length: number, seed: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * 7 + seed) & 0xff);
}

/** Asserts that closed devices have left nothing, and that the validation layer has had nothing to say. */
export function assertNothingLeft(): void {
  assert.deepEqual(load().gpu.totals(), { openDevices: 0, leaked: 0, messages: 0, message: undefined });
}
