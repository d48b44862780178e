/**
 * Sample rates that codecs accept.
 *
 * @module
 */
import type { AudioCodec } from "../codec/provider.ts";

/** RFC 6716 §2: rates of Opus. */
const OPUS = [8000, 12_000, 16_000, 24_000, 48_000];
/** ISO/IEC 14496-3 table 1.18. */
const AAC = [8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000];

/** The rate at which sound of `sampleRateHz` is coded: itself where the codec has it, else 48000. */
export function codedSampleRate(codec: AudioCodec, sampleRateHz: number): number {
  const rates = codec === "opus" ? OPUS : AAC;
  return rates.includes(sampleRateHz) ? sampleRateHz : 48_000;
}
