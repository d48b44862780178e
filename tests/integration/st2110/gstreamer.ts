/**
 * GStreamer as a peer.
 *
 * @module
 */
import { Peer } from "./peer.ts";

/** Columns and rows of a stream of pictures. */
export interface PictureSize {
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
}

/** Uncompressed pictures as GStreamer names them. */
export interface GstPictures extends PictureSize {
  /** Its pixel format: `uyvy`, `uyvp`, `rgb`, `i420`. */
  readonly format: string;
  /** The word of RFC 4175. */
  readonly sampling: string;
  /** Bits per sample. */
  readonly depth: number;
  /** Whether they are sent as two fields each. */
  readonly interlaced?: boolean;
}

/** Linear PCM. */
export interface GstSound {
  /** The payload. */
  readonly encoding: "L16" | "L24";
  /** Samples per second. */
  readonly sampleRateHz: number;
  /** Channels. */
  readonly channels: number;
  /** Time of a packet, ns. */
  readonly packetNs: number;
}

const BUFFER_BYTES = 4 << 20;

/** Runs a pipeline that is described in GStreamer's words. */
function gstreamer(pipeline: string): Peer {
  return new Peer("gst-launch-1.0", ["-q", ...pipeline.split(" ")]);
}

/** Receives pictures and writes their bytes to its standard output. */
export function receivePictures(pictures: GstPictures, port: number): Peer {
  const { width, height, sampling, depth } = pictures;
  const caps = `${rtp("video", 90_000, "RAW", 96)},sampling=${sampling},depth=(string)${depth},` +
    `width=(string)${width},height=(string)${height},colorimetry=BT709-2`;
  return gstreamer(`${source(port, caps)} ! rtpvrawdepay ! fdsink fd=1`);
}

/** Receives pictures by a session description, with jitter buffer and RTCP, as {@linkcode receivePictures}. */
export function receiveDescribed(sdpPath: string): Peer {
  return gstreamer(`filesrc location=${sdpPath} ! sdpdemux latency=20 ! rtpvrawdepay ! fdsink fd=1 sync=false`);
}

/**
 * Sends the pictures of a file of raw pixels at 25 per second. Its sequence numbers wrap in the first picture, which its
 * extended ones do not tell.
 */
export function sendPictures(pictures: GstPictures, path: string, port: number): Peer {
  const { width, height, format, interlaced = false } = pictures;
  const fields = `interlaced=${interlaced} top-field-first=${interlaced}`;
  const parse = `rawvideoparse format=${format} width=${width} height=${height} framerate=25/1 ${fields}`;
  return gstreamer(
    `filesrc location=${path} ! ${parse} ! rtpvrawpay pt=96 mtu=1400 seqnum-offset=65500 ! ${sink(port)}`,
  );
}

/** Receives sound and writes its codes, high byte first, to its standard output. */
export function receiveSound({ encoding, sampleRateHz, channels }: GstSound, port: number): Peer {
  const caps = `${rtp("audio", sampleRateHz, encoding, 97)},channels=${channels}`;
  return gstreamer(`${source(port, caps)} ! rtp${encoding}depay ! fdsink fd=1`);
}

/** Sends the sound of a file of codes, high byte first. */
export function sendSound({ encoding, sampleRateHz, channels, packetNs }: GstSound, path: string, port: number): Peer {
  const parse = `rawaudioparse format=pcm pcm-format=s${encoding.slice(1)}be sample-rate=${sampleRateHz} ` +
    `num-channels=${channels}`;
  const pay = `rtp${encoding}pay pt=97 mtu=1440 min-ptime=${packetNs} max-ptime=${packetNs}`;
  return gstreamer(`filesrc location=${path} ! ${parse} ! ${pay} ! ${sink(port)}`);
}

/** Receives H.264 and writes it with start codes to its standard output. */
export function receiveH264(port: number): Peer {
  const stream = "video/x-h264,stream-format=byte-stream,alignment=au";
  return gstreamer(`${source(port, rtp("video", 90_000, "H264", 96))} ! rtph264depay ! ${stream} ! fdsink fd=1`);
}

/** Sends the H.264 of a file with start codes at 25 pictures per second. */
export function sendH264(path: string, port: number): Peer {
  const stream = "video/x-h264,framerate=25/1";
  return gstreamer(`filesrc location=${path} ! ${stream} ! h264parse ! rtph264pay pt=96 mtu=1400 ! ${sink(port)}`);
}

function rtp(media: string, clockRate: number, encoding: string, payload: number): string {
  return `application/x-rtp,media=${media},clock-rate=${clockRate},encoding-name=${encoding},payload=${payload}`;
}

function source(port: number, caps: string): string {
  return `udpsrc address=127.0.0.1 port=${port} buffer-size=${BUFFER_BYTES} caps=${caps}`;
}

function sink(port: number): string {
  return `udpsink host=127.0.0.1 port=${port} buffer-size=${BUFFER_BYTES}`;
}
