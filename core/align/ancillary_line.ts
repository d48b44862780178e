/**
 * Ancillary data on its way through an aligner.
 *
 * @module
 */
import type { AncillaryData } from "../message/ancillary_data.ts";
import type { Input } from "../port/input.ts";
import type { Output } from "../port/output.ts";
import { ENDED } from "../ring/layout.ts";
import { type Beat, JUMP_NS } from "./beat.ts";

/** Items that are kept at most: a second of two per picture at 60 pictures per second. */
const HELD_MAX = 128;

/** Holds items, and gives those of an instant. */
export class AncillaryLine {
  readonly #input: Input<AncillaryData>;
  readonly #output: Output<AncillaryData>;
  readonly #count: (name: string, by?: number) => void;
  #held: AncillaryData[] = [];
  #frontNs: bigint | undefined;
  /** Whether an item was given already, so that what comes too late is told from what came before the first instant. */
  #hasGiven = false;

  /** @param count Counts what is lost, under `NAME.ancillary`. */
  constructor(input: Input<AncillaryData>, output: Output<AncillaryData>, count: (name: string, by?: number) => void) {
    this.#input = input;
    this.#output = output;
    this.#count = count;
  }

  /** Whether nothing more can come. */
  get isClosed(): boolean {
    const { source } = this.#input;
    return !source || (source.ended !== ENDED.open && this.#input.unread === 0);
  }

  /** Instant of the newest item, ns. */
  get frontNs(): bigint | undefined {
    return this.#frontNs;
  }

  /** Items that are held. */
  get length(): number {
    return this.#held.length;
  }

  /** Instant of the oldest item that is held, ns. */
  get nextNs(): bigint | undefined {
    return this.#held[0]?.timestampNs;
  }

  /** Takes what has come out of the ring. */
  take(): void {
    for (const item of this.#input) {
      this.#held.push(item.copy());
      this.#frontNs = item.timestampNs;
      item.release();
      if (this.#held.length <= HELD_MAX) continue;
      this.#held.shift();
      this.#count("early.ancillary");
    }
  }

  /** Whether it need not be waited for: its last item is there, or nothing more can come. */
  isComplete(beat: Beat): boolean {
    const isInterlaced = beat.frame?.format.scan === "interlaced";
    const { fromNs } = spanOf(beat);
    const neededNs = isInterlaced ? fromNs + (beat.endNs - beat.ns) / 2n : fromNs;
    return this.isClosed || this.#held.some((item) => item.timestampNs >= neededNs);
  }

  /** Commits the items of a beat, one of each field if there are two, all with the beat's instant. */
  give(beat: Beat): void {
    const { fromNs, toNs } = spanOf(beat);
    let given = 0;
    for (let item = this.#held[0]; item && item.timestampNs < toNs; item = this.#held[0]) {
      this.#held.shift();
      if (item.timestampNs < fromNs) {
        this.#count(this.#hasGiven ? "late.ancillary" : "early.ancillary");
        continue;
      }
      given++;
      this.#commit(item, beat);
    }
    this.#hasGiven = true;
    if (given === 0 && beat.soundFrames === undefined && !this.isClosed) this.#count("missing.ancillary");
  }

  /** Streams have begun anew at an instant: what is held from another time goes with nothing. */
  restart(ns: bigint): void {
    const held = this.#held.filter(({ timestampNs: at }) => at > ns - JUMP_NS && at < ns + JUMP_NS);
    if (held.length < this.#held.length) this.#count("late.ancillary", this.#held.length - held.length);
    this.#held = held;
  }

  #commit(item: AncillaryData, beat: Beat): void {
    if (this.#output.stats().links === 0) return this.#count("unlinked.ancillary");
    const { metadata } = item;
    this.#output.loan(item.format)?.write(item.packets).commit({
      stampFrom: beat.frame ?? item,
      timestampNs: beat.ns,
      sourceTimestampNs: item.header.sourceTimestampNs,
      discontinuity: beat.hasGap,
      ...(metadata ? { metadata } : {}),
    });
  }
}

/** Instants that belong to a beat: a quarter early, for rounded stamps, so that the second field is within. */
function spanOf({ ns, endNs, soundFrames }: Beat): { readonly fromNs: bigint; readonly toNs: bigint } {
  const earlyNs = soundFrames === undefined ? (endNs - ns) / 4n : 0n;
  return { fromNs: ns - earlyNs, toNs: endNs - earlyNs };
}
