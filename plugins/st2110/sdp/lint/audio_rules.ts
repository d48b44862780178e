/**
 * Rules for uncompressed sound (ST 2110-30, AES67).
 *
 * @module
 */
import type { PcmAudio } from "../essence.ts";
import { samplesPerPacket } from "../format.ts";
import type { MediaSubject } from "./subject.ts";

/** Channels of each symbol but `Unn` (ST 2110-30 §6.2.2). */
const GROUP_CHANNELS: Readonly<Record<string, number>> = {
  M: 1,
  DM: 2,
  ST: 2,
  LtRt: 2,
  "51": 6,
  "71": 8,
  "222": 24,
  SGRP: 4,
};

/** Most channels of a sender of any level, by rate and samples per packet (ST 2110-30 §7). */
const LEVELS: Readonly<Record<string, { channelsMax: number; names: string }>> = {
  "48000 48": { channelsMax: 8, names: "A" },
  "96000 96": { channelsMax: 4, names: "AX" },
  "48000 6": { channelsMax: 64, names: "B and C" },
  "96000 12": { channelsMax: 32, names: "BX and CX" },
};

/** Payload octets of the standard datagram limit: 1460 less UDP 8 and RTP 12 (ST 2110-10 §6.3). */
const PAYLOAD_BYTES_MAX = 1440;

/** Checks a stream of uncompressed sound. */
export function lintAudio({ media, say }: MediaSubject, audio: PcmAudio): void {
  const { encoding, sampleRateHz, channels } = audio;
  if (media.type !== "audio") say.error("m=", "RFC 8866 §5.14", `${encoding} is in m=${media.type}`, "write m=audio");
  if (![44_100, 48_000, 96_000].includes(sampleRateHz)) {
    say.error("a=rtpmap", "ST 2110-30 §6.1", `the rate is ${sampleRateHz}`, "use 48000, or 96000 or 44100");
  }
  if (media.ptimeMs === undefined) {
    say.error("m=", "AES67-2013 §8.1", "a=ptime is missing", "add a=ptime:1 or a=ptime:0.125");
  } else {
    const samples = samplesPerPacket(media.ptimeMs, sampleRateHz);
    lintPacket(say, audio, samples);
    if (media.maxptimeMs !== undefined && media.maxptimeMs < media.ptimeMs) {
      say.error("a=maxptime", "RFC 8866 §6.5", "maxptime is less than ptime", "raise it, or leave it out");
    }
  }
  lintChannelOrder(say, audio.channelOrder, channels);
}

function lintPacket(say: MediaSubject["say"], { encoding, sampleRateHz, channels }: PcmAudio, samples: number): void {
  const bytes = samples * channels * (encoding === "L16" ? 2 : 3);
  if (samples < 1) {
    say.error("a=ptime", "AES67-2013 §7.2", "a packet has less than one sample", "write a=ptime:1 or a=ptime:0.125");
  } else if (bytes > PAYLOAD_BYTES_MAX) {
    const remedy = `at most ${PAYLOAD_BYTES_MAX} are right: use a shorter ptime or fewer channels`;
    say.error("a=ptime", "ST 2110-10 §6.3", `a packet has ${bytes} octets of sound`, remedy);
  }
  // 44.1 kHz is allowed and is in no level.
  const level = LEVELS[`${sampleRateHz} ${samples}`];
  if (level && channels > level.channelsMax) {
    const remedy = `levels ${level.names} have up to ${level.channelsMax} at this rate and ptime`;
    say.warning("a=rtpmap", "ST 2110-30 §7", `there are ${channels} channels`, remedy);
  } else if (!level && sampleRateHz !== 44_100) {
    const remedy = "every receiver takes 1 ms at 48 kHz; the others of the levels are 0.125 ms and 96 kHz";
    say.warning(
      "a=ptime",
      "ST 2110-30 §7",
      `${samples} samples per packet at ${sampleRateHz} Hz are of no level`,
      remedy,
    );
  }
}

function lintChannelOrder(say: MediaSubject["say"], groups: readonly string[] | undefined, channels: number): void {
  const clause = "ST 2110-30 §6.2.2";
  if (!groups) {
    say.note(
      "a=rtpmap",
      clause,
      "channel-order is missing: every channel is undefined",
      "add channel-order=SMPTE2110.(ST)",
    );
    return;
  }
  let sum = 0;
  for (const group of groups) {
    const undefinedOnes = Number(/^U(\d\d)$/.exec(group)?.[1] ?? 0);
    const count = Object.hasOwn(GROUP_CHANNELS, group) ? GROUP_CHANNELS[group] : undefinedOnes;
    if (count < 1 || count > 64) {
      const remedy = `use ${Object.keys(GROUP_CHANNELS).join(", ")}, or U01 to U64`;
      say.error("a=fmtp", clause, `channel-order has ${group}`, remedy);
      return;
    }
    sum += count;
  }
  if (sum > channels) {
    say.error("a=fmtp", clause, `channel-order has ${sum} channels of ${channels}`, "name no more than there are");
  }
}
