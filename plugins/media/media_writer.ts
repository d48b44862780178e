/**
 * Writes a media file: pictures and sound are handed over here without waiting and coded on a thread of their own.
 *
 * @module
 */
import { extname, resolve } from "node:path";
import { type AudioCodec, type ColorRange, type ColorSpace, i420Bytes, type VideoCodec } from "./codec/provider.ts";
import { codecProviders } from "./codec/provider_registry.ts";
import { MediaError } from "./media_error.ts";
import { checkWritable, noteOpen } from "./open_files.ts";
import type { Rate } from "./rate.ts";
import { CodecSession } from "./worker/codec_worker_pool.ts";
import type { Container, Reply, WriteJob, WriteReport } from "./worker/messages.ts";
import { newControlMemory, SessionControl, WORD } from "./worker/session_control.ts";
import { newSlotQueueLayout, type Slot, SlotQueue, type SlotQueueLayout } from "./worker/slot_queue.ts";

/** The pictures to be written. */
export interface VideoWriteOptions {
  /** Luma columns, even, 16–4096. */
  width: number;
  /** Luma rows, even, 16–4096. */
  height: number;
  /** Frames per second as a fraction, 1–240. */
  rate: Rate;
  /** Default `h264`; in a webm file `vp8`. */
  codec?: VideoCodec;
  /** Bits per second, 10000–200000000. Default 0.1 bit per pixel (12.4 Mbit/s for 1080p60), at least 300000. */
  bitrate?: number;
  /** What the file says of the colours; nothing is converted. Default `bt709`. */
  colorSpace?: ColorSpace;
  /** Default `narrow`. */
  range?: ColorRange;
  /** Pictures in flight at most, a power of two from 2 to 64. Default 8. */
  inFlight?: number;
}

/** Sound to be coded. */
export interface AudioWriteOptions {
  /** Frames per second that come in, 8000–192000; rates the codec does not have are turned into 48000. */
  sampleRateHz: number;
  /** 1 or 2. */
  channels: number;
  /** Default `opus`; in a mov file `aac`. */
  codec?: AudioCodec;
  /** Bits per second, 6000–512000. Default 64000 per channel. */
  bitrate?: number;
}

/** Sound that is coded already and passed through as it is. */
export interface AudioPacketWriteOptions {
  /** Codec of the packets. */
  codec: AudioCodec;
  /** Frames per second. */
  sampleRateHz: number;
  /** Samples per frame. */
  channels: number;
  /** Decoder configuration record, as `info.audio.description` of a reader gives it. */
  description?: Uint8Array;
}

/** What to write. */
export interface MediaWriterOptions {
  /** Pictures to be coded. */
  video?: VideoWriteOptions;
  /** Sound to be coded; not together with `audioPackets`. */
  audio?: AudioWriteOptions;
  /** Sound to be passed through. */
  audioPackets?: AudioPacketWriteOptions;
  /** The instant that becomes time 0 of the file. Default: the first timestamp written, of either part. */
  startNs?: bigint;
}

/** Counts of a writer. */
export interface MediaWriterStats {
  /** Pictures taken from the caller. */
  readonly videoTaken: number;
  /** Pictures refused because all slots were in flight. */
  readonly videoBusy: number;
  /** Pictures refused because their place on the frame grid was already taken, or lay before the start. */
  readonly videoOffGrid: number;
  /** Frames of sound taken from the caller. */
  readonly audioTaken: number;
  /** Frames of sound refused because the queue was full. */
  readonly audioBusy: number;
  /** Frames of sound left out because they lay before the start. */
  readonly audioEarly: number;
}

/** Counts of a finished file. */
export interface MediaWriteResult extends MediaWriterStats, WriteReport {
  /** The file, absolute. */
  readonly path: string;
}

/** Largest block of sound in one slot. */
const AUDIO_SLOT_FRAMES = 4096;
const AUDIO_SLOTS = 64;
const PACKET_SLOTS = 64;
const PACKET_BYTES_MAX = 65_536;

/**
 * Creates a media file and begins to wait for pictures and sound.
 *
 * The container goes by the extension: `.mp4`, `.mov`, `.mkv`, `.webm`. What is on the disk is playable at every
 * moment, also if the process is killed, up to about the last second.
 *
 * @param path The file; it is overwritten, but not while this thread reads or writes it. Its directory must exist.
 * @param options What to write; at least one part.
 * @throws {MediaError} `format-unsupported` (extension), `option-invalid`, `codec-unsupported`, `unwritable`,
 *   `directory`, `provider`.
 */
export async function openMediaWriter(path: string, options: MediaWriterOptions): Promise<MediaWriter> {
  const container = containerOf(path);
  checkWritable(path);
  const memory = newControlMemory();
  const control = new SessionControl(memory);
  const job: WriteJob = {
    kind: "write",
    path: resolve(path),
    container,
    control: memory,
    providers: codecProviders(),
    ...planTracks(path, container, options),
  };
  let resolveOpen: () => void = () => {};
  let rejectOpen: (error: MediaError) => void = () => {};
  const opened = new Promise<void>((accept, refuse) => {
    resolveOpen = accept;
    rejectOpen = refuse;
  });
  const outcome: Outcome = { error: undefined, report: undefined };
  const fail = (error: MediaError): void => {
    outcome.error ??= error;
    rejectOpen(error);
    control.signal();
  };
  const receive = (reply: Reply): void => {
    if (reply.kind === "write-open") resolveOpen();
    if (reply.kind === "written") outcome.report = reply.report;
    if (reply.kind === "failed") fail(new MediaError(reply.error.reason, reply.error.message));
  };
  const session = new CodecSession(
    job,
    receive,
    (error) => fail(new MediaError("worker", `Cannot write ${path}: ${error.message}`, { cause: error })),
  );
  noteOpen(job.path, "written", opened, session.ended);
  await opened;
  return new MediaWriter(job, control, session, outcome, options.startNs);
}

interface Outcome {
  error: MediaError | undefined;
  report: WriteReport | undefined;
}

/** A file being written. Made by {@linkcode openMediaWriter}; used on the thread that opened it. */
export class MediaWriter implements AsyncDisposable {
  /** The file, absolute. */
  readonly path: string;
  /** Bytes of one `i420` picture; 0 without video. */
  readonly frameBytes: number;
  readonly #job: WriteJob;
  readonly #control: SessionControl;
  readonly #session: CodecSession;
  readonly #outcome: Outcome;
  readonly #video: SlotQueue | undefined;
  readonly #audio: SlotQueue | undefined;
  readonly #packets: SlotQueue | undefined;
  readonly #counts: { -readonly [name in keyof MediaWriterStats]: number } = {
    videoTaken: 0,
    videoBusy: 0,
    videoOffGrid: 0,
    audioTaken: 0,
    audioBusy: 0,
    audioEarly: 0,
  };
  #startNs: bigint | undefined;
  #lastFrame: number = -1;
  #loan: Slot | undefined;
  #finished: Promise<MediaWriteResult> | undefined;

  /** For {@linkcode openMediaWriter}. */
  constructor(
    job: WriteJob,
    control: SessionControl,
    session: CodecSession,
    outcome: Outcome,
    startNs: bigint | undefined,
  ) {
    this.path = job.path;
    this.frameBytes = job.video ? i420Bytes(job.video.width, job.video.height) : 0;
    this.#job = job;
    this.#control = control;
    this.#session = session;
    this.#outcome = outcome;
    this.#startNs = startNs;
    this.#video = job.video && new SlotQueue(control.words, job.video.queue);
    this.#audio = job.audio && new SlotQueue(control.words, job.audio.queue);
    this.#packets = job.packets && new SlotQueue(control.words, job.packets.queue);
  }

  /** Why writing stopped, if it did; what was written before is a playable file. */
  get failure(): MediaError | undefined {
    return this.#outcome.error;
  }

  /** Counts up to now. */
  get stats(): MediaWriterStats {
    return { ...this.#counts };
  }

  /** Pictures handed over and not yet coded. */
  get videoInFlight(): number {
    return this.#video?.filled ?? 0;
  }

  /**
   * A free slot to be filled with one `i420` picture; undefined, and counted, if all are in flight. The same slot is
   * given again until it is committed.
   *
   * @throws {MediaError} The failure; `closed`; `option-invalid` if the file has no video.
   */
  loanVideo(): Uint8Array | undefined {
    this.#check(this.#video, "video");
    this.#loan ??= this.#video!.head();
    if (!this.#loan) this.#counts.videoBusy++;
    return this.#loan?.bytes.subarray(0, this.frameBytes);
  }

  /**
   * Hands the loaned slot over to be shown at `timestampNs`; the memory is the encoder's from then on.
   *
   * The picture goes to the nearest place on the grid of the file's rate. If that is taken, or lies before the start,
   * the picture is refused and counted, and the slot stays on loan.
   *
   * @returns Whether it was taken.
   * @throws {MediaError} As {@linkcode loanVideo}; `option-invalid` if no slot is on loan.
   */
  commitVideo(timestampNs: bigint): boolean {
    this.#check(this.#video, "video");
    if (!this.#loan) throw new MediaError("option-invalid", "Cannot commit a picture: no slot is on loan");
    const { rate } = this.#job.video!;
    const frame = Math.round(this.#fileTimeNs(timestampNs) / 1e9 * rate.num / rate.den);
    if (frame <= this.#lastFrame) {
      this.#counts.videoOffGrid++;
      return false;
    }
    this.#lastFrame = frame;
    this.#loan.numbers[0] = Math.round(frame * 1e6 * rate.den / rate.num);
    this.#loan = undefined;
    this.#video!.publish();
    this.#control.rouse();
    this.#counts.videoTaken++;
    return true;
  }

  /**
   * Copies a picture into a free slot and commits it. False, and counted, if it was refused. Never waits.
   *
   * @param i420 Exactly `frameBytes` long.
   * @throws {RangeError} If it is not. @throws {MediaError} As {@linkcode loanVideo}.
   */
  writeVideo(i420: Uint8Array, timestampNs: bigint): boolean {
    if (i420.byteLength !== this.frameBytes) {
      throw new RangeError(`Cannot write a picture of ${i420.byteLength} bytes: i420 here has ${this.frameBytes}`);
    }
    const slot = this.loanVideo();
    if (!slot) return false;
    slot.set(i420);
    return this.commitVideo(timestampNs);
  }

  /**
   * Hands over a block of sound that begins at `timestampNs`; copied before the call returns.
   *
   * @param samples Interleaved float32, at most 262144 frames: more never find room.
   * @returns False, and counted, if the queue has no room for all of it; then nothing was taken.
   * @throws {RangeError} If it is no whole number of frames.
   * @throws {MediaError} The failure; `closed`; `option-invalid` if the file has no sound to be coded.
   */
  writeAudio(samples: Float32Array, timestampNs: bigint): boolean {
    this.#check(this.#audio, "audio");
    const { channels, sampleRateHz } = this.#job.audio!;
    const frames = samples.length / channels;
    if (!Number.isInteger(frames)) {
      throw new RangeError(`Cannot write ${samples.length} samples: not a multiple of ${channels} channels`);
    }
    const startS = this.#fileTimeNs(timestampNs) / 1e9;
    if (this.#audio!.free < Math.ceil(frames / AUDIO_SLOT_FRAMES)) {
      this.#counts.audioBusy += frames;
      return false;
    }
    const early = Math.min(frames, Math.max(0, Math.round(-startS * sampleRateHz)));
    for (let at = early; at < frames; at += AUDIO_SLOT_FRAMES) {
      const count = Math.min(AUDIO_SLOT_FRAMES, frames - at);
      const slot = this.#audio!.head()!;
      const room = new Float32Array(slot.bytes.buffer, slot.bytes.byteOffset, count * channels);
      room.set(samples.subarray(at * channels, (at + count) * channels));
      slot.numbers[0] = startS + at / sampleRateHz;
      slot.numbers[1] = count;
      this.#audio!.publish();
    }
    this.#control.rouse();
    this.#counts.audioEarly += early;
    this.#counts.audioTaken += frames - early;
    return true;
  }

  /**
   * Hands over one packet of coded sound; copied before the call returns. Packets come in order.
   *
   * @param data The packet, at most 65536 bytes.
   * @returns False if the queue is full; then nothing was taken.
   * @throws {RangeError} If it is larger.
   * @throws {MediaError} The failure; `closed`; `option-invalid` if the file was opened without `audioPackets`.
   */
  writeAudioPacket(data: Uint8Array, timestampNs: bigint, durationNs: number): boolean {
    this.#check(this.#packets, "audioPackets");
    if (data.byteLength > PACKET_BYTES_MAX) {
      throw new RangeError(`Cannot write an audio packet of ${data.byteLength} bytes: at most ${PACKET_BYTES_MAX}`);
    }
    const slot = this.#packets!.head();
    if (!slot) return false;
    slot.bytes.set(data);
    slot.numbers[0] = this.#fileTimeNs(timestampNs) / 1e9;
    slot.numbers[1] = durationNs / 1e9;
    slot.numbers[2] = data.byteLength;
    this.#packets!.publish();
    this.#control.rouse();
    return true;
  }

  /**
   * Resolves when the part has room for one more picture, block of at most 4096 frames, or packet; at once if the file
   * lacks it. Rejects with the failure.
   */
  async room(part: "video" | "audio" | "audioPackets"): Promise<void> {
    const queue = part === "video" ? this.#video : part === "audio" ? this.#audio : this.#packets;
    await this.#control.until(() => this.#outcome.error !== undefined || !queue || queue.free > 0);
    if (this.#outcome.error) throw this.#outcome.error;
  }

  /**
   * Codes what was handed over, completes the file and frees the thread. May be called again: the same result.
   *
   * @throws {MediaError} The failure, if there was one; what was written before is a playable file.
   */
  finish(): Promise<MediaWriteResult> {
    this.#finished ??= this.#finish();
    return this.#finished;
  }

  /** Finishes, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.finish();
  }

  async #finish(): Promise<MediaWriteResult> {
    this.#control.set(WORD.finish);
    this.#session.expectEnd();
    await this.#session.ended;
    if (this.#outcome.error) throw this.#outcome.error;
    return { path: this.path, ...this.#counts, ...this.#outcome.report! };
  }

  #fileTimeNs(timestampNs: bigint): number {
    this.#startNs ??= timestampNs;
    return Number(timestampNs - this.#startNs);
  }

  #check(queue: SlotQueue | undefined, part: string): void {
    if (this.#outcome.error) throw this.#outcome.error;
    if (this.#finished) throw new MediaError("closed", `Cannot write to ${this.path}: it is finished`);
    if (!queue) throw new MediaError("option-invalid", `Cannot write to ${this.path}: it was opened without ${part}`);
  }
}

function containerOf(path: string): Container {
  const extension = extname(path).slice(1).toLowerCase();
  if (extension === "mp4" || extension === "mov" || extension === "mkv" || extension === "webm") return extension;
  throw new MediaError(
    "format-unsupported",
    `Cannot write ${path}: extension "${extension}" is not known; it must be mp4, mov, mkv or webm`,
  );
}

function planTracks(
  path: string,
  container: Container,
  options: MediaWriterOptions,
): Pick<WriteJob, "video" | "audio" | "packets"> {
  const { video, audio, audioPackets } = options;
  if (!video && !audio && !audioPackets) throw invalid(path, "video, audio", "absent", "one of them given");
  if (audio && audioPackets) throw invalid(path, "audioPackets", "given", "absent when audio is given");
  return {
    video: video && planVideo(path, container, video),
    audio: audio && planAudio(path, container, audio),
    packets: audioPackets && {
      codec: audioPackets.codec,
      sampleRateHz: audioPackets.sampleRateHz,
      channels: audioPackets.channels,
      description: audioPackets.description,
      queue: newSlotQueueLayout(PACKET_SLOTS, PACKET_BYTES_MAX, WORD.packetsWritten, WORD.packetsRead),
    },
  };
}

function planVideo(path: string, container: Container, options: VideoWriteOptions): NonNullable<WriteJob["video"]> {
  const { width, height, rate, inFlight = 8 } = options;
  for (const [name, value] of [["width", width], ["height", height]] as const) {
    if (!Number.isInteger(value) || value < 16 || value > 4096 || value % 2 !== 0) {
      throw invalid(path, `video.${name}`, value, "an even integer from 16 to 4096");
    }
  }
  const fps = rate.num / rate.den;
  if (!Number.isInteger(rate.num) || !Number.isInteger(rate.den) || !(fps >= 1 && fps <= 240)) {
    throw invalid(path, "video.rate", `${rate.num}/${rate.den}`, "a fraction of integers from 1 to 240");
  }
  if (![2, 4, 8, 16, 32, 64].includes(inFlight)) {
    throw invalid(path, "video.inFlight", inFlight, "2, 4, 8, 16, 32 or 64");
  }
  const bitrate = options.bitrate ?? Math.max(300_000, Math.round(width * height * fps * 0.1));
  if (!Number.isInteger(bitrate) || bitrate < 10_000 || bitrate > 200_000_000) {
    throw invalid(path, "video.bitrate", bitrate, "an integer from 10000 to 200000000");
  }
  const queue: SlotQueueLayout = newSlotQueueLayout(
    inFlight,
    i420Bytes(width, height),
    WORD.videoWritten,
    WORD.videoRead,
  );
  const codec = options.codec ?? (container === "webm" ? "vp8" : "h264");
  const { colorSpace = "bt709", range = "narrow" } = options;
  return { codec, width, height, rate, bitrate, colorSpace, range, queue };
}

function planAudio(path: string, container: Container, options: AudioWriteOptions): NonNullable<WriteJob["audio"]> {
  const { sampleRateHz, channels } = options;
  if (!Number.isInteger(sampleRateHz) || sampleRateHz < 8000 || sampleRateHz > 192_000) {
    throw invalid(path, "audio.sampleRateHz", sampleRateHz, "an integer from 8000 to 192000");
  }
  if (channels !== 1 && channels !== 2) throw invalid(path, "audio.channels", channels, "1 or 2");
  const bitrate = options.bitrate ?? 64_000 * channels;
  if (!Number.isInteger(bitrate) || bitrate < 6000 || bitrate > 512_000) {
    throw invalid(path, "audio.bitrate", bitrate, "an integer from 6000 to 512000");
  }
  const codec = options.codec ?? (container === "mov" ? "aac" : "opus");
  const slotBytes = AUDIO_SLOT_FRAMES * channels * 4;
  const queue = newSlotQueueLayout(AUDIO_SLOTS, slotBytes, WORD.audioWritten, WORD.audioRead);
  return { codec, sampleRateHz, channels, bitrate, queue };
}

function invalid(path: string, option: string, value: unknown, right: string): MediaError {
  return new MediaError("option-invalid", `Cannot write ${path}: option ${option} is ${value}, it must be ${right}`);
}
