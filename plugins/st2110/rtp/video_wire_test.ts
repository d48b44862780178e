import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  isStreamError,
  PIXEL_FORMATS,
  type PixelFormat,
  type Scan,
  type VideoFormat,
  videoFormat,
  type VideoFormatInit,
} from "@streamlib/core";
import type { RawVideo } from "../sdp/essence.ts";
import { lintSdp } from "../sdp/lint/lint.ts";
import { parseSdp } from "../sdp/parse.ts";
import { describeStream } from "./describe.ts";
import { checkAgainst, essenceOf, isWire, STANDARD_UDP_BYTES, wireOf } from "./video_wire.ts";

const NAMES = Object.keys(PIXEL_FORMATS) as PixelFormat[];

function formatOf(pixelFormat: PixelFormat, more: Partial<VideoFormatInit> = {}): VideoFormat {
  return videoFormat({ pixelFormat, width: 1920, height: 1080, rate: { num: 30000, den: 1001 }, ...more });
}

function essence(format: VideoFormat): RawVideo {
  return essenceOf(format, "2110GPM", "2110TPNL", STANDARD_UDP_BYTES);
}

function description(essence: RawVideo): string {
  return describeStream({
    name: "test",
    type: "video",
    essence,
    to: { address: "239.1.2.3", port: 5004 },
    payloadType: 96,
    hops: 32,
    from: "192.0.2.1",
    referenceClock: undefined,
  });
}

describe("wireOf()", () => {
  it("has the pixel group of every pixel format", () => {
    for (const name of NAMES) {
      const { group, counterparts } = PIXEL_FORMATS[name];
      const { sampling, depth } = group ?? PIXEL_FORMATS[counterparts[0]].group!;
      assert.deepEqual(wireOf(name), { sampling, depth }, name);
      assert.equal(isWire(name), group !== undefined, name);
    }
    assert.ok(NAMES.length > 40 && NAMES.some(isWire) && !NAMES.every(isWire));
  });
});

describe("essenceOf()", () => {
  it("describes every format and scan so that no rule is broken", () => {
    for (const name of NAMES) {
      const scans: Scan[] = wireOf(name).sampling.endsWith("4:2:0")
        ? ["progressive"]
        : ["progressive", "interlaced", "psf"];
      for (const scan of scans) {
        const format = formatOf(name, { scan });
        const text = description(essence(format));
        assert.deepEqual(lintSdp(text), [], `${name}, ${scan}:\n${text}`);
        checkAgainst(parseSdp(text).media[0].essence as RawVideo, format, 'VideoRtpSend "out"');
      }
    }
  });

  it("tells colours, range and the edition", () => {
    const said = (pixelFormat: PixelFormat, more: Partial<VideoFormatInit> = {}): unknown[] => {
      const { colorimetry, TCS, RANGE, SSN } = essence(formatOf(pixelFormat, more));
      return [colorimetry, TCS, RANGE, SSN];
    };
    assert.deepEqual(said("uyvy8"), ["BT709", "SDR", "NARROW", "ST2110-20:2017"]);
    assert.deepEqual(said("v210", { colorSpace: "bt2020" }), ["BT2020", "SDR", "NARROW", "ST2110-20:2017"]);
    assert.deepEqual(said("rgba8", { colorSpace: "bt601" }), ["BT601", "SDR", "FULL", "ST2110-20:2017"]);
    assert.deepEqual(said("pgroup/KEY/8"), ["ALPHA", undefined, "NARROW", "ST2110-20:2022"]);
    assert.deepEqual(said("pgroup/XYZ/12"), ["XYZ", "UNSPECIFIED", "FULL", "ST2110-20:2017"]);
    assert.deepEqual(said("pgroup/ICtCp-4:2:2/10"), ["BT2100", "UNSPECIFIED", "NARROW", "ST2110-20:2017"]);
  });

  it("tells the longest datagram only where it is not the standard's", () => {
    const format = formatOf("v210");
    assert.equal(essenceOf(format, "2110GPM", "2110TPW", 1460).MAXUDP, undefined);
    const long = essenceOf(format, "2110GPM", "2110TPW", 8960);
    assert.deepEqual([long.MAXUDP, long.PM, long.TP], [8960, "2110GPM", "2110TPW"]);
  });
});

describe("checkAgainst()", () => {
  const announced = essence(formatOf("uyvy8"));
  const others: readonly (readonly [string, VideoFormat, RegExp])[] = [
    ["width", formatOf("uyvy8", { width: 1280 }), /width 1920, the frames have 1280$/],
    ["height", formatOf("uyvy8", { height: 720 }), /height 1080, the frames have 720$/],
    ["sampling", formatOf("i420"), /sampling YCbCr-4:2:2, the frames have YCbCr-4:2:0$/],
    ["depth", formatOf("v210"), /depth 8, the frames have 10$/],
    ["scan", formatOf("uyvy8", { scan: "psf" }), /scan progressive, the frames have psf$/],
    ["rate", formatOf("uyvy8", { rate: 30 }), /rate 30000\/1001, the frames have 30$/],
  ];
  for (const [name, format, message] of others) {
    it(`refuses another ${name}`, () => {
      assert.throws(() => checkAgainst(announced, format, 'VideoRtpSend "out"'), (thrown) => {
        assert.ok(isStreamError(thrown) && thrown.code === "format-invalid", String(thrown));
        assert.match(thrown.message, /^Cannot send frames from VideoRtpSend "out": option sdp announces /);
        assert.match(thrown.message, message);
        return true;
      });
    });
  }

  it("takes what a description does not say", () => {
    const { exactframerate: _rate, ...rest } = announced;
    checkAgainst(rest as RawVideo, formatOf("uyvy8", { rate: 50 }), 'VideoRtpSend "out"');
  });
});
