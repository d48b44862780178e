/**
 * A machine that sends known sound, {@linkcode SOUND_LOOP} again and again, until it is killed. Its one argument are
 * options of `AudioRtpSendActor` as JSON; as soon as it sends, it prints the session description as a line of JSON.
 *
 * @module
 */
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { audioFormat, taiNowNs } from "@streamlib/core";
import { AudioRtpSendActor, type AudioRtpSendOptions } from "@streamlib/st2110";
import { noise, samplesOf } from "./content.ts";
import { GiverActor } from "./media_actors.ts";
import { until } from "./wait.ts";

/** Samples per frame. */
export const SOUND_CHANNELS = 4;
/** A second of noise, channels interleaved. */
export const SOUND_LOOP: Float32Array = samplesOf(noise(48_000 * SOUND_CHANNELS * 3, 2110), 24);

/** Frames in a block: 10 ms. */
const BLOCK_FRAMES = 480;

async function main(options: AudioRtpSendOptions): Promise<void> {
  const giver = new GiverActor();
  const sender = new AudioRtpSendActor(options);
  giver.outputs.audio.pipe(sender.inputs.audio);
  await sender.ready;
  const format = audioFormat({ sampleRateHz: 48_000, channels: SOUND_CHANNELS, framesMax: BLOCK_FRAMES });
  const samples = BLOCK_FRAMES * SOUND_CHANNELS;
  const begin = taiNowNs();
  for (let n = 0;; n++) {
    const start = n * samples % SOUND_LOOP.length;
    const instantNs = begin + BigInt(n) * 10_000_000n;
    giver.giveAudio(format, SOUND_LOOP.subarray(start, start + samples), instantNs);
    await until(() => sender.stats.counters.blocksSent === n + 1, "the block is taken", () => sender.stats.counters);
    if (n === 0) console.log(JSON.stringify(await sender.sdp()));
    await sleep(Math.max(0, Number(instantNs + 10_000_000n - taiNowNs()) / 1e6));
  }
}

if (import.meta.main) await main(JSON.parse(process.argv[2]) as AudioRtpSendOptions);
