/** What the checks of conformance must know of this package. */
import type { ActorConformance, Conformance } from "@streamlib/testing/conform";

const PORT = 5990;
const STREAM = "one stream at a time comes to a port, and one goes to it";

function sender(port: number): ActorConformance {
  return { options: { address: "127.0.0.1", port }, single: STREAM };
}

function receiver(port: number, options: Readonly<Record<string, unknown>>): ActorConformance {
  const except = {
    "flow-source": "packets come in real time, and a lockstep clock is refused",
    "flow-source-same": "packets come in real time, and a lockstep clock is refused",
  };
  return { options: { port, ...options }, single: STREAM, except };
}

/** Streams to and from this machine. */
export const conformance: Conformance = {
  actors: {
    VideoRtpSend: sender(PORT),
    AudioRtpSend: sender(PORT + 2),
    AncillaryRtpSend: sender(PORT + 4),
    CompressedVideoRtpSend: sender(PORT + 6),
    VideoRtpReceive: receiver(PORT + 8, { format: { pixelFormat: "uyvy8", width: 64, height: 32, rate: 50 } }),
    AudioRtpReceive: receiver(PORT + 10, { format: { channels: 2 } }),
    AncillaryRtpReceive: receiver(PORT + 12, { fps: 50 }),
    CompressedVideoRtpReceive: receiver(PORT + 14, { codec: "h264", fps: 50 }),
  },
};
