/** A codec provider that does not code: packets are pictures and sound as they were, behind four bytes. */
import type {
  CheckedAudioEncoder,
  CheckedCodecProvider,
  CheckedDecoder,
  CheckedPacket,
  CheckedPicture,
  CheckedSound,
  CheckedVideoEncoder,
} from "../codec_provider.ts";

/** What it is told of pictures. */
export interface RawVideoConfig {
  readonly codec: string;
  readonly width: number;
  readonly height: number;
}

const HEADER: readonly number[] = [0x52, 0x41, 0x57, 0];
const HEADER_BYTES: number = HEADER.length;
const KEY_EVERY = 8;
/** Frames of a block of sound. */
export const BLOCK_FRAMES = 960;

function wrap(bytes: Uint8Array): Uint8Array {
  const packet = new Uint8Array(HEADER_BYTES + bytes.length);
  packet.set(HEADER);
  packet.set(bytes, HEADER_BYTES);
  return packet;
}

function unwrap(packet: Uint8Array): Uint8Array {
  if (HEADER.some((byte, index) => packet[index] !== byte)) throw new Error("Cannot decode a packet: it is damaged");
  return packet.slice(HEADER_BYTES);
}

function refuse(codec: string, right: string): void {
  if (codec !== right) throw new Error(`Cannot make a coder of ${codec}: ${right} is right`);
}

/** A picture as the provider gives it. */
export function rawPicture(bytes: Uint8Array, timestampUs: number, width: number, height: number): CheckedPicture {
  return { timestampUs, width, height, copyTo: (into) => void into.set(bytes), close: () => {} };
}

/** Makes the provider; it calls its pictures h264 and its sound flac. */
export function makeRawProvider(): CheckedCodecProvider {
  return {
    name: "raw",
    licence: "MIT",
    supports: (_direction, codec) => codec === "h264" || codec === "flac",
    createVideoDecoder(config, output: (picture: CheckedPicture) => void): CheckedDecoder {
      const { codec, width, height } = config as RawVideoConfig;
      refuse(codec, "h264");
      return {
        decode: ({ data, timestampUs }) => output(rawPicture(unwrap(data), timestampUs, width, height)),
        flush: () => {},
        close: () => {},
      };
    },
    createVideoEncoder(config, output: (packet: CheckedPacket) => void): CheckedVideoEncoder {
      refuse((config as RawVideoConfig).codec, "h264");
      let count = 0;
      return {
        encode: (i420, timestampUs) => output({ data: wrap(i420), key: count++ % KEY_EVERY === 0, timestampUs }),
        flush: () => {},
        close: () => {},
      };
    },
    createAudioDecoder(config, output: (sound: CheckedSound) => void): CheckedDecoder {
      const { codec, sampleRateHz, channels } = config as { codec: string; sampleRateHz: number; channels: number };
      refuse(codec, "flac");
      return {
        decode: ({ data }) => {
          const samples = new Float32Array(unwrap(data).buffer);
          output({ samples, frames: samples.length / channels, channels, sampleRateHz });
        },
        flush: () => {},
        close: () => {},
      };
    },
    createAudioEncoder(config, output: (packet: CheckedPacket) => void): CheckedAudioEncoder {
      refuse((config as { codec: string }).codec, "flac");
      return {
        framesPerPacket: BLOCK_FRAMES,
        primingFrames: 0,
        encode: ({ buffer }, timestampUs) => output({ data: wrap(new Uint8Array(buffer)), key: true, timestampUs }),
        flush: () => {},
        close: () => {},
      };
    },
  };
}
