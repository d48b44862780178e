/**
 * FFmpeg as a peer.
 *
 * @module
 */
import { Peer } from "./peer.ts";

/**
 * Receives what a session description says and writes it to its standard output.
 *
 * @param sdpPath File with the description.
 * @param output What it writes, for example `-c copy -f h264`.
 */
export function receive(sdpPath: string, output: string): Peer {
  // It looks at the first packets to guess what the description does not say: the least of that.
  const probing = "-probesize 32 -analyzeduration 0";
  const input = `-protocol_whitelist file,udp,rtp ${probing} -reorder_queue_size 0 -buffer_size ${4 << 20}`;
  return ffmpeg([...input.split(" "), "-i", sdpPath, ...output.split(" "), "-flush_packets", "1", "pipe:1"]);
}

/** What FFmpeg sends. */
export interface FfmpegStream {
  /** How the file is read, for example `-f rawvideo -video_size 320x240 -framerate 25 -pixel_format rgb24`. */
  readonly input: string;
  /** What is sent, for example `-c:v rawvideo`. */
  readonly output: string;
}

/**
 * Sends a file by RTP as fast as it is to be shown.
 *
 * @param path The file.
 * @param stream How it is read and sent.
 * @param port Where to.
 * @param sdpPath Where it writes the session description.
 */
export function send(path: string, { input, output }: FfmpegStream, port: number, sdpPath: string): Peer {
  const to = ["-f", "rtp", "-sdp_file", sdpPath, `rtp://127.0.0.1:${port}?pkt_size=1460`];
  return ffmpeg(["-re", ...input.split(" "), "-i", path, ...output.split(" "), ...to]);
}

function ffmpeg(given: readonly string[]): Peer {
  return new Peer("ffmpeg", ["-v", "error", "-nostdin", ...given]);
}
