import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { parseSdp } from "../parse.ts";
import { ANCILLARY, AUDIO, H264, JPEG_XS, ODD, REDUNDANT, VIDEO } from "../testing/descriptions.ts";
import { lintSdp } from "./lint.ts";

/** Findings as `line severity clause: message`. */
function lint(text: string): string[] {
  return lintSdp(text).map(({ line, severity, clause, message }) => `${line} ${severity} ${clause}: ${message}`);
}

/** What is found when one piece of a clean text is another. */
const CASES: readonly (readonly [string, string | RegExp, string, readonly string[]])[] = [
  [VIDEO, "SSN=ST2110-20:2017; ", "", ["8 error ST 2110-20 §7.2: SSN is missing"]],
  [VIDEO, "TP=2110TPN; ", "", ["8 error ST 2110-21 §8.1: TP is missing"]],
  [VIDEO, "2110TPN", "2110TPX", ['8 error ST 2110-21 §8.1: TP is "2110TPX"']],
  [VIDEO, "TPN", "tpn", ['8 warning ST 2110-21 §8.1: TP is spelled "2110tpn"']],
  [VIDEO, "30000/1001", "50/2", ['8 warning ST 2110-20 §7.2: exactframerate is spelled "50/2"']],
  [VIDEO, "interlace", "interlaced", ["8 warning ST 2110-20 §7: the parameter is spelled interlaced"]],
  [VIDEO, "interlace", "segmented", ["8 error ST 2110-20 §7: segmented stands without interlace"]],
  [VIDEO, "GPM", "GPM;", ["8 warning ST 2110-20 §7.1: the parameters end with a semicolon"]],
  [VIDEO, "; TP", ";TP", ["8 warning ST 2110-20 §7.1: a semicolon has no space after it"]],
  [VIDEO, "GPM", "GPM; X=1", ["8 note ST 2110-20 §7.1: the standard has no parameter X"]],
  [VIDEO, "2017", "2022", ["8 warning ST 2110-20 §7.2: SSN is ST2110-20:2022"]],
  [VIDEO, "TCS=SDR", "TCS=ST2115LOGS3", ["8 error ST 2110-20 §7.2: SSN is ST2110-20:2017"]],
  [VIDEO, "TCS=SDR", "TCS=LINEAR", ["8 error ST 2110-20 §7: TCS LINEAR has depth 10"]],
  [VIDEO, "TCS=SDR", "TSMODE=SAMP", ["8 error ST 2110-10 §8.7: TSMODE is SAMP without TSDELAY"]],
  [VIDEO, "TCS=SDR", "MAXUDP=9000", ["8 error ST 2110-10 §6.4: MAXUDP is 9000"]],
  [VIDEO, "TCS=SDR", "MAXUDP=1400", ["8 warning ST 2110-10 §8.6: MAXUDP is 1400"]],
  [VIDEO, "PM=2110GPM", "PM=2110BPM; MAXUDP=8960", ["8 error ST 2110-20 §6.3.3: block packing has MAXUDP 8960"]],
  [VIDEO, "BT709; TCS=SDR", "BT2100; RANGE=FULLPROTECT", ["8 error ST 2110-20 §7: BT2100 has RANGE FULLPROTECT"]],
  [VIDEO, "BT709", "BT709-2", ['8 error ST 2110-20 §7.2: colorimetry is "BT709-2"']],
  [VIDEO, "YCbCr-4:2:2", "YCbCr-4:2:0", ["8 error ST 2110-20 §6.2.5: YCbCr-4:2:0 is interlaced"]],
  [VIDEO, "4:2:2; depth=10", "4:2:0; depth=16f", [
    "8 error ST 2110-20 §6.2.5: YCbCr-4:2:0 has depth 16f",
    "8 error ST 2110-20 §6.2.5: YCbCr-4:2:0 is interlaced",
  ]],
  [VIDEO, "YCbCr-4:2:2", "XYZ", ["8 error ST 2110-20 §6.2: XYZ has depth 10"]],
  [VIDEO, "YCbCr-4:2:2", "KEY", [
    "8 error ST 2110-20 §7: KEY has colorimetry BT709",
    "8 error ST 2110-20 §7: KEY has a TCS",
  ]],
  [VIDEO, "BT709; TCS=SDR; SSN=ST2110-20:2017", "ALPHA; SSN=ST2110-20:2022", [
    "8 error ST 2110-20 §7: YCbCr-4:2:2 has colorimetry ALPHA",
  ]],
  [VIDEO, "m=video", "m=audio", ["5 error RFC 8866 §5.14: raw video is in m=audio"]],
  [VIDEO, "m=video 50000", "m=video 50001", ["5 warning RFC 3550 §11: port 50001 is odd"]],
  [VIDEO, "m=video 50000", "m=video 0", ["5 warning RFC 8866 §5.14: the port is 0, which means not sent"]],
  [VIDEO, "RTP/AVP", "RTP/SAVP", ["5 warning ST 2110-10 §6.2: the protocol is RTP/SAVP"]],
  [VIDEO, "RTP/AVP 112", "RTP/AVP 112 113", ["5 error ST 2110-10 §6.2: the medium has several payload types"]],
  [VIDEO, /112/g, "35", ["5 error ST 2110-10 §6.2: the payload type is 35"]],
  [VIDEO, "a=fmtp:112", "a=fmtp:113 x\r\na=fmtp:112", [
    "8 error RFC 8866 §6.15: a=fmtp is for payload type 113, which m= does not list",
  ]],
  [VIDEO, /c=.*\r\n/, "", ["5 error RFC 8866 §5.7: there is no c= for the medium"]],
  [VIDEO, "9.10/32", "9.10", ["6 error RFC 8866 §5.7: multicast 239.100.9.10 has no time to live"]],
  [VIDEO, /239.100.9.10/g, "224.0.1.9", ["6 error ST 2110-10 §6.5: 224.0.1.9 is of a block for protocols"]],
  [VIDEO, "IP4 239.100.9.10/32", "IP4 192.0.2.5/32", [
    "6 error RFC 8866 §5.7: 192.0.2.5 is no multicast and has a time to live",
  ]],
  [VIDEO, /a=source.*\r\n/, "", ["5 warning RFC 4570 §3: no source filter names 239.100.9.10"]],
  [VIDEO, "incl IN IP4 239.100.9.10", "excl IN IP4 239.1.1.1", [
    "9 warning RFC 4570 §3: no source filter names 239.100.9.10",
    "9 warning RFC 4570 §3: the filter excludes sources",
  ]],
  [VIDEO, /a=ts-refclk.*\r\n/, "", ["5 error ST 2110-10 §8.2: a=ts-refclk is missing"]],
  [VIDEO, ":127", ":128", ["10 error ST 2110-10 §8.2: the PTP domain is 128"]],
  [VIDEO, ":127", "", ["10 warning ST 2110-10 §8.2: the PTP clock has no domain"]],
  [VIDEO, "1588-2008", "802.1AS-2011", ["10 error ST 2110-10 §8.2: the reference clock is PTP of IEEE802.1AS-2011"]],
  [VIDEO, /ptp=.*/, "gps", ["10 error ST 2110-10 §8.2: the reference clock is gps"]],
  [VIDEO, /a=mediaclk.*\r\n/, "", ["5 error ST 2110-10 §8.3: a=mediaclk is missing"]],
  [VIDEO, /(m=[^]*)(a=mediaclk.*\r\n)/, "$2$1", [
    "6 error ST 2110-10 §8.3: a=mediaclk is missing at the medium; the session alone has it",
  ]],
  [VIDEO, "direct=0", "direct=5", ["11 error ST 2110-10 §8.3: the offset is 5"]],
  [VIDEO, "direct=0", "direct=0 rate=1000/1001", ["11 warning ST 2110-10 §8.3: the media clock has a rate"]],
  [VIDEO, "direct=0", "IEEE1722=38-D6", ["11 error ST 2110-10 §8.3: the media clock is IEEE1722=38-D6"]],
  [VIDEO, "t=0 0\r\n", "", ["3 error RFC 8866 §5.9: t= is missing"]],
  [VIDEO, "s=Camera 1", "s=", ["3 warning RFC 8866 §5.3: the session has no name"]],
  [VIDEO, "0 0\r\n", "0 0\n", ["4 note RFC 8866 §5: the line ends with LF alone"]],
  [VIDEO, "direct=0\r\n", "direct=0", ["11 warning RFC 8866 §5: the last line has no end"]],
  [VIDEO, "t=0 0\r\n", "t=0 0\r\n\r\n", ["5 warning RFC 8866 §5: the line is empty"]],
  [VIDEO, "t=0", " t=0", ["4 warning RFC 8866 §5: the line is indented"]],
  [VIDEO, "t=0 0", "t=0 0 ", ["4 warning RFC 8866 §5: the value has spaces at an end"]],
  [VIDEO, "t=0 0", "t=0 0\r\nb=AS:1", ["5 warning RFC 8866 §5: b= stands after t="]],
  [VIDEO, "a=rtpmap:112 raw", "a=RTPMAP:112 RAW", ["7 warning RFC 8866 §6.6: the encoding is spelled RAW"]],
  [REDUNDANT, "DUP primary secondary", "DUP primary third", [
    "1 warning ST 2110-10 §8.1: the session has 2 media that are not the copies of one stream",
    "5 error RFC 5888 §5: the group names third, which is no medium",
  ]],
  [REDUNDANT, "DUP primary secondary", "DUP primary", [
    "1 warning ST 2110-10 §8.1: the session has 2 media that are not the copies of one stream",
    "5 error RFC 7104 §3: the group DUP has 1 media",
  ]],
  [REDUNDANT, "mid:secondary", "mid:primary", [
    "5 error RFC 5888 §5: the group names secondary, which is no medium",
    "21 error RFC 5888 §4: mid primary is that of another medium",
  ]],
  [REDUNDANT, /(m=video 50002[^]*)TROFF=37/, "$1TROFF=38", [
    "17 error ST 2022-7 §6: the copy is described otherwise than the first",
  ]],
  [REDUNDANT, /(m=video 50002[^]*)/, "", [
    "5 error RFC 5888 §5: the group names secondary, which is no medium",
  ]],
  [JPEG_XS, "b=AS:116000\r\n", "", ["5 error ST 2110-22 §7: b=AS is missing"]],
  [JPEG_XS, "width=1920; ", "", ["9 error ST 2110-22 §7: width is missing"]],
  [JPEG_XS, "exactframerate=60000/1001; ", "", ["9 error ST 2110-22 §7: the frame rate is missing"]],
  [JPEG_XS, "transmode=1", "transmode=0", ["9 error RFC 9134 §4.3: transmode 0 has packetmode 0"]],
  [JPEG_XS, "ST2110-22:2022", "ST2110-20:2017", ["9 error ST 2110-22 §7: SSN is ST2110-20:2017"]],
  [JPEG_XS, "packetmode=0; ", "", ["9 error RFC 9134 §7.1: packetmode of jxsv is missing"]],
  [H264, "packetization-mode=1; ", "", ["9 note RFC 6184 §8.1: packetization-mode is missing, which means 0"]],
  [H264, "m=video", "m=audio", ["5 error RFC 8866 §5.14: H264 is in m=audio"]],
  [AUDIO, "a=ptime:0.125\r\n", "", ["5 error AES67-2013 §8.1: a=ptime is missing"]],
  [AUDIO, /ptime:0.125/g, "ptime:0.12", []],
  [AUDIO, "a=ptime:0.125", "a=ptime:1", ["11 error RFC 8866 §6.5: maxptime is less than ptime"]],
  [AUDIO, /time:0.125/g, "time:2", [
    "10 error ST 2110-10 §6.3: a packet has 2304 octets of sound",
    "10 warning ST 2110-30 §7: 96 samples per packet at 48000 Hz are of no level",
  ]],
  [AUDIO, "a=ptime:0.125", "a=ptime:0.001", [
    "10 error AES67-2013 §7.2: a packet has less than one sample",
    "10 warning ST 2110-30 §7: 0 samples per packet at 48000 Hz are of no level",
  ]],
  [AUDIO, "L24/48000/8", "L24/48000/65", ["8 warning ST 2110-30 §7: there are 65 channels"]],
  [AUDIO, "L24/48000/8", "L24/48000/9", ["8 note ST 2110-30 §7: 9 channels at this rate and ptime are of level C"]],
  [AUDIO, "L24/48000/8", "L24/48000/64", ["8 note ST 2110-30 §7: 64 channels at this rate and ptime are of level C"]],
  [AUDIO, "L24/48000/8", "L24/96000/8", []],
  [AUDIO, "L24/48000/8", "L24/96000/9", ["8 note ST 2110-30 §7: 9 channels at this rate and ptime are of level CX"]],
  [AUDIO, "L24/48000/8", "L24/96000/33", ["8 warning ST 2110-30 §7: there are 33 channels"]],
  [AUDIO, "L24/48000", "L24/32000", [
    "8 error ST 2110-30 §6.1: the rate is 32000",
    "10 warning ST 2110-30 §7: 4 samples per packet at 32000 Hz are of no level",
  ]],
  [AUDIO, "(51,ST)", "(51,SQ)", ["9 error ST 2110-30 §6.2.2: channel-order has SQ"]],
  [AUDIO, "(51,ST)", "(51,U03)", ["9 error ST 2110-30 §6.2.2: channel-order has 9 channels of 8"]],
  [AUDIO, /a=fmtp.*\r\n/, "", ["8 note ST 2110-30 §6.2.2: channel-order is missing: every channel is undefined"]],
  [AUDIO, "m=audio", "m=video", ["5 error RFC 8866 §5.14: L24 is in m=video"]],
  [ANCILLARY, "exactframerate=30000/1001; ", "", ["8 error ST 2110-40 §7: exactframerate is missing"]],
  [ANCILLARY, "; SSN=ST2110-40:2023", "", ["8 error ST 2110-40 §7: SSN is missing"]],
  [ANCILLARY, "40:2023", "40:2018", ["8 error ST 2110-40 §7: SSN is ST2110-40:2018"]],
  [ANCILLARY, "40:2023", "40:2021", ["8 warning ST 2110-40 §7: SSN is ST2110-40:2021"]],
  [ANCILLARY, "TM=CTM; SSN=ST2110-40:2023", "SSN=ST2110-40:2018", []],
  [ANCILLARY, "CTM", "XTM", ['8 error ST 2110-40 §7: TM is "XTM"']],
  [ANCILLARY, "m=video", "m=application", ["5 error RFC 8331 §3.1: smpte291 is in m=application"]],
  [ANCILLARY, "0x61", "61", ['8 error RFC 8331 §3.1: DID_SDID is "{61,0x02}"']],
];

describe("lintSdp()", () => {
  it("finds nothing in clean descriptions", () => {
    for (const text of [VIDEO, REDUNDANT, JPEG_XS, H264, AUDIO, ANCILLARY]) assert.deepEqual(lint(text), []);
  });

  for (const [text, from, to, findings] of CASES) {
    it(`${JSON.stringify(String(from))} as ${JSON.stringify(to)}`, () => {
      const changed = text.replace(from, to);
      assert.notEqual(changed, text);
      assert.deepEqual(lint(changed), findings);
    });
  }

  it("finds copies that go the same way", () => {
    const same = REDUNDANT.replaceAll("239.2.1.1", "239.1.1.1").replace("198.51.100.1", "192.0.2.1");
    assert.deepEqual(lint(same), [
      "15 error ST 2110-10 §8.5: the copy has the same source and destination as the first",
    ]);
    const otherType = REDUNDANT.replace(
      /(m=video 50002[^]*)/,
      (leg) => leg.replaceAll(/(AVP|map:|mtp:|p:)( ?)97/g, "$1$298"),
    );
    assert.deepEqual(lint(otherType), ["14 error ST 2022-7 §6: the copy has payload type 98, the first has 97"]);
  });

  it("goes on after what cannot be read", () => {
    const text = VIDEO.replace("width=1920", "width=wide").replace("t=0 0", "t=now").replace("TP=2110TPN; ", "");
    assert.deepEqual(
      lint(text),
      [
        '4 error RFC 8866 §5.9: t= is "now"',
        "3 error RFC 8866 §5.9: t= is missing",
        '8 error ST 2110-20 §7.2: width is "wide"',
        "8 error ST 2110-20 §7.2: width of raw is missing",
        "8 error ST 2110-21 §8.1: TP is missing",
      ].sort((a, b) => parseInt(a) - parseInt(b)),
    );
    assert.deepEqual(lint("hello"), [
      "1 warning RFC 8866 §5: the last line has no end",
      '1 error RFC 8866 §5: "hello" is no line of SDP',
      "1 error RFC 8866 §5.1: the description does not begin with v=0",
    ]);
  });

  it("names the levels of sound, each with its own channels", () => {
    const remedyOf = (rateAndChannels: string, ptime: string): string => {
      const text = AUDIO.replace("48000/8", rateAndChannels).replaceAll("time:0.125", `time:${ptime}`);
      return lintSdp(text).find(({ clause }) => clause === "ST 2110-30 §7")!.remedy;
    };
    assert.match(remedyOf("48000/65", "0.125"), /^level B has 1 to 8, level C 9 to 64 /);
    assert.match(remedyOf("96000/33", "0.125"), /^level BX has 1 to 8, level CX 9 to 32 /);
    assert.match(remedyOf("48000/9", "1"), /^level A has 1 to 8 /);
    assert.match(remedyOf("96000/5", "1"), /^level AX has 1 to 4 /);
    assert.match(remedyOf("48000/9", "0.125"), /^receivers of levels A and B .* up to 8 /);
    assert.match(remedyOf("96000/9", "0.125"), /^receivers of levels A, AX, B and BX .* up to 8 /);
  });

  it("takes a description", () => {
    assert.deepEqual(lintSdp(parseSdp(VIDEO)), []);
    const session = parseSdp(VIDEO);
    const [finding] = lintSdp({
      ...session,
      media: [{ ...session.media[0], mediaClock: { kind: "direct", offset: 9 } }],
    });
    assert.deepEqual(finding, {
      severity: "error",
      clause: "ST 2110-10 §8.3",
      line: 11,
      message: "the offset is 9",
      remedy: "write direct=0; a peer of AES67 may have another offset, and receivers then have to use it",
    });
    assert.throws(() => lintSdp({ ...session, name: "a\nb" }), { code: "sdp-invalid" });
  });

  it("has a clause and a remedy for everything", () => {
    const findings = lintSdp(ODD);
    assert.ok(findings.length > 10);
    for (const { clause, message, remedy } of findings) {
      assert.match(clause, /^(ST \d|RFC \d|AES67)[^§]* §[\d.]+$/);
      assert.ok(message.length > 0 && remedy.length > 0);
    }
  });
});
