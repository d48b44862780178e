/**
 * Items of each type to feed to actors.
 *
 * @module
 */
import { ancillaryFormat, ancillaryPacket, audioFormat, type PixelFormat, videoFormat } from "@streamlib/core";
import { picture, type TestItems } from "../test_items.ts";
import { codedPictures } from "./coded_pictures.ts";

const RATE = 50;

function samplesOf(index: number, channels: number): Uint8Array {
  const frames = 960;
  const values = Float32Array.from({ length: frames * channels }, (_, at) => Math.sin(at * 0.1 + index) / 2);
  return new Uint8Array(values.buffer);
}

/**
 * `count` items for an input of that type, each with other bytes; `undefined` where nobody knows one, as of data, which
 * means something else to every actor. Those for pictures on a GPU are to be uploaded.
 */
export function samplesFor(
  typeName: string,
  count: number,
  pixelFormat: PixelFormat,
  edge: number,
): TestItems | undefined {
  const list = <T>(one: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => one(index));
  if (typeName === "VideoFrame" || typeName === "GpuFrame") {
    const format = videoFormat({ pixelFormat, width: edge, height: edge, rate: RATE });
    return { video: list((index) => picture(format, [16 + index, 40, 90, 200])) };
  }
  if (typeName === "AudioBuffer") {
    const format = audioFormat({ sampleRateHz: 48_000, channels: edge > 32 ? 1 : 2, framesMax: 960 });
    return { audio: list((index) => ({ format, data: samplesOf(index, format.channels) })) };
  }
  if (typeName === "EncodedPacket") return codedPictures(count, edge, { num: RATE, den: 1 });
  if (typeName === "AncillaryData") {
    const format = ancillaryFormat({ rate: RATE });
    return {
      ancillary: list((index) => ({
        format,
        packets: [ancillaryPacket({ did: 0x61, sdid: 1, line: 9, data: [index] })],
      })),
    };
  }
  if (typeName === "KeyEvent") {
    const plain = { repeat: false, shift: false, control: false, alt: false, meta: false };
    return { keys: list((index) => ({ type: index % 2 === 0 ? "down" : "up", key: "a", code: "KeyA", ...plain })) };
  }
  if (typeName === "MouseEvent") {
    return { mouse: list((index) => ({ type: "move", x: index, y: 1, button: -1, deltaX: 0, deltaY: 0 })) };
  }
  return undefined;
}

/** Names of a test source's outputs by the types of messages. */
export const portOf: Readonly<Record<string, keyof TestItems>> = {
  VideoFrame: "video",
  GpuFrame: "video",
  AudioBuffer: "audio",
  EncodedPacket: "packets",
  AncillaryData: "ancillary",
  DataMessage: "data",
  KeyEvent: "keys",
  MouseEvent: "mouse",
};
