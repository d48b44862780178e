/**
 * Descriptions for the tests: texts in the form that is written, and random ones from a seed.
 *
 * @module
 */
import type { MediaDescription, SessionDescription } from "../description.ts";
import {
  CODE_RANGES,
  COLORIMETRIES,
  DEPTHS,
  type Essence,
  PACKING_MODES,
  type PictureParameters,
  SAMPLINGS,
  SENDER_TYPES,
  TIMESTAMP_MODES,
  TRANSFER_CHARACTERISTICS,
} from "../essence.ts";

/** A text of these lines, each ending with CRLF. */
export function crlf(...lines: readonly string[]): string {
  return lines.map((line) => `${line}\r\n`).join("");
}

const SESSION = ["v=0", "o=- 1443716955 1443716955 IN IP4 192.0.2.1", "s=Camera 1", "t=0 0"];
const CLOCKS = ["a=ts-refclk:ptp=IEEE1588-2008:39-A7-94-FF-FE-07-CB-D0:127", "a=mediaclk:direct=0"];

/** Uncompressed video, 1080i29.97, sound and clean by the linter. */
export const VIDEO: string = crlf(
  ...SESSION,
  "m=video 50000 RTP/AVP 112",
  "c=IN IP4 239.100.9.10/32",
  "a=rtpmap:112 raw/90000",
  "a=fmtp:112 sampling=YCbCr-4:2:2; depth=10; width=1920; height=1080; exactframerate=30000/1001; interlace; " +
    "colorimetry=BT709; TCS=SDR; SSN=ST2110-20:2017; TP=2110TPN; PM=2110GPM",
  "a=source-filter: incl IN IP4 239.100.9.10 192.0.2.1",
  ...CLOCKS,
);

const LEG = (port: number, destination: string, source: string, mid: string): string[] => [
  `m=video ${port} RTP/AVP 97`,
  `c=IN IP4 ${destination}/32`,
  "a=rtpmap:97 raw/90000",
  "a=fmtp:97 sampling=RGB; depth=12; width=3840; height=2160; exactframerate=50; colorimetry=BT2020; TCS=HLG; " +
  "SSN=ST2110-20:2017; TP=2110TPNL; TROFF=37; CMAX=20; PAR=1:1; PM=2110BPM",
  `a=source-filter: incl IN IP4 ${destination} ${source}`,
  ...CLOCKS,
  `a=mid:${mid}`,
];

/** The two copies of a stream (ST 2022-7), clean by the linter. */
export const REDUNDANT: string = crlf(
  ...SESSION,
  "a=group:DUP primary secondary",
  ...LEG(50000, "239.1.1.1", "192.0.2.1", "primary"),
  ...LEG(50002, "239.2.1.1", "198.51.100.1", "secondary"),
);

/** JPEG XS, clean by the linter. */
export const JPEG_XS: string = crlf(
  ...SESSION,
  "m=video 30000 RTP/AVP 112",
  "c=IN IP4 239.0.0.1/64",
  "b=AS:116000",
  "a=rtpmap:112 jxsv/90000",
  "a=fmtp:112 packetmode=0; transmode=1; profile=High444.12; level=2k-1; sublevel=Sublev3bpp; sampling=YCbCr-4:2:2; " +
    "depth=10; width=1920; height=1080; exactframerate=60000/1001; colorimetry=BT709; TCS=SDR; RANGE=FULL; " +
    "SSN=ST2110-22:2022; TP=2110TPNL",
  "a=source-filter: incl IN IP4 239.0.0.1 192.0.2.1",
  ...CLOCKS,
);

/** H.264, clean by the linter. */
export const H264: string = crlf(
  ...SESSION,
  "m=video 30004 RTP/AVP 98",
  "c=IN IP4 192.0.2.7",
  "b=AS:8000",
  "a=rtpmap:98 H264/90000",
  "a=fmtp:98 packetization-mode=1; profile-level-id=64000A; " +
    "sprop-parameter-sets=Z2QACqzZRHsBEAAAAwAQAAADAyDxIllg,aOvjyyLA; width=64; height=48; TP=2110TPW; " +
    "level-asymmetry-allowed=1",
  "a=framerate:29.97",
  "a=ts-refclk:localmac=7C-E9-D3-1B-9A-AF",
  "a=mediaclk:sender",
);

/** Sound of level B with a surround mix and a pair, clean by the linter. */
export const AUDIO: string = crlf(
  ...SESSION,
  "m=audio 5004 RTP/AVP 97",
  "i=Eight channels",
  "c=IN IP4 239.0.0.2/32",
  "a=rtpmap:97 L24/48000/8",
  "a=fmtp:97 channel-order=SMPTE2110.(51,ST)",
  "a=ptime:0.125",
  "a=maxptime:0.125",
  "a=source-filter: incl IN IP4 239.0.0.2 192.0.2.1",
  "a=ts-refclk:ptp=IEEE1588-2008:traceable",
  "a=mediaclk:direct=0",
  "a=rtcp:5005 IN IP4 192.0.2.9",
  "a=recvonly",
);

/** Ancillary data, clean by the linter. */
export const ANCILLARY: string = crlf(
  ...SESSION,
  "m=video 5008 RTP/AVP 100",
  "c=IN IP4 239.0.0.3/32",
  "a=rtpmap:100 smpte291/90000",
  "a=fmtp:100 DID_SDID={0x61,0x02}; DID_SDID={0x41,0x05}; VPID_Code=133; exactframerate=30000/1001; TM=CTM; " +
    "SSN=ST2110-40:2023",
  "a=source-filter: incl IN IP4 239.0.0.3 192.0.2.1",
  ...CLOCKS,
);

/** Every kind of line, and much that streamlib has no field for. */
export const ODD: string = crlf(
  "v=0",
  "o=jdoe 3724394400 3724394405 IN IP6 2001:db8::1",
  "s= ",
  "i=Words, with = and ; and ümlauts",
  "u=https://example.com/about",
  "e=Jane <jane@example.com>",
  "p=+1 617 555-6011",
  "c=IN IP6 ff15::101/3",
  "b=CT:128",
  "b=X-YZ:7",
  "t=3724394400 3724398000",
  "r=604800 3600 0 90000",
  "t=0 0",
  "z=3730928400 -1h 3749680800 0",
  "k=prompt",
  "a=group:FID one",
  "a=group:DUP",
  "a=source-filter: excl IN * * host.example.com",
  "a=ts-refclk:ntp=/traceable/",
  "a=ts-refclk:ntp=203.0.113.10:123",
  "a=ts-refclk:gps",
  "a=ts-refclk:private:traceable",
  "a=ts-refclk:private",
  "a=ts-refclk:ptp=IEEE802.1AS-2011:39-A7-94-FF-FE-07-CB-D0",
  "a=ts-refclk:ptp=IEEE1588-2002:39-A7-94-FF-FE-07-CB-D0:domain-name=_DFLT",
  "a=ts-refclk:sometime=soon",
  "a=mediaclk:direct=963214424 rate=1000/1001",
  "a=extmap:3/recvonly urn:example:ext some words",
  "a=charset:ISO-8859-1",
  "a=recvonly",
  "m=audio 49170/2 RTP/AVP 0 8 97",
  "c=IN IP4 224.2.1.1/127/3",
  "c=IN IP4 224.2.1.9/127",
  "k=clear:x",
  "a=mediaclk:IEEE1722=38-D6-6D-8E-D2-78-13-2F",
  "a=extmap:1 urn:ietf:params:rtp-hdrext:smpte-tc",
  "a=rtcp:49999",
  "a=mid:one",
  "a=rtpmap:97 iLBC/8000",
  "a=fmtp:97 mode=20",
  "a=silenceSupp:off - - - -",
  "m=video 51372 RTP/SAVP 99",
  "a=rtpmap:99 h263-1998/90000/what",
  "a=fmtp:99 CIF=4;QCIF=2",
  "m=application 5100 RTP/AVP 101",
  "a=rtpmap:101 ST2110-41/90000",
  "a=fmtp:101 SSN=ST2110-41:2024; DIT=100",
  "m=audio 5200 RTP/AVP 102",
  "a=rtpmap:102 L16/44100/1",
  "a=fmtp:102 TSMODE=SAMP; TSDELAY=250; channel-order=DOLBY.(X); flag; empty=",
  "a=ptime:1.09",
);

/** All of them by name. */
export const TEXTS: Readonly<Record<string, string>> = {
  VIDEO,
  REDUNDANT,
  JPEG_XS,
  H264,
  AUDIO,
  ANCILLARY,
  ODD,
};

/** Numbers from a seed: xorshift32. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2654435761 ^ 0x9e3779b9) >>> 0 || 1;
  }

  /** An integer from 0 to `below` - 1. */
  below(below: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % below;
  }

  /** One of a list. */
  pick<V>(list: readonly V[]): V {
    return list[this.below(list.length)];
  }

  /** `make()` in half of the cases, else nothing; for spreading into an object. */
  maybe<V extends object>(make: () => V): V | Record<never, never> {
    return this.below(2) === 0 ? make() : {};
  }
}

/** A description with random fields, as reading would give it. */
export function randomDescription(random: Random): SessionDescription {
  return {
    origin: {
      username: "-",
      sessionId: String(random.below(1e9)),
      sessionVersion: "1",
      addressType: "IP4",
      address: "192.0.2.1",
    },
    name: random.pick(["-", "Studio 1", "ümlaut = ; :"]),
    ...random.maybe(() => ({ information: "some words" })),
    ...random.maybe(() => ({ connection: { addressType: "IP6" as const, address: "ff15::1", addressCount: 2 } })),
    ...random.maybe(() => ({
      timings: [{ start: random.below(1e9), stop: 0, repeats: ["1 2 3"] }, { start: 0, stop: 0 }],
    })),
    ...random.maybe(() => ({ groups: [{ semantics: "DUP", mids: ["m0", "m1"] }] })),
    ...random.maybe(() => ({ attributes: [{ name: "recvonly" }, { name: "tool", value: "x:y" }] })),
    media: Array.from({ length: random.below(3) }, (_, i) => randomMedia(random, i)),
  };
}

function randomMedia(random: Random, index: number): MediaDescription {
  return {
    type: random.pick(["video", "audio"]),
    port: random.below(65536),
    protocol: "RTP/AVP",
    payloadType: random.below(128),
    essence: randomEssence(random),
    ...random.maybe(() => ({ portCount: 1 + random.below(9) })),
    ...random.maybe(() => ({
      connections: [{ addressType: "IP4" as const, address: `239.1.2.${random.below(256)}`, ttl: random.below(256) }],
    })),
    ...random.maybe(() => ({ bandwidths: [{ type: "AS", value: random.below(1e9) }] })),
    ...random.maybe(() => ({ ptimeMs: (1 + random.below(4000)) / 1000, maxptimeMs: 1 + random.below(100) })),
    ...random.maybe(() => ({ framerate: random.pick([25, 29.97, 59.94]) })),
    ...random.maybe(() => ({
      sourceFilters: [{
        mode: random.pick(["incl", "excl"] as const),
        addressType: "IP4" as const,
        destination: "*",
        sources: ["192.0.2.1", "192.0.2.2"],
      }],
    })),
    ...random.maybe(() => ({
      referenceClocks: [
        { kind: "ptp" as const, version: "IEEE1588-2008", gmid: "00-11-22-FF-FE-33-44-55", domain: random.below(128) },
        { kind: random.pick(["gps", "gal", "glonass", "local"] as const) },
        { kind: "private" as const, traceable: random.below(2) === 0 },
      ],
    })),
    ...random.maybe(() => ({ mediaClock: { kind: "direct" as const, offset: random.below(2 ** 32) } })),
    ...random.maybe(() => ({ headerExtensions: [{ id: 1 + random.below(255), uri: "urn:x:y" }] })),
    ...random.maybe(() => ({ mid: `m${index}`, rtcp: { port: random.below(65536) } })),
    ...random.maybe(() => ({ attributes: [{ name: "inactive" }, { name: "x", value: "" }] })),
  };
}

function randomEssence(random: Random): Essence {
  const edge = (): number => 1 + random.below(32767);
  const picture = (): PictureParameters => ({
    ...random.maybe(() => ({ exactframerate: random.pick([{ num: 25, den: 1 }, { num: 60000, den: 1001 }]) })),
    ...random.maybe(() => ({ interlace: true, segmented: true })),
    ...random.maybe(() => ({
      colorimetry: random.pick([...COLORIMETRIES, "NEW1"]),
      TCS: random.pick(TRANSFER_CHARACTERISTICS),
    })),
    ...random.maybe(() => ({ RANGE: random.pick(CODE_RANGES), TP: random.pick(SENDER_TYPES) })),
    ...random.maybe(() => ({ TROFF: random.below(1e5), CMAX: 1 + random.below(100), MAXUDP: 8960 })),
    ...random.maybe(() => ({
      TSMODE: random.pick(TIMESTAMP_MODES),
      TSDELAY: random.below(1e5),
      SSN: "ST2110-20:2017",
    })),
    ...random.maybe(() => ({ parameters: [{ name: "flag" }, { name: "pair", value: "a=b" }] })),
  });
  switch (random.below(6)) {
    case 0:
      return {
        kind: "raw",
        sampling: random.pick(SAMPLINGS),
        depth: random.pick(DEPTHS),
        width: edge(),
        height: edge(),
        ...picture(),
        ...random.maybe(() => ({ PAR: { num: 12, den: 11 }, PM: random.pick(PACKING_MODES) })),
      };
    case 1:
      return {
        kind: "jxsv",
        packetmode: random.below(2),
        transmode: 1,
        profile: "High444.12",
        width: edge(),
        ...picture(),
      };
    case 2:
      return { kind: "H264", packetizationMode: random.below(3), spropParameterSets: ["Z2QA", "aO4="], ...picture() };
    case 3:
      return {
        kind: "pcm",
        encoding: random.pick(["L16", "L24"] as const),
        sampleRateHz: random.pick([44100, 48000, 96000]),
        channels: 1 + random.below(64),
        ...random.maybe(() => ({ channelOrder: ["ST", "U02"] })),
      };
    case 4:
      return {
        kind: "smpte291",
        DID_SDID: [{ did: random.below(256), sdid: random.below(256) }],
        VPID_Code: random.below(256),
        TM: "LLTM",
      };
    default:
      return {
        kind: "other",
        encoding: "AM824",
        clockHz: 48000,
        encodingParameters: "2",
        ...random.maybe(() => ({ fmtp: "x=1" })),
      };
  }
}
