/**
 * Rules for uncompressed video (ST 2110-20).
 *
 * @module
 */
import type { RawVideo } from "../essence.ts";
import { lintPicture } from "./sender_rules.ts";
import type { MediaSubject } from "./subject.ts";

const AT = "a=fmtp";
/** Besides those that reading already asks for. */
const REQUIRED = ["exactframerate", "colorimetry", "PM", "SSN"] as const;
/** Values beyond the code range of integers. */
const HALF_FLOAT_TCS: readonly unknown[] = ["LINEAR", "BT2100LINPQ", "BT2100LINHLG", "ST2065-1"];

/** Checks a stream of uncompressed pictures. */
export function lintRawVideo({ media, say }: MediaSubject, video: Partial<RawVideo>): void {
  if (media.type !== "video") {
    say.error("m=", "RFC 8866 §5.14", `raw video is in m=${media.type}`, "write m=video");
  }
  for (const name of REQUIRED) {
    if (video[name] === undefined) {
      say.error(AT, "ST 2110-20 §7.2", `${name} is missing`, `add ${name}=`);
    }
  }
  lintPicture(say, video);
  lintEdition(say, video);
  lintSamples(say, video);
  lintColours(say, video);
  if (video.PM === "2110BPM" && (video.MAXUDP ?? 0) > 1460) {
    say.error(
      AT,
      "ST 2110-20 §6.3.3",
      `block packing has MAXUDP ${video.MAXUDP}`,
      "leave MAXUDP out, or write PM=2110GPM",
    );
  }
}

function lintEdition(say: MediaSubject["say"], { SSN, colorimetry, TCS }: Partial<RawVideo>): void {
  if (SSN === undefined) return;
  const is2022 = colorimetry === "ALPHA" || TCS === "ST2115LOGS3";
  const right = is2022 ? "ST2110-20:2022" : "ST2110-20:2017";
  if (SSN === right) return;
  const reason = is2022 ? "ALPHA and ST2115LOGS3 are of that edition" : "2022 is for ALPHA and ST2115LOGS3 alone";
  const isEdition = SSN === "ST2110-20:2022" || SSN === "ST2110-20:2017";
  say[isEdition && !is2022 ? "warning" : "error"](AT, "ST 2110-20 §7.2", `SSN is ${SSN}`, `write ${right}; ${reason}`);
}

function lintSamples(say: MediaSubject["say"], { sampling, depth, interlace }: Partial<RawVideo>): void {
  const isFine = depth === "16" || depth === "16f";
  if (sampling?.endsWith("4:2:0")) {
    if (isFine) say.error(AT, "ST 2110-20 §6.2.5", `${sampling} has depth ${depth}`, "4:2:0 has 8, 10 or 12 bits");
    if (interlace) {
      say.error(AT, "ST 2110-20 §6.2.5", `${sampling} is interlaced`, "4:2:0 is progressive: leave interlace out");
    }
  }
  if (sampling === "XYZ" && (depth === "8" || depth === "10")) {
    say.error(AT, "ST 2110-20 §6.2", `XYZ has depth ${depth}`, "XYZ has 12, 16 or 16f");
  }
}

function lintColours(say: MediaSubject["say"], video: Partial<RawVideo>): void {
  const { sampling, depth, colorimetry, TCS, RANGE } = video;
  const clause = "ST 2110-20 §7";
  if (sampling === "KEY" && colorimetry !== undefined && colorimetry !== "ALPHA") {
    say.error(AT, clause, `KEY has colorimetry ${colorimetry}`, "write colorimetry=ALPHA");
  }
  if (sampling === "KEY" && TCS !== undefined) say.error(AT, clause, "KEY has a TCS", "leave TCS out");
  if (sampling !== undefined && sampling !== "KEY" && colorimetry === "ALPHA") {
    say.error(AT, clause, `${sampling} has colorimetry ALPHA`, "ALPHA is for sampling=KEY");
  }
  if (HALF_FLOAT_TCS.includes(TCS) && depth !== undefined && depth !== "16f") {
    say.error(AT, clause, `TCS ${TCS} has depth ${depth}`, "write depth=16f");
  }
  if (colorimetry === "BT2100" && RANGE === "FULLPROTECT") {
    say.error(AT, clause, "BT2100 has RANGE FULLPROTECT", "write NARROW or FULL");
  }
}
