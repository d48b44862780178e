/**
 * Finding what came among what was sent.
 *
 * @module
 */
import type { AudioFormat, Message } from "@streamlib/core";
import { Buffer } from "node:buffer";
import type { StreamItem } from "./streams.ts";

/** Where an item that came is among what was sent. */
export interface Arrival {
  /** Its place: the number of an item, of sound that of its first sample; `undefined`: nothing like it was sent. */
  readonly at: number | undefined;
  /** Places that it takes. */
  readonly length: number;
  /** How far its stamp is from the one that it was sent with, ns. */
  readonly offNs: number;
}

/**
 * Finds every item that came. Sound is looked for by its samples, because it comes in blocks of another size.
 *
 * @param sent What was sent, oldest first.
 * @param came What came, oldest first.
 */
export function arrivals(sent: readonly StreamItem[], came: readonly Message[]): Arrival[] {
  const [first] = came;
  if (first === undefined) return [];
  const { sampleRateHz, channels } = first.format as Partial<AudioFormat>;
  if (sampleRateHz === undefined || channels === undefined) return itemArrivals(sent, came);
  return soundArrivals(sent, came, 4 * channels, sampleRateHz);
}

/** Where the same bytes were sent more than once, the one is meant whose stamp is nearest. */
function itemArrivals(sent: readonly StreamItem[], came: readonly Message[]): Arrival[] {
  const places = new Map<string, number[]>();
  sent.forEach(({ bytes }, index) => {
    const key = bytes.toString("latin1");
    const known = places.get(key);
    if (known) known.push(index);
    else places.set(key, [index]);
  });
  return came.map(({ data, timestampNs }) => {
    let best: Arrival = { at: undefined, length: 1, offNs: 0 };
    for (const at of places.get(Buffer.from(data).toString("latin1")) ?? []) {
      const offNs = Math.abs(Number(timestampNs - sent[at].timestampNs));
      if (best.at === undefined || offNs < best.offNs) best = { at, length: 1, offNs };
    }
    return best;
  });
}

function soundArrivals(
  sent: readonly StreamItem[],
  came: readonly Message[],
  frameBytes: number,
  sampleRateHz: number,
): Arrival[] {
  const whole = Buffer.concat(sent.map(({ bytes }) => bytes));
  const lengths = sent.map(({ bytes }) => bytes.length / frameBytes);
  const starts = lengths.map((_, index) => lengths.slice(0, index).reduce((sum, length) => sum + length, 0));
  return came.map(({ data, timestampNs }) => {
    const bytes = Buffer.from(data);
    const length = bytes.length / frameBytes;
    // The block in which it must begin by its stamp, or the one before: stamps may be a little off.
    const block = sent.findLastIndex((item) => item.timestampNs <= timestampNs);
    const from = starts[Math.max(0, block - 1)] * frameBytes;
    let at = whole.indexOf(bytes, from);
    while (at >= 0 && at % frameBytes !== 0) at = whole.indexOf(bytes, at + 1);
    if (at < 0) return { at: undefined, length, offNs: 0 };
    const frame = at / frameBytes;
    const home = starts.findLastIndex((start) => start <= frame);
    const rightNs = sent[home].timestampNs + BigInt(Math.round((frame - starts[home]) * 1e9 / sampleRateHz));
    return { at: frame, length, offNs: Math.abs(Number(timestampNs - rightNs)) };
  });
}
