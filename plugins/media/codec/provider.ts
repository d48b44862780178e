/**
 * The contract between the media plugin and the libraries that code and decode.
 *
 * It is shaped like WebCodecs: configure, feed, take what comes out through a callback, flush, close. It differs where
 * WebCodecs costs a copy or a garbage frame: pictures are copied straight into the caller's memory, and pictures to be
 * coded are read from it. A provider runs in a codec worker, one instance per worker; its calls may block that thread.
 *
 * @module
 */
import type { Rate } from "../rate.ts";

/** Codecs of pictures, by their usual names. */
export type VideoCodec = "h264" | "hevc" | "vp8" | "vp9" | "av1";

/** Codecs of sound that need a provider; PCM is decoded by the plugin itself. */
export type AudioCodec = "aac" | "opus" | "mp3" | "vorbis" | "flac";

/** Colour primaries and matrix: ITU-R BT.601, BT.709, BT.2020. */
export type ColorSpace = "bt601" | "bt709" | "bt2020";

/** Code range: `narrow` puts 8-bit luma in 16–235, `full` in 0–255. */
export type ColorRange = "narrow" | "full";

/** One coded picture or block of sound. `data` is the receiver's until the call returns. */
export interface CodedPacket {
  /** The packet; the receiver's until the call returns. */
  readonly data: Uint8Array;
  /** Whether decoding can begin here. */
  readonly key: boolean;
  /** Presentation time in microseconds; may be negative before a file's start. */
  readonly timestampUs: number;
}

/** What an encoder gives out: the packet and, at least on the first, the decoder's configuration record. */
export interface EncodedPacket extends CodedPacket {
  /** `avcC`, `AudioSpecificConfig`, `OpusHead` …; absent for Annex B H.264, VP8 and VP9. */
  readonly description?: Uint8Array;
}

/** What a video decoder is told. */
export interface VideoDecoderConfig {
  /** Codec of the stream. */
  readonly codec: VideoCodec;
  /** Luma columns as the container says. */
  readonly width: number;
  /** Luma rows as the container says. */
  readonly height: number;
  /** The decoder's configuration record as the container stores it. */
  readonly description?: Uint8Array;
}

/** A decoded picture, held by the decoder's library until `close()`. */
export interface DecodedPicture {
  /** Presentation time in microseconds. Pictures come out in the order of these. */
  readonly timestampUs: number;
  /** Luma columns. */
  readonly width: number;
  /** Luma rows. */
  readonly height: number;
  /**
   * Writes the picture as `i420`: 8 bit, planes Y, U, V without padding, chroma of ⌈width/2⌉ by ⌈height/2⌉.
   *
   * @throws {MediaError} `codec-unsupported` if the picture cannot be given as `i420`.
   */
  copyTo(into: Uint8Array): void;
  /** Gives the picture back; call it exactly once. */
  close(): void;
}

/** Decodes one stream of pictures. A failed call throws or rejects, and the decoder may then only be closed. */
export interface VideoDecoder {
  /** Takes one packet, in decoding order; what is ready comes out through the callback. */
  decode(packet: CodedPacket): void | Promise<void>;
  /** Gives out what is still inside; afterwards only `close()` may be called. */
  flush(): void | Promise<void>;
  /** Frees the coder; to be called once. */
  close(): void;
}

/** What a video encoder is told. */
export interface VideoEncoderConfig {
  /** Codec of the stream. */
  readonly codec: VideoCodec;
  /** Luma columns. */
  readonly width: number;
  /** Luma rows. */
  readonly height: number;
  /** Frames per second as a fraction. */
  readonly rate: Rate;
  /** Bits per second. */
  readonly bitrate: number;
  /** What the packets say of the primaries and matrix. */
  readonly colorSpace: ColorSpace;
  /** What the packets say of the code range. */
  readonly range: ColorRange;
}

/** Codes one stream of pictures: no reordering, each picture's packet out before the next picture goes in if it can. */
export interface VideoEncoder {
  /**
   * Takes one picture; its packet comes out through the callback.
   *
   * @param i420 The picture as {@linkcode DecodedPicture.copyTo} lays it out; the caller's again when the call is done.
   * @param timestampUs Presentation time in microseconds, greater than the one before.
   */
  encode(i420: Uint8Array, timestampUs: number): void | Promise<void>;
  /** Gives out what is still inside; afterwards only `close()` may be called. */
  flush(): void | Promise<void>;
  /** Frees the coder; to be called once. */
  close(): void;
}

/** What an audio decoder is told. */
export interface AudioDecoderConfig {
  /** Codec of the stream. */
  readonly codec: AudioCodec;
  /** Frames per second. */
  readonly sampleRateHz: number;
  /** Samples per frame. */
  readonly channels: number;
  /** The decoder's configuration record as the container stores it; absent where there is none. */
  readonly description?: Uint8Array;
}

/** A decoded block: float32 in [-1, 1], channels interleaved; the receiver's for good. */
export interface DecodedSound {
  /** Interleaved float32, `frames * channels` long. */
  readonly samples: Float32Array;
  /** Samples per channel. */
  readonly frames: number;
  /** Samples per frame. */
  readonly channels: number;
  /** Frames per second. */
  readonly sampleRateHz: number;
}

/** Decodes one stream of sound. */
export interface AudioDecoder {
  /** Takes one packet, in decoding order; what is ready comes out through the callback. */
  decode(packet: CodedPacket): void | Promise<void>;
  /** Gives out what is still inside; afterwards only `close()` may be called. */
  flush(): void | Promise<void>;
  /** Frees the coder; to be called once. */
  close(): void;
}

/** What an audio encoder is told. */
export interface AudioEncoderConfig {
  /** Codec of the stream. */
  readonly codec: AudioCodec;
  /** Frames per second. */
  readonly sampleRateHz: number;
  /** Samples per frame. */
  readonly channels: number;
  /** Bits per second. */
  readonly bitrate: number;
}

/** Codes one stream of sound. */
export interface AudioEncoder {
  /** Frames every call of `encode` must bring. */
  readonly framesPerPacket: number;
  /** Frames of delay: what goes in first comes out of a decoder so many frames after the first packet's time. */
  readonly primingFrames: number;
  /**
   * Takes one block of sound; its packet comes out through the callback.
   *
   * @param samples Exactly `framesPerPacket` frames, interleaved.
   * @param timestampUs Presentation time of the first frame in microseconds.
   */
  encode(samples: Float32Array, timestampUs: number): void | Promise<void>;
  /** Gives out what is still inside; afterwards only `close()` may be called. */
  flush(): void | Promise<void>;
  /** Frees the coder; to be called once. */
  close(): void;
}

/** A library behind the contract. */
export interface CodecProvider {
  /** Short name, shown to people. */
  readonly name: string;
  /** Licence of the coding library itself, as an SPDX expression. */
  readonly licence: string;
  /** Whether this provider can do so, on this machine. */
  supports(direction: "decode" | "encode", codec: VideoCodec | AudioCodec): boolean;
  /** A decoder that gives its pictures to `output`. */
  createVideoDecoder(config: VideoDecoderConfig, output: (picture: DecodedPicture) => void): VideoDecoder;
  /** An encoder that gives its packets to `output`. */
  createVideoEncoder(config: VideoEncoderConfig, output: (packet: EncodedPacket) => void): VideoEncoder;
  /** A decoder that gives its sound to `output`. */
  createAudioDecoder(config: AudioDecoderConfig, output: (sound: DecodedSound) => void): AudioDecoder;
  /** An encoder that gives its packets to `output`. */
  createAudioEncoder(config: AudioEncoderConfig, output: (packet: EncodedPacket) => void): AudioEncoder;
}

/** Bytes of an `i420` picture. */
export function i420Bytes(width: number, height: number): number {
  return width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
}
