/**
 * Coded pictures that tests send.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type EncodedFormat, videoFormat } from "@streamlib/core";
import { VideoEncoderActor } from "@streamlib/media";
import { noise } from "./content.ts";
import { GiverActor, TakerActor } from "./media_actors.ts";
import { until } from "./wait.ts";

/** H.264 as our encoder makes it. */
export interface CodedPictures {
  /** What is said of all of them. */
  readonly format: EncodedFormat;
  /** The pictures, each an access unit with start codes. */
  readonly pictures: readonly CodedPicture[];
  /** All of them one after another. */
  readonly stream: Uint8Array;
}

/** One of them. */
export interface CodedPicture {
  /** The access unit. */
  readonly data: Uint8Array;
  /** Whether decoding can begin here. */
  readonly keyframe: boolean;
}

/**
 * Codes pictures.
 *
 * @param count How many.
 * @param grainBits Bits of noise in them: with 5 a picture has some 20 kB, with 0 it fits into a packet.
 */
export async function codePictures(count: number, grainBits: number): Promise<CodedPictures> {
  const source = videoFormat({ pixelFormat: "i420", width: 320, height: 240, rate: 25 });
  const pictures: CodedPicture[] = [];
  let format: EncodedFormat | undefined;
  const giver = new GiverActor();
  const encoder = new VideoEncoderActor({ bitrate: 4_000_000 });
  const taker = new TakerActor({
    packets: (packet) => {
      format ??= packet.format;
      pictures.push({ data: Uint8Array.from(packet.data), keyframe: packet.keyframe });
    },
  });
  giver.outputs.video.pipe(encoder.inputs.video);
  encoder.outputs.packets.pipe(taker.inputs.packets);
  for (let n = 0; n < count; n++) {
    giver.giveVideo(source, grain(source.width * source.height * 1.5, n, grainBits), BigInt(n) * 40_000_000n);
    await until(() => pictures.length > n, `picture ${n} is coded`);
  }
  for (const actor of [giver, encoder, taker]) await actor.stop();
  return { format: format!, pictures, stream: Buffer.concat(pictures.map(({ data }) => data)) };
}

/** Noise about grey; of pure noise OpenH264 says that it cannot code it. */
function grain(bytes: number, seed: number, bits: number): Uint8Array {
  return noise(bytes, seed).map((byte) => 112 + 4 * seed + (byte & (2 ** bits - 1)));
}
