/**
 * Colours of test patterns: 10-bit narrow-range Y′CbCr codes and the BT.709 conversions from and to R′G′B′.
 *
 * Equations and quantisation: Rec. ITU-R BT.709-6 §3 (Y′ 64 to 940, Cb and Cr 64 to 960 about 512).
 */

/** A colour as 10-bit codes. Video levels are 4 to 1019; the rest is reserved for timing references. */
export interface YcbcrColor {
  /** Luma code: 64 is black, 940 is white. */
  readonly y: number;
  /** Blue difference code: 512 is none. */
  readonly cb: number;
  /** Red difference code: 512 is none. */
  readonly cr: number;
}

/** A colour as whole R′G′B′ codes of 0 to 255 (full range). */
export interface RgbColor {
  /** Red, 0 to 255. */
  readonly red: number;
  /** Green, 0 to 255. */
  readonly green: number;
  /** Blue, 0 to 255. */
  readonly blue: number;
}

/** What options take as a colour: `"#rrggbb"` (R′G′B′ as in CSS, full range) or exact 10-bit codes. */
export type ColorOption = string | YcbcrColor;

/** Black: 0 %. */
export const black: YcbcrColor = { y: 64, cb: 512, cr: 512 };

/** White: 100 %. */
export const white: YcbcrColor = { y: 940, cb: 512, cr: 512 };

const red709 = 0.2126;
const green709 = 0.7152;
const blue709 = 0.0722;
const codeMin = 4;
const codeMax = 1019;

/** BT.709 R′G′B′ to 10-bit narrow-range Y′CbCr, each code rounded to the nearest. */
export function toYcbcr(color: RgbColor): YcbcrColor {
  const red = color.red / 255;
  const green = color.green / 255;
  const blue = color.blue / 255;
  const luma = red709 * red + green709 * green + blue709 * blue;
  return {
    y: Math.round(64 + 876 * luma),
    cb: Math.round(512 + (896 * (blue - luma)) / (2 * (1 - blue709))),
    cr: Math.round(512 + (896 * (red - luma)) / (2 * (1 - red709))),
  };
}

/** 10-bit narrow-range Y′CbCr to BT.709 R′G′B′, rounded and clipped to 0 to 255. */
export function toRgb(color: YcbcrColor): RgbColor {
  const luma = (color.y - 64) / 876;
  const red = luma + (2 * (1 - red709) * (color.cr - 512)) / 896;
  const blue = luma + (2 * (1 - blue709) * (color.cb - 512)) / 896;
  const green = (luma - red709 * red - blue709 * blue) / green709;
  return { red: toByte(red), green: toByte(green), blue: toByte(blue) };
}

function toByte(value: number): number {
  return Math.min(255, Math.max(0, Math.round(value * 255)));
}

/**
 * Reads a colour option.
 *
 * @param option the option's name, for the error.
 * @throws {RangeError} if it is neither `"#rrggbb"` nor `{ y, cb, cr }` with whole codes from 4 to 1019.
 */
export function readColor(option: string, value: ColorOption): YcbcrColor {
  if (typeof value === "string") {
    const digits = /^#([0-9a-f]{6})$/i.exec(value)?.[1];
    if (digits !== undefined) {
      const bits = Number.parseInt(digits, 16);
      return toYcbcr({ red: bits >> 16, green: (bits >> 8) & 255, blue: bits & 255 });
    }
  } else if (value !== null && typeof value === "object") {
    if (isCode(value.y) && isCode(value.cb) && isCode(value.cr)) {
      return { y: value.y, cb: value.cb, cr: value.cr };
    }
  }
  throw new RangeError(
    `Test pattern option "${option}" is ${JSON.stringify(value)}: it must be "#rrggbb" or ` +
      `{ y, cb, cr } with whole 10-bit codes from ${codeMin} to ${codeMax}`,
  );
}

function isCode(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= codeMin && (value as number) <= codeMax;
}
