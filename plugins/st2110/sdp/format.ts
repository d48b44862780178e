/**
 * What core calls the format of a stream that a session description describes.
 *
 * @module
 */
import {
  type AudioFormat,
  audioFormat,
  type ColorSpace,
  PIXEL_FORMATS,
  type PixelFormat,
  type Rate,
  StreamError,
  type VideoFormat,
  videoFormat,
} from "@streamlib/core";
import type { MediaDescription } from "./description.ts";
import type { PcmAudio, RawVideo } from "./essence.ts";

/** What is used where a description says nothing. Without it {@linkcode formatOf} refuses such a description. */
export interface MissingFormat {
  /** Frames per second. */
  readonly rate?: Rate | number;
  /** Primaries and matrix. */
  readonly colorSpace?: ColorSpace;
  /**
   * Whether what formats have no words for (PQ, HLG, primaries of film) is passed over instead of refused: then frames
   * hold the code values as they come, and `colorSpace` above stands for primaries that are not known. Default false.
   */
  readonly isLenient?: boolean;
}

/** Where core has pixels of the same samples and depth. */
const PLAIN_FORMATS: Readonly<Record<string, PixelFormat>> = {
  "YCbCr-4:2:2 8": "uyvy8",
  "YCbCr-4:2:2 10": "yuv422p10le",
  "YCbCr-4:4:4 10": "yuv444p10le",
  "YCbCr-4:2:0 8": "i420",
  "RGB 8": "rgba8",
};

/** The pixel format of frames of these components and bits: one that actors calculate with, else the groups themselves. */
export function pixelFormatOf(sampling: string, depth: string): PixelFormat {
  const key = `${sampling} ${depth}`;
  if (Object.hasOwn(PLAIN_FORMATS, key)) return PLAIN_FORMATS[key];
  const name = `pgroup/${sampling}/${depth}`;
  if (Object.hasOwn(PIXEL_FORMATS, name)) return name as PixelFormat;
  throw refusal(`sampling and depth are ${key}: ST 2110-20 has no pixel group for that`);
}

/** BT.2100 has the primaries and the non-constant luminance matrix of BT.2020. */
const COLOR_SPACES: Readonly<Record<string, ColorSpace>> = {
  BT601: "bt601",
  BT709: "bt709",
  BT2020: "bt2020",
  BT2100: "bt2020",
};

/** Octets of RTP payload in an Ethernet packet of 1500: less IPv4 20, UDP 8, RTP 12. */
const PAYLOAD_BYTES_MAX = 1460;

/**
 * The format of the frames or blocks of a stream.
 *
 * Video: `uyvy8`, `yuv422p10le`, `yuv444p10le`, `i420` or `rgba8` (opaque), by `sampling` and `depth`, else the pixel
 * groups as they travel (`pgroup/…`); the rate is that of frames, also for interlaced pictures. Formats have no pixel
 * aspect ratio: `PAR` stays with the essence. Audio: float32 blocks with at most the samples of a packet; if there is no
 * `a=ptime`, what the largest Ethernet packet holds.
 *
 * @param media One medium of a description.
 * @param missing What is used for what the description does not say, as descriptions of FFmpeg lack rate and colours.
 * @throws {StreamError} `format-invalid` if core has no such format (PQ, JPEG XS …) or the description does not
 * say enough, naming the parameter, its value and what would be right.
 */
export function formatOf(media: MediaDescription, missing: MissingFormat = {}): VideoFormat | AudioFormat {
  const { essence } = media;
  if (essence.kind === "raw") return videoFormatOf(essence, missing);
  if (essence.kind === "pcm") return audioFormatOf(essence, media.ptimeMs);
  const name = essence.kind === "other" ? essence.encoding ?? "a payload without a=rtpmap" : essence.kind;
  throw refusal(`${name} has none: formats are those of raw video and of L16 and L24 sound`);
}

/**
 * Samples of each channel in a packet of `ptimeMs`. The standard rounds times: 0.12 ms at 48 kHz are 6 samples, 1.09 ms at
 * 44.1 kHz are 48 (AES67-2013 §8.1).
 *
 * @param ptimeMs Milliseconds.
 * @param sampleRateHz Samples per second.
 */
export function samplesPerPacket(ptimeMs: number, sampleRateHz: number): number {
  return Math.round(ptimeMs * sampleRateHz / 1000);
}

function videoFormatOf(video: RawVideo, missing: MissingFormat): VideoFormat {
  const { sampling, depth, colorimetry, TCS, RANGE } = video;
  const pixelFormat = pixelFormatOf(sampling, depth);
  const rate = video.exactframerate ?? missing.rate;
  if (rate === undefined) throw refusal("it has no exactframerate: add it, or give rate in the second argument");
  const isOpen = colorimetry === undefined || colorimetry === "UNSPECIFIED" ||
    (missing.isLenient === true && !Object.hasOwn(COLOR_SPACES, colorimetry));
  const colorSpace = isOpen ? missing.colorSpace : known(COLOR_SPACES, colorimetry, `colorimetry is ${colorimetry}`);
  if (colorSpace === undefined) {
    throw refusal(`colorimetry is ${colorimetry ?? "missing"}: add it, or give colorSpace in the second argument`);
  }
  if (!missing.isLenient && TCS !== undefined && TCS !== "SDR" && TCS !== "UNSPECIFIED") {
    throw refusal(`TCS is ${TCS}: formats have no transfer characteristic, so it must be SDR`);
  }
  if (!missing.isLenient && RANGE !== undefined && RANGE !== "NARROW" && RANGE !== "FULL") {
    throw refusal(`RANGE is ${RANGE}: it must be NARROW or FULL`);
  }
  return videoFormat({
    pixelFormat,
    width: video.width,
    height: video.height,
    rate,
    scan: video.segmented ? "psf" : video.interlace ? "interlaced" : "progressive",
    colorSpace,
    range: RANGE === "FULL" || RANGE === "FULLPROTECT" ? "full" : "narrow",
    alpha: "opaque",
  });
}

function audioFormatOf({ encoding, sampleRateHz, channels }: PcmAudio, ptimeMs: number | undefined): AudioFormat {
  const bytes = channels * (encoding === "L16" ? 2 : 3);
  const framesMax = ptimeMs === undefined
    ? Math.floor(PAYLOAD_BYTES_MAX / bytes)
    : samplesPerPacket(ptimeMs, sampleRateHz);
  return audioFormat({ sampleRateHz, channels, framesMax });
}

function known<V>(table: Readonly<Record<string, V>>, key: string, what: string): V {
  if (Object.hasOwn(table, key)) return table[key];
  throw refusal(`${what}: known are ${Object.keys(table).join(", ")}`);
}

function refusal(why: string): StreamError {
  return new StreamError("format-invalid", `Cannot give the format of a stream: ${why}`);
}
