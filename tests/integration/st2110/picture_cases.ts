/**
 * Pictures that peers and we both know, as each has them in memory.
 *
 * @module
 */
import { type VideoFormat, videoFormat } from "@streamlib/core";
import { groupsOfPlanes, noise, tenBitNoise, withoutAlpha } from "./content.ts";

/** One kind of pictures. */
export interface PictureCase {
  /** For the name of the test. */
  readonly name: string;
  /** Our format. */
  readonly format: VideoFormat;
  /** Words of RFC 4175. */
  readonly sampling: string;
  /** Bits per sample. */
  readonly depth: number;
  /** GStreamer's name of the pixel groups. */
  readonly gstFormat: string;
  /** A picture of ours from a seed. */
  make(seed: number): Uint8Array;
  /** That picture as groups of pixels: what is in the packets, and what GStreamer has in memory. */
  groupsOf(picture: Uint8Array): Uint8Array;
}

/** 8-bit and 10-bit 4:2:2 and 8-bit RGB: what GStreamer and FFmpeg both have; and rows that need several packets. */
export const PICTURE_CASES: readonly PictureCase[] = [
  {
    name: "8-bit 4:2:2",
    format: videoFormat({ pixelFormat: "uyvy8", width: 320, height: 240, rate: 25 }),
    sampling: "YCbCr-4:2:2",
    depth: 8,
    gstFormat: "uyvy",
    make: (seed) => noise(2 * 320 * 240, seed),
    groupsOf: (picture) => picture,
  },
  tenBit("10-bit 4:2:2", 320, 240),
  {
    name: "8-bit RGB",
    format: videoFormat({ pixelFormat: "rgba8", width: 320, height: 240, rate: 25, alpha: "opaque" }),
    sampling: "RGB",
    depth: 8,
    gstFormat: "rgb",
    make: (seed) => noise(4 * 320 * 240, seed).map((byte, i) => i % 4 === 3 ? 255 : byte),
    groupsOf: withoutAlpha,
  },
  tenBit("1920 columns of 10-bit 4:2:2", 1920, 32),
];

/** 8-bit 4:2:0; FFmpeg takes its groups for planes. */
export const QUARTER_CASE: PictureCase = {
  name: "8-bit 4:2:0",
  format: videoFormat({ pixelFormat: "i420", width: 320, height: 240, rate: 25 }),
  sampling: "YCbCr-4:2:0",
  depth: 8,
  gstFormat: "i420",
  make: (seed) => noise(1.5 * 320 * 240, seed),
  // GStreamer makes planes of the groups again.
  groupsOf: (picture) => picture,
};

/** A picture whose packets all fit into a socket of the size that Linux gives unasked. */
export const SMALL_CASE: PictureCase = tenBit("10-bit 4:2:2", 160, 96);

function tenBit(name: string, width: number, height: number): PictureCase {
  return {
    name,
    format: videoFormat({ pixelFormat: "yuv422p10le", width, height, rate: 25 }),
    sampling: "YCbCr-4:2:2",
    depth: 10,
    gstFormat: "uyvp",
    make: (seed) => tenBitNoise(2 * width * height, seed),
    groupsOf: (picture) => groupsOfPlanes(picture, width, height),
  };
}
