/**
 * A format in one short text.
 *
 * @module
 */
import { fpsOf, type Rate } from "../time/rate.ts";

const UNKNOWN_CHARACTERS_MAX = 60;

/** What formats of messages may have; each kind has some. */
interface AnyFormat {
  readonly codec?: string;
  readonly pixelFormat?: string;
  readonly width?: number;
  readonly height?: number;
  readonly rate?: Rate;
  readonly scan?: string;
  readonly sampleRateHz?: number;
  readonly channels?: number;
  readonly bytesMax?: number;
}

/** `rgba8 1920x1080 59.94 fps`, `48000 Hz 2 channels`, `to 1024 bytes`; of unknown kinds the beginning of their JSON. */
export function shortFormat(format: object): string {
  const known: AnyFormat = format;
  const { codec, pixelFormat, width, height, rate, scan, sampleRateHz, channels, bytesMax } = known;
  const words = [
    codec,
    pixelFormat,
    width === undefined ? undefined : `${width}x${height}`,
    scan === "progressive" ? undefined : scan,
    rate && `${Number(fpsOf(rate).toFixed(3))} fps`,
    sampleRateHz === undefined ? undefined : `${sampleRateHz} Hz`,
    channels === undefined ? undefined : `${channels} ${channels === 1 ? "channel" : "channels"}`,
  ].filter((word) => word !== undefined);
  if (words.length > 0) return words.join(" ");
  if (bytesMax !== undefined) return `to ${bytesMax} bytes`;
  const text = JSON.stringify(format);
  return text.length > UNKNOWN_CHARACTERS_MAX ? `${text.slice(0, UNKNOWN_CHARACTERS_MAX)}…` : text;
}
