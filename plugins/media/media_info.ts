/**
 * What a media file holds.
 *
 * @module
 */
import type { AudioCodec, ColorRange, ColorSpace, VideoCodec } from "./codec/provider.ts";
import type { Rate } from "./rate.ts";

/** The pictures of a file. */
export interface VideoInfo {
  /** Codec in the file. */
  readonly codec: VideoCodec;
  /** Luma columns of a decoded picture, before rotation. */
  readonly width: number;
  /** Luma rows of a decoded picture, before rotation. */
  readonly height: number;
  /** Exact, from the timestamps: 30000/1001 and not 29.97. For a variable-rate file the nearest to its median. */
  readonly rate: Rate;
  /** Whether every frame keeps to `rate`. If not, frames carry their own timestamps and the reader keeps those. */
  readonly constantRate: boolean;
  /** Frames in the file, where the container's index says so without reading it all. */
  readonly frameCount?: number;
  /** Clockwise degrees by which a picture is to be turned for showing; the reader does not turn it. */
  readonly rotation: 0 | 90 | 180 | 270;
  /** What the packets say of the primaries and matrix. */
  readonly colorSpace: ColorSpace;
  /** What the packets say of the code range. */
  readonly range: ColorRange;
  /** True if the file does not say its colours: BT.709 from 720 rows up, else BT.601, narrow range. */
  readonly colorAssumed: boolean;
  /** Length in nanoseconds. */
  readonly durationNs: number;
}

/** The sound of a file. */
export interface AudioInfo {
  /** Codec in the file; `pcm` for every uncompressed kind. */
  readonly codec: AudioCodec | "pcm";
  /** Frames per second that the reader gives out: that of the file, or what was asked for. */
  readonly sampleRateHz: number;
  /** Frames per second in the file. */
  readonly fileSampleRateHz: number;
  /** Samples per frame. */
  readonly channels: number;
  /** Decoder configuration record, needed to pass packets through. */
  readonly description?: Uint8Array;
  /** Length in nanoseconds. */
  readonly durationNs: number;
}

/** What a media file holds; a part is absent if the file has none or none was asked for. */
export interface MediaInfo {
  /** The pictures. */
  readonly video?: VideoInfo;
  /** The sound. */
  readonly audio?: AudioInfo;
  /** Length of the longest part in nanoseconds. */
  readonly durationNs: number;
}
