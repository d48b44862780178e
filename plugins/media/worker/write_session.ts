/**
 * Writes one file on a codec thread: pictures and sound from the shared queues, through the encoders, into the
 * container.
 *
 * @module
 */
import { type EncodedPacket, i420Bytes, type VideoEncoder } from "../codec/provider.ts";
import { pickProvider } from "../codec/provider_registry.ts";
import { MediaError } from "../media_error.ts";
import type { Reply, WriteJob } from "./messages.ts";
import { OutputFile, type SoundTrack } from "./output_file.ts";
import { SessionControl, WORD } from "./session_control.ts";
import { SlotQueue } from "./slot_queue.ts";
import { SoundEncoder } from "./sound_encoder.ts";
import { codedSampleRate } from "./sound_rate.ts";

/** Sound may fall behind the pictures so far before silence takes its place, lest the container waits for it. */
const SOUND_LAG_S = 2;

/** Runs the session until it is told to finish or stop. @throws {MediaError} Naming the file and the cause. */
export async function runWriteSession(job: WriteJob, reply: (message: Reply) => void): Promise<void> {
  const session = new WriteSession(job);
  try {
    await session.open();
    reply({ kind: "write-open" });
    await session.run();
  } finally {
    await session.close();
  }
  reply({ kind: "written", report: session.report });
}

class WriteSession {
  readonly #job: WriteJob;
  readonly #control: SessionControl;
  readonly #videoQueue: SlotQueue | undefined;
  readonly #audioQueue: SlotQueue | undefined;
  readonly #packetQueue: SlotQueue | undefined;
  readonly #codedVideo: EncodedPacket[] = [];
  readonly #codedSound: EncodedPacket[] = [];
  #file: OutputFile | undefined;
  #video: VideoEncoder | undefined;
  #sound: SoundEncoder | undefined;
  #videoFrames: number = 0;
  #videoS: number = 0;

  constructor(job: WriteJob) {
    this.#job = job;
    this.#control = new SessionControl(job.control);
    const { words } = this.#control;
    this.#videoQueue = job.video && new SlotQueue(words, job.video.queue);
    this.#audioQueue = job.audio && new SlotQueue(words, job.audio.queue);
    this.#packetQueue = job.packets && new SlotQueue(words, job.packets.queue);
  }

  get report(): Extract<Reply, { kind: "written" }>["report"] {
    return {
      videoFrames: this.#videoFrames,
      audioFrames: this.#sound?.writtenFrames ?? 0,
      silenceFrames: this.#sound?.silenceFrames ?? 0,
      trimmedFrames: this.#sound?.trimmedFrames ?? 0,
    };
  }

  async open(): Promise<void> {
    const { path, container, video, audio, packets, providers } = this.#job;
    try {
      if (video) {
        const provider = await pickProvider(providers, "encode", video.codec);
        this.#video = provider.createVideoEncoder(video, (packet) => this.#codedVideo.push(packet));
      }
      if (audio) {
        const provider = await pickProvider(providers, "encode", audio.codec);
        this.#sound = new SoundEncoder(provider, audio, (packet) => this.#codedSound.push(packet));
      }
    } catch (thrown) {
      const reason = thrown instanceof MediaError ? thrown.reason : "codec-unsupported";
      throw new MediaError(reason, `Cannot write ${path}: ${(thrown as Error).message}`, { cause: thrown });
    }
    const sound: SoundTrack | undefined = packets ??
      (audio && { ...audio, sampleRateHz: codedSampleRate(audio.codec, audio.sampleRateHz) });
    this.#file = await OutputFile.create(path, container, video, sound);
  }

  async run(): Promise<void> {
    for (;;) {
      const bell = this.#control.workerBell();
      const last = this.#control.isSet(WORD.finish) || this.#control.isSet(WORD.stop);
      const worked = [await this.#stepVideo(), await this.#stepAudio(), await this.#stepPackets()].includes(true);
      if (worked) continue;
      if (last) break;
      this.#control.sleep(bell);
    }
    await this.#video?.flush();
    await this.#sound?.finish();
    await this.#drain();
  }

  /** Frees the encoders and completes the file, also after a failure: what was written stays playable. */
  async close(): Promise<void> {
    this.#video?.close();
    this.#sound?.close();
    const file = this.#file;
    this.#file = undefined;
    await file?.finish();
  }

  /** Slot numbers: presentation time in µs. */
  async #stepVideo(): Promise<boolean> {
    const slot = this.#videoQueue?.tail();
    if (!slot) return false;
    const { width, height } = this.#job.video!;
    const timestampUs = slot.numbers[0];
    await this.#video!.encode(slot.bytes.subarray(0, i420Bytes(width, height)), timestampUs);
    this.#videoQueue!.release();
    this.#control.signal();
    this.#videoFrames++;
    this.#videoS = timestampUs / 1e6;
    if (this.#sound && this.#sound.filledS < this.#videoS - SOUND_LAG_S) {
      await this.#sound.fillTo(this.#videoS - SOUND_LAG_S / 2);
    }
    await this.#drain();
    return true;
  }

  /** Slot numbers: presentation time in s, frames. */
  async #stepAudio(): Promise<boolean> {
    const slot = this.#audioQueue?.tail();
    if (!slot) return false;
    const [timestampS, frames] = slot.numbers;
    const samples = new Float32Array(slot.bytes.buffer, slot.bytes.byteOffset, frames * this.#job.audio!.channels);
    await this.#sound!.add(samples, timestampS);
    this.#audioQueue!.release();
    this.#control.signal();
    await this.#drain();
    return true;
  }

  /** Slot numbers: presentation time in s, duration in s, bytes. */
  async #stepPackets(): Promise<boolean> {
    const slot = this.#packetQueue?.tail();
    if (!slot) return false;
    const [timestampS, durationS, bytes] = slot.numbers;
    const { description } = this.#job.packets!;
    const packet = { data: slot.bytes.slice(0, bytes), key: true, timestampUs: timestampS * 1e6 };
    await this.#file!.addSound(description ? { ...packet, description } : packet, durationS);
    this.#packetQueue!.release();
    this.#control.signal();
    return true;
  }

  async #drain(): Promise<void> {
    for (const packet of this.#codedVideo.splice(0)) await this.#file!.addVideo(packet);
    for (const packet of this.#codedSound.splice(0)) await this.#file!.addSound(packet, this.#sound!.packetS);
  }
}
