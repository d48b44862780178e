/**
 * Conversions from and to pixel groups, in steps: a group and the format with the same samples differ only in where the
 * bits lie, and everything else is calculated from that format.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import { type PixelFormat, pixelFormatInfo } from "../message/pixel_format.ts";
import { frameBytes, type VideoFormat, videoFormat } from "../message/video_format.ts";
import type { FrameBytes, RowRange } from "./convert_frame.ts";

/** One conversion that the native library does in one call. */
export interface ConversionStep {
  readonly source: FrameBytes;
  readonly target: FrameBytes;
  readonly rows: RowRange;
}

/** Whether pixel groups stand between the two, so that one call does not do. */
export function needsSteps(from: VideoFormat, to: VideoFormat): boolean {
  const [source, target] = [pixelFormatInfo(from.pixelFormat), pixelFormatInfo(to.pixelFormat)];
  return (source.group !== undefined || target.group !== undefined) && source.name !== target.name &&
    !source.counterparts.includes(target.name);
}

/**
 * The steps from `source` to `target`, of which one or both are pixel groups. Between them lie pictures in memory of
 * this thread, which the next call uses again.
 *
 * @throws {StreamError} `format-invalid` if a group has no counterpart.
 */
export function stepsOf(source: FrameBytes, target: FrameBytes, rows: RowRange): readonly ConversionStep[] {
  const first = counterpartOf(source, source, target);
  const last = counterpartOf(target, source, target);
  const steps: ConversionStep[] = [];
  let from = source;
  if (first) {
    from = pictureOf(source.format, first, unpacked);
    // Chroma of 4:2:0 is interpolated: the rows on both sides count.
    const beside = pixelFormatInfo(first).heightStep === 2 ? 2 : 0;
    const [start, end] = [Math.max(0, rows.start - beside), Math.min(source.format.height, rows.end + beside)];
    steps.push({ source, target: from, rows: { start, end } });
  }
  if (!last) return [...steps, { source: from, target, rows }];
  const to = pictureOf(target.format, last, packed);
  return [...steps, { source: from, target: to, rows }, { source: to, target, rows }];
}

/** The format with the samples of `one`, if that is a pixel group. */
function counterpartOf(one: FrameBytes, source: FrameBytes, target: FrameBytes): PixelFormat | undefined {
  const { group, counterparts } = pixelFormatInfo(one.format.pixelFormat);
  if (!group || counterparts.length > 0) return group && counterparts[0];
  const [from, to] = [source.format.pixelFormat, target.format.pixelFormat];
  throw new StreamError(
    "format-invalid",
    `Cannot convert ${from} to ${to}: there is no other pixel format of ${group.sampling} with ${group.depth} bits, ` +
      "so such a frame stays as it is",
  );
}

/** Memory of a picture between two steps; grows to the largest frame of this thread. */
interface Scratch {
  bytes: Uint8Array;
}

const unpacked: Scratch = { bytes: new Uint8Array(0) };
const packed: Scratch = { bytes: new Uint8Array(0) };

function pictureOf(like: VideoFormat, pixelFormat: PixelFormat, scratch: Scratch): FrameBytes {
  const { width, height, rate, colorSpace, range } = like;
  const format = videoFormat({ pixelFormat, width, height, rate, colorSpace, range });
  const bytes = frameBytes(format);
  if (scratch.bytes.length < bytes) scratch.bytes = new Uint8Array(bytes);
  return { data: scratch.bytes, format };
}
