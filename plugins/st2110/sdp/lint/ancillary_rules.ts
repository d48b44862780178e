/**
 * Rules for ancillary data (ST 2110-40, RFC 8331).
 *
 * @module
 */
import type { Ancillary } from "../essence.ts";
import type { MediaSubject } from "./subject.ts";

const CLAUSE = "ST 2110-40 §7";
const AT = "a=fmtp";

/** Checks a stream of ancillary data. */
export function lintAncillary({ media, say }: MediaSubject, data: Ancillary): void {
  if (media.type !== "video") say.error("m=", "RFC 8331 §3.1", `smpte291 is in m=${media.type}`, "write m=video");
  if (data.exactframerate === undefined) {
    say.error(AT, CLAUSE, "exactframerate is missing", "add that of the video that the data belongs to");
  }
  lintEdition(say, data);
}

function lintEdition(say: MediaSubject["say"], { SSN, TM }: Ancillary): void {
  const right = TM === undefined ? "ST2110-40:2018" : "ST2110-40:2023";
  if (SSN === undefined) say.error(AT, CLAUSE, "SSN is missing", `add SSN=${right}`);
  else if (SSN === "ST2110-40:2021") {
    const remedy = `write ${right}; receivers take 2021 as 2023, and older checkers still ask for it`;
    say.warning(AT, CLAUSE, "SSN is ST2110-40:2021", remedy);
  } else if (SSN !== right) {
    say.error(AT, CLAUSE, `SSN is ${SSN}`, `write ${right}: 2023 goes with TM, 2018 without it`);
  }
}
