/**
 * Moves the pictures of a file into the queue of frame slots.
 *
 * @module
 */
import * as bunny from "mediabunny";
import type { CodecProvider, DecodedPicture, VideoDecoder } from "../codec/provider.ts";
import { pickProvider } from "../codec/provider_registry.ts";
import { MediaError } from "../media_error.ts";
import { damaged, type VideoTrack } from "./input_file.ts";
import type { ReadJob } from "./messages.ts";
import type { Pump, Timeline } from "./read_session.ts";
import { type SessionControl, WORD } from "./session_control.ts";
import type { SlotQueue } from "./slot_queue.ts";

/** How far a frame's timestamp may be from the grid of a constant rate to be put on it. */
const GRID_TOLERANCE_S = 0.0011;

/** See the module. Slot numbers: media time in ns, frame index from 0, 0, 0. */
export class VideoPump implements Pump {
  readonly #path: string;
  readonly #source: VideoTrack;
  readonly #timeline: Timeline;
  readonly #control: SessionControl;
  readonly #queue: SlotQueue;
  readonly #provider: CodecProvider;
  readonly #roundNs: number;
  readonly #pictures: DecodedPicture[] = [];
  #packets: AsyncGenerator<bunny.EncodedPacket, void, unknown>;
  #decoder: VideoDecoder | undefined;
  #flushed: boolean = false;
  #round: number = 0;
  #frameIndex: number = 0;
  #framesInRound: number = 0;
  #firstUs: number | undefined;
  #lastUs: number = 0;
  done: boolean = false;

  private constructor(
    job: ReadJob,
    source: VideoTrack,
    timeline: Timeline,
    control: SessionControl,
    queue: SlotQueue,
    provider: CodecProvider,
  ) {
    this.#path = job.path;
    this.#source = source;
    this.#timeline = timeline;
    this.#control = control;
    this.#queue = queue;
    this.#provider = provider;
    this.#packets = new bunny.EncodedPacketSink(source.track).packets();
    const { rate, constantRate } = source.info;
    const roundFrames = Math.round(timeline.roundS * rate.num / rate.den);
    this.#roundNs = constantRate ? roundFrames * 1e9 * rate.den / rate.num : timeline.roundS * 1e9;
  }

  /** Picks a provider and makes the pump. @throws {MediaError} `codec-unsupported`. */
  static async open(
    job: ReadJob,
    source: VideoTrack,
    timeline: Timeline,
    control: SessionControl,
    queue: SlotQueue,
  ): Promise<VideoPump> {
    const provider = await pickProvider(job.providers, "decode", source.info.codec).catch((thrown) => {
      throw thrown instanceof MediaError
        ? new MediaError(thrown.reason, `Cannot read ${job.path}: ${thrown.message}`, { cause: thrown })
        : thrown;
    });
    const pump = new VideoPump(job, source, timeline, control, queue, provider);
    pump.#decoder = pump.#newDecoder();
    return pump;
  }

  async step(): Promise<boolean> {
    if (this.#pictures.length > 0) return this.#deliver();
    if (this.#queue.free === 0) return false;
    if (this.#flushed) this.#endRound();
    else await this.#decodeNext();
    return true;
  }

  close(): void {
    for (const picture of this.#pictures.splice(0)) picture.close();
    this.#decoder?.close();
    this.#decoder = undefined;
    void this.#packets.return();
  }

  async #decodeNext(): Promise<void> {
    try {
      const { value: packet } = await this.#packets.next();
      if (packet) {
        const { data, type, microsecondTimestamp } = packet;
        await this.#decoder!.decode({ data, key: type === "key", timestampUs: microsecondTimestamp });
      } else {
        await this.#decoder!.flush();
        this.#flushed = true;
      }
    } catch (thrown) {
      throw damaged(this.#path, thrown);
    }
  }

  #deliver(): boolean {
    const slot = this.#queue.head();
    if (!slot) return false;
    const picture = this.#pictures.shift()!;
    try {
      const { width, height } = this.#source.info;
      const startUs = Math.round(this.#timeline.startS * 1e6);
      if (picture.timestampUs < startUs - 1) return true;
      if (picture.width !== width || picture.height !== height) {
        throw new MediaError(
          "format-unsupported",
          `Cannot read ${this.#path}: pictures change from ${width}x${height} to ${picture.width}x${picture.height}`,
        );
      }
      picture.copyTo(slot.bytes);
      slot.numbers[0] = this.#round * this.#roundNs + this.#mediaTimeNs(picture.timestampUs - startUs);
      slot.numbers[1] = this.#frameIndex++;
      this.#framesInRound++;
      this.#lastUs = picture.timestampUs;
      this.#queue.publish();
      this.#control.signal();
      return true;
    } catch (thrown) {
      if (thrown instanceof MediaError && thrown.message.startsWith("Cannot read")) throw thrown;
      const detail = thrown instanceof Error ? thrown.message : String(thrown);
      throw new MediaError("codec-unsupported", `Cannot read ${this.#path}: ${detail}`, { cause: thrown });
    } finally {
      picture.close();
    }
  }

  /** Media time in this round; on the exact grid of a constant rate. */
  #mediaTimeNs(timestampUs: number): number {
    const { rate, constantRate } = this.#source.info;
    this.#firstUs ??= timestampUs;
    if (!constantRate) return timestampUs * 1000;
    const frame = Math.round((timestampUs - this.#firstUs) / 1e6 * rate.num / rate.den);
    const gridNs = this.#firstUs * 1000 + frame * 1e9 * rate.den / rate.num;
    return Math.round(Math.abs(gridNs - timestampUs * 1000) < GRID_TOLERANCE_S * 1e9 ? gridNs : timestampUs * 1000);
  }

  #endRound(): void {
    this.#checkComplete();
    this.#decoder!.close();
    this.#decoder = undefined;
    if (!this.#timeline.loop) {
      this.done = true;
      this.#control.set(WORD.videoDone);
      return;
    }
    this.#round++;
    this.#framesInRound = 0;
    this.#flushed = false;
    this.#packets = new bunny.EncodedPacketSink(this.#source.track).packets();
    this.#decoder = this.#newDecoder();
  }

  /** A file that ends early must not look like a shorter file. */
  #checkComplete(): void {
    const { rate, frameCount } = this.#source.info;
    if (this.#framesInRound === 0) throw damaged(this.#path, "no picture could be decoded");
    const missingS = this.#source.endS - this.#lastUs / 1e6;
    const expected = frameCount === undefined ? "" : ` of ${frameCount}`;
    if (missingS > 3 * rate.den / rate.num + 0.1) {
      throw damaged(this.#path, `the pictures end after frame ${this.#framesInRound}${expected}`);
    }
  }

  #newDecoder(): VideoDecoder {
    const { codec, width, height } = this.#source.info;
    const description = this.#source.description;
    return this.#provider.createVideoDecoder(
      { codec, width, height, ...(description ? { description } : {}) },
      (picture) => this.#pictures.push(picture),
    );
  }
}
