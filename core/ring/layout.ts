/**
 * The memory of one ring generation, word by word.
 *
 * The same layout is written by the native library (`zig/src/ring.zig`) and by the SharedArrayBuffer twin
 * (`shared_ring.ts`), so that one description, one set of views and one conformance suite serve both. All words are
 * little endian. `docs/internals/rings.md` explains the algorithm.
 *
 * @module
 */
import { StreamError } from "../errors.ts";

/** `"SLRG"` as a little-endian u32. */
export const RING_MAGIC = 0x47524c53;
/** Version of this layout. Rings of different versions are never mixed. */
export const LAYOUT_VERSION = 1;
/** Bytes of the control block. */
export const CONTROL_BYTES = 4096;
/** Where the format descriptor begins in the control block. */
export const FORMAT_OFFSET = 1024;
/** Most bytes of a format descriptor. */
export const FORMAT_BYTES_MAX: number = CONTROL_BYTES - FORMAT_OFFSET;
/** Bytes of one entry of the reader table. */
export const READER_BYTES = 64;
/** Bytes of one slot header. */
export const SLOT_HEADER_BYTES = 128;
/** Fewest and most slots. */
export const SLOTS_MIN = 2;
export const SLOTS_MAX = 256;
/** Most readers. */
export const READERS_MAX = 64;

/** Byte offsets of the words of the control block. */
export const CONTROL = {
  magic: 0,
  layoutVersion: 4,
  slotCount: 8,
  readerMax: 12,
  payloadBytes: 16,
  metadataBytes: 20,
  slotHeaderOffset: 24,
  metadataOffset: 28,
  payloadOffset: 32,
  payloadStride: 36,
  generation: 40,
  successor: 44,
  ended: 48,
  formatBytes: 52,
  writerToken: 64,
  writerPid: 68,
  headSlotPlusOne: 128,
  headSequence: 136,
  doorbell: 192,
  sleepers: 196,
  droppedCount: 256,
  key: 320,
} as const;

/** Byte offsets within an entry of the reader table. */
export const READER = { token: 0, pid: 4, thread: 8, pins: 16 } as const;

/** Byte offsets within a slot header. */
export const SLOT = {
  state: 0,
  flags: 4,
  sequence: 8,
  timestampNs: 16,
  monotonicNs: 24,
  sourceTimestampNs: 32,
  frameNumber: 40,
  taiFrame: 48,
  clockId: 56,
  payloadBytes: 60,
  metadataBytes: 64,
} as const;

/** States of a slot. `probing`: the writer is looking whether a reader has it. */
export const STATE = { empty: 0, writing: 1, committed: 2, probing: 3 } as const;

/** Why a ring ended; 0 while it is open. */
export const ENDED = { open: 0, finished: 1, stopped: 2, failed: 3 } as const;

/** What a ring is made with. */
export interface RingConfig {
  /** 2–256. */
  readonly slotCount: number;
  /** Most readers at a time, 1–64. */
  readonly readerMax: number;
  /** Most payload bytes of one slot. */
  readonly payloadBytes: number;
  /** Most metadata bytes of one slot; a multiple of 64. */
  readonly metadataBytes: number;
  /** Number of this generation of the output's ring, from 1. */
  readonly generation: number;
  /** What every slot holds, as text for other processes; at most {@linkcode FORMAT_BYTES_MAX} bytes of UTF-8. */
  readonly descriptor: string;
}

/** Where things lie in a ring of a given configuration. */
export interface RingPlan {
  readonly slotHeaderOffset: number;
  readonly metadataOffset: number;
  readonly payloadOffset: number;
  readonly payloadStride: number;
  readonly totalBytes: number;
}

function align(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}

/** Where things lie in a ring made with `config`. */
export function planRing(config: RingConfig): RingPlan {
  const slotHeaderOffset = CONTROL_BYTES + config.readerMax * READER_BYTES;
  const metadataOffset = slotHeaderOffset + config.slotCount * SLOT_HEADER_BYTES;
  const payloadOffset = align(metadataOffset + config.slotCount * config.metadataBytes, 4096);
  const payloadStride = align(config.payloadBytes, 4096);
  const totalBytes = payloadOffset + config.slotCount * payloadStride;
  return { slotHeaderOffset, metadataOffset, payloadOffset, payloadStride, totalBytes };
}

/**
 * Refuses a configuration that no ring can have.
 *
 * @throws {StreamError} `ring-invalid` naming the field, its value and its range.
 */
export function checkRingConfig(config: RingConfig): void {
  checkRange("slotCount", config.slotCount, SLOTS_MIN, SLOTS_MAX);
  checkRange("readerMax", config.readerMax, 1, READERS_MAX);
  checkRange("payloadBytes", config.payloadBytes, 1, 0xffff_f000);
  checkRange("metadataBytes", config.metadataBytes, 0, 1 << 20);
  if (config.metadataBytes % 64 !== 0) {
    throw new StreamError(
      "ring-invalid",
      `Cannot make a ring with metadataBytes ${config.metadataBytes}: it must be a multiple of 64`,
    );
  }
  const formatBytes = new TextEncoder().encode(config.descriptor).length;
  if (formatBytes > FORMAT_BYTES_MAX) {
    throw new StreamError(
      "ring-invalid",
      `Cannot make a ring with a descriptor of ${formatBytes} bytes: at most ${FORMAT_BYTES_MAX} fit`,
    );
  }
  const total = planRing(config).totalBytes;
  if (total > 0xffff_ffff) {
    throw new StreamError(
      "ring-invalid",
      `Cannot make a ring of ${total} bytes: ${config.slotCount} slots of ${config.payloadBytes} bytes exceed 4 GiB`,
    );
  }
}

function checkRange(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new StreamError(
    "ring-invalid",
    `Cannot make a ring with ${name} ${value}: it must be an integer from ${min} to ${max}`,
  );
}
