/**
 * From one pixel format to another.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import { pixelFormatInfo } from "../message/pixel_format.ts";
import type { VideoFormat } from "../message/video_format.ts";
import { nativeLibrary } from "../native.ts";
import { measure, profiler } from "../profile/profile.ts";
import { PROFILE_SPANS } from "../profile/spans.ts";
import { tracedOneOf } from "../profile/trace.ts";
import { needsSteps, stepsOf } from "./group_steps.ts";
import { isScripted, scriptConvert } from "./script_convert.ts";

/** A frame's bytes and what they mean; a `VideoFrame` and a `VideoLoan` are such. */
export interface FrameBytes {
  /** All planes one after another, as the format says. The caller's. */
  readonly data: Uint8Array;
  /** What the bytes mean. */
  readonly format: VideoFormat;
}

/** Rows to convert, from `start` up to and not with `end`; even where a format is 4:2:0. */
export interface RowRange {
  /** First luma row, from 0. */
  readonly start: number;
  /** The luma row after the last one; at most the height. */
  readonly end: number;
}

/**
 * Writes `source` in the format of `target` into its bytes: any pixel format to any other of the same size.
 *
 * RGB and Y′CbCr are turned into each other by the Y′CbCr side's colour space and range, rounded to the nearest code;
 * between two Y′CbCr formats the codes are kept, so their colour space and range must be equal. Where one side has no
 * alpha it is dropped, or set to opaque; between two RGB formats it is kept.
 *
 * A pixel group (`pgroup/…`) and a format with the same samples differ only in where the bits lie. Any other format is
 * reached by way of that one, in memory of this thread. Groups that have no such format cannot be converted
 * ({@linkcode PixelFormatInfo.counterparts}).
 *
 * The native library does it where it is loaded in this thread. Without it, TypeScript converts any format to rgba8
 * and rgba8 to bgra8, within 1 code, with chroma samples repeated and not interpolated, but no pixel groups. Blocks for
 * as long as it calculates, for a 1080p frame about a millisecond, in TypeScript ten to fifteen; keeps nothing.
 *
 * @param rows Only these rows; both frames are whole all the same.
 * @throws {StreamError} `format-invalid` if sizes, colours or rows do not fit, or a pixel group has no counterpart;
 * `native-missing` if it needs the native library and that is not there.
 */
export function convertFrame(source: FrameBytes, target: FrameBytes, rows?: RowRange): void {
  if (!profiler && tracedOneOf === 0) return convert(source, target, rows);
  measure(profiler?.actor ?? "", PROFILE_SPANS.convert, () => convert(source, target, rows));
}

function convert(source: FrameBytes, target: FrameBytes, rows: RowRange | undefined): void {
  const [from, to] = [source.format, target.format];
  check(from, to);
  if (rows) checkRows(from, to, rows);
  const isSame = from.pixelFormat === to.pixelFormat && from.strides.every((stride, i) => stride === to.strides[i]);
  if (isSame && rows === undefined) return target.data.set(source.data);
  const range = { start: rows?.start ?? 0, end: rows?.end ?? to.height };
  if (!needsSteps(from, to)) return convertOnce(source, target, range);
  for (const step of stepsOf(source, target, range)) convertOnce(step.source, step.target, step.rows);
}

function convertOnce(source: FrameBytes, target: FrameBytes, { start, end }: RowRange): void {
  const [from, to] = [source.format, target.format];
  const pixel = nativeLibrary()?.native.pixel;
  if (!pixel) {
    if (isScripted(from, to)) return scriptConvert(source, target, { start, end });
    throw new StreamError(
      "native-missing",
      `Cannot convert ${from.pixelFormat} to ${to.pixelFormat}: that needs the native library; streamlib doctor tells more`,
    );
  }
  const colors = isRgb(to) ? from : to;
  pixel.convert(
    { data: target.data, format: to.pixelFormat, width: to.width, height: to.height, strides: to.strides },
    { data: source.data, format: from.pixelFormat, width: from.width, height: from.height, strides: from.strides },
    { matrix: colors.colorSpace, range: colors.range },
    start,
    end - start,
  );
}

function isRgb(format: VideoFormat): boolean {
  return pixelFormatInfo(format.pixelFormat).model === "rgb";
}

function check(from: VideoFormat, to: VideoFormat): void {
  if (from.width !== to.width || from.height !== to.height) {
    throw new StreamError("format-invalid", `${what(from)} to ${to.width}x${to.height}: the sizes must be equal`);
  }
  if ((isRgb(from) && from.range !== "full") || (isRgb(to) && to.range !== "full")) {
    throw new StreamError(
      "format-invalid",
      `${what(from)} to ${to.pixelFormat}: RGB of narrow range is not supported`,
    );
  }
  if (isRgb(from) || isRgb(to) || (from.colorSpace === to.colorSpace && from.range === to.range)) return;
  throw new StreamError(
    "format-invalid",
    `${what(from)} ${from.colorSpace} ${from.range} to ${to.pixelFormat} ${to.colorSpace} ${to.range}: ` +
      "colour space and range must be equal between two Y′CbCr formats",
  );
}

function checkRows(from: VideoFormat, to: VideoFormat, { start, end }: RowRange): void {
  const step = Math.max(pixelFormatInfo(from.pixelFormat).heightStep, pixelFormatInfo(to.pixelFormat).heightStep);
  if (start >= 0 && start <= end && end <= to.height && start % step === 0 && end % step === 0) return;
  throw new StreamError(
    "format-invalid",
    `${what(from)} to ${to.pixelFormat}, rows ${start} to ${end}: they must be whole numbers from 0 to ${to.height}` +
      (step === 2 ? ", even for 4:2:0" : ""),
  );
}

function what(from: VideoFormat): string {
  return `Cannot convert ${from.width}x${from.height} ${from.pixelFormat}`;
}
