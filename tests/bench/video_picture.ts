/**
 * The pictures of the benchmarks of streams: 59.94 Hz, 4:2:2 of 10 bits, in the slots of rings.
 *
 * @module
 */
import { frameBytes, type PixelFormat, planesOf, type VideoFormat, videoFormat } from "@streamlib/core";
import { type Native, type NativePixelFormat, type NativeRing, ringControlLayout } from "@streamlib/ffi";

/** 59.94 Hz. */
export const RATE = { num: 60_000, den: 1001 } as const;
/** Of a frame, ns. */
export const PERIOD_NS: number = (1e9 * RATE.den) / RATE.num;
/** 4:2:2 of 10 bits as it lies on the wire. */
export const GROUPS: PixelFormat = "pgroup/YCbCr-4:2:2/10";

/** What a picture is, and how it lies in a ring. */
export interface PictureOptions {
  readonly width: number;
  readonly height: number;
  readonly pixelFormat: PixelFormat;
}

/** A picture as rings and native threads are told of it. */
export interface Picture {
  readonly format: VideoFormat;
  /** Of a frame. */
  readonly bytes: number;
  /** Of the planes. */
  readonly offsets: readonly number[];
  /** For the config of a sender or receiver. */
  readonly config: {
    readonly kind: "video";
    readonly width: number;
    readonly height: number;
    readonly sampling: "YCbCr-4:2:2";
    readonly depth: "10";
    readonly rate: typeof RATE;
    readonly pixelFormat?: NativePixelFormat;
  };
}

/** Finds out what there is to know. */
export function pictureOf({ width, height, pixelFormat }: PictureOptions): Picture {
  const format = videoFormat({ pixelFormat, width, height, rate: { ...RATE } });
  return {
    format,
    bytes: frameBytes(format),
    offsets: planesOf(format).map((plane) => plane.offsetBytes),
    config: {
      kind: "video",
      width,
      height,
      sampling: "YCbCr-4:2:2",
      depth: "10",
      rate: RATE,
      ...(pixelFormat === GROUPS ? {} : { pixelFormat: pixelFormat as NativePixelFormat }),
    },
  };
}

/** A ring for some of them. */
export function ringConfigOf({ bytes }: Picture, slotCount: number): Parameters<Native["createRing"]>[0] {
  return { readerMax: 1, payloadBytes: bytes, metadataBytes: 512, generation: 0, slotCount };
}

/** The words that control a ring. */
export function controlOf(ring: NativeRing): Uint32Array {
  return new Uint32Array(ring.buffer, 0, ringControlLayout.structBytes / 4);
}

/** The payload of a slot. */
export function slotBytes(ring: NativeRing, slot: number, bytes: number): Uint8Array {
  const control = controlOf(ring);
  const word = (offset: number): number => control[offset / 4];
  const start = word(ringControlLayout.payloadOffset) + slot * word(ringControlLayout.payloadStride);
  return new Uint8Array(ring.buffer, start, bytes);
}
