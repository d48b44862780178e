/**
 * A machine that receives the sound of `send_sound_program.ts`. Its one argument are options of `AudioRtpReceiveActor`
 * as JSON; when it has a second of sound, it prints a {@linkcode ReceivedSound} as a line of JSON.
 *
 * @module
 */
import process from "node:process";
import { stopAll } from "@streamlib/core";
import { AudioRtpReceiveActor, type AudioRtpReceiveOptions } from "@streamlib/st2110";
import { TakerActor } from "./media_actors.ts";
import { SOUND_CHANNELS, SOUND_LOOP } from "./send_sound_program.ts";
import { until } from "./wait.ts";

/** What came. */
export interface ReceivedSound {
  /** Frames until the first that does not follow on the one before: all of them if each does. */
  readonly whole: number;
  /** Frames in all. */
  readonly frames: number;
  /** The actor's counters. */
  readonly counters: Readonly<Record<string, number>>;
}

async function main(options: AudioRtpReceiveOptions): Promise<void> {
  const samples: number[] = [];
  const receiver = new AudioRtpReceiveActor(options);
  const taker = new TakerActor({ audio: (block) => samples.push(...block.samples) });
  receiver.outputs.audio.pipe(taker.inputs.audio);
  await Promise.all([receiver.ready, taker.ready]);
  await until(() => samples.length >= SOUND_LOOP.length, "a second of sound comes", () => receiver.stats.counters);
  await stopAll();
  const frames = samples.length / SOUND_CHANNELS;
  const counters = receiver.stats.counters;
  console.log(JSON.stringify({ whole: wholeOf(samples), frames, counters } satisfies ReceivedSound));
}

function wholeOf(samples: readonly number[]): number {
  const first = startOf(samples);
  for (let i = 0; i < samples.length; i++) {
    if (samples[i] !== SOUND_LOOP[(first + i) % SOUND_LOOP.length]) return Math.floor(i / SOUND_CHANNELS);
  }
  return samples.length / SOUND_CHANNELS;
}

/** Where in the loop the first two frames are. */
function startOf(samples: readonly number[]): number {
  const count = 2 * SOUND_CHANNELS;
  for (let at = 0; at < SOUND_LOOP.length; at += SOUND_CHANNELS) {
    let same = 0;
    while (same < count && samples[same] === SOUND_LOOP[(at + same) % SOUND_LOOP.length]) same++;
    if (same === count) return at;
  }
  return 0;
}

if (import.meta.main) await main(JSON.parse(process.argv[2]) as AudioRtpReceiveOptions);
