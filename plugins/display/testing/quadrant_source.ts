/**
 * A source for tests: four coloured quadrants (red, green over blue, white) in any pixel format, BT.709.
 *
 * @module
 */
import {
  Actor,
  type ActorSpec,
  convertFrame,
  frameBytes,
  type Input,
  input,
  KeyEvent,
  nativeLibrary,
  optionsFrom,
  type Output,
  output,
  PIXEL_FORMATS,
  type PixelFormat,
  pixelFormatInfo,
  planesOf,
  registerActor,
  type TimedTick,
  type VideoFormat,
  videoFormat,
  VideoFrame,
} from "@streamlib/core";
import { z } from "zod";

/** Options of {@linkcode QuadrantSourceActor}. */
export interface QuadrantSourceOptions {
  /** Default `rgba8`. */
  pixelFormat?: PixelFormat;
  /** Default 1920. */
  width?: number;
  /** Default 1080. */
  height?: number;
  /** Frames per second. Default 60. */
  fps?: number;
  /** Bytes of padding after each row. Default 0. */
  padding?: number;
}

/** Ports and options of {@linkcode QuadrantSourceActor}. */
export interface QuadrantSourceTypes {
  inputs: { keys: Input<KeyEvent> };
  outputs: { video: Output<VideoFrame> };
  options: QuadrantSourceOptions;
}

/** R′, G′, B′ in 0–1 of the quadrants: top left, top right, bottom left, bottom right. */
export const QUADRANTS: readonly (readonly [number, number, number])[] = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]];

/** Gives the same picture at every tick, and black after the key `b`. */
@registerActor({ name: "QuadrantSource", module: import.meta.url })
export class QuadrantSourceActor extends Actor<QuadrantSourceTypes> {
  static readonly spec: ActorSpec<QuadrantSourceTypes> = {
    description: "Four coloured quadrants",
    inputs: { keys: input(KeyEvent) },
    outputs: { video: output(VideoFrame) },
    options: optionsFrom(z.strictObject({
      pixelFormat: z.string().default("rgba8"),
      width: z.number().default(1920),
      height: z.number().default(1080),
      fps: z.number().default(60),
      padding: z.number().default(0),
    })),
  };

  #format: VideoFormat | undefined;
  #picture: Uint8Array = new Uint8Array(0);

  override onStart(): void {
    const { pixelFormat, width, height, fps, padding } = this.options;
    const tight = videoFormat({ pixelFormat, width, height, rate: fps });
    this.#format = videoFormat({ ...tight, strides: tight.strides.map((stride) => stride + padding) });
    this.#picture = quadrants(this.#format);
    this.tickAt(fps);
  }

  override process(_tick: TimedTick): void {
    for (const { value } of this.inputs.keys) if (value.key === "b") this.#picture.fill(0);
    const loan = this.outputs.video.loan(this.#format!);
    if (!loan) return;
    loan.data.set(this.#picture);
    loan.commit();
  }
}

/** The formats that can be shown: pixel groups only with the native library, and if they are samples that we know. */
export function shownFormats(): PixelFormat[] {
  const all = Object.values(PIXEL_FORMATS);
  return all.filter((one) => !one.group || (nativeLibrary() && one.counterparts.length > 0)).map((one) => one.name);
}

/** The picture in a format; the bytes of padding are 99. */
export function quadrants(format: VideoFormat): Uint8Array {
  const { pixelFormat, width, height } = format;
  const { group, counterparts } = pixelFormatInfo(pixelFormat);
  if (group) {
    const { rate, colorSpace, range } = format;
    const plain = videoFormat({ pixelFormat: counterparts[0], width, height, rate, colorSpace, range });
    const data = new Uint8Array(frameBytes(format)).fill(99);
    convertFrame({ data: quadrants(plain), format: plain }, { data, format });
    return data;
  }
  const planes = planesOf(format);
  const size = planes.reduce((sum, plane) => sum + plane.strideBytes * plane.rows, 0);
  const bytes = new Uint8Array(size).fill(99);
  const view = new DataView(bytes.buffer);
  const put = (plane: number, row: number, byte: number, value: number): void => {
    bytes[planes[plane].offsetBytes + row * planes[plane].strideBytes + byte] = value;
  };
  const put16 = (plane: number, row: number, index: number, value: number): void => {
    put(plane, row, 2 * index, value & 255);
    put(plane, row, 2 * index + 1, value >> 8);
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const color = QUADRANTS[(y < height / 2 ? 0 : 2) + (x < width / 2 ? 0 : 1)];
      const [red, green, blue] = color.map((part) => Math.round(part * 255));
      const [luma, cb, cr] = codesOf(color, format.range === "narrow");
      switch (pixelFormat) {
        case "rgba8":
        case "bgra8":
          put(0, y, 4 * x, pixelFormat === "rgba8" ? red : blue);
          put(0, y, 4 * x + 1, green);
          put(0, y, 4 * x + 2, pixelFormat === "rgba8" ? blue : red);
          put(0, y, 4 * x + 3, 255);
          break;
        case "i420":
        case "nv12": {
          put(0, y, x, code(luma));
          const step = pixelFormat === "nv12" ? 2 : 1;
          put(1, y >> 1, (x >> 1) * step, code(cb));
          put(step === 2 ? 1 : 2, y >> 1, (x >> 1) * step + step - 1, code(cr));
          break;
        }
        case "uyvy8":
          put(0, y, 2 * x + 1, code(luma));
          put(0, y, 4 * (x >> 1), code(cb));
          put(0, y, 4 * (x >> 1) + 2, code(cr));
          break;
        case "yuv422p10le":
        case "yuv444p10le": {
          const column = pixelFormat === "yuv422p10le" ? x >> 1 : x;
          put16(0, y, x, code(luma, 4));
          put16(1, y, column, code(cb, 4));
          put16(2, y, column, code(cr, 4));
          break;
        }
        case "v210": {
          // Six pixels in twelve codes, Cb Y Cr Y three times; three codes in a word, lowest bits first.
          const putCode = (index: number, value: number): void => {
            const at = planes[0].offsetBytes + y * planes[0].strideBytes + Math.floor(x / 6) * 16 +
              Math.floor(index / 3) * 4;
            const shift = 10 * (index % 3);
            view.setUint32(at, (view.getUint32(at, true) & ~(1023 << shift)) | (value << shift), true);
          };
          putCode((x % 6) * 2 + 1, code(luma, 4));
          if (x % 2 === 0) {
            putCode((x % 6) * 2, code(cb, 4));
            putCode((x % 6) * 2 + 2, code(cr, 4));
          }
          break;
        }
      }
    }
  }
  return bytes;
}

/** The nearest code of 8 bits, or of 10 with `gain` 4. */
function code(value: number, gain: number = 1): number {
  return Math.min(256 * gain - 1, Math.max(0, Math.round(value * gain)));
}

/** Y′, Cb, Cr of BT.709 as 8-bit codes, not rounded. */
function codesOf([red, green, blue]: readonly number[], isNarrow: boolean): [number, number, number] {
  const luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  const cb = (blue - luma) / 1.8556;
  const cr = (red - luma) / 1.5748;
  return isNarrow ? [16 + 219 * luma, 128 + 224 * cb, 128 + 224 * cr] : [255 * luma, 128 + 255 * cb, 128 + 255 * cr];
}
