/**
 * The default codec provider: FFmpeg's decoders, OpenH264, libvpx, libopus and FFmpeg's AAC encoder, all LGPL or freer.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { MediaError } from "../media_error.ts";
import {
  type FfmpegAddon,
  loadFfmpegAddon,
  type NativeAudioDecoder,
  type NativeAudioEncoder,
  type NativeFrame,
  type NativeVideoDecoder,
  type NativeVideoEncoder,
} from "./ffmpeg_addon.ts";
import {
  type AudioCodec,
  type AudioDecoder,
  type AudioDecoderConfig,
  type AudioEncoder,
  type AudioEncoderConfig,
  type CodecProvider,
  type CodedPacket,
  type ColorSpace,
  type DecodedPicture,
  type DecodedSound,
  type EncodedPacket,
  i420Bytes,
  type VideoCodec,
  type VideoDecoder,
  type VideoDecoderConfig,
  type VideoEncoder,
  type VideoEncoderConfig,
} from "./provider.ts";

const DECODE: readonly (VideoCodec | AudioCodec)[] = [
  "h264",
  "hevc",
  "vp8",
  "vp9",
  "av1",
  "aac",
  "opus",
  "mp3",
  "vorbis",
  "flac",
];

/** The addon's names of its encoders; it looks "libx264" up in a list that ends with OpenH264, the one built in. */
const ENCODE: Partial<Record<VideoCodec | AudioCodec, string>> = {
  h264: "libx264",
  vp8: "libvpx",
  vp9: "libvpx-vp9",
  opus: "libopus",
  aac: "aac",
};

/** Makes the provider; loads the native library at the first coder. */
export function createCodecProvider(): CodecProvider {
  return {
    name: "node-webcodecs",
    licence: "LGPL-2.1-or-later",
    supports: (direction, codec) => (direction === "decode" ? DECODE.includes(codec) : codec in ENCODE),
    createVideoDecoder: (config, output) => new FfmpegVideoDecoder(loadFfmpegAddon(), config, output),
    createVideoEncoder: (config, output) => new FfmpegVideoEncoder(loadFfmpegAddon(), config, output),
    createAudioDecoder: (config, output) => new FfmpegAudioDecoder(loadFfmpegAddon(), config, output),
    createAudioEncoder: (config, output) => new FfmpegAudioEncoder(loadFfmpegAddon(), config, output),
  };
}

/** Collects the addon's error callback and throws it where the caller can see it. */
class Faults {
  #message: string | undefined;
  readonly report: (message: string) => void = (message) => {
    this.#message ??= message;
  };

  check(): void {
    if (this.#message === undefined) return;
    const message = this.#message;
    this.#message = undefined;
    throw new MediaError(
      "damaged",
      message.replace("Decode error: Invalid data found when processing input", "damaged data"),
    );
  }
}

/** The addon stamps a picture with the packet that pushed it out; the right stamps are the packets', sorted. */
class PresentationOrder {
  #waiting: number[] = [];

  add(timestampUs: number): void {
    let at = this.#waiting.length;
    while (at > 0 && this.#waiting[at - 1] > timestampUs) at--;
    this.#waiting.splice(at, 0, timestampUs);
  }

  next(otherwise: number): number {
    return this.#waiting.shift() ?? otherwise;
  }
}

class FfmpegVideoDecoder implements VideoDecoder {
  readonly #native: NativeVideoDecoder;
  readonly #faults: Faults = new Faults();
  readonly #order: PresentationOrder = new PresentationOrder();

  constructor(addon: FfmpegAddon, config: VideoDecoderConfig, output: (picture: DecodedPicture) => void) {
    this.#native = new addon.VideoDecoderNative(
      (frame, timestampUs) => output(new FfmpegPicture(frame, this.#order.next(timestampUs))),
      this.#faults.report,
    );
    this.#native.configure({
      codec: config.codec,
      width: config.width,
      height: config.height,
      ...(config.description ? { extradata: toBuffer(config.description) } : {}),
    });
  }

  decode(packet: CodedPacket): void {
    this.#order.add(packet.timestampUs);
    this.#native.decode(toBuffer(packet.data), packet.key, packet.timestampUs, 0);
    this.#faults.check();
  }

  flush(): void {
    this.#native.flush(() => {});
    this.#faults.check();
  }

  close(): void {
    this.#native.close();
  }
}

/** Formats the addon's scaler turns into `i420`; "" is what it calls full-range 4:2:0, and 10-bit formats. */
const CONVERTIBLE = ["I420", "", "I422", "I444", "NV12"];

class FfmpegPicture implements DecodedPicture {
  readonly #frame: NativeFrame;
  readonly timestampUs: number;
  readonly width: number;
  readonly height: number;

  constructor(frame: NativeFrame, timestampUs: number) {
    this.#frame = frame;
    this.timestampUs = timestampUs;
    this.width = frame.width;
    this.height = frame.height;
  }

  copyTo(into: Uint8Array): void {
    const format = this.#frame.format;
    const bytes = i420Bytes(this.width, this.height);
    if (!CONVERTIBLE.includes(format)) throw new MediaError("codec-unsupported", `pixel format ${format} is not known`);
    try {
      const target = toBuffer(into.subarray(0, bytes));
      if (format === "I420" || format === "") this.#frame.copyTo(target);
      else this.#frame.copyTo(target, { format: "I420" });
    } catch (cause) {
      throw new MediaError("codec-unsupported", "the pixel format is not 8-bit 4:2:0, 4:2:2 or 4:4:4", { cause });
    }
  }

  close(): void {
    this.#frame.close();
  }
}

class FfmpegVideoEncoder implements VideoEncoder {
  readonly #addon: FfmpegAddon;
  readonly #config: VideoEncoderConfig;
  readonly #native: NativeVideoEncoder;
  readonly #faults: Faults = new Faults();

  constructor(addon: FfmpegAddon, config: VideoEncoderConfig, output: (packet: EncodedPacket) => void) {
    this.#addon = addon;
    this.#config = config;
    this.#native = new addon.VideoEncoderNative(
      (data, key, timestampUs) => output({ data, key, timestampUs }),
      this.#faults.report,
    );
    this.#native.configure({
      codec: ENCODE[config.codec],
      width: config.width,
      height: config.height,
      bitrate: config.bitrate,
      framerate: Math.max(1, Math.round(config.rate.num / config.rate.den)),
      latencyMode: "realtime",
      hardwareAcceleration: "prefer-software",
      avcFormat: "annexb",
      colorSpace: toNativeColor(config.colorSpace, config.range === "full"),
    });
  }

  encode(i420: Uint8Array, timestampUs: number): void {
    const frame = new this.#addon.VideoFrameNative(toBuffer(i420), "I420", this.#config.width, this.#config.height);
    try {
      this.#native.encode(frame, timestampUs, false);
    } finally {
      frame.close();
    }
    this.#faults.check();
  }

  flush(): void {
    this.#native.flush(() => {});
    this.#faults.check();
  }

  close(): void {
    this.#native.close();
  }
}

class FfmpegAudioDecoder implements AudioDecoder {
  readonly #native: NativeAudioDecoder;
  readonly #faults: Faults = new Faults();

  constructor(addon: FfmpegAddon, config: AudioDecoderConfig, output: (sound: DecodedSound) => void) {
    this.#native = new addon.AudioDecoderNative(
      (samples, _format, sampleRateHz, frames, channels) => output({ samples, frames, channels, sampleRateHz }),
      this.#faults.report,
    );
    this.#native.configure({
      codec: config.codec,
      sampleRate: config.sampleRateHz,
      channels: config.channels,
      ...(config.description ? { extradata: toBuffer(config.description) } : {}),
    });
  }

  decode(packet: CodedPacket): void {
    this.#native.decode(toBuffer(packet.data), true, packet.timestampUs, 0);
    this.#faults.check();
  }

  flush(): void {
    this.#native.flush(() => {});
    this.#faults.check();
  }

  close(): void {
    this.#native.close();
  }
}

/** RFC 7845 §4.2: encoders in use delay by 312 frames at 48 kHz (libopus without lookahead options). */
const OPUS_PRIMING = 312;
/** ISO/IEC 14496-3: one frame of overlap. */
const AAC_PRIMING = 1024;

class FfmpegAudioEncoder implements AudioEncoder {
  readonly framesPerPacket: number;
  readonly primingFrames: number;
  readonly #config: AudioEncoderConfig;
  readonly #native: NativeAudioEncoder;
  readonly #faults: Faults = new Faults();

  constructor(addon: FfmpegAddon, config: AudioEncoderConfig, output: (packet: EncodedPacket) => void) {
    this.#config = config;
    this.framesPerPacket = config.codec === "opus" ? config.sampleRateHz / 50 : 1024;
    this.primingFrames = config.codec === "opus"
      ? Math.round(OPUS_PRIMING * config.sampleRateHz / 48_000)
      : AAC_PRIMING;
    this.#native = new addon.AudioEncoderNative(
      (data, timestampUs, _durationUs, extradata) =>
        output({ data, key: true, timestampUs, ...(extradata ? { description: new Uint8Array(extradata) } : {}) }),
      this.#faults.report,
    );
    this.#native.configure({
      codec: ENCODE[config.codec],
      sampleRate: config.sampleRateHz,
      channels: config.channels,
      bitrate: config.bitrate,
    });
  }

  encode(samples: Float32Array, timestampUs: number): void {
    const { sampleRateHz, channels } = this.#config;
    this.#native.encode(samples, "f32", sampleRateHz, this.framesPerPacket, channels, timestampUs);
    this.#faults.check();
  }

  flush(): void {
    this.#native.flush(() => {});
    this.#faults.check();
  }

  close(): void {
    this.#native.close();
  }
}

function toNativeColor(space: ColorSpace, fullRange: boolean): Record<string, unknown> {
  switch (space) {
    case "bt601":
      return { primaries: "smpte170m", transfer: "smpte170m", matrix: "smpte170m", fullRange };
    case "bt709":
      return { primaries: "bt709", transfer: "bt709", matrix: "bt709", fullRange };
    case "bt2020":
      return { primaries: "bt2020", transfer: "bt709", matrix: "bt2020-ncl", fullRange };
  }
}

function toBuffer(bytes: Uint8Array): Uint8Array {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
