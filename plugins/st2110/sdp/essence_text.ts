/**
 * An essence as `a=rtpmap` and `a=fmtp`, and back.
 *
 * @module
 */
import type { Essence, OtherEssence, PcmAudio } from "./essence.ts";
import { ANC_FIELDS, H264_FIELDS, JXSV_FIELDS, PCM_FIELDS, RAW_FIELDS } from "./essence_fields.ts";
import { quoted, type SdpLog } from "./finding.ts";
import { type Fields, type FieldValues, readParameters, writeParameters } from "./fmtp.ts";

/** A value that follows the payload type in a line, and the number of that line. */
export interface TextAt {
  readonly text: string;
  readonly line: number;
}

interface Mapping {
  readonly encoding: string;
  readonly clockHz: number;
  readonly encodingParameters?: string;
}

/** Essences with a time stamp rate of 90 kHz: fields, and those without which nothing can be decoded. */
const TIMED: Readonly<Record<string, { fields: Fields; needs: readonly string[]; clause: string }>> = {
  raw: { fields: RAW_FIELDS, needs: ["sampling", "depth", "width", "height"], clause: "ST 2110-20 §7.2" },
  jxsv: { fields: JXSV_FIELDS, needs: ["packetmode"], clause: "RFC 9134 §7.1" },
  H264: { fields: H264_FIELDS, needs: [], clause: "RFC 6184 §8.1" },
  smpte291: { fields: ANC_FIELDS, needs: [], clause: "ST 2110-40 §7" },
};

const VIDEO_CLOCK_HZ = 90_000;

/** The essence that the two lines describe; `line` is that of `m=`. With a lenient log fields may lack. */
export function readEssence(rtpmap: TextAt | undefined, fmtp: TextAt | undefined, line: number, log: SdpLog): Essence {
  const mapping = rtpmap && readMapping(rtpmap, log);
  const other: OtherEssence = { kind: "other", ...mapping, ...fmtp && { fmtp: fmtp.text } };
  if (!rtpmap || !mapping) return other;
  const name = [...Object.keys(TIMED), "L16", "L24"].find((key) =>
    key.toLowerCase() === mapping.encoding.toLowerCase()
  );
  if (name === undefined) return other;
  if (name !== mapping.encoding) {
    log.remark("warning", rtpmap.line, "RFC 8866 §6.6", `the encoding is spelled ${mapping.encoding}`, `write ${name}`);
  }
  const timed = Object.hasOwn(TIMED, name) ? TIMED[name] : undefined;
  const values = readParameters(timed?.fields ?? PCM_FIELDS, fmtp?.text ?? "", fmtp?.line ?? line, log);
  if (!timed) return readPcm(name as PcmAudio["encoding"], mapping, values, rtpmap.line, log) ?? other;
  if (mapping.clockHz !== VIDEO_CLOCK_HZ || mapping.encodingParameters !== undefined) {
    log.problem(rtpmap.line, timed.clause, `${name} has the rate ${quoted(rtpmap.text)}`, `write ${name}/90000`);
  }
  for (const key of timed.needs) {
    if (values[key] !== undefined) continue;
    log.problem(fmtp?.line ?? line, timed.clause, `${key} of ${name} is missing`, `add ${key}= to a=fmtp`);
  }
  return { kind: name, ...values } as unknown as Essence;
}

/** The value of `a=rtpmap` after the payload type; undefined if there is no such line. */
export function writeMapping(essence: Essence): string | undefined {
  switch (essence.kind) {
    case "pcm":
      return `${essence.encoding}/${essence.sampleRateHz}/${essence.channels}`;
    case "other": {
      if (essence.encoding === undefined) return undefined;
      const parameters = essence.encodingParameters === undefined ? "" : `/${essence.encodingParameters}`;
      return `${essence.encoding}/${essence.clockHz}${parameters}`;
    }
    default:
      return `${essence.kind}/${VIDEO_CLOCK_HZ}`;
  }
}

/** The value of `a=fmtp` after the payload type; undefined if there is no such line. */
export function writeFmtp(essence: Essence): string | undefined {
  if (essence.kind === "other") return essence.fmtp;
  const fields: Fields = essence.kind === "pcm" ? PCM_FIELDS : TIMED[essence.kind].fields;
  const text = writeParameters(fields, essence as unknown as FieldValues);
  return text === "" ? undefined : text;
}

function readMapping({ text, line }: TextAt, log: SdpLog): Mapping | undefined {
  const [encoding, rate, ...parameters] = text.split("/");
  const clockHz = /^\d{1,10}$/.test(rate ?? "") ? Number(rate) : 0;
  if (/^\S+$/.test(encoding) && clockHz > 0) {
    return { encoding, clockHz, ...parameters.length > 0 && { encodingParameters: parameters.join("/") } };
  }
  log.problem(line, "RFC 8866 §6.6", `the mapping is ${quoted(text)}`, "write encoding/rate, for example raw/90000");
  return undefined;
}

function readPcm(
  encoding: PcmAudio["encoding"],
  { clockHz, encodingParameters }: Mapping,
  values: FieldValues,
  line: number,
  log: SdpLog,
): PcmAudio | undefined {
  // RFC 8866 §6.6: the number of channels may be left out if it is one.
  const channels = /^\d{1,3}$/.test(encodingParameters ?? "1") ? Number(encodingParameters ?? 1) : 0;
  if (channels >= 1 && channels <= 255 && clockHz <= 1_000_000) {
    return { kind: "pcm", encoding, sampleRateHz: clockHz, channels, ...values };
  }
  log.problem(
    line,
    "RFC 8866 §6.6",
    `the mapping is ${encoding}/${clockHz}${encodingParameters === undefined ? "" : `/${encodingParameters}`}`,
    `write ${encoding}/rate/channels with up to 1000000 samples per second and 1 to 255 channels`,
  );
  return undefined;
}
