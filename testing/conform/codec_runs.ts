/**
 * Pictures and sound that go through a codec provider.
 *
 * @module
 */
import { frameBytes, type VideoFormat, videoFormat } from "@streamlib/core";
import { Inapplicable } from "./check.ts";
import type { CheckedCodecProvider, CheckedPacket, CheckedSound } from "./codec_provider.ts";
import type { CodecProviderConformance } from "./conformance.ts";
import { within } from "./living.ts";

/** Codecs that are asked for. */
export const VIDEO_CODECS = ["h264", "hevc", "vp8", "vp9", "av1"] as const;
/** Codecs that are asked for. */
export const AUDIO_CODECS = ["aac", "opus", "mp3", "vorbis", "flac"] as const;

/** Pictures of a run. */
export const PICTURES = 24;
/** Format of the pictures. */
export const FORMAT: VideoFormat = videoFormat({ pixelFormat: "i420", width: 96, height: 64, rate: 25 });
const PICTURE_US = 40_000;
const VIDEO_BITS_PER_S = 2_000_000;
const AUDIO_BITS_PER_S = 128_000;

/** Sound of a run. */
export const SAMPLE_RATE_HZ = 48_000;
/** Channels of the sound. */
export const CHANNELS = 2;

/** Codecs that the provider can code and decode; none is a fault of nobody. */
export function codecsOf(provider: CheckedCodecProvider, among: readonly string[], what: string): readonly string[] {
  const codecs = among.filter((codec) => provider.supports("encode", codec) && provider.supports("decode", codec));
  if (codecs.length === 0) throw new Inapplicable(`it does not both code and decode any ${what}`);
  return codecs;
}

/** Runs with each codec of pictures that the provider can code and decode; errors name the codec. */
export async function eachVideoCodec(
  subject: CodecProviderConformance,
  run: (provider: CheckedCodecProvider, codec: string) => Promise<void>,
): Promise<void> {
  const provider = await subject.make();
  for (const codec of codecsOf(provider, VIDEO_CODECS, "pictures")) await named(codec, () => run(provider, codec));
}

/** The same with each codec of sound. */
export async function eachAudioCodec(
  subject: CodecProviderConformance,
  run: (provider: CheckedCodecProvider, codec: string) => Promise<void>,
): Promise<void> {
  const provider = await subject.make();
  for (const codec of codecsOf(provider, AUDIO_CODECS, "sound")) await named(codec, () => run(provider, codec));
}

async function named(codec: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (thrown) {
    if (thrown instanceof Error) thrown.message = `${codec}: ${thrown.message}`;
    throw thrown;
  }
}

/** Picture `index` of a soft pattern that moves; chroma changes with every picture, Cb and Cr in other ways. */
export function movingPicture(index: number): Uint8Array {
  const { width, height } = FORMAT;
  const data = new Uint8Array(frameBytes(FORMAT));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (x + 2 * y + 3 * index) % 200;
      data[y * width + x] = 30 + (at < 100 ? at : 200 - at) * 2;
    }
  }
  const luma = width * height;
  data.fill(90 + 2 * index, luma, luma + luma / 4);
  data.fill(170 - 2 * index, luma + luma / 4);
  return data;
}

/** Presentation time of picture `index`, microseconds; not all are as far apart. */
export function instantUs(index: number): number {
  return 1_000_000 + index * PICTURE_US + index % 3 * 1000;
}

/** What an encoder of pictures is told. */
export function videoConfig(codec: string): object {
  const { width, height } = FORMAT;
  const rate = { num: 25, den: 1 };
  return { codec, width, height, rate, bitrate: VIDEO_BITS_PER_S, colorSpace: "bt709", range: "narrow" };
}

/** Bytes in memory of their own; `slice` of a `Buffer` would be a view. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

/** A packet that is kept. */
export function keep(packet: CheckedPacket): CheckedPacket {
  const { data, key, timestampUs, description } = packet;
  const kept = { data: copyOf(data), key, timestampUs };
  return description ? { ...kept, description: copyOf(description) } : kept;
}

/** Codes pictures; their memory is spoilt after each call, as a caller may do. */
export async function codePictures(
  provider: CheckedCodecProvider,
  codec: string,
  count: number = PICTURES,
): Promise<CheckedPacket[]> {
  const packets: CheckedPacket[] = [];
  const encoder = provider.createVideoEncoder(videoConfig(codec), (packet) => void packets.push(keep(packet)));
  try {
    for (let index = 0; index < count; index++) {
      const picture = movingPicture(index);
      await within("the coding", Promise.resolve(encoder.encode(picture, instantUs(index))));
      picture.fill(0);
    }
    await within("the flush", Promise.resolve(encoder.flush()));
  } finally {
    encoder.close();
  }
  return packets;
}

/** What a decoder of pictures is told. */
export function decoderConfig(codec: string, packets: readonly CheckedPacket[]): object {
  const { width, height } = FORMAT;
  const description = packets.find((packet) => packet.description)?.description;
  return { codec, width, height, ...(description ? { description } : {}) };
}

/** A decoded picture that was copied. */
export interface KeptPicture {
  readonly timestampUs: number;
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  /** The bytes that lay behind the picture, each 0xa5 before. */
  readonly behind: Uint8Array;
}

const GUARD_BYTES = 64;

/** Decodes packets. The memory of packets is spoilt after each call, as a caller may do. */
export async function decodePictures(
  provider: CheckedCodecProvider,
  codec: string,
  packets: readonly CheckedPacket[],
): Promise<KeptPicture[]> {
  const pictures: KeptPicture[] = [];
  const bytes = frameBytes(FORMAT);
  const decoder = provider.createVideoDecoder(decoderConfig(codec, packets), (picture) => {
    const room = new Uint8Array(bytes + GUARD_BYTES).fill(0xa5);
    const { timestampUs, width, height } = picture;
    picture.copyTo(room);
    picture.close();
    pictures.push({ timestampUs, width, height, data: room.subarray(0, bytes), behind: room.subarray(bytes) });
  });
  try {
    for (const { data, key, timestampUs } of packets) {
      const spoilt = copyOf(data);
      await within("the decoding", Promise.resolve(decoder.decode({ data: spoilt, key, timestampUs })));
      spoilt.fill(0xff);
    }
    await within("the flush", Promise.resolve(decoder.flush()));
  } finally {
    decoder.close();
  }
  return pictures;
}

/** Sound: two tones a channel, which do not repeat within a run. */
export function sound(frames: number): Float32Array {
  const samples = new Float32Array(frames * CHANNELS);
  for (let frame = 0; frame < frames; frame++) {
    const at = 2 * Math.PI * frame / SAMPLE_RATE_HZ;
    samples[frame * CHANNELS] = 0.3 * Math.sin(at * 440) + 0.2 * Math.sin(at * 613.7);
    samples[frame * CHANNELS + 1] = 0.3 * Math.sin(at * 331.3) + 0.2 * Math.sin(at * 787.9);
  }
  return samples;
}

/** Coded sound. */
export interface CodedSound {
  readonly packets: readonly CheckedPacket[];
  readonly framesPerPacket: number;
  readonly primingFrames: number;
}

/** What a coder of sound is told. */
export function audioConfig(codec: string): object {
  return { codec, sampleRateHz: SAMPLE_RATE_HZ, channels: CHANNELS, bitrate: AUDIO_BITS_PER_S };
}

/** Codes `blocks` blocks of {@link sound}. */
export async function codeSound(provider: CheckedCodecProvider, codec: string, blocks: number): Promise<CodedSound> {
  const packets: CheckedPacket[] = [];
  const encoder = provider.createAudioEncoder(audioConfig(codec), (packet) => void packets.push(keep(packet)));
  const { framesPerPacket, primingFrames } = encoder;
  try {
    const all = sound(framesPerPacket * blocks);
    for (let block = 0; block < blocks; block++) {
      const from = block * framesPerPacket;
      const samples = all.slice(from * CHANNELS, (from + framesPerPacket) * CHANNELS);
      const timestampUs = Math.round(from * 1e6 / SAMPLE_RATE_HZ);
      await within("the coding", Promise.resolve(encoder.encode(samples, timestampUs)));
      samples.fill(0);
    }
    await within("the flush", Promise.resolve(encoder.flush()));
  } finally {
    encoder.close();
  }
  return { packets, framesPerPacket, primingFrames };
}

/** Decodes packets of sound. */
export async function decodeSound(
  provider: CheckedCodecProvider,
  codec: string,
  packets: readonly CheckedPacket[],
): Promise<CheckedSound[]> {
  const blocks: CheckedSound[] = [];
  const description = packets.find((packet) => packet.description)?.description;
  const config = { codec, sampleRateHz: SAMPLE_RATE_HZ, channels: CHANNELS, ...(description ? { description } : {}) };
  const decoder = provider.createAudioDecoder(config, (block) => void blocks.push(block));
  try {
    for (const packet of packets) {
      const data = copyOf(packet.data);
      await within("the decoding", Promise.resolve(decoder.decode({ ...packet, data })));
      data.fill(0xff);
    }
    await within("the flush", Promise.resolve(decoder.flush()));
  } finally {
    decoder.close();
  }
  return blocks;
}
