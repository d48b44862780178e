import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { audioFormat, isStreamError, type VideoFormat, videoFormat } from "@streamlib/core";
import { formatOf, samplesPerPacket } from "./format.ts";
import { parseSdp } from "./parse.ts";
import { ANCILLARY, AUDIO, JPEG_XS, ODD, VIDEO } from "./testing/descriptions.ts";

function ofVideo(change: (fmtp: string) => string): VideoFormat {
  return formatOf(parseSdp(change(VIDEO)).media[0]) as VideoFormat;
}

function refuses(act: () => unknown, message: string): void {
  assert.throws(act, (thrown) => {
    assert.ok(isStreamError(thrown) && thrown.code === "format-invalid");
    assert.equal(thrown.message, message);
    return true;
  });
}

describe("formatOf()", () => {
  it("maps video", () => {
    assert.deepEqual(
      ofVideo((text) => text),
      videoFormat({
        pixelFormat: "yuv422p10le",
        width: 1920,
        height: 1080,
        rate: { num: 30000, den: 1001 },
        scan: "interlaced",
      }),
    );
    const rgb = ofVideo((text) =>
      text.replace("YCbCr-4:2:2; depth=10", "RGB; depth=8").replace("interlace", "interlace; segmented; RANGE=FULL")
        .replace("BT709", "BT2100")
    );
    assert.equal(rgb.pixelFormat, "rgba8");
    assert.equal(rgb.alpha, "opaque");
    assert.equal(rgb.scan, "psf");
    assert.equal(rgb.range, "full");
    assert.equal(rgb.colorSpace, "bt2020");
    assert.equal(ofVideo((text) => text.replace("YCbCr-4:2:2; depth=10", "RGB; depth=8")).range, "narrow");
  });

  it("maps what actors do not calculate with to its pixel groups", () => {
    for (const [sampling, depth] of [["YCbCr-4:2:2", "12"], ["CLYCbCr-4:4:4", "16f"], ["RGB", "10"]]) {
      const format = ofVideo((text) => text.replace("YCbCr-4:2:2; depth=10", `${sampling}; depth=${depth}`));
      assert.equal(format.pixelFormat, `pgroup/${sampling}/${depth}`);
    }
  });

  it("passes over what formats have no words for, where that is asked for", () => {
    const text = VIDEO.replace("BT709", "ALPHA").replace("TCS=SDR", "TCS=PQ; RANGE=FULLPROTECT");
    const [media] = parseSdp(text).media;
    const format = formatOf(media, { isLenient: true, colorSpace: "bt601" }) as VideoFormat;
    assert.deepEqual([format.colorSpace, format.range], ["bt601", "full"]);
    refuses(
      () => formatOf(media, { isLenient: true }),
      "Cannot give the format of a stream: colorimetry is ALPHA: add it, or give colorSpace in the second argument",
    );
  });

  it("maps sound", () => {
    assert.deepEqual(
      formatOf(parseSdp(AUDIO).media[0]),
      audioFormat({ sampleRateHz: 48000, channels: 8, framesMax: 6 }),
    );
    assert.deepEqual(
      formatOf(parseSdp(ODD).media[3]),
      audioFormat({ sampleRateHz: 44100, channels: 1, framesMax: 48 }),
    );
    const noTime = parseSdp(AUDIO.replace(/a=ptime.*\r\n/, "").replace("48000/8", "48000/2"));
    assert.deepEqual(formatOf(noTime.media[0]), audioFormat({ sampleRateHz: 48000, channels: 2, framesMax: 243 }));
  });

  it("takes what is missing from its second argument alone", () => {
    const bare = parseSdp(VIDEO.replace(" exactframerate=30000/1001;", "").replace(" colorimetry=BT709;", "")).media[0];
    const format = formatOf(bare, { rate: 59.94, colorSpace: "bt601" }) as VideoFormat;
    assert.deepEqual([format.rate, format.colorSpace], [{ num: 60000, den: 1001 }, "bt601"]);
    refuses(
      () => formatOf(bare, { colorSpace: "bt601" }),
      "Cannot give the format of a stream: it has no exactframerate: add it, or give rate in the second argument",
    );
    refuses(
      () => formatOf(bare, { rate: 25 }),
      "Cannot give the format of a stream: colorimetry is missing: add it, or give colorSpace in the second argument",
    );
    const given = formatOf(parseSdp(VIDEO).media[0], { rate: 25, colorSpace: "bt601" }) as VideoFormat;
    assert.deepEqual([given.rate.den, given.colorSpace], [1001, "bt709"]);
  });

  it("refuses what core has no format for", () => {
    refuses(
      () => ofVideo((text) => text.replace("YCbCr-4:2:2; depth=10", "XYZ; depth=8")),
      "Cannot give the format of a stream: sampling and depth are XYZ 8: ST 2110-20 has no pixel group for that",
    );
    refuses(
      () => ofVideo((text) => text.replace("TCS=SDR", "TCS=PQ")),
      "Cannot give the format of a stream: TCS is PQ: formats have no transfer characteristic, so it must be SDR",
    );
    refuses(
      () => ofVideo((text) => text.replace("TCS=SDR", "RANGE=FULLPROTECT")),
      "Cannot give the format of a stream: RANGE is FULLPROTECT: it must be NARROW or FULL",
    );
    refuses(
      () => ofVideo((text) => text.replace("BT709", "toString")),
      "Cannot give the format of a stream: colorimetry is toString: known are BT601, BT709, BT2020, BT2100",
    );
    for (const text of [JPEG_XS, ANCILLARY, ODD]) {
      assert.throws(() => formatOf(parseSdp(text).media[0]), /formats are those of raw video and of L16 and L24 sound/);
    }
  });
});

describe("samplesPerPacket()", () => {
  it("rounds as senders do", () => {
    const cases = [[1, 48000, 48], [0.125, 48000, 6], [0.12, 48000, 6], [1.09, 44100, 48], [0.333, 48000, 16], [
      1,
      96000,
      96,
    ]];
    for (const [ptimeMs, rate, samples] of cases) assert.equal(samplesPerPacket(ptimeMs, rate), samples);
  });
});
