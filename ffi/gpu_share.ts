/**
 * Where other processes find memory of a GPU. See zig/src/gpu_object/share.zig.
 *
 * @module
 */

import { gpuShareLayout as layout } from "./abi.gen.ts";
import { digitsOf, putDigits } from "./gpu_description.ts";
import { StructWriter } from "./stream_format.ts";

/**
 * Memory of a buffer that another process of the same user may have too: plain JSON, good until the buffer is closed or
 * its process ends. Only {@link NativeGpuDevice.importBuffer} reads it.
 */
export interface NativeGpuShare {
  /** 32 digits: only this device has it. */
  readonly deviceUuid: string;
  /** 32 digits: and only by this driver. */
  readonly driverUuid: string;
  /** The process that shares it. */
  readonly pid: number;
  /** Its descriptor there. */
  readonly fd: number;
  /** The descriptor there of what proves that `fd` is what was meant. */
  readonly tagFd: number;
  /** 32 digits, by chance: what stands in it. */
  readonly key: string;
  /** Of the buffer. */
  readonly bytes: number;
  /** Of its memory, which may be more. */
  readonly memoryBytes: number;
  /** As the driver counts. */
  readonly memoryType: number;
}

/** Room for a struct GpuShare. */
export function shareView(): DataView<ArrayBuffer> {
  return new DataView(new ArrayBuffer(layout.structBytes));
}

/** Reads a struct GpuShare. */
export function decodeShare(view: DataView<ArrayBuffer>): NativeGpuShare {
  return {
    deviceUuid: digitsOf(view, layout.deviceUuid),
    driverUuid: digitsOf(view, layout.driverUuid),
    pid: view.getUint32(layout.process, true),
    fd: view.getUint32(layout.fd, true),
    tagFd: view.getUint32(layout.tagFd, true),
    key: digitsOf(view, layout.key),
    bytes: Number(view.getBigUint64(layout.bytes, true)),
    memoryBytes: Number(view.getBigUint64(layout.memoryBytes, true)),
    memoryType: view.getUint32(layout.memoryType, true),
  };
}

/**
 * Writes a struct GpuShare.
 *
 * @throws {RangeError | TypeError} For a member that cannot be; it is named.
 */
export function encodeShare(share: NativeGpuShare): DataView<ArrayBuffer> {
  const action = "import memory of a GPU";
  const writer = new StructWriter(layout.structBytes, action);
  putDigits(writer.view, layout.deviceUuid, "deviceUuid", share.deviceUuid, action);
  putDigits(writer.view, layout.driverUuid, "driverUuid", share.driverUuid, action);
  putDigits(writer.view, layout.key, "key", share.key, action);
  writer.number(layout.process, "pid", share.pid, 1, 0x7fffffff);
  writer.number(layout.fd, "fd", share.fd, 0, 0x7fffffff);
  writer.number(layout.tagFd, "tagFd", share.tagFd, 0, 0x7fffffff);
  writer.number(layout.bytes, "bytes", share.bytes, 1);
  writer.number(layout.memoryType, "memoryType", share.memoryType);
  const { memoryBytes } = share;
  if (!Number.isSafeInteger(memoryBytes) || memoryBytes < share.bytes) {
    throw new RangeError(
      `Cannot ${action}: memoryBytes is ${String(memoryBytes)}, it must be an integer from bytes on`,
    );
  }
  writer.view.setBigUint64(layout.memoryBytes, BigInt(memoryBytes), true);
  return writer.view;
}
