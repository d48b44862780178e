/** What the checks of conformance must know of this package. */
import type { ActorConformance, Conformance, TransportConformance } from "@streamlib/testing/conform";
import {
  ancillaryFormat,
  ancillaryPacket,
  audioFormat,
  frameBytes,
  type VideoFormat,
  videoFormat,
} from "@streamlib/core";
import { noise } from "./testing/hand_actor.ts";

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

type TestItems = TransportConformance["items"];

const ITEMS = 100;
const FPS = 50;
const ADDRESS = "127.0.0.1";
const list = <T>(one: (index: number) => T): T[] => Array.from({ length: ITEMS }, (_, index) => one(index));

function pictures(width: number): Required<Pick<TestItems, "video">> {
  const format = videoFormat({ pixelFormat: "uyvy8", width, height: 16, rate: FPS });
  return { video: list((index) => ({ format, data: noise(new Uint8Array(frameBytes(format)), index + 1) })) };
}

/** Blocks of 20 ms whose samples are whole numbers of 16 bits, as they are sent. */
function sound(channels: number): Required<Pick<TestItems, "audio">> {
  const format = audioFormat({ sampleRateHz: 48_000, channels, framesMax: 960 });
  return {
    audio: list((index) => {
      const bits = new Int16Array(noise(new Uint8Array(960 * channels * 2), index + 1).buffer);
      return { format, data: new Uint8Array(Float32Array.from(bits, (value) => value / 2 ** 15).buffer) };
    }),
  };
}

/** Units of H.264 without start codes in them, the first of each eight a key frame. */
function coded(): TestItems {
  const format = { codec: "avc1.42e01f", bytesMax: 1 << 16, rate: { num: FPS, den: 1 } };
  return {
    packets: list((index) => {
      const isKey = index % 8 === 0;
      const payload = noise(new Uint8Array(1500 + 13 * index), index + 1).map((byte) => byte | 1);
      return { format, keyframe: isKey, data: Uint8Array.from([0, 0, 0, 1, isKey ? 0x65 : 0x41, ...payload]) };
    }),
  };
}

function ancillary(): TestItems {
  const format = ancillaryFormat({ rate: FPS });
  const packet = (index: number) => ancillaryPacket({ did: 0x61, sdid: 1, line: 9, data: [index, 255 - index] });
  return { ancillary: list((index) => ({ format, packets: [packet(index)] })) };
}

/** Both ends on this machine; `toReceive` is what RTP does not say of the items. */
function transport(
  items: TestItems,
  toReceive: (items: TestItems) => object,
  more: Pick<TransportConformance, "otherItems"> & { readonly toSend?: object } = {},
): TransportConformance {
  const { toSend = {}, ...others } = more;
  return {
    ...others,
    items,
    fps: FPS,
    sendsTo: (port) => ({ address: ADDRESS, ...toSend, ...(port === undefined ? {} : { port }) }),
    receivesFrom: (port, received) => ({ address: ADDRESS, port, ...toReceive(received) }),
  };
}

function formatOf({ video }: TestItems): VideoFormat {
  return video![0]!.format;
}

function channelsOf({ audio }: TestItems): number {
  return audio![0]!.format.channels;
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
  transports: {
    "ST 2110-20": transport(pictures(64), (items) => ({ format: formatOf(items) }), { otherItems: pictures(32) }),
    "ST 2110-22": transport(coded(), () => ({ codec: "h264", fps: FPS })),
    "ST 2110-30": transport(sound(2), (items) => ({ format: { channels: channelsOf(items) }, blockMs: 5 }), {
      otherItems: sound(4),
    }),
    "ST 2110-40": transport(ancillary(), () => ({ fps: FPS })),
  },
};
