/**
 * What the checks use of a codec provider. `CodecProvider` of `@streamlib/media` fits it; this package does not know that
 * one.
 *
 * @module
 */

/** One coded picture or block of sound. */
export interface CheckedPacket {
  /** The packet; the receiver's until the call returns. */
  readonly data: Uint8Array;
  /** Whether decoding can begin here. */
  readonly key: boolean;
  /** Presentation time, microseconds. */
  readonly timestampUs: number;
  /** The decoder's configuration record, at least on the first packet, where the codec has one. */
  readonly description?: Uint8Array;
}

/** A decoded picture. */
export interface CheckedPicture {
  /** Presentation time, microseconds. */
  readonly timestampUs: number;
  /** Luma columns. */
  readonly width: number;
  /** Luma rows. */
  readonly height: number;
  /** Writes it as `i420`. */
  copyTo(into: Uint8Array): void;
  /** Gives it back. */
  close(): void;
}

/** A decoded block of sound. */
export interface CheckedSound {
  /** Interleaved float32. */
  readonly samples: Float32Array;
  /** Samples per channel. */
  readonly frames: number;
  /** Samples per frame. */
  readonly channels: number;
  /** Frames per second. */
  readonly sampleRateHz: number;
}

/** What every coder can do. */
export interface CheckedCoder {
  /** Gives out what is still inside. */
  flush(): void | Promise<void>;
  /** Frees it. */
  close(): void;
}

/** What decodes. */
export interface CheckedDecoder extends CheckedCoder {
  /** Takes one packet. */
  decode(packet: CheckedPacket): void | Promise<void>;
}

/** What codes pictures. */
export interface CheckedVideoEncoder extends CheckedCoder {
  /** Takes one picture, `i420`. */
  encode(i420: Uint8Array, timestampUs: number): void | Promise<void>;
}

/** What codes sound. */
export interface CheckedAudioEncoder extends CheckedCoder {
  /** Frames of every call of `encode`. */
  readonly framesPerPacket: number;
  /** Frames of delay between what goes in and what comes out of a decoder. */
  readonly primingFrames: number;
  /** Takes one block of sound. */
  encode(samples: Float32Array, timestampUs: number): void | Promise<void>;
}

/** A library that codes and decodes. Methods are declared as such, so that narrower names of codecs fit. */
export interface CheckedCodecProvider {
  /** Short name, shown to people. */
  readonly name: string;
  /** Licence of the library, an SPDX expression. */
  readonly licence: string;
  /** Whether it can do so. */
  supports(direction: "decode" | "encode", codec: string): boolean;
  /** A decoder that gives its pictures to `output`. */
  createVideoDecoder(config: object, output: (picture: CheckedPicture) => void): CheckedDecoder;
  /** An encoder that gives its packets to `output`. */
  createVideoEncoder(config: object, output: (packet: CheckedPacket) => void): CheckedVideoEncoder;
  /** A decoder that gives its sound to `output`. */
  createAudioDecoder(config: object, output: (sound: CheckedSound) => void): CheckedDecoder;
  /** An encoder that gives its packets to `output`. */
  createAudioEncoder(config: object, output: (packet: CheckedPacket) => void): CheckedAudioEncoder;
}
