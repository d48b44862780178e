/**
 * Opens a media file and finds out what it holds.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import * as bunny from "mediabunny";
import type { AudioCodec, ColorRange, ColorSpace, VideoCodec } from "../codec/provider.ts";
import { pcmReader } from "../codec/pcm.ts";
import { MediaError } from "../media_error.ts";
import type { AudioInfo, VideoInfo } from "../media_info.ts";
import { detectRate } from "../rate.ts";

const FORMATS = [
  bunny.MP4,
  bunny.QTFF,
  bunny.MATROSKA,
  bunny.WEBM,
  bunny.WAVE,
  bunny.OGG,
  bunny.MP3,
  bunny.FLAC,
  bunny.ADTS,
  bunny.MPEG_TS,
];

const VIDEO_CODECS: Readonly<Record<string, VideoCodec>> = {
  avc: "h264",
  hevc: "hevc",
  vp8: "vp8",
  vp9: "vp9",
  av1: "av1",
};
const AUDIO_CODECS: Readonly<Record<string, AudioCodec>> = {
  aac: "aac",
  opus: "opus",
  mp3: "mp3",
  vorbis: "vorbis",
  flac: "flac",
};

/** Packets whose timestamps are read to find the rate, where the container has no index to count them all. */
const RATE_PACKETS = 300;

/** The pictures of an open file. */
export interface VideoTrack {
  readonly track: bunny.InputVideoTrack;
  readonly description: Uint8Array | undefined;
  readonly firstS: number;
  readonly endS: number;
  readonly info: VideoInfo;
}

/** The sound of an open file. `pcm` is set if it needs no provider. */
export interface AudioTrack {
  readonly track: bunny.InputAudioTrack;
  readonly pcm: string | undefined;
  readonly firstS: number;
  readonly endS: number;
  readonly info: AudioInfo;
}

/** An open file; `dispose()` closes it. */
export interface InputFile {
  readonly input: bunny.Input;
  readonly video: VideoTrack | undefined;
  readonly audio: AudioTrack | undefined;
}

/**
 * Opens `path` and reads its headers.
 *
 * @param path The file.
 * @param want Which parts are asked for; a part that is asked for and absent is left out, not an error.
 * @throws {MediaError} Naming the file and the cause.
 */
export async function openInputFile(path: string, want: { video: boolean; audio: boolean }): Promise<InputFile> {
  await checkReadable(path);
  const input = new bunny.Input({ formats: FORMATS, source: new bunny.FilePathSource(path) });
  try {
    if (!await input.canRead()) {
      throw new MediaError(
        "format-unsupported",
        `Cannot read ${path}: it is no media file of a known kind (mp4, mov, mkv, webm, wav, ogg, mp3, flac, aac, ts)`,
      );
    }
    const tracks = await input.getTracks().catch((cause) => {
      throw damaged(path, cause);
    });
    if (tracks.length === 0) throw damaged(path, "it has no tracks");
    const video = want.video ? await input.getPrimaryVideoTrack() : null;
    const audio = want.audio ? await input.getPrimaryAudioTrack() : null;
    return {
      input,
      video: video ? await describeVideo(path, video) : undefined,
      audio: audio ? await describeAudio(path, audio) : undefined,
    };
  } catch (thrown) {
    input.dispose();
    throw thrown instanceof MediaError ? thrown : damaged(path, thrown);
  }
}

/** The error for a file whose contents do not hold together. */
export function damaged(path: string, cause: unknown): MediaError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new MediaError("damaged", `Cannot read ${path}: the file is truncated or damaged (${detail})`, { cause });
}

async function checkReadable(path: string): Promise<void> {
  const status = await stat(path).catch((cause) => {
    if (cause.code === "ENOENT" || cause.code === "ENOTDIR") {
      throw new MediaError("missing", `Cannot read ${path}: there is no such file`, { cause });
    }
    throw new MediaError("unreadable", `Cannot read ${path}: ${cause.message}`, { cause });
  });
  if (status.isDirectory()) throw new MediaError("directory", `Cannot read ${path}: it is a directory, not a file`);
  if (status.size === 0) throw new MediaError("damaged", `Cannot read ${path}: the file is empty`);
}

async function describeVideo(path: string, track: bunny.InputVideoTrack): Promise<VideoTrack> {
  const name = await track.getCodec();
  const codec = name === null ? undefined : VIDEO_CODECS[name];
  if (codec === undefined) throw await unknownCodec(path, "video", track, name);
  const config = await track.getDecoderConfig();
  if (!config) throw damaged(path, "the video has no decoder configuration");
  const width = config.codedWidth ?? await track.getCodedWidth();
  const height = config.codedHeight ?? await track.getCodedHeight();
  const { timestampsS, complete } = await sampleTimestamps(track);
  const { rate, constant } = detectRate(timestampsS, 1 / await track.getTimeResolution(), { num: 25, den: 1 });
  const firstS = await track.getFirstTimestamp();
  const endS = await track.computeDuration({ metadataOnly: true });
  const color = await track.getColorSpace();
  const colorSpace = toColorSpace(color.matrix ?? color.primaries ?? undefined);
  return {
    track,
    description: config.description === undefined ? undefined : toBytes(config.description),
    firstS,
    endS,
    info: {
      codec,
      width,
      height,
      rate,
      constantRate: constant,
      ...(complete ? { frameCount: timestampsS.filter((time) => time >= 0).length } : {}),
      rotation: await track.getRotation(),
      colorSpace: colorSpace ?? (height >= 720 ? "bt709" : "bt601"),
      range: toRange(color.fullRange),
      colorAssumed: colorSpace === undefined,
      durationNs: Math.round((endS - Math.max(0, firstS)) * 1e9),
    },
  };
}

async function describeAudio(path: string, track: bunny.InputAudioTrack): Promise<AudioTrack> {
  const name = await track.getCodec();
  const pcm = name !== null && pcmReader(name) ? name : undefined;
  const codec = pcm ? "pcm" as const : name === null ? undefined : AUDIO_CODECS[name];
  if (codec === undefined) throw await unknownCodec(path, "audio", track, name);
  const config = await track.getDecoderConfig();
  if (!config) throw damaged(path, "the sound has no decoder configuration");
  const firstS = await track.getFirstTimestamp();
  const endS = await track.computeDuration({ metadataOnly: true });
  return {
    track,
    pcm,
    firstS,
    endS,
    info: {
      codec,
      sampleRateHz: config.sampleRate,
      fileSampleRateHz: config.sampleRate,
      channels: config.numberOfChannels,
      ...(config.description === undefined ? {} : { description: toBytes(config.description) }),
      durationNs: Math.round((endS - Math.max(0, firstS)) * 1e9),
    },
  };
}

/** Timestamps of all packets where the container has an index (MP4, MOV), else of the first few hundred. */
async function sampleTimestamps(track: bunny.InputTrack): Promise<{ timestampsS: number[]; complete: boolean }> {
  const format = await track.input.getFormat();
  const indexed = format === bunny.MP4 || format === bunny.QTFF;
  const timestampsS: number[] = [];
  const sink = new bunny.EncodedPacketSink(track);
  for await (const packet of sink.packets(undefined, undefined, { metadataOnly: true })) {
    timestampsS.push(packet.timestamp);
    if (!indexed && timestampsS.length === RATE_PACKETS) {
      // Reordered pictures leave holes at the end of a part of the file.
      return { timestampsS: timestampsS.sort((a, b) => a - b).slice(0, -16), complete: false };
    }
  }
  return { timestampsS, complete: true };
}

async function unknownCodec(
  path: string,
  what: string,
  track: bunny.InputTrack,
  name: string | null,
): Promise<MediaError> {
  const id = name ?? await track.getInternalCodecId();
  const text = typeof id === "string" || typeof id === "number" ? `"${id}"` : "without a name";
  return new MediaError("codec-unsupported", `Cannot read ${path}: its ${what} codec ${text} is not known`);
}

function toColorSpace(name: string | undefined): ColorSpace | undefined {
  switch (name) {
    case "smpte170m":
    case "bt470bg":
      return "bt601";
    case "bt709":
      return "bt709";
    case "bt2020":
    case "bt2020-ncl":
      return "bt2020";
    default:
      return undefined;
  }
}

function toRange(fullRange: boolean | null | undefined): ColorRange {
  return fullRange ? "full" : "narrow";
}

function toBytes(source: AllowSharedBufferSource): Uint8Array {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength).slice()
    : new Uint8Array(source).slice();
}
