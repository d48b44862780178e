/**
 * What the library says of GPUs. See zig/src/gpu_object/layout.zig.
 *
 * @module
 */

import {
  gpuDeviceStatisticsLayout as statisticsLayout,
  gpuFrameLayout as frameLayout,
  gpuInfoLayout as infoLayout,
  gpuTotalsLayout as totalsLayout,
} from "./abi.gen.ts";

/** What a device is; `cpu` is a software device. */
export type NativeGpuType = "discrete" | "integrated" | "virtual" | "cpu" | "other";

/** A device of the machine. */
export interface NativeGpuInfo {
  /** Its place in the driver's list, from 0. */
  readonly index: number;
  /** As the driver calls it. */
  readonly name: string;
  /** What it is. */
  readonly type: NativeGpuType;
  /** 32 digits; the same for the same device in every process and after every start of the machine. */
  readonly uuid: string;
  /** 32 digits; frames mean something only where the driver is the same too. */
  readonly driverUuid: string;
  /** Name and version of the driver. */
  readonly driver: string;
  /** Version of Vulkan that it speaks: `1.3.230`. */
  readonly apiVersion: string;
  /** Of the vendor, as PCI counts. */
  readonly vendorId: number;
  /** Of the device, as its vendor counts. */
  readonly deviceId: number;
  /** Push constants of a shader at most. */
  readonly pushBytesMax: number;
  /** Width and height of an image at most. */
  readonly sideMax: number;
  /** Whether its memory can be passed between processes. */
  readonly hasSharedMemory: boolean;
  /** What it has not got and the library needs; undefined if it can be opened. */
  readonly lack: string | undefined;
}

/** Whether a device works. `abandoned`: it did not answer within its bounded time, and is called no more. */
export type NativeGpuHealth = "working" | "lost" | "abandoned";

/** What an open device holds and has done. */
export interface NativeGpuDeviceStatistics {
  /** Whether it works. */
  readonly health: NativeGpuHealth;
  /** Bytes that the driver has given. */
  readonly allocatedBytes: number;
  /** Bytes of these that buffers and images have. */
  readonly usedBytes: number;
  /** The most that was ever used. */
  readonly usedBytesMax: number;
  /** Buffers and images. */
  readonly usedCount: number;
  /** Allocations by the driver. */
  readonly allocationCount: number;
  /** Submits of all streams. */
  readonly submits: number;
  /** Streams that are open. */
  readonly streams: number;
  /** Pools, pipelines, buffers, images and samplers, also closed ones while the device works with them. */
  readonly resources: number;
  /** Messages of the validation layer: 0 without `validate`. */
  readonly messages: number;
  /** The first of them. */
  readonly message: string | undefined;
}

/** What all closed devices of this process have left: nothing, unless there is a mistake in the library. */
export interface NativeGpuTotals {
  /** Devices that are open. */
  readonly openDevices: number;
  /** Buffers and images that closed devices still had. */
  readonly leaked: number;
  /** Messages of the validation layer. */
  readonly messages: number;
  /** The first of them. */
  readonly message: string | undefined;
}

/** How the pixels of an image lie: 8 and 16 bits are shares of 1, floats are what they are. */
export type NativeGpuFormat =
  | "r8"
  | "rg8"
  | "rgba8"
  | "bgra8"
  | "r16"
  | "rgba16"
  | "rgba16-float"
  | "rgba32-float";

/** What a slot of a ring says of its picture. */
export interface NativeGpuFrame {
  /** 32 digits, as in {@link NativeGpuInfo}. */
  readonly deviceUuid: string;
  /** The pool that it lies in, a handle of its process. */
  readonly pool: number;
  /** Of the ring. */
  readonly generation: number;
  /** Of the pool. */
  readonly slot: number;
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** Of its pixels. */
  readonly format: NativeGpuFormat;
  /** The picture is there when its writer's stream has reached this value. */
  readonly value: number;
  /** The process that made it. */
  readonly pid: number;
}

/** Types as the library numbers them. */
export const gpuTypes: readonly NativeGpuType[] = ["discrete", "integrated", "virtual", "cpu", "other"];

/** Formats as the library numbers them. */
export const gpuFormats: readonly NativeGpuFormat[] = [
  "r8",
  "rg8",
  "rgba8",
  "bgra8",
  "r16",
  "rgba16",
  "rgba16-float",
  "rgba32-float",
];

const healths: readonly NativeGpuHealth[] = ["working", "lost", "abandoned"];

/** Bytes of a frame in a slot of a ring. */
export const gpuFrameBytes: number = frameLayout.structBytes;

/** The text in a field that ends with a zero byte. */
export function textOf(view: DataView<ArrayBuffer>, offset: number, bytesMax: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, bytesMax);
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(bytes.subarray(0, end < 0 ? bytesMax : end));
}

/** The 32 hexadecimal digits of 16 bytes. */
export function digitsOf(view: DataView, offset: number): string {
  const digits = Array.from({ length: 16 }, (_, i) => view.getUint8(offset + i).toString(16).padStart(2, "0"));
  return digits.join("");
}

/**
 * Writes 16 bytes that are given by 32 hexadecimal digits; hyphens are passed over.
 *
 * @param action What they are for, as it stands after "Cannot".
 * @throws {TypeError} If they are no such digits; it names the option.
 */
export function putDigits(view: DataView, offset: number, name: string, text: string, action: string): void {
  const digits = String(text).replaceAll("-", "");
  if (!/^[0-9a-fA-F]{32}$/.test(digits)) {
    throw new TypeError(`Cannot ${action}: ${name} is "${text}", it must be 32 hexadecimal digits`);
  }
  for (let i = 0; i < 16; i++) view.setUint8(offset + i, Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}

/** Reads a struct GpuInfo that begins at `base`. */
export function decodeGpuInfo(view: DataView<ArrayBuffer>, base: number = 0): NativeGpuInfo {
  const word = (offset: number): number => view.getUint32(base + offset, true);
  const at = infoLayout;
  const version = word(at.apiVersion);
  const lack = textOf(view, base + at.lack, at.structBytes - at.lack);
  return {
    index: word(at.index),
    name: textOf(view, base + at.name, at.driver - at.name),
    type: gpuTypes[word(at.kind)],
    uuid: digitsOf(view, base + at.uuid),
    driverUuid: digitsOf(view, base + at.driverUuid),
    driver: textOf(view, base + at.driver, at.lack - at.driver),
    apiVersion: `${version >>> 22 & 0x7f}.${version >>> 12 & 0x3ff}.${version & 0xfff}`,
    vendorId: word(at.vendorId),
    deviceId: word(at.deviceId),
    pushBytesMax: word(at.pushBytesMax),
    sideMax: word(at.sideMax),
    hasSharedMemory: word(at.hasMemoryFd) === 1,
    lack: lack === "" ? undefined : lack,
  };
}

/** Reads a struct GpuDeviceStatistics. */
export function decodeGpuStatistics(view: DataView<ArrayBuffer>): NativeGpuDeviceStatistics {
  const word = (offset: number): number => view.getUint32(offset, true);
  const long = (offset: number): number => Number(view.getBigUint64(offset, true));
  const at = statisticsLayout;
  const messages = word(at.messages);
  return {
    health: healths[word(at.health)],
    allocatedBytes: long(at.allocatedBytes),
    usedBytes: long(at.usedBytes),
    usedBytesMax: long(at.usedBytesMax),
    usedCount: word(at.usedCount),
    allocationCount: word(at.allocationCount),
    submits: long(at.submits),
    streams: word(at.streams),
    resources: word(at.resources),
    messages,
    message: messages === 0 ? undefined : textOf(view, at.message, at.structBytes - at.message),
  };
}

/** Reads a struct GpuTotals. */
export function decodeGpuTotals(view: DataView<ArrayBuffer>): NativeGpuTotals {
  const at = totalsLayout;
  const messages = view.getUint32(at.messages, true);
  return {
    openDevices: view.getUint32(at.openDevices, true),
    leaked: view.getUint32(at.leaked, true),
    messages,
    message: messages === 0 ? undefined : textOf(view, at.message, at.structBytes - at.message),
  };
}

/** The pool of the picture that a slot of a ring names. @param bytes 72 of them. */
export function gpuFramePool(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(frameLayout.pool, true);
}

/**
 * Reads what a slot of a ring says of its picture.
 *
 * @param bytes 72 of them.
 */
export function decodeGpuFrame(bytes: Uint8Array): NativeGpuFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, gpuFrameBytes);
  const at = frameLayout;
  return {
    deviceUuid: digitsOf(view, at.deviceUuid),
    pool: view.getUint32(at.pool, true),
    generation: view.getUint32(at.generation, true),
    slot: view.getUint32(at.slot, true),
    width: view.getUint32(at.width, true),
    height: view.getUint32(at.height, true),
    format: gpuFormats[view.getUint32(at.format, true)],
    value: Number(view.getBigUint64(at.value, true)),
    pid: view.getUint32(at.process, true),
  };
}
