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

/** What a sender of a level uses. */
interface Level {
  readonly name: string;
  readonly channelsMin: number;
  readonly channelsMax: number;
  /** Levels whose receivers need not take it, where there is another one of this rate and packet time. */
  readonly lesser?: string;
}

/** The levels by rate and samples per packet (ST 2110-30 §7, table 2). */
const LEVELS: Readonly<Record<string, readonly Level[]>> = {
  "48000 48": [{ name: "A", channelsMin: 1, channelsMax: 8 }],
  "96000 96": [{ name: "AX", channelsMin: 1, channelsMax: 4 }],
  "48000 6": [
    { name: "B", channelsMin: 1, channelsMax: 8 },
    { name: "C", channelsMin: 9, channelsMax: 64, lesser: "A and B" },
  ],
  "96000 12": [
    { name: "BX", channelsMin: 1, channelsMax: 8 },
    { name: "CX", channelsMin: 9, channelsMax: 32, lesser: "A, AX, B and BX" },
  ],
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
  lintLevel(say, sampleRateHz, channels, samples);
}

function lintLevel(say: MediaSubject["say"], sampleRateHz: number, channels: number, samples: number): void {
  const clause = "ST 2110-30 §7";
  const levels = LEVELS[`${sampleRateHz} ${samples}`];
  if (!levels) {
    // 44.1 kHz is allowed and is in no level.
    if (sampleRateHz === 44_100) return;
    const message = `${samples} samples per packet at ${sampleRateHz} Hz are of no level`;
    const remedy = "every receiver takes 1 ms at 48 kHz; the others of the levels are 0.125 ms and 96 kHz";
    say.warning("a=ptime", clause, message, remedy);
    return;
  }
  const level = levels.find(({ channelsMin, channelsMax }) => channelsMin <= channels && channels <= channelsMax);
  if (!level) {
    const ranges = levels.map(({ name, channelsMin, channelsMax }, i) =>
      `level ${name}${i === 0 ? " has" : ""} ${channelsMin} to ${channelsMax}`
    );
    say.warning("a=rtpmap", clause, `there are ${channels} channels`, `${ranges.join(", ")} at this rate and ptime`);
  } else if (level.lesser) {
    const message = `${channels} channels at this rate and ptime are of level ${level.name}`;
    const remedy = `receivers of levels ${level.lesser} need not take them: send up to ${
      levels[0].channelsMax
    } for those`;
    say.note("a=rtpmap", clause, message, remedy);
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
