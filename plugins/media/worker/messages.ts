/**
 * What a session's owner and its worker tell each other besides the shared words and queues.
 *
 * @module
 */
import type { CodecProviderRegistration } from "../codec/provider_registry.ts";
import type { AudioCodec, ColorRange, ColorSpace, VideoCodec } from "../codec/provider.ts";
import type { MediaErrorMessage } from "../media_error.ts";
import type { MediaInfo } from "../media_info.ts";
import type { Rate } from "../rate.ts";
import type { SampleQueueLayout } from "./sample_queue.ts";
import type { SlotQueueLayout } from "./slot_queue.ts";

/** Read a file. */
export interface ReadJob {
  readonly kind: "read";
  readonly path: string;
  readonly control: SharedArrayBuffer;
  readonly providers: readonly CodecProviderRegistration[];
  readonly video: boolean;
  readonly audio: boolean;
  readonly audioPackets: boolean;
  readonly loop: boolean;
  readonly sampleRateHz: number | undefined;
  readonly videoSlots: number;
}

/** Sound that arrives already coded. */
export interface CodedAudioTrack {
  readonly codec: AudioCodec;
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly description: Uint8Array | undefined;
}

/** Pictures to be coded. */
export interface VideoTrackPlan {
  readonly codec: VideoCodec;
  readonly width: number;
  readonly height: number;
  readonly rate: Rate;
  readonly bitrate: number;
  readonly colorSpace: ColorSpace;
  readonly range: ColorRange;
  readonly queue: SlotQueueLayout;
}

/** Sound to be coded. */
export interface AudioTrackPlan {
  readonly codec: AudioCodec;
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly bitrate: number;
  readonly queue: SlotQueueLayout;
}

/** Containers that can be written, by file name extension. */
export type Container = "mp4" | "mov" | "mkv" | "webm";

/** Write a file. */
export interface WriteJob {
  readonly kind: "write";
  readonly path: string;
  readonly container: Container;
  readonly control: SharedArrayBuffer;
  readonly providers: readonly CodecProviderRegistration[];
  readonly video: VideoTrackPlan | undefined;
  readonly audio: AudioTrackPlan | undefined;
  readonly packets: (CodedAudioTrack & { readonly queue: SlotQueueLayout }) | undefined;
}

/** Load the providers and say which there are. */
export interface ProbeJob {
  readonly kind: "probe";
  readonly providers: readonly CodecProviderRegistration[];
}

/** What a worker is given to do; one at a time. */
export type Job = ReadJob | WriteJob | ProbeJob;

/** The queues of an open reader. */
export interface ReadQueues {
  readonly video: SlotQueueLayout | undefined;
  readonly audio: SampleQueueLayout | undefined;
  readonly packets: SlotQueueLayout | undefined;
}

/** Sound the encode worker had to make up or leave out. */
export interface WriteReport {
  /** Pictures coded and written. */
  readonly videoFrames: number;
  /** Frames of sound coded and written. */
  readonly audioFrames: number;
  /** Frames of silence put in where no sound came. */
  readonly silenceFrames: number;
  /** Frames of sound left out because their time was already filled. */
  readonly trimmedFrames: number;
}

/** One provider as it loaded. */
export interface ProviderReport {
  /** Short name of the provider. */
  readonly name: string;
  /** Licence of its coding library. */
  readonly licence: string;
  /** Codecs it decodes on this machine. */
  readonly decode: readonly (VideoCodec | AudioCodec)[];
  /** Codecs it encodes on this machine. */
  readonly encode: readonly (VideoCodec | AudioCodec)[];
}

/** What a worker answers. Each job ends with exactly one `ended`. */
export type Reply =
  | { readonly kind: "read-open"; readonly info: MediaInfo; readonly queues: ReadQueues }
  | { readonly kind: "write-open" }
  | { readonly kind: "written"; readonly report: WriteReport }
  | { readonly kind: "probed"; readonly providers: readonly ProviderReport[] }
  | { readonly kind: "failed"; readonly error: MediaErrorMessage }
  | { readonly kind: "ended" };
