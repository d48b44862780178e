/**
 * A frame of a running program as a PNG.
 *
 * @module
 */
import { convertFrame, loadNative, type VideoFormat, videoFormat } from "@streamlib/core";
import { encodePng } from "./png.ts";

/**
 * A PNG of a frame of any pixel format: 8 bits, straight alpha, its colours as they are (no tone mapping).
 *
 * @param data Its payload. Not kept.
 * @param format What the bytes mean.
 * @throws {StreamError} `format-invalid` or `native-missing` if it cannot be converted to rgba8.
 */
export async function framePicture(data: Uint8Array, format: VideoFormat): Promise<Uint8Array> {
  const { width, height, rate, alpha } = format;
  const target = videoFormat({ pixelFormat: "rgba8", width, height, rate, colorSpace: format.colorSpace, alpha });
  const pixels = new Uint8Array(width * height * 4);
  await loadNative();
  convertFrame({ data, format }, { data: pixels, format: target });
  if (alpha === "premultiplied") divideByAlpha(pixels);
  return encodePng(pixels, width, height);
}

function divideByAlpha(pixels: Uint8Array): void {
  for (let at = 0; at < pixels.length; at += 4) {
    const alpha = pixels[at + 3];
    if (alpha === 0 || alpha === 255) continue;
    for (let i = at; i < at + 3; i++) pixels[i] = Math.min(255, Math.round(pixels[i] * 255 / alpha));
  }
}
