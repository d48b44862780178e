/**
 * Rules for compressed video of constant size (ST 2110-22, RFC 9134, RFC 6184).
 *
 * @module
 */
import type { H264Video, JpegXsVideo } from "../essence.ts";
import { lintPicture } from "./sender_rules.ts";
import type { MediaSubject } from "./subject.ts";

const AT = "a=fmtp";
const CLAUSE = "ST 2110-22 §7";

/** Checks a stream of JPEG XS or H.264. */
export function lintCompressed({ media, say }: MediaSubject, video: Partial<JpegXsVideo> | Partial<H264Video>): void {
  if (media.type !== "video") {
    say.error("m=", "RFC 8866 §5.14", `${video.kind} is in m=${media.type}`, "write m=video");
  }
  for (const name of ["width", "height"] as const) {
    if (video[name] === undefined) say.error(AT, CLAUSE, `${name} is missing`, `add ${name}=`);
  }
  lintPicture(say, video);
  if (video.exactframerate === undefined && media.framerate === undefined) {
    say.error(AT, CLAUSE, "the frame rate is missing", "add exactframerate= or a=framerate");
  }
  if (!media.bandwidths?.some(({ type }) => type === "AS")) {
    const remedy = "add b=AS: in kilobits per second, with IP and UDP headers, rounded up";
    say.error(media.bandwidths ? "b=" : "m=", CLAUSE, "b=AS is missing", remedy);
  }
  if (video.kind === "jxsv" && video.transmode === 0 && video.packetmode === 0) {
    say.error(AT, "RFC 9134 §4.3", "transmode 0 has packetmode 0", "packets in any order need packetmode=1");
  }
  if (video.kind === "H264" && video.packetizationMode === undefined) {
    say.note(AT, "RFC 6184 §8.1", "packetization-mode is missing, which means 0", "add packetization-mode=1 for FU-A");
  }
}
