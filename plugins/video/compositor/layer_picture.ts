/** One layer's newest frame, in RGBA and in the size in which it is laid over the base. */
import { convertFrame, type FrameBytes, type VideoFormat, videoFormat, type VideoFrame } from "@streamlib/core";
import type { PixelEngine } from "../pixels/pixel_engine.ts";
import { scaledSide } from "./placement.ts";
import { type BlendMode, makeRgbaPicture, type RgbaPicture, rgbaPicture } from "../pixels/rgba_picture.ts";

/** A picture to be blended, and how. */
export interface LayerView {
  readonly picture: RgbaPicture;
  readonly mode: BlendMode;
}

/**
 * Prepares a layer's frames. An RGBA frame in its own size is used where it lies, in the ring; any other is converted
 * or scaled into memory of the layer, once per frame and not once per tick.
 */
export class LayerPicture {
  readonly #engine: PixelEngine;
  #format: VideoFormat | undefined;
  /** What frames are converted to, and the same bytes as a picture. */
  #target: FrameBytes | undefined;
  #converted: RgbaPicture | undefined;
  #scaled: RgbaPicture | undefined;
  #sequence: number = -1;
  #scale: number = 1;

  constructor(engine: PixelEngine) {
    this.#engine = engine;
  }

  /** The frame in RGBA, `scale` times its size; valid as long as the frame, and until the next call. */
  view(frame: VideoFrame, scale: number): LayerView {
    if (this.#format !== frame.format) this.#begin(frame.format);
    const isNew = frame.sequence !== this.#sequence;
    const { alpha } = frame.format;
    const source = this.#rgba(frame, isNew);
    const width = scaledSide(source.width, scale);
    const height = scaledSide(source.height, scale);
    let result: LayerView = { picture: source, mode: alpha };
    if (width !== source.width || height !== source.height) {
      if (this.#scaled?.width !== width || this.#scaled.height !== height) {
        this.#scaled = makeRgbaPicture(width, height);
        this.#scale = 0;
      }
      if (isNew || this.#scale !== scale) this.#engine.scale(this.#scaled, source, alpha);
      result = { picture: this.#scaled, mode: alpha === "straight" ? "premultiplied" : alpha };
    }
    this.#sequence = frame.sequence;
    this.#scale = scale;
    return result;
  }

  #begin(format: VideoFormat): void {
    this.#format = format;
    this.#sequence = -1;
    this.#target = undefined;
    this.#converted = undefined;
    if (format.pixelFormat === "rgba8" && format.range === "full") return;
    const { width, height, rate, alpha } = format;
    this.#converted = makeRgbaPicture(width, height);
    this.#target = {
      data: this.#converted.data,
      format: videoFormat({ pixelFormat: "rgba8", width, height, rate, alpha }),
    };
  }

  #rgba(frame: VideoFrame, isNew: boolean): RgbaPicture {
    const { width, height, strides } = frame.format;
    if (!this.#target || !this.#converted) return rgbaPicture(frame.data, width, height, strides[0]);
    if (isNew) convertFrame(frame, this.#target);
    return this.#converted;
  }
}
