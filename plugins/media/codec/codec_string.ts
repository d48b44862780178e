/**
 * Codec strings of WebCodecs, and the codecs that they name.
 *
 * @module
 */
import { StreamError } from "@streamlib/core";
import type { VideoCodec } from "./provider.ts";

/** First part of a codec string (RFC 6381, WebCodecs registry). */
const CODECS: Readonly<Record<string, VideoCodec>> = {
  avc1: "h264",
  avc3: "h264",
  hvc1: "hevc",
  hev1: "hevc",
  vp8: "vp8",
  vp09: "vp9",
  av01: "av1",
};

/** Strings of streams that say nothing about profile and level beforehand. */
const PLAIN: Readonly<Record<Exclude<VideoCodec, "h264">, string>> = {
  hevc: "hev1.1.6.L93.B0",
  vp8: "vp8",
  vp9: "vp09.00.10.08",
  av1: "av01.0.04M.08",
};

const NAL_TYPE_SPS = 7;

/**
 * The codec that a codec string names.
 *
 * @param codec For example `avc1.42e01f`.
 * @throws {StreamError} `format-invalid` naming it and those that are known.
 */
export function videoCodecOf(codec: string): VideoCodec {
  const first = codec.split(".", 1)[0];
  if (Object.hasOwn(CODECS, first)) return CODECS[first];
  throw new StreamError(
    "format-invalid",
    `Cannot decode pictures of codec ${codec}: one that begins with ${Object.keys(CODECS).join(", ")} is right`,
  );
}

/**
 * The codec string of a stream. That of H.264 has profile, constraints and level from the sequence parameter set of
 * its first packet; the others name the lowest profile that holds 8-bit 4:2:0.
 *
 * @param codec The codec.
 * @param packet The first packet, Annex B for H.264.
 * @throws {StreamError} `format-invalid` if H.264 has no parameter set in this packet.
 */
export function codecStringOf(codec: VideoCodec, packet: Uint8Array): string {
  if (codec !== "h264") return PLAIN[codec];
  for (let i = 0; i + 6 < packet.length; i++) {
    const isStart = packet[i] === 0 && packet[i + 1] === 0 && packet[i + 2] === 1;
    if (!isStart || (packet[i + 3] & 0x1f) !== NAL_TYPE_SPS) continue;
    const profile = [...packet.subarray(i + 4, i + 7)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return `avc1.${profile}`;
  }
  throw new StreamError(
    "format-invalid",
    "Cannot name an H.264 stream: its first packet has no sequence parameter set",
  );
}
