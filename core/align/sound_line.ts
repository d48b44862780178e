/**
 * Sound on its way through an aligner: cut into spans by the time stamps of its samples.
 *
 * @module
 */
import { type AudioBuffer, type AudioFormat, audioFormat } from "../message/audio_buffer.ts";
import { FLAG } from "../message/message.ts";
import type { Input } from "../port/input.ts";
import type { Output } from "../port/output.ts";
import { ENDED } from "../ring/layout.ts";
import { type Beat, ROUNDING_NS } from "./beat.ts";

const NS_PER_S = 1_000_000_000n;

interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * Holds up to one second of sound. Samples are numbered by their instants: number n is that of n / sampleRateHz seconds
 * TAI. So a span of time is a range of numbers, and spans that meet have no sample twice and leave none out.
 */
export class SoundLine {
  readonly #input: Input<AudioBuffer>;
  readonly #output: Output<AudioBuffer>;
  readonly #count: (name: string, by?: number) => void;
  #format: AudioFormat | undefined;
  #outFormat: AudioFormat | undefined;
  /** Sample n of channel c lies at (n mod capacity) * channels + c. */
  #samples = new Float32Array(0);
  #capacity = 0;
  /** What is held. */
  #start = 0;
  #end = 0;
  /** Parts of it that never came. */
  #gaps: Range[] = [];
  /** Where the source's next block continues it. */
  #expected: number | undefined;
  /** Where the last span ended. */
  #given: number | undefined;
  #blockFrames = 0;

  /** @param count Counts what is lost, under `NAME.audio`. */
  constructor(input: Input<AudioBuffer>, output: Output<AudioBuffer>, count: (name: string, by?: number) => void) {
    this.#input = input;
    this.#output = output;
    this.#count = count;
  }

  /** Whether nothing more can come. */
  get isClosed(): boolean {
    const { source } = this.#input;
    return !source || (source.ended !== ENDED.open && this.#input.unread === 0);
  }

  /** Instant of the last sample that is held, ns. */
  get frontNs(): bigint | undefined {
    return this.#end > this.#start ? this.#instantOf(this.#end - 1) : undefined;
  }

  /** What is held, a block at most, and only what is before `limitNs`. */
  nextBlock(limitNs?: bigint): { readonly ns: bigint; readonly endNs: bigint; readonly frames: number } | undefined {
    const limit = limitNs === undefined ? this.#end : Math.min(this.#end, this.#numberOf(limitNs));
    const frames = Math.min(this.#blockFrames, limit - this.#start);
    if (frames <= 0) return undefined;
    return { ns: this.#instantOf(this.#start), endNs: this.#instantOf(this.#start + frames), frames };
  }

  /** Whether a sample at or after this instant is held. */
  reaches(ns: bigint): boolean {
    return this.length > 0 && this.#end > this.#numberOf(ns);
  }

  /** Whether it need not be waited for: everything of the span is held, or nothing more can come. */
  isComplete(beat: Beat): boolean {
    if (this.isClosed) return true;
    return this.#format !== undefined && beat.soundFrames !== 0 && this.#end >= this.#rangeOf(beat).to;
  }

  /** Takes what has come out of the ring. */
  take(): void {
    for (const block of this.#input) {
      this.#setFormat(block.format);
      this.#add(block);
      block.release();
    }
  }

  /** Frames that are held. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Commits the span of a beat. What did not come is silence. */
  give(beat: Beat): void {
    if (!this.#format || beat.soundFrames === 0) {
      if (!this.isClosed) this.#count("missing.audio");
      return;
    }
    const { from, to: wanted } = this.#rangeOf(beat);
    const to = this.isClosed ? Math.max(from, Math.min(wanted, this.#end)) : wanted;
    if (this.#start < from) this.#drop(Math.min(from, this.#end) - this.#start, "early.audio");
    if (to > from) {
      const silent = this.#silentFrames(from, to);
      if (silent > 0) {
        this.#count("missing.audio");
        this.#count("silence.audio", silent);
      }
      this.#commit(beat, from, to, beat.hasGap || silent > 0 || from !== (this.#given ?? from));
    }
    this.#given = to;
    this.#start = Math.max(this.#start, to);
    this.#end = Math.max(this.#end, this.#start);
    this.#gaps = this.#gaps.filter((gap) => gap.to > this.#start);
  }

  #commit(beat: Beat, from: number, to: number, discontinuity: boolean): void {
    if (this.#output.stats().links === 0) return this.#count("unlinked.audio", to - from);
    const { sampleRateHz, channels } = this.#format!;
    if (!this.#outFormat || this.#outFormat.framesMax < to - from) {
      this.#outFormat = audioFormat({ sampleRateHz, channels, framesMax: to - from + 1 });
    }
    const loan = this.#output.loan(this.#outFormat);
    if (!loan) return;
    const { samples } = loan;
    const [heldFrom, heldTo] = [Math.min(to, Math.max(from, this.#start)), Math.min(to, Math.max(from, this.#end))];
    samples.fill(0, 0, (heldFrom - from) * channels);
    this.#pieces(heldFrom, heldTo, (at, count, done) => {
      samples.set(this.#samples.subarray(at, at + count), (heldFrom - from) * channels + done);
    });
    samples.fill(0, (heldTo - from) * channels, (to - from) * channels);
    // Sound goes on without a break where a picture comes early or late; it then has an instant of its own.
    const isTogether = Math.abs(from - this.#numberOf(beat.ns)) < this.#roundingFrames;
    const timestampNs = isTogether ? beat.ns : this.#instantOf(from);
    loan.commit({
      ...(beat.frame ? { stampFrom: beat.frame } : {}),
      timestampNs,
      sourceTimestampNs: timestampNs,
      discontinuity,
      frames: to - from,
    });
  }

  /** Sample numbers of a beat's span. It begins where the one before it ended, unless the beat is not the next one. */
  #rangeOf({ ns, endNs, soundFrames }: Beat): Range {
    if (soundFrames !== undefined) return { from: this.#start, to: this.#start + soundFrames };
    const [first, to] = [this.#numberOf(ns), this.#numberOf(endNs)];
    const given = this.#given;
    const isNext = given !== undefined && given <= to && 2 * (first - given) < to - first;
    return { from: isNext ? given : first, to };
  }

  #add(block: AudioBuffer): void {
    const { frames } = block;
    const stamped = this.#numberOf(block.timestampNs);
    // Where something is missing the stamp alone says where the block belongs.
    const isExact = block.missed > 0 || (block.header.flags & FLAG.discontinuity) !== 0;
    const expected = this.#expected ?? stamped;
    const first = !isExact && Math.abs(stamped - expected) < this.#roundingFrames ? expected : stamped;
    this.#expected = first + frames;
    this.#blockFrames = frames;
    if (Math.abs(first - this.#end) > this.#capacity) this.#restart(first);
    const skipped = Math.min(frames, Math.max(0, this.#end - first));
    if (skipped > 0) this.#count("late.audio", skipped);
    if (skipped === frames) return;
    const from = first + skipped;
    const to = first + frames;
    this.#makeRoom(to);
    if (from > this.#end) {
      this.#gaps.push({ from: this.#end, to: from });
      this.#pieces(this.#end, from, (at, count) => void this.#samples.fill(0, at, at + count));
    }
    const { samples } = block;
    const { channels } = block.format;
    this.#pieces(from, to, (at, count, done) => {
      this.#samples.set(samples.subarray(skipped * channels + done, skipped * channels + done + count), at);
    });
    this.#end = to;
  }

  /** The source has begun anew: what is held no longer goes with anything. */
  #restart(at: number): void {
    if (this.#end > this.#start) this.#drop(this.#end - this.#start, "early.audio");
    this.#start = at;
    this.#end = at;
    this.#gaps = [];
    this.#given = undefined;
  }

  #setFormat(format: AudioFormat): void {
    const known = this.#format;
    if (known && known.sampleRateHz === format.sampleRateHz && known.channels === format.channels) return;
    if (this.#end > this.#start) this.#drop(this.#end - this.#start, "early.audio");
    this.#format = format;
    this.#outFormat = undefined;
    this.#capacity = Math.max(format.sampleRateHz, format.framesMax);
    this.#samples = new Float32Array(this.#capacity * format.channels);
    this.#expected = undefined;
    this.#given = undefined;
    this.#gaps = [];
    // Far from any sample number, so that the first block is a beginning.
    this.#start = this.#end = -2 * this.#capacity;
  }

  #makeRoom(to: number): void {
    const over = to - this.#capacity - this.#start;
    if (over > 0) this.#drop(Math.min(over, this.#end - this.#start), "early.audio");
    this.#start = Math.max(this.#start, to - this.#capacity);
    this.#end = Math.max(this.#end, this.#start);
  }

  #drop(frames: number, name: string): void {
    if (frames <= 0) return;
    this.#count(name, frames);
    this.#start += frames;
  }

  /** Frames of a range that never came. */
  #silentFrames(from: number, to: number): number {
    const overlap = (range: Range): number => Math.max(0, Math.min(to, range.to) - Math.max(from, range.from));
    const gaps = this.#gaps.reduce((sum, gap) => sum + overlap(gap), 0);
    return to - from - overlap({ from: this.#start, to: this.#end }) + gaps;
  }

  /** Calls `each` with the one or two places in memory of a range: where, how many samples, how many were before. */
  #pieces(from: number, to: number, each: (at: number, count: number, done: number) => void): void {
    const { channels } = this.#format!;
    for (let done = from; done < to;) {
      const place = done % this.#capacity;
      const frames = Math.min(to - done, this.#capacity - place);
      each(place * channels, frames * channels, (done - from) * channels);
      done += frames;
    }
  }

  get #roundingFrames(): number {
    return this.#format!.sampleRateHz * Number(ROUNDING_NS) / Number(NS_PER_S);
  }

  #numberOf(ns: bigint): number {
    if (!this.#format) return 0;
    return Number((ns * BigInt(this.#format.sampleRateHz) + NS_PER_S / 2n) / NS_PER_S);
  }

  #instantOf(sample: number): bigint {
    const hz = BigInt(this.#format!.sampleRateHz);
    return (BigInt(sample) * NS_PER_S + hz / 2n) / hz;
  }
}
