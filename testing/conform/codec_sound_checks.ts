/**
 * Checks of a codec provider's sound.
 *
 * @module
 */
import { type Check, must } from "./check.ts";
import type { CheckedSound } from "./codec_provider.ts";
import { CHANNELS, codeSound, decodeSound, eachAudioCodec, SAMPLE_RATE_HZ, sound } from "./codec_runs.ts";
import type { CodecProviderConformance } from "./conformance.ts";

const BLOCKS = 24;
/** Least signal-to-noise ratio of sound that was coded. */
const SNR_DB_MIN = 15;
/** How far the delay may be off that a coder tells, frames. */
const PRIMING_OFF_MAX = 2;
const US_MAX = 30;

function joined(blocks: readonly CheckedSound[]): Float32Array {
  const samples = new Float32Array(blocks.reduce((sum, block) => sum + block.samples.length, 0));
  let at = 0;
  for (const block of blocks) {
    samples.set(block.samples, at);
    at += block.samples.length;
  }
  return samples;
}

/** Ratio of the sound to what is not of it when `got` is `delay` frames late, dB. The edges are left out. */
function snrDb(got: Float32Array, right: Float32Array, delay: number): number {
  const [from, to] = [right.length / 4, right.length * 3 / 4].map((at) => Math.floor(at / CHANNELS) * CHANNELS);
  let [signal, wrong] = [0, 0];
  for (let at = from; at < to; at++) {
    const heard = got[at + delay * CHANNELS] ?? 0;
    signal += right[at] ** 2;
    wrong += (heard - right[at]) ** 2;
  }
  return 10 * Math.log10(signal / Math.max(wrong, 1e-12));
}

/** The delay with which sound comes back best, frames, and how good it then is. */
function bestDelay(got: Float32Array, right: Float32Array, most: number): { delay: number; ratioDb: number } {
  let best = { delay: 0, ratioDb: -Infinity };
  for (let delay = 0; delay <= most; delay++) {
    const ratioDb = snrDb(got, right, delay);
    if (ratioDb > best.ratioDb) best = { delay, ratioDb };
  }
  return best;
}

/** The checks, in the order of the report. */
export const soundChecks: readonly Check<CodecProviderConformance>[] = [
  {
    id: "codec-sound-round-trip",
    title: `gives sound back with at least ${SNR_DB_MIN} dB, as late as it says`,
    run: (subject) =>
      eachAudioCodec(subject, async (provider, codec) => {
        const { packets, framesPerPacket, primingFrames } = await codeSound(provider, codec, BLOCKS);
        const got = joined(await decodeSound(provider, codec, packets));
        const right = sound(framesPerPacket * BLOCKS);
        const { delay, ratioDb } = bestDelay(got, right, primingFrames + framesPerPacket);
        must(ratioDb >= SNR_DB_MIN, `it comes back with ${ratioDb.toFixed(1)} dB; ${SNR_DB_MIN} is right`);
        // A decoder may leave the delay out, if the configuration record tells it.
        const isRight = [primingFrames, 0].some((right) => Math.abs(delay - right) <= PRIMING_OFF_MAX);
        must(isRight, `it comes back ${delay} frames late; primingFrames says ${primingFrames}`);
      }),
  },
  {
    id: "codec-sound-flush",
    title: "gives out all sound that went in when it is flushed",
    run: (subject) =>
      eachAudioCodec(subject, async (provider, codec) => {
        const { packets, framesPerPacket } = await codeSound(provider, codec, BLOCKS);
        const blocks = await decodeSound(provider, codec, packets);
        const frames = blocks.reduce((sum, block) => sum + block.frames, 0);
        const right = framesPerPacket * BLOCKS;
        must(packets.length >= BLOCKS, `${packets.length} packets came of ${BLOCKS} blocks`);
        must(frames >= right, `${frames} frames came of ${right}`);
      }),
  },
  {
    id: "codec-sound-blocks",
    title: "gives blocks of the rate and channels that were coded, all of numbers",
    run: (subject) =>
      eachAudioCodec(subject, async (provider, codec) => {
        const { packets, framesPerPacket } = await codeSound(provider, codec, BLOCKS);
        const isWhole = Number.isInteger(framesPerPacket) && framesPerPacket > 0;
        must(isWhole, `framesPerPacket is ${framesPerPacket}; a positive integer is right`);
        for (const { samples, frames, channels, sampleRateHz } of await decodeSound(provider, codec, packets)) {
          const got = `${channels} channels at ${sampleRateHz} Hz`;
          const right = `${CHANNELS} channels at ${SAMPLE_RATE_HZ} Hz`;
          must(got === right, `a block has ${got}; ${right} is right`);
          must(samples.length === frames * channels, `a block of ${frames} frames has ${samples.length} samples`);
          must(samples.every((sample) => Number.isFinite(sample)), "a sample is no number");
        }
      }),
  },
  {
    id: "codec-sound-stamps",
    title: "stamps packets of sound in order, a block apart",
    run: (subject) =>
      eachAudioCodec(subject, async (provider, codec) => {
        const { packets, framesPerPacket } = await codeSound(provider, codec, BLOCKS);
        const blockUs = framesPerPacket * 1e6 / SAMPLE_RATE_HZ;
        packets.slice(1).forEach(({ timestampUs }, index) => {
          const apartUs = timestampUs - packets[index].timestampUs;
          const isRight = Math.abs(apartUs - blockUs) <= US_MAX;
          must(isRight, `packet ${index + 1} is ${apartUs} µs after the one before; ${blockUs.toFixed(0)} is right`);
        });
      }),
  },
];
