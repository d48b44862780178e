/**
 * The native half of `node-webcodecs`: a Node-API addon around an LGPL build of FFmpeg.
 *
 * The package's own JavaScript is not used, for two reasons that were measured. Its addon keeps one JavaScript class
 * per process in C++ statics, so that loading it in a second worker thread ends the process (Deno: panic "attempt to
 * use Handle in an Isolate that is not its host"; Bun: segmentation fault). And its `VideoFrame` copies every picture
 * into garbage before it copies it where it belongs. So each thread loads a private copy of the addon file, which the
 * dynamic linker takes for another library with statics of its own, and drives its synchronous classes. The copy is
 * deleted as soon as it is loaded; the system keeps the pages until the process ends.
 *
 * @module
 */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { MediaError } from "../media_error.ts";

/** A picture in FFmpeg's memory. */
export interface NativeFrame {
  readonly width: number;
  readonly height: number;
  /** WebCodecs name of the pixel format, or "" for one it has no name for. */
  readonly format: string;
  copyTo(into: Uint8Array, options?: { format: string }): void;
  close(): void;
}

/** A decoder or encoder; all calls run to their end on the calling thread. */
export interface NativeCodec {
  configure(config: Record<string, unknown>): void;
  flush(done: () => void): void;
  close(): void;
}

/** H.264, VP8 … in, frames out through the callback given to the constructor. */
export interface NativeVideoDecoder extends NativeCodec {
  decode(data: Uint8Array, key: boolean, timestampUs: number, durationUs: number): void;
}

/** Frames in, packets out. */
export interface NativeVideoEncoder extends NativeCodec {
  encode(frame: NativeFrame, timestampUs: number, key: boolean): void;
}

/** Packets in, interleaved float32 out. */
export interface NativeAudioDecoder extends NativeCodec {
  decode(data: Uint8Array, key: boolean, timestampUs: number, durationUs: number): void;
}

/** Interleaved float32 in, packets out. */
export interface NativeAudioEncoder extends NativeCodec {
  encode(
    samples: Float32Array,
    format: "f32",
    sampleRateHz: number,
    frames: number,
    channels: number,
    timestampUs: number,
  ): void;
}

/** What the addon exports, as far as it is used. */
export interface FfmpegAddon {
  readonly VideoFrameNative: new (data: Uint8Array, format: "I420", width: number, height: number) => NativeFrame;
  readonly VideoDecoderNative: new (
    output: (frame: NativeFrame, timestampUs: number, durationUs: number) => void,
    error: (message: string) => void,
  ) => NativeVideoDecoder;
  readonly VideoEncoderNative: new (
    output: (data: Uint8Array, key: boolean, timestampUs: number, durationUs: number, extradata?: Uint8Array) => void,
    error: (message: string) => void,
  ) => NativeVideoEncoder;
  readonly AudioDecoderNative: new (
    output: (samples: Float32Array, format: string, sampleRateHz: number, frames: number, channels: number) => void,
    error: (message: string) => void,
  ) => NativeAudioDecoder;
  readonly AudioEncoderNative: new (
    output: (data: Uint8Array, timestampUs: number, durationUs: number, extradata?: Uint8Array) => void,
    error: (message: string) => void,
  ) => NativeAudioEncoder;
}

const CLASSES = [
  "VideoFrameNative",
  "VideoDecoderNative",
  "VideoEncoderNative",
  "AudioDecoderNative",
  "AudioEncoderNative",
] as const;

let addon: FfmpegAddon | undefined;

/**
 * This thread's own copy of the addon, loaded once.
 *
 * @throws {MediaError} `provider` saying what is missing and what mends it.
 */
export function loadFfmpegAddon(): FfmpegAddon {
  addon ??= open();
  return addon;
}

function open(): FfmpegAddon {
  const file = locate();
  const folder = attempt(
    "make a private copy of its native library",
    () => mkdtempSync(join(tmpdir(), "streamlib-media-")),
  );
  try {
    const copy = join(folder, "webcodecs.node");
    attempt("make a private copy of its native library", () => copyFileSync(file, copy));
    const opened: unknown = attempt("open its native library", () => createRequire(pathToFileURL(copy))(copy));
    const missing = CLASSES.filter((name) => typeof (opened as Record<string, unknown>)[name] !== "function");
    if (missing.length > 0) {
      throw new MediaError(
        "provider",
        `Cannot use codec library node-webcodecs: ${missing.join(", ")} is not in it; version 1.3 is needed`,
      );
    }
    return opened as FfmpegAddon;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function locate(): string {
  const platform = `@node-webcodecs/static-${process.platform}-${process.arch}`;
  const here = import.meta.url.startsWith("file:") ? import.meta.url : pathToFileURL(join(process.cwd(), "_")).href;
  return attempt(`find ${platform} (built for linux-x64, linux-arm64 with glibc, and darwin-arm64)`, () => {
    const ours = createRequire(here).resolve("node-webcodecs/package.json");
    return createRequire(ours).resolve(`${platform}/webcodecs.node`);
  });
}

function attempt<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    const detail = (cause instanceof Error ? cause.message : String(cause)).split("\n")[0];
    throw new MediaError("provider", `Cannot use codec library node-webcodecs: failed to ${what}: ${detail}`, {
      cause,
    });
  }
}
