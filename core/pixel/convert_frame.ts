/**
 * From one pixel format to another.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import type { VideoFormat } from "../message/video_format.ts";
import { nativeLibrary } from "../native.ts";

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
 * alpha it is dropped, or set to opaque. Blocks for as long as it calculates, about a millisecond for a 1080p frame.
 *
 * @param rows Only these rows; both frames are whole all the same.
 * @throws {StreamError} `format-invalid` if sizes or colours do not fit; `native-missing` if the formats differ and the
 * native library is not there.
 */
export function convertFrame(source: FrameBytes, target: FrameBytes, rows?: RowRange): void {
  const [from, to] = [source.format, target.format];
  check(from, to);
  const isSame = from.pixelFormat === to.pixelFormat && from.strides.every((stride, i) => stride === to.strides[i]);
  if (isSame && rows === undefined) return target.data.set(source.data);
  const pixel = nativeLibrary()?.native.pixel;
  if (!pixel) {
    throw new StreamError(
      "native-missing",
      `Cannot convert ${from.pixelFormat} to ${to.pixelFormat}: that needs the native library; streamlib doctor tells more`,
    );
  }
  const colors = isRgb(to) ? from : to;
  const start = rows?.start ?? 0;
  pixel.convert(
    { data: target.data, format: to.pixelFormat, width: to.width, height: to.height, strides: to.strides },
    { data: source.data, format: from.pixelFormat, width: from.width, height: from.height, strides: from.strides },
    { matrix: colors.colorSpace, range: colors.range },
    start,
    (rows?.end ?? to.height) - start,
  );
}

function isRgb(format: VideoFormat): boolean {
  return format.pixelFormat === "rgba8" || format.pixelFormat === "bgra8";
}

function check(from: VideoFormat, to: VideoFormat): void {
  const what = `Cannot convert ${from.width}x${from.height} ${from.pixelFormat}`;
  if (from.width !== to.width || from.height !== to.height) {
    throw new StreamError("format-invalid", `${what} to ${to.width}x${to.height}: the sizes must be equal`);
  }
  for (const format of [from, to]) {
    if (isRgb(format) && format.range !== "full") {
      throw new StreamError("format-invalid", `${what} to ${to.pixelFormat}: RGB of narrow range is not supported`);
    }
  }
  if (isRgb(from) || isRgb(to) || (from.colorSpace === to.colorSpace && from.range === to.range)) return;
  throw new StreamError(
    "format-invalid",
    `${what} ${from.colorSpace} ${from.range} to ${to.pixelFormat} ${to.colorSpace} ${to.range}: ` +
      "colour space and range must be equal between two Y′CbCr formats",
  );
}
