/**
 * Rules for streams of pictures: sender type, datagrams, scan, names of standards (ST 2110-21 §8, ST 2110-10 §8.6).
 *
 * @module
 */
import type { H264Video, JpegXsVideo, RawVideo } from "../essence.ts";
import type { Rules } from "./subject.ts";

/** Limits of a UDP datagram in octets, its header included (ST 2110-10 §6.3 and §6.4). */
const STANDARD_UDP_BYTES = 1460;
const EXTENDED_UDP_BYTES = 8960;

/** Checks what raw and compressed pictures have in common. */
export function lintPicture(say: Rules, video: Partial<RawVideo> | Partial<JpegXsVideo> | Partial<H264Video>): void {
  const at = "a=fmtp";
  if (video.TP === undefined) {
    say.error(at, "ST 2110-21 §8.1", "TP is missing", "add TP=2110TPN, 2110TPNL or 2110TPW");
  }
  if (video.MAXUDP !== undefined && video.MAXUDP > EXTENDED_UDP_BYTES) {
    say.error(at, "ST 2110-10 §6.4", `MAXUDP is ${video.MAXUDP}`, `at most ${EXTENDED_UDP_BYTES} is right`);
  } else if (video.MAXUDP !== undefined && video.MAXUDP < STANDARD_UDP_BYTES) {
    say.warning(
      at,
      "ST 2110-10 §8.6",
      `MAXUDP is ${video.MAXUDP}`,
      `leave it out: ${STANDARD_UDP_BYTES} is the default`,
    );
  }
  if (video.segmented && !video.interlace) {
    say.error(at, "ST 2110-20 §7", "segmented stands without interlace", "add interlace, or leave segmented out");
  }
  const edition = video.kind === "raw" ? undefined : video.SSN;
  if (edition !== undefined && edition !== "ST2110-22:2019" && edition !== "ST2110-22:2022") {
    say.error(at, "ST 2110-22 §7", `SSN is ${edition}`, "write ST2110-22:2022 or ST2110-22:2019");
  }
}
