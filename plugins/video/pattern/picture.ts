/**
 * The pictures that test patterns are made in: 10-bit Y′CbCr 4:2:2, planar, little endian (`yuv422p10le`).
 *
 * One `Uint16Array` holds the three planes with no padding: Y′ (`width × height`), then Cb and Cr
 * (`width/2 × height` each), so `width × height × 2` words or `width × height × 4` bytes. A code fills the low ten
 * bits of its word. A Cb/Cr pair is co-sited with the left (even) luma sample of its two (BT.709-6 §3, ST 274 §6).
 */

/** Size of a picture in pixels. Both are even: 4:2:2 needs it across, later 4:2:0 conversions need it down. */
export interface PictureSize {
  /** Active pixels in a row, even, 2 to 16384. */
  readonly width: number;
  /** Rows, even, 2 to 16384. */
  readonly height: number;
}

/** The three planes of one picture: views on the caller's words, valid as long as these are. */
export interface PicturePlanes {
  /** Luma, `width` words per row. */
  readonly y: Uint16Array;
  /** Blue difference, `width / 2` words per row. */
  readonly cb: Uint16Array;
  /** Red difference, `width / 2` words per row. */
  readonly cr: Uint16Array;
}

const sizeMax = 16384;

/**
 * Refuses a size that no pattern can be drawn in.
 *
 * @throws {RangeError} naming `width` or `height`, the value given and the range.
 */
export function checkPictureSize(size: PictureSize): void {
  for (const side of ["width", "height"] as const) {
    const pixels = size[side];
    if (!Number.isInteger(pixels) || pixels < 2 || pixels > sizeMax || pixels % 2 !== 0) {
      throw new RangeError(
        `Test pattern option "${side}" is ${String(pixels)}: it must be an even whole number from 2 to ${sizeMax}`,
      );
    }
  }
}

/** Words (`Uint16Array` length) of one picture. */
export function pictureWords(size: PictureSize): number {
  return size.width * size.height * 2;
}

/**
 * Views of the three planes of a picture.
 *
 * @throws {RangeError} if `words` is not exactly one picture long.
 */
export function picturePlanes(words: Uint16Array, size: PictureSize): PicturePlanes {
  const expected = pictureWords(size);
  if (words.length !== expected) {
    throw new RangeError(
      `Picture of ${size.width}x${size.height} in yuv422p10le needs ${expected} words, but ${words.length} were given`,
    );
  }
  const luma = size.width * size.height;
  return {
    y: words.subarray(0, luma),
    cb: words.subarray(luma, luma + luma / 2),
    cr: words.subarray(luma + luma / 2),
  };
}

/** Copies the row that starts at word `from` over the `count` rows that begin there, doubling the copied part. */
export function repeatRow(plane: Uint16Array, from: number, rowWords: number, count: number): void {
  const end = from + rowWords * count;
  for (let filled = rowWords; from + filled < end; filled *= 2) {
    plane.copyWithin(from + filled, from, Math.min(from + filled, end - filled));
  }
}
