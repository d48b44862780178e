/**
 * Moves the coded sound of a file into a queue, to be passed through untouched.
 *
 * @module
 */
import * as bunny from "mediabunny";
import { MediaError } from "../media_error.ts";
import { type AudioTrack, damaged } from "./input_file.ts";
import type { ReadJob } from "./messages.ts";
import type { Pump, Timeline } from "./read_session.ts";
import { type SessionControl, WORD } from "./session_control.ts";
import type { SlotQueue } from "./slot_queue.ts";

/** Largest packet: AAC has 768 bytes per channel, Opus 3 × 1275, FLAC and PCM what their makers choose. */
export const PACKET_BYTES_MAX = 65_536;

/** See the module. Slot numbers: media time in ns (may be negative), duration in ns, bytes, 0. */
export class PacketPump implements Pump {
  readonly #path: string;
  readonly #source: AudioTrack;
  readonly #timeline: Timeline;
  readonly #control: SessionControl;
  readonly #queue: SlotQueue;
  #packets: AsyncGenerator<bunny.EncodedPacket, void, unknown>;
  #round: number = 0;
  done: boolean = false;

  constructor(job: ReadJob, source: AudioTrack, timeline: Timeline, control: SessionControl, queue: SlotQueue) {
    this.#path = job.path;
    this.#source = source;
    this.#timeline = timeline;
    this.#control = control;
    this.#queue = queue;
    this.#packets = new bunny.EncodedPacketSink(source.track).packets();
  }

  async step(): Promise<boolean> {
    const slot = this.#queue.head();
    if (!slot) return false;
    const { value: packet } = await this.#packets.next().catch((thrown) => {
      throw damaged(this.#path, thrown);
    });
    if (!packet || (this.#timeline.loop && packet.timestamp - this.#timeline.startS >= this.#timeline.roundS)) {
      this.#endRound();
      return true;
    }
    // The encoder's delay at the start of the file would overlap the end of the round before.
    if (this.#round > 0 && packet.timestamp < this.#timeline.startS) return true;
    if (packet.data.byteLength > PACKET_BYTES_MAX) {
      throw new MediaError(
        "format-unsupported",
        `Cannot read ${this.#path}: an audio packet has ${packet.data.byteLength} bytes, ` +
          `at most ${PACKET_BYTES_MAX} pass`,
      );
    }
    const mediaTimeS = packet.timestamp - this.#timeline.startS + this.#round * this.#timeline.roundS;
    slot.numbers[0] = Math.round(mediaTimeS * 1e9);
    slot.numbers[1] = Math.round(packet.duration * 1e9);
    slot.numbers[2] = packet.data.byteLength;
    slot.bytes.set(packet.data);
    this.#queue.publish();
    this.#control.signal();
    return true;
  }

  close(): void {
    void this.#packets.return();
  }

  #endRound(): void {
    if (this.#timeline.loop) {
      this.#round++;
      this.#packets = new bunny.EncodedPacketSink(this.#source.track).packets();
      return;
    }
    this.done = true;
    this.#control.set(WORD.packetsDone);
  }
}
