/**
 * How core's pixel formats travel as pixel groups of ST 2110-20, and back.
 *
 * @module
 */
import { type PixelFormat, type Rate, type Scan, StreamError, type VideoFormat } from "@streamlib/core";
import type { Colorimetry, Depth, PackingMode, RawVideo, Sampling, SenderType } from "../sdp/essence.ts";

/** Components and bits of pixel groups (ST 2110-20 §6.2.4). */
export interface VideoWire {
  /** Components and how often chroma is sampled. */
  readonly sampling: Sampling;
  /** Bits per sample. */
  readonly depth: Depth;
}

const WIRES: Partial<Record<PixelFormat, VideoWire>> = {
  uyvy8: { sampling: "YCbCr-4:2:2", depth: "8" },
  yuv422p10le: { sampling: "YCbCr-4:2:2", depth: "10" },
  v210: { sampling: "YCbCr-4:2:2", depth: "10" },
  yuv444p10le: { sampling: "YCbCr-4:4:4", depth: "10" },
  i420: { sampling: "YCbCr-4:2:0", depth: "8" },
  nv12: { sampling: "YCbCr-4:2:0", depth: "8" },
  rgba8: { sampling: "RGB", depth: "8" },
  bgra8: { sampling: "RGB", depth: "8" },
};

/** The pixel groups that frames of a pixel format travel as; alpha stays behind. */
export function wireOf(pixelFormat: PixelFormat): VideoWire {
  const known = WIRES[pixelFormat];
  if (known) return known;
  const [, sampling, depth] = pixelFormat.split("/");
  return { sampling: sampling as Sampling, depth: depth as Depth };
}

/** Whether frames of a pixel format lie in memory as they travel. */
export function isWire(pixelFormat: PixelFormat): boolean {
  return pixelFormat.startsWith("pgroup/");
}

const SCANS: Readonly<Record<Scan, Pick<RawVideo, "interlace" | "segmented">>> = {
  progressive: {},
  interlaced: { interlace: true },
  psf: { interlace: true, segmented: true },
};

const COLORIMETRIES: Readonly<Record<VideoFormat["colorSpace"], Colorimetry>> = {
  bt601: "BT601",
  bt709: "BT709",
  bt2020: "BT2020",
};

/**
 * Colours of a format, and the edition that has them (ST 2110-20 §7.2, §7.5). A key has none. ICtCp and XYZ have one
 * colorimetry each, and frames do not say which transfer characteristic.
 */
function coloursOf({ colorSpace }: VideoFormat, sampling: Sampling): Pick<RawVideo, "colorimetry" | "TCS" | "SSN"> {
  if (sampling === "KEY") return { colorimetry: "ALPHA", SSN: "ST2110-20:2022" };
  const SSN = "ST2110-20:2017";
  if (sampling === "XYZ") return { colorimetry: "XYZ", TCS: "UNSPECIFIED", SSN };
  if (sampling.startsWith("ICtCp")) return { colorimetry: "BT2100", TCS: "UNSPECIFIED", SSN };
  return { colorimetry: COLORIMETRIES[colorSpace], TCS: "SDR", SSN };
}

/** What a description says of frames of a format (ST 2110-20 §7). */
export function essenceOf(format: VideoFormat, packing: PackingMode, sender: SenderType, maxUdp: number): RawVideo {
  const wire = wireOf(format.pixelFormat);
  return {
    kind: "raw",
    ...wire,
    width: format.width,
    height: format.height,
    exactframerate: format.rate,
    ...SCANS[format.scan],
    ...coloursOf(format, wire.sampling),
    RANGE: format.range === "full" ? "FULL" : "NARROW",
    PM: packing,
    TP: sender,
    ...(maxUdp > STANDARD_UDP_BYTES ? { MAXUDP: maxUdp } : {}),
  };
}

/** Most octets of a UDP datagram, header included, where a description says nothing else (ST 2110-10 §6.4). */
export const STANDARD_UDP_BYTES = 1460;

/**
 * Refuses a format that is not what a description announces.
 *
 * @throws {StreamError} `format-invalid` naming what differs.
 */
export function checkAgainst(essence: RawVideo, format: VideoFormat, who: string): void {
  const wire = wireOf(format.pixelFormat);
  const scan: Scan = essence.segmented ? "psf" : essence.interlace ? "interlaced" : "progressive";
  const pairs: [string, unknown, unknown][] = [
    ["width", essence.width, format.width],
    ["height", essence.height, format.height],
    ["sampling", essence.sampling, wire.sampling],
    ["depth", essence.depth, wire.depth],
    ["scan", scan, format.scan],
    ["rate", essence.exactframerate && rateText(essence.exactframerate), rateText(format.rate)],
  ];
  for (const [name, announced, given] of pairs) {
    if (announced === undefined || announced === given) continue;
    throw new StreamError(
      "format-invalid",
      `Cannot send frames from ${who}: option sdp announces ${name} ${announced}, the frames have ${given}`,
    );
  }
}

function rateText({ num, den }: Rate): string {
  return den === 1 ? `${num}` : `${num}/${den}`;
}
