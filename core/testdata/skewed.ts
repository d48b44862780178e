/** Streams that were made together and come on different ways, for tests. */
import { Actor } from "../actor/actor.ts";
import { registerActor } from "../actor/register_actor.ts";
import type { ActorSpec } from "../actor/spec.ts";
import { AlignActor } from "../align/align_actor.ts";
import { AncillaryData, ancillaryFormat } from "../message/ancillary_data.ts";
import { ancillaryBytes, ancillaryPacket } from "../message/ancillary_packet.ts";
import { AudioBuffer, audioFormat } from "../message/audio_buffer.ts";
import { FLAG } from "../message/message.ts";
import { type Scan, videoFormat } from "../message/video_format.ts";
import { VideoFrame } from "../message/video_frame.ts";
import type { Output } from "../port/output.ts";
import { output } from "../port/spec.ts";
import { tap } from "../port/tap.ts";
import type { Supervisor } from "../supervision/supervisor.ts";
import type { Clock, TimedTick } from "../time/clock.ts";
import { frameAt, instantOf, type Rate, toRate } from "../time/rate.ts";
import { ManualClock } from "../time/virtual_clock.ts";

const MS = 1_000_000n;
/** Instant at which virtual time begins in these tests. */
export const START_NS: bigint = 1_700_000_000n * 1000n * MS;
const SAMPLE_RATE_HZ = 48_000;
const CHANNELS = 2;

/** When item `index` comes, ms after its instant, a block of sound after its end; `undefined`: never. */
export type Way = (index: number) => number | undefined;

interface SkewTypes {
  outputs: { video: Output<VideoFrame>; audio: Output<AudioBuffer>; ancillary: Output<AncillaryData> };
  options: { process?: (body: SkewActor, tick: TimedTick) => void };
}

/** Commits what its script says. */
@registerActor({ name: "TestSkew", module: import.meta.url })
export class SkewActor extends Actor<SkewTypes> {
  static readonly spec: ActorSpec<SkewTypes> = {
    description: "Three streams for tests",
    outputs: { video: output(VideoFrame), audio: output(AudioBuffer), ancillary: output(AncillaryData) },
    options: {
      validate: (given) => ({ value: { process: () => {}, ...given as SkewTypes["options"] } }),
      toJSONSchema: () => ({ type: "object" }),
    },
  };

  override process(tick: TimedTick): void {
    this.options.process(this, tick);
  }

  /** `finish()` of the body. */
  end(): void {
    this.finish();
  }
}

/** What was seen at one output. */
export interface Seen {
  readonly ns: bigint;
  /** Number of the picture or of the item. */
  readonly value: number;
  readonly hasGap: boolean;
}

/** A block of sound that was seen: numbers of its samples, counted from the start; -1 for silence. */
export interface SeenSound {
  readonly ns: bigint;
  readonly numbers: readonly number[];
  readonly hasGap: boolean;
}

/** What {@linkcode runSkewed} does. */
export interface SkewScript {
  readonly fps?: number | Rate;
  readonly delayNs?: number;
  /** Virtual time in which items are made; they may come later. */
  readonly ms?: number;
  readonly video?: Way;
  readonly audio?: Way;
  readonly ancillary?: Way;
  /** Frames of a block of sound. */
  readonly blockFrames?: number;
  readonly scan?: Scan;
  /** Added to the stamp of sound, ns. */
  readonly soundStampNs?: (block: number) => bigint;
  /** The sources finish when all has come. */
  readonly finishes?: boolean;
  /** From here on stamps begin again, ms. */
  readonly loopMs?: number;
  /** Who restarts the aligner. */
  readonly supervisor?: Supervisor;
  /** The clock of source and aligner, if it is one for both; its time begins at 0. */
  readonly clock?: Clock;
}

/** What came out of the aligner. */
export interface Skewed {
  readonly video: Seen[];
  readonly audio: SeenSound[];
  readonly ancillary: Seen[];
  /** Order of commits: `v`, `a`, `n`. */
  readonly order: string[];
  readonly source: SkewActor;
  readonly align: AlignActor;
  /** Moves virtual time on by whole milliseconds. */
  readonly advance: (ms: number) => Promise<void>;
}

/** Instant of picture `index`. */
export function pictureNs(index: number, fps: number | Rate = 60): bigint {
  const rate = toRate(fps);
  return instantOf(frameAt(START_NS, rate) + BigInt(index) + 1n, rate);
}

/** Instant of the first sample of a block. */
export function blockNs(index: number, blockFrames: number): bigint {
  const sample = firstSample() + BigInt(index * blockFrames);
  return (sample * 1000n * MS + BigInt(SAMPLE_RATE_HZ / 2)) / BigInt(SAMPLE_RATE_HZ);
}

function firstSample(): bigint {
  return START_NS * BigInt(SAMPLE_RATE_HZ) / (1000n * MS);
}

/** Number of the sample of an instant, counted from the start. */
export function sampleAt(ns: bigint): number {
  return Number((ns * BigInt(SAMPLE_RATE_HZ) + 500n * MS) / (1000n * MS) - firstSample());
}

interface Arrival {
  readonly atNs: bigint;
  readonly put: (body: SkewActor) => void;
}

function arrivals(script: SkewScript): Arrival[] {
  const { fps = 60, ms = 500, blockFrames = 480, scan = "progressive", video, audio, ancillary } = script;
  const endNs = START_NS + BigInt(ms) * MS;
  const list: Arrival[] = [];
  const loopNs = BigInt(script.loopMs ?? 0) * MS;
  /** The stamp of what is of an instant: after a loop that of the first time. */
  const stampOf = (ns: bigint): bigint => loopNs > 0n && ns >= START_NS + loopNs ? ns - loopNs : ns;
  const add = (
    way: Way | undefined,
    instant: (index: number) => bigint,
    put: (index: number) => Arrival["put"],
    lengthNs = 0n,
  ): void => {
    for (let i = 0; way && instant(i) < endNs; i++) {
      const delayMs = way(i);
      if (delayMs === undefined) continue;
      list.push({ atNs: instant(i) + lengthNs + BigInt(Math.round(delayMs * 1e6)), put: put(i) });
    }
  };
  const format = videoFormat({ pixelFormat: "rgba8", width: 16, height: 2, rate: fps, scan });
  add(video, (i) => pictureNs(i, fps), (i) => ({ outputs }) => {
    const loan = outputs.video.loan(format)!;
    loan.data.fill(0);
    new DataView(loan.data.buffer, loan.data.byteOffset).setUint32(0, i, true);
    loan.commit({ timestampNs: stampOf(pictureNs(i, fps)) });
  });
  const sound = audioFormat({ sampleRateHz: SAMPLE_RATE_HZ, channels: CHANNELS, framesMax: blockFrames });
  const stamp = script.soundStampNs ?? (() => 0n);
  add(audio, (i) => blockNs(i, blockFrames), (i) => ({ outputs }) => {
    const loan = outputs.audio.loan(sound)!;
    for (let frame = 0; frame < blockFrames; frame++) {
      // No sample is 0, which is silence; all are exact in float32.
      loan.samples.fill((i * blockFrames + frame + 1) / 2 ** 20, frame * CHANNELS, (frame + 1) * CHANNELS);
    }
    loan.commit({ timestampNs: stampOf(blockNs(i, blockFrames)) + stamp(i) });
  }, blockNs(1, blockFrames) - blockNs(0, blockFrames));
  const perPicture = scan === "interlaced" ? 2 : 1;
  const rate = toRate(fps);
  const fieldNs = BigInt(Math.round(5e8 * rate.den / rate.num));
  const itemNs = (i: number): bigint => pictureNs(Math.floor(i / perPicture), fps) + BigInt(i % perPicture) * fieldNs;
  add(ancillary, itemNs, (i) => ({ outputs }) => {
    const loan = outputs.ancillary.loan(ancillaryFormat())!;
    loan.write([ancillaryPacket({ did: 0x41, sdid: 1, data: [i & 255, i >> 8] })]);
    loan.commit({ timestampNs: stampOf(itemNs(i)) });
  });
  return list.sort((a, b) => a.atNs < b.atNs ? -1 : a.atNs > b.atNs ? 1 : 0);
}

/** Streams that come late each in its way, and an aligner behind them that looks every millisecond. */
export async function beginSkewed(script: SkewScript): Promise<Skewed> {
  const [from, to] = [new ManualClock(1000, START_NS), new ManualClock(1000, START_NS)];
  const list = arrivals(script);
  let nowNs = START_NS;
  const source = new SkewActor({
    clock: script.clock ?? from,
    process: (body, tick) => {
      if (script.clock) nowNs = START_NS + tick.timestampNs;
      for (; list[0]?.atNs <= nowNs; list.shift()) list[0].put(body);
      if (script.finishes && list.length === 0) body.end();
    },
  });
  const { delayNs, supervisor } = script;
  const align = new AlignActor({
    clock: script.clock ?? to,
    ...(delayNs === undefined ? {} : { delayNs }),
    ...(supervisor ? { supervisor } : {}),
  });
  for (const name of ["video", "audio", "ancillary"] as const) {
    if (script[name]) source.outputs[name].pipe(align.inputs[name] as never);
  }
  const seen: Skewed = { video: [], audio: [], ancillary: [], order: [], source, align, advance };
  tap(align.outputs.video, ({ data, timestampNs: ns, header }) => {
    const value = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
    seen.video.push({ ns, value, hasGap: (header.flags & FLAG.discontinuity) !== 0 });
    seen.order.push("v");
  });
  tap(align.outputs.audio, ({ samples, frames, timestampNs: ns, header }) => {
    const numbers = Array.from({ length: frames }, (_, i) => samples[i * CHANNELS] * 2 ** 20 - 1);
    if (samples.some((value, i) => value !== samples[i - i % CHANNELS])) throw new Error("Channels are mixed up");
    seen.audio.push({ ns, numbers, hasGap: (header.flags & FLAG.discontinuity) !== 0 });
    seen.order.push("a");
  });
  tap(align.outputs.ancillary, ({ packets, timestampNs: ns, header }) => {
    const [low, high] = ancillaryBytes(packets[0]);
    seen.ancillary.push({ ns, value: high * 256 + low, hasGap: (header.flags & FLAG.discontinuity) !== 0 });
    seen.order.push("n");
  });
  async function advance(ms: number): Promise<void> {
    for (let i = 0; i < ms; i++) {
      await from.advance();
      if (align.state === "running") await to.advance();
      nowNs += MS;
    }
  }
  await Promise.all([source.ready, align.ready]);
  return seen;
}

/** {@linkcode beginSkewed}, until everything has come and nothing is waited for. */
export async function runSkewed(script: SkewScript): Promise<Skewed> {
  const seen = await beginSkewed(script);
  await seen.advance((script.ms ?? 500) + 300);
  return seen;
}
