/**
 * A program for tests of memory of a GPU between processes. `gpu_share_program.ts own INDEX` shares a buffer, prints
 * where it is, waits until the other process has written into it, and stays; `closed` shares and closes it, and stays;
 * `read INDEX SHARE` imports one, prints whether it holds what it should, and what was left.
 *
 * @module
 */

import { writeSync } from "node:fs";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { load, type NativeGpuBuffer, type NativeGpuDevice, type NativeGpuStream } from "../mod.ts";
import { pattern } from "./gpu.ts";

/** Of the buffer; no multiple of a page. */
export const sharedBytes = 300_000;

/** What a buffer of the device holds. */
export async function bytesOnDevice(
  device: NativeGpuDevice,
  stream: NativeGpuStream,
  buffer: NativeGpuBuffer,
): Promise<Uint8Array> {
  const seen = device.createBuffer(buffer.bytes, "download");
  stream.begin();
  stream.copy({ handle: buffer.handle }, { handle: seen.handle }, buffer.bytes);
  await stream.done(stream.submit());
  const out = new Uint8Array(buffer.bytes);
  if (!seen.read(0, out)) throw new Error("What was copied is not there");
  seen.close();
  return out;
}

/** Writes into a buffer, on the device, and waits until it is there. */
export async function fillOnDevice(stream: NativeGpuStream, buffer: NativeGpuBuffer, seed: number): Promise<void> {
  stream.begin();
  if (!stream.upload({ handle: buffer.handle }, pattern(buffer.bytes, seed))) throw new Error("No room to upload");
  await stream.done(stream.submit());
}

/** Whether a buffer holds what `fillOnDevice` has written. */
export async function isFilled(
  device: NativeGpuDevice,
  stream: NativeGpuStream,
  buffer: NativeGpuBuffer,
  seed: number,
): Promise<boolean> {
  const seen = await bytesOnDevice(device, stream, buffer);
  return pattern(buffer.bytes, seed).every((byte, i) => byte === seen[i]);
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

if (import.meta.main) {
  const [role, index, share] = process.argv.slice(2);
  const native = load();
  const device = native.gpu.open({ index: Number(index), validate: true });
  const stream = device.openStream({ stagingBytes: 1 << 20 });
  if (role === "read") {
    const buffer = device.importBuffer(JSON.parse(share));
    const isThere = await isFilled(device, stream, buffer, 1);
    buffer.close();
    await stream.close();
    await device.close();
    const { openDevices, leaked, messages } = native.gpu.totals();
    say(`read ${JSON.stringify([isThere, openDevices, leaked, messages])}`);
    process.exit(0);
  }
  const buffer = device.createBuffer(sharedBytes, "device", { exported: true });
  await fillOnDevice(stream, buffer, 1);
  say(`share ${JSON.stringify(buffer.share())}`);
  if (role === "closed") {
    buffer.close();
    await stream.close();
    say("closed");
  } else {
    while (!await isFilled(device, stream, buffer, 2)) await setTimeout(5);
    say("seen");
  }
  setInterval(() => {}, 1000);
}
