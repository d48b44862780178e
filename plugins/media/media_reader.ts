/**
 * Reads a media file: pictures and sound are decoded ahead on a thread of their own and taken here without waiting.
 *
 * @module
 */
import { resolve } from "node:path";
import { codecProviders } from "./codec/provider_registry.ts";
import { i420Bytes } from "./codec/provider.ts";
import { MediaError } from "./media_error.ts";
import type { MediaInfo } from "./media_info.ts";
import { noteOpen } from "./open_files.ts";
import { CodecSession } from "./worker/codec_worker_pool.ts";
import type { ReadQueues, Reply } from "./worker/messages.ts";
import { SampleQueue } from "./worker/sample_queue.ts";
import { newControlMemory, SessionControl, WORD } from "./worker/session_control.ts";
import { SlotQueue } from "./worker/slot_queue.ts";

/** What to read, and how. */
export interface MediaReaderOptions {
  /** Decode pictures. Default true. */
  video?: boolean;
  /** Decode sound. Default true. */
  audio?: boolean;
  /** Also give the sound's packets as they are in the file, for passing through. Default false. */
  audioPackets?: boolean;
  /** Begin again at the end, for ever; media time goes on rising. Default false. */
  loop?: boolean;
  /** Frames of sound per second to give out, 8000–192000. Default: that of the file. */
  sampleRateHz?: number;
  /** Pictures decoded ahead, a power of two from 2 to 64. Default 8. One 1080p picture takes 3.1 MB. */
  lookAhead?: number;
}

/** A picture: `i420`, 8 bit, planes Y, U, V without padding. */
export interface ReadyFrame {
  /** The pixels, in memory shared with the decoder; the caller's until `releaseVideo()`. */
  readonly data: Uint8Array;
  /** Media time, from 0; on the exact grid of a constant rate. Goes on rising over loops. */
  readonly timestampNs: number;
  /** Counts from 0, over loops. */
  readonly frameIndex: number;
}

/** When a picture that was copied out is shown. */
export interface TakenFrame {
  /** Media time in nanoseconds, from 0. */
  readonly timestampNs: number;
  /** Counts from 0, over loops. */
  readonly frameIndex: number;
}

/** One packet of coded sound. */
export interface AudioPacket {
  /** The caller's own copy. */
  readonly data: Uint8Array;
  /** Media time; the first packets may lie before 0 (an encoder's delay, to be left out when playing). */
  readonly timestampNs: number;
  /** Length in nanoseconds. */
  readonly durationNs: number;
}

/**
 * Opens a media file and begins to decode.
 *
 * ```ts ignore
 * await using reader = await openMediaReader("clip.mp4", { loop: true });
 * const picture = new Uint8Array(reader.frameBytes);
 * for (let frame = await reader.nextVideo(picture); frame; frame = await reader.nextVideo(picture)) show(picture,
 * frame);
 * ```
 *
 * @param path The file: mp4, mov, mkv, webm, wav, ogg, mp3, flac, aac, ts.
 * @param options What to read.
 * @throws {MediaError} `missing`, `directory`, `unreadable`, `format-unsupported`, `damaged`, `codec-unsupported`,
 *   `no-video`, `no-audio` (nothing of what was asked for is there), `option-invalid`, `provider`.
 */
export async function openMediaReader(path: string, options: MediaReaderOptions = {}): Promise<MediaReader> {
  checkOptions(options);
  const memory = newControlMemory();
  const control = new SessionControl(memory);
  let resolveOpen: (reply: Extract<Reply, { kind: "read-open" }>) => void = () => {};
  let rejectOpen: (error: MediaError) => void = () => {};
  const opened = new Promise<Extract<Reply, { kind: "read-open" }>>((accept, refuse) => {
    resolveOpen = accept;
    rejectOpen = refuse;
  });
  const fault: Fault = { error: undefined };
  const fail = (error: MediaError): void => {
    fault.error ??= error;
    rejectOpen(error);
    control.signal();
  };
  const session = new CodecSession(
    {
      kind: "read",
      path: resolve(path),
      control: memory,
      providers: codecProviders(),
      video: options.video ?? true,
      audio: options.audio ?? true,
      audioPackets: options.audioPackets ?? false,
      loop: options.loop ?? false,
      sampleRateHz: options.sampleRateHz,
      videoSlots: options.lookAhead ?? 8,
    },
    (reply) => {
      if (reply.kind === "read-open") resolveOpen(reply);
      if (reply.kind === "failed") fail(new MediaError(reply.error.reason, reply.error.message));
    },
    (error) => fail(new MediaError("worker", `Cannot read ${path}: ${error.message}`, { cause: error })),
  );
  noteOpen(path, "read", opened, session.ended);
  const { info, queues } = await opened;
  return new MediaReader(info, queues, control, session, fault);
}

interface Fault {
  error: MediaError | undefined;
}

/** An open file. Made by {@linkcode openMediaReader}; used on the thread that opened it. */
export class MediaReader implements AsyncDisposable {
  /** What the file holds. */
  readonly info: MediaInfo;
  /** Bytes of one picture; 0 without video. */
  readonly frameBytes: number;
  readonly #control: SessionControl;
  readonly #session: CodecSession;
  readonly #fault: Fault;
  readonly #video: SlotQueue | undefined;
  readonly #audio: SampleQueue | undefined;
  readonly #packets: SlotQueue | undefined;
  #closed: boolean = false;

  /** For {@linkcode openMediaReader}. */
  constructor(info: MediaInfo, queues: ReadQueues, control: SessionControl, session: CodecSession, fault: Fault) {
    this.info = info;
    this.frameBytes = info.video ? i420Bytes(info.video.width, info.video.height) : 0;
    this.#control = control;
    this.#session = session;
    this.#fault = fault;
    this.#video = queues.video && new SlotQueue(control.words, queues.video);
    this.#audio = queues.audio && new SampleQueue(control.words, queues.audio);
    this.#packets = queues.packets && new SlotQueue(control.words, queues.packets);
  }

  /** Why decoding stopped, if it did. What was decoded before can still be taken. */
  get failure(): MediaError | undefined {
    return this.#fault.error;
  }

  /** Pictures decoded and not yet taken. */
  get videoReady(): number {
    return this.#video?.filled ?? 0;
  }

  /** Frames of sound decoded and not yet taken. */
  get audioReady(): number {
    return this.#audio?.filled ?? 0;
  }

  /** Whether there will be no more pictures; also true without video. */
  get videoEnded(): boolean {
    return !this.#video || (this.#control.isSet(WORD.videoDone) && this.#video.filled === 0);
  }

  /** Whether there will be no more sound; also true without sound. */
  get audioEnded(): boolean {
    return !this.#audio || (this.#control.isSet(WORD.audioDone) && this.#audio.filled === 0);
  }

  /** Whether there will be no more audio packets; also true if none were asked for. */
  get audioPacketsEnded(): boolean {
    return !this.#packets || (this.#control.isSet(WORD.packetsDone) && this.#packets.filled === 0);
  }

  /** Whether everything has been taken. */
  get ended(): boolean {
    return this.videoEnded && this.audioEnded && this.audioPacketsEnded;
  }

  /**
   * Looks at the oldest ready picture without copying it; undefined if none is ready now.
   *
   * @throws {MediaError} The failure, once all pictures decoded before it are taken; `closed`.
   */
  peekVideo(): ReadyFrame | undefined {
    this.#check(this.#video);
    const slot = this.#video?.tail();
    return slot && { data: slot.bytes, timestampNs: slot.numbers[0], frameIndex: slot.numbers[1] };
  }

  /** Gives the oldest ready picture back to the decoder; nothing happens if none is ready. */
  releaseVideo(): void {
    if (!this.#video || this.#video.filled === 0) return;
    this.#video.release();
    this.#control.rouse();
  }

  /**
   * Copies the oldest ready picture to the start of `into` and releases it; undefined if none is ready now.
   *
   * @param into At least `frameBytes` long.
   * @throws {MediaError} As {@linkcode peekVideo}. @throws {RangeError} If `into` is too short.
   */
  takeVideo(into: Uint8Array): TakenFrame | undefined {
    const frame = this.peekVideo();
    if (!frame) return undefined;
    into.set(frame.data);
    this.releaseVideo();
    return { timestampNs: frame.timestampNs, frameIndex: frame.frameIndex };
  }

  /** As {@linkcode takeVideo}, but waits; undefined at the end. */
  async nextVideo(into: Uint8Array): Promise<TakenFrame | undefined> {
    await this.#control.until(() => this.#settled || this.videoReady > 0 || this.videoEnded);
    return this.takeVideo(into);
  }

  /** Resolves when `peekVideo()` has a picture, or will never have one again. */
  async videoAvailable(): Promise<void> {
    await this.#control.until(() => this.#settled || this.videoReady > 0 || this.videoEnded);
  }

  /**
   * Copies up to `frames` frames of sound to the start of `into`, and answers how many.
   *
   * The sound has no gaps: frame n of all that was read stands at n / `info.audio.sampleRateHz` seconds of media time.
   *
   * @param into Interleaved float32, at least `frames * channels` long.
   * @throws {MediaError} The failure, once all sound decoded before it is taken; `closed`.
   */
  readAudio(into: Float32Array, frames: number): number {
    this.#check(this.#audio);
    if (!this.#audio) return 0;
    const count = this.#audio.read(into, frames);
    if (count > 0) this.#control.rouse();
    return count;
  }

  /**
   * As {@linkcode readAudio}, but waits until all `frames` are there; fewer only at the end. At most 32768 at a time.
   */
  async nextAudio(into: Float32Array, frames: number): Promise<number> {
    await this.#control.until(() =>
      this.#settled || this.audioReady >= frames || !this.#audio || this.#control.isSet(WORD.audioDone)
    );
    return this.readAudio(into, frames);
  }

  /** The oldest ready packet of coded sound; undefined if none is ready now. @throws {MediaError} As `readAudio`. */
  takeAudioPacket(): AudioPacket | undefined {
    this.#check(this.#packets);
    const slot = this.#packets?.tail();
    if (!slot) return undefined;
    const [timestampNs, durationNs, bytes] = slot.numbers;
    const packet = { data: slot.bytes.slice(0, bytes), timestampNs, durationNs };
    this.#packets!.release();
    this.#control.rouse();
    return packet;
  }

  /** As {@linkcode takeAudioPacket}, but waits; undefined at the end. */
  async nextAudioPacket(): Promise<AudioPacket | undefined> {
    await this.#control.until(() => this.#settled || (this.#packets?.filled ?? 0) > 0 || this.audioPacketsEnded);
    return this.takeAudioPacket();
  }

  /** Stops decoding and frees the thread. Waiting calls reject. May be called again. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#control.set(WORD.stop);
    this.#session.expectEnd();
    await this.#session.ended;
  }

  /** Closes, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #settled(): boolean {
    return this.#closed || this.#fault.error !== undefined;
  }

  #check(queue: SlotQueue | SampleQueue | undefined): void {
    if (this.#closed) throw new MediaError("closed", "Cannot read from a media reader: it is closed");
    if (this.#fault.error && (queue?.filled ?? 0) === 0) throw this.#fault.error;
  }
}

function checkOptions(options: MediaReaderOptions): void {
  const { sampleRateHz, lookAhead } = options;
  if (
    sampleRateHz !== undefined && !(Number.isInteger(sampleRateHz) && sampleRateHz >= 8000 && sampleRateHz <= 192_000)
  ) {
    throw new MediaError(
      "option-invalid",
      `Cannot use media reader option sampleRateHz ${sampleRateHz}: it must be an integer from 8000 to 192000`,
    );
  }
  if (lookAhead !== undefined && ![2, 4, 8, 16, 32, 64].includes(lookAhead)) {
    throw new MediaError(
      "option-invalid",
      `Cannot use media reader option lookAhead ${lookAhead}: it must be 2, 4, 8, 16, 32 or 64`,
    );
  }
  const { video = true, audio = true, audioPackets = false } = options;
  if (!video && !audio && !audioPackets) {
    throw new MediaError("option-invalid", "Cannot open a media reader: video, audio and audioPackets are all off");
  }
}
