/**
 * Writes packets of pictures and sound into a container file.
 *
 * MP4 and MOV are written in fragments of about a second, and Matroska and WebM in clusters, straight to the file: what
 * is on the disk is playable at every moment, also after `kill -9`, up to the last fragment. Nothing is moved at the
 * end.
 *
 * @module
 */
import { type FileHandle, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import * as bunny from "mediabunny";
import type { AudioCodec, ColorSpace, EncodedPacket, VideoCodec } from "../codec/provider.ts";
import { MediaError } from "../media_error.ts";
import type { CodedAudioTrack, Container, VideoTrackPlan } from "./messages.ts";

const BUNNY_VIDEO: Readonly<Record<VideoCodec, bunny.VideoCodec>> = {
  h264: "avc",
  hevc: "hevc",
  vp8: "vp8",
  vp9: "vp9",
  av1: "av1",
};
const CODEC_STRINGS: Readonly<Record<AudioCodec, string>> = {
  aac: "mp4a.40.2",
  opus: "opus",
  mp3: "mp3",
  vorbis: "vorbis",
  flac: "flac",
};

/** What the sound track holds. */
export type SoundTrack = Pick<CodedAudioTrack, "codec" | "sampleRateHz" | "channels">;

/** An output file. Packets of one track go in with rising timestamps. */
export class OutputFile {
  readonly #path: string;
  readonly #output: bunny.Output;
  readonly #file: FileHandle;
  readonly #videoPlan: VideoTrackPlan | undefined;
  readonly #video: bunny.EncodedVideoPacketSource | undefined;
  readonly #soundTrack: SoundTrack | undefined;
  readonly #sound: bunny.EncodedAudioPacketSource | undefined;
  #videoBegun: boolean = false;
  #soundBegun: boolean = false;
  #diskError: Error | undefined;

  private constructor(
    path: string,
    container: Container,
    file: FileHandle,
    video: VideoTrackPlan | undefined,
    sound: SoundTrack | undefined,
  ) {
    this.#path = path;
    this.#file = file;
    this.#videoPlan = video;
    this.#soundTrack = sound;
    const writable = new WritableStream<bunny.StreamTargetChunk>({ write: (chunk) => this.#write(chunk) });
    this.#output = new bunny.Output({ format: formatOf(container), target: new bunny.StreamTarget(writable) });
    if (video) {
      this.#video = new bunny.EncodedVideoPacketSource(BUNNY_VIDEO[video.codec]);
      this.#output.addVideoTrack(this.#video, { frameRate: video.rate.num / video.rate.den });
    }
    if (sound) {
      this.#sound = new bunny.EncodedAudioPacketSource(sound.codec);
      this.#output.addAudioTrack(this.#sound);
    }
  }

  /**
   * Creates the file, or empties it.
   *
   * @throws {MediaError} `unwritable` or `directory`, naming the file; `codec-unsupported` if the container cannot hold
   *   it.
   */
  static async create(
    path: string,
    container: Container,
    video: VideoTrackPlan | undefined,
    sound: SoundTrack | undefined,
  ): Promise<OutputFile> {
    checkCodecs(path, container, video?.codec, sound?.codec);
    const file = await openForWriting(path);
    try {
      const output = new OutputFile(path, container, file, video, sound);
      await output.#output.start();
      return output;
    } catch (thrown) {
      await file.close();
      throw thrown;
    }
  }

  /** Adds one picture. @throws {MediaError} `unwritable`, for example if the disk is full. */
  async addVideo(packet: EncodedPacket): Promise<void> {
    const { rate, width, height, codec } = this.#videoPlan!;
    const frame = Math.round(packet.timestampUs / 1e6 * rate.num / rate.den);
    const timestampS = frame * rate.den / rate.num;
    const coded = toBunny(packet.data, packet.key, timestampS, rate.den / rate.num);
    const meta = this.#videoBegun ? undefined : {
      decoderConfig: {
        codec: videoCodecString(codec, packet.data),
        codedWidth: width,
        codedHeight: height,
        colorSpace: toBunnyColor(this.#videoPlan!),
        ...(packet.description ? { description: packet.description } : {}),
      },
    };
    this.#videoBegun = true;
    await this.#guard(this.#video!.add(coded, meta));
  }

  /** Adds one packet of sound. @throws {MediaError} `unwritable`. */
  async addSound(packet: EncodedPacket, durationS: number): Promise<void> {
    const { codec, sampleRateHz, channels } = this.#soundTrack!;
    const coded = toBunny(packet.data, true, packet.timestampUs / 1e6, durationS);
    const meta = this.#soundBegun ? undefined : {
      decoderConfig: {
        codec: CODEC_STRINGS[codec],
        sampleRate: sampleRateHz,
        numberOfChannels: channels,
        ...(packet.description ? { description: packet.description } : {}),
      },
    };
    this.#soundBegun = true;
    await this.#guard(this.#sound!.add(coded, meta));
  }

  /** Writes what is left and closes the file, which is then complete. A file without any packet is left empty. */
  async finish(): Promise<void> {
    try {
      if (this.#videoBegun || this.#soundBegun) await this.#guard(this.#output.finalize());
      else await this.#output.cancel();
    } finally {
      await this.#file.close();
    }
  }

  async #write(chunk: bunny.StreamTargetChunk): Promise<void> {
    try {
      for (let done = 0; done < chunk.data.byteLength;) {
        const { bytesWritten } = await this.#file.write(
          chunk.data,
          done,
          chunk.data.byteLength - done,
          chunk.position + done,
        );
        done += bytesWritten;
      }
    } catch (thrown) {
      this.#diskError ??= thrown as Error;
      throw thrown;
    }
  }

  async #guard(action: Promise<void>): Promise<void> {
    await action.catch((thrown: Error) => {
      throw unwritable(this.#path, this.#diskError ?? thrown);
    });
    if (this.#diskError) throw unwritable(this.#path, this.#diskError);
  }
}

/** How a container is written: in fragments or clusters of about a second. */
export function formatOf(container: Container): bunny.OutputFormat {
  const fragments = { fastStart: "fragmented" as const, minimumFragmentDuration: 0.9 };
  switch (container) {
    case "mp4":
      return new bunny.Mp4OutputFormat(fragments);
    case "mov":
      return new bunny.MovOutputFormat(fragments);
    case "mkv":
      return new bunny.MkvOutputFormat({ minimumClusterDuration: 0.9 });
    case "webm":
      return new bunny.WebMOutputFormat({ minimumClusterDuration: 0.9 });
  }
}

function checkCodecs(
  path: string,
  container: Container,
  video: VideoCodec | undefined,
  sound: AudioCodec | undefined,
): void {
  const held: string[] = formatOf(container).getSupportedCodecs();
  const names = [video && BUNNY_VIDEO[video], sound].filter((name) => name !== undefined);
  for (const name of names) {
    if (held.includes(name)) continue;
    const shown = name === "avc" ? "h264" : name;
    throw new MediaError("codec-unsupported", `Cannot write ${path}: a ${container} file cannot hold ${shown}`);
  }
}

async function openForWriting(path: string): Promise<FileHandle> {
  const status = await stat(path).catch(() => undefined);
  if (status?.isDirectory()) throw new MediaError("directory", `Cannot write ${path}: it is a directory, not a file`);
  const parent = await stat(dirname(path)).catch(() => undefined);
  if (!parent?.isDirectory()) {
    throw new MediaError("unwritable", `Cannot write ${path}: there is no directory ${dirname(path)}`);
  }
  return await open(path, "w").catch((thrown) => {
    throw unwritable(path, thrown);
  });
}

function unwritable(path: string, cause: Error & { code?: string }): MediaError {
  const detail = cause.code === "EACCES" || cause.code === "EPERM" || cause.code === "EROFS"
    ? "writing there is not permitted"
    : cause.code === "ENOSPC"
    ? "the disk is full"
    : cause.message;
  return new MediaError("unwritable", `Cannot write ${path}: ${detail}`, { cause });
}

function toBunny(data: Uint8Array, key: boolean, timestampS: number, durationS: number): bunny.EncodedPacket {
  return new bunny.EncodedPacket(new Uint8Array(data), key ? "key" : "delta", timestampS, durationS);
}

/** RFC 6381 names: H.264 from the sequence parameter set, VP9 profile 0 at the level for 1080p60. */
function videoCodecString(codec: VideoCodec, data: Uint8Array): string {
  switch (codec) {
    case "h264":
      return `avc1.${profileOf(data)}`;
    case "vp9":
      return "vp09.00.41.08";
    default:
      return codec;
  }
}

/** profile_idc, constraint flags and level_idc of the first SPS in an Annex B access unit, in hexadecimal. */
function profileOf(data: Uint8Array): string {
  for (let at = 0; at + 6 < data.length; at++) {
    if (data[at] !== 0 || data[at + 1] !== 0 || data[at + 2] !== 1 || (data[at + 3] & 0x1f) !== 7) continue;
    return [...data.subarray(at + 4, at + 7)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  return "42c028";
}

/** WebCodecs' names of primaries, transfer and matrix. */
const COLOR_NAMES: Readonly<Record<ColorSpace, readonly [primaries: string, transfer: string, matrix: string]>> = {
  bt601: ["smpte170m", "smpte170m", "smpte170m"],
  bt709: ["bt709", "bt709", "bt709"],
  bt2020: ["bt2020", "bt709", "bt2020-ncl"],
};

function toBunnyColor(plan: VideoTrackPlan): VideoColorSpaceInit {
  const [primaries, transfer, matrix] = COLOR_NAMES[plan.colorSpace];
  // The compiler's library lacks the names of BT.2020, which WebCodecs has.
  return { primaries, transfer, matrix, fullRange: plan.range === "full" } as VideoColorSpaceInit;
}
