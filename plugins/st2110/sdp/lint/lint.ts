/**
 * Checks a session description against ST 2110 and the RFCs it stands on.
 *
 * @module
 */
import type { SessionDescription } from "../description.ts";
import { type SdpFinding, SdpLog } from "../finding.ts";
import { readDescription } from "../parse.ts";
import { writeSdp } from "../write.ts";
import { lintAncillary } from "./ancillary_rules.ts";
import { lintAudio } from "./audio_rules.ts";
import { lintCompressed } from "./compressed_rules.ts";
import { lintMedia } from "./media_rules.ts";
import { lintRawVideo } from "./raw_video_rules.ts";
import { lintSession } from "./session_rules.ts";
import { type MediaSubject, subjectOf } from "./subject.ts";

/**
 * Every finding in a session description, in the order of its lines; an empty list if there is none. Each names the clause
 * that it comes from. Clauses of SMPTE standards are cited from published readings of the 2020 to 2025 editions, not from
 * the texts themselves; where these readings disagree, the message says so.
 *
 * @param given A text, which may have lines that cannot be read: these are findings too. Or a description, whose lines
 * are those of {@linkcode writeSdp}.
 * @throws {StreamError} `sdp-invalid` if `given` is a description that cannot be written; never for a text.
 */
export function lintSdp(given: string | SessionDescription): SdpFinding[] {
  const log = new SdpLog(false);
  const read = readDescription(typeof given === "string" ? given : writeSdp(given), log);
  if (read) {
    const subject = subjectOf(read.description, read, log);
    lintSession(subject);
    for (const media of subject.media) {
      lintMedia(media);
      lintEssence(media);
    }
  }
  return log.findings.sort((a, b) => a.line - b.line);
}

function lintEssence(subject: MediaSubject): void {
  switch (subject.media.essence?.kind) {
    case "raw":
      return lintRawVideo(subject, subject.media.essence);
    case "jxsv":
    case "H264":
      return lintCompressed(subject, subject.media.essence);
    case "pcm":
      return lintAudio(subject, subject.media.essence);
    case "smpte291":
      return lintAncillary(subject, subject.media.essence);
  }
}
