/**
 * Reads rows of Y′CbCr pictures as plain codes, a Y′, Cb and Cr per column: a pair's colour serves both columns.
 */
import { planesOf, type VideoFormat } from "@streamlib/core";

/** Codes of one row, in the bit depth of the format. */
export interface YcbcrRow {
  /** Luma. */
  readonly y: Uint16Array;
  /** Blue difference. */
  readonly cb: Uint16Array;
  /** Red difference. */
  readonly cr: Uint16Array;
}

/** Reads row `row` of a picture into `out`. */
export type RowReader = (data: Uint8Array, row: number, out: YcbcrRow) => void;

/** The reader for a format; `undefined` if the format is not Y′CbCr. */
export function rowReader(format: VideoFormat): RowReader | undefined {
  switch (format.pixelFormat) {
    case "yuv422p10le":
      return planarReader(format, 2, 1, 2);
    case "yuv444p10le":
      return planarReader(format, 1, 1, 2);
    case "i420":
      return planarReader(format, 2, 2, 1);
    case "nv12":
      return nv12Reader(format);
    case "uyvy8":
      return uyvyReader(format);
    case "v210":
      return v210Reader(format);
    case "rgba8":
    case "bgra8":
      return undefined;
  }
}

function planarReader(format: VideoFormat, xStep: 1 | 2, yStep: 1 | 2, sampleBytes: 1 | 2): RowReader {
  const [luma, blue, red] = planesOf(format);
  const width = format.width;
  const shift = xStep - 1;
  return (data, row, out) => {
    const lumaRow = samplesAt(data, luma.offsetBytes + row * luma.strideBytes, width, sampleBytes);
    const pairRow = yStep === 2 ? row >> 1 : row;
    const blueRow = samplesAt(data, blue.offsetBytes + pairRow * blue.strideBytes, width >> shift, sampleBytes);
    const redRow = samplesAt(data, red.offsetBytes + pairRow * red.strideBytes, width >> shift, sampleBytes);
    for (let column = 0; column < width; column++) {
      out.y[column] = lumaRow[column];
      out.cb[column] = blueRow[column >> shift];
      out.cr[column] = redRow[column >> shift];
    }
  };
}

/** Samples of one or two bytes (little endian, as this machine; ring memory is aligned, odd strides are not). */
function samplesAt(data: Uint8Array, offset: number, count: number, sampleBytes: 1 | 2): Uint8Array | Uint16Array {
  if (sampleBytes === 1) return data.subarray(offset, offset + count);
  const start = data.byteOffset + offset;
  if (start % 2 === 0) return new Uint16Array(data.buffer, start, count);
  return new Uint16Array(data.slice(offset, offset + count * 2).buffer);
}

function nv12Reader(format: VideoFormat): RowReader {
  const [luma, pairs] = planesOf(format);
  return (data, row, out) => {
    const lumaStart = luma.offsetBytes + row * luma.strideBytes;
    const pairStart = pairs.offsetBytes + (row >> 1) * pairs.strideBytes;
    for (let column = 0; column < format.width; column++) {
      const pair = pairStart + (column & ~1);
      out.y[column] = data[lumaStart + column];
      out.cb[column] = data[pair];
      out.cr[column] = data[pair + 1];
    }
  };
}

function uyvyReader(format: VideoFormat): RowReader {
  const [plane] = planesOf(format);
  return (data, row, out) => {
    let at = plane.offsetBytes + row * plane.strideBytes;
    for (let column = 0; column < format.width; column += 2, at += 4) {
      out.y[column] = data[at + 1];
      out.y[column + 1] = data[at + 3];
      out.cb[column] = out.cb[column + 1] = data[at];
      out.cr[column] = out.cr[column + 1] = data[at + 2];
    }
  };
}

/**
 * v210: six pixels in four little-endian words of three 10-bit codes, lowest bits first:
 *
 *   Cb0 Y0 Cr0 │ Y1 Cb2 Y2 │ Cr2 Y3 Cb4 │ Y4 Cr4 Y5
 */
function v210Reader(format: VideoFormat): RowReader {
  const [plane] = planesOf(format);
  const codes = new Uint16Array(12);
  return (data, row, out) => {
    const bytes = new DataView(data.buffer, data.byteOffset + plane.offsetBytes + row * plane.strideBytes);
    for (let group = 0; group * 6 < format.width; group++) {
      for (let word = 0; word < 4; word++) {
        const bits = bytes.getUint32(group * 16 + word * 4, true);
        codes[word * 3] = bits & 1023;
        codes[word * 3 + 1] = (bits >>> 10) & 1023;
        codes[word * 3 + 2] = (bits >>> 20) & 1023;
      }
      // In code order the group is Cb Y Cr Y, three times.
      const count = Math.min(6, format.width - group * 6);
      for (let index = 0; index < count; index++) {
        const pair = (index >> 1) * 4;
        out.y[group * 6 + index] = codes[index * 2 + 1];
        out.cb[group * 6 + index] = codes[pair];
        out.cr[group * 6 + index] = codes[pair + 2];
      }
    }
  };
}
