import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { isStreamError } from "@streamlib/core";
import { connectionsOf, referenceClocksOf, sourceFiltersOf } from "./description.ts";
import type { RawVideo } from "./essence.ts";
import { parseSdp } from "./parse.ts";
import { ANCILLARY, AUDIO, crlf, H264, JPEG_XS, ODD, REDUNDANT, VIDEO } from "./testing/descriptions.ts";

const PTP = { kind: "ptp", version: "IEEE1588-2008", gmid: "39-A7-94-FF-FE-07-CB-D0", domain: 127 };

function fails(text: string, message: string): void {
  assert.throws(() => parseSdp(text), (thrown) => {
    assert.ok(isStreamError(thrown) && thrown.code === "sdp-invalid", String(thrown));
    assert.equal(thrown.message, message);
    return true;
  });
}

function video(fmtp: string): RawVideo {
  const text = VIDEO.replace(/a=fmtp:112 .*/, `a=fmtp:112 ${fmtp}`);
  return parseSdp(text).media[0].essence as RawVideo;
}

describe("parseSdp()", () => {
  it("reads raw video with every line of ST 2110", () => {
    assert.deepEqual(parseSdp(VIDEO), {
      origin: {
        username: "-",
        sessionId: "1443716955",
        sessionVersion: "1443716955",
        addressType: "IP4",
        address: "192.0.2.1",
      },
      name: "Camera 1",
      timings: [{ start: 0, stop: 0 }],
      media: [{
        type: "video",
        port: 50000,
        protocol: "RTP/AVP",
        payloadType: 112,
        connections: [{ addressType: "IP4", address: "239.100.9.10", ttl: 32 }],
        essence: {
          kind: "raw",
          sampling: "YCbCr-4:2:2",
          depth: "10",
          width: 1920,
          height: 1080,
          exactframerate: { num: 30000, den: 1001 },
          interlace: true,
          colorimetry: "BT709",
          TCS: "SDR",
          SSN: "ST2110-20:2017",
          TP: "2110TPN",
          PM: "2110GPM",
        },
        sourceFilters: [{ mode: "incl", addressType: "IP4", destination: "239.100.9.10", sources: ["192.0.2.1"] }],
        referenceClocks: [PTP],
        mediaClock: { kind: "direct", offset: 0 },
      }],
    });
  });

  it("reads the copies of a stream", () => {
    const { groups, media } = parseSdp(REDUNDANT);
    assert.deepEqual(groups, [{ semantics: "DUP", mids: ["primary", "secondary"] }]);
    assert.deepEqual(media.map(({ mid, port }) => [mid, port]), [["primary", 50000], ["secondary", 50002]]);
    assert.deepEqual(media[0].essence, media[1].essence);
    const { PAR, TROFF, CMAX } = media[0].essence as RawVideo;
    assert.deepEqual({ PAR, TROFF, CMAX }, { PAR: { num: 1, den: 1 }, TROFF: 37, CMAX: 20 });
  });

  it("reads JPEG XS, H.264, sound and ancillary data", () => {
    assert.deepEqual(parseSdp(JPEG_XS).media[0].essence, {
      kind: "jxsv",
      packetmode: 0,
      transmode: 1,
      profile: "High444.12",
      level: "2k-1",
      sublevel: "Sublev3bpp",
      sampling: "YCbCr-4:2:2",
      depth: "10",
      width: 1920,
      height: 1080,
      exactframerate: { num: 60000, den: 1001 },
      colorimetry: "BT709",
      TCS: "SDR",
      RANGE: "FULL",
      SSN: "ST2110-22:2022",
      TP: "2110TPNL",
    });
    assert.deepEqual(parseSdp(H264).media[0].essence, {
      kind: "H264",
      packetizationMode: 1,
      profileLevelId: "64000A",
      spropParameterSets: ["Z2QACqzZRHsBEAAAAwAQAAADAyDxIllg", "aOvjyyLA"],
      width: 64,
      height: 48,
      TP: "2110TPW",
      parameters: [{ name: "level-asymmetry-allowed", value: "1" }],
    });
    const audio = parseSdp(AUDIO).media[0];
    assert.deepEqual(audio.essence, {
      kind: "pcm",
      encoding: "L24",
      sampleRateHz: 48000,
      channels: 8,
      channelOrder: ["51", "ST"],
    });
    assert.equal(audio.ptimeMs, 0.125);
    assert.deepEqual(audio.rtcp, { port: 5005, destination: { addressType: "IP4", address: "192.0.2.9" } });
    assert.deepEqual(parseSdp(ANCILLARY).media[0].essence, {
      kind: "smpte291",
      DID_SDID: [{ did: 0x61, sdid: 0x02 }, { did: 0x41, sdid: 0x05 }],
      VPID_Code: 133,
      exactframerate: { num: 30000, den: 1001 },
      TM: "CTM",
      SSN: "ST2110-40:2023",
    });
  });

  it("keeps what it has no field for, in order", () => {
    const session = parseSdp(ODD);
    assert.equal(session.name, " ");
    assert.deepEqual(session.attributes, [{ name: "charset", value: "ISO-8859-1" }, { name: "recvonly" }]);
    assert.deepEqual(session.otherLines?.map(({ type }) => type), ["u", "e", "p", "z", "k"]);
    assert.deepEqual(session.timings?.[0].repeats, ["604800 3600 0 90000"]);
    assert.deepEqual(session.referenceClocks?.map(({ kind }) => kind), [
      "ntp-traceable",
      "ntp",
      "gps",
      "private",
      "private",
      "ptp",
      "other",
      "other",
    ]);
    const [telephone, h263, metadata, sound] = session.media;
    assert.deepEqual(telephone.otherPayloadTypes, [8, 97]);
    assert.deepEqual(telephone.attributes?.map(({ name }) => name), ["rtpmap", "fmtp", "silenceSupp"]);
    assert.deepEqual(telephone.essence, { kind: "other" });
    assert.deepEqual(telephone.connections?.[0], {
      addressType: "IP4",
      address: "224.2.1.1",
      ttl: 127,
      addressCount: 3,
    });
    assert.deepEqual(h263.essence, {
      kind: "other",
      encoding: "h263-1998",
      clockHz: 90000,
      encodingParameters: "what",
      fmtp: "CIF=4;QCIF=2",
    });
    assert.equal(metadata.essence.kind, "other");
    assert.deepEqual(sound.essence, {
      kind: "pcm",
      encoding: "L16",
      sampleRateHz: 44100,
      channels: 1,
      TSMODE: "SAMP",
      TSDELAY: 250,
      parameters: [{ name: "channel-order", value: "DOLBY.(X)" }, { name: "flag" }, { name: "empty", value: "" }],
    });
  });

  it("lets a medium go before its session", () => {
    const session = parseSdp(ODD);
    assert.equal(connectionsOf(session, session.media[0]).length, 2);
    assert.deepEqual(connectionsOf(session, session.media[1]), [session.connection]);
    assert.equal(referenceClocksOf(session, session.media[1]).length, 8);
    assert.equal(sourceFiltersOf(session, session.media[1])[0].mode, "excl");
  });

  it("takes what is seen in the field", () => {
    const exact = parseSdp(VIDEO);
    assert.deepEqual(parseSdp(VIDEO.replaceAll("\r\n", "\n")), exact);
    assert.deepEqual(parseSdp(VIDEO.trimEnd()), exact);
    assert.deepEqual(parseSdp(`\uFEFF${VIDEO}\r\n\r\n`), exact);
    assert.deepEqual(parseSdp(VIDEO.replace("PM=2110GPM", "PM=2110GPM; ")), exact);
    assert.deepEqual(parseSdp(VIDEO.replace("PM=2110GPM", "PM=2110GPM;")), exact);
    assert.deepEqual(parseSdp(VIDEO.replaceAll("; ", ";")), exact);
    assert.deepEqual(parseSdp(VIDEO.replaceAll("; ", " ;  ")), exact);
    assert.deepEqual(parseSdp(VIDEO.replaceAll("m=video 50000 ", "m=video  50000 ")), exact);
    assert.deepEqual(parseSdp(VIDEO.replaceAll("\r\n", "  \r\n  ").trimEnd()).media, exact.media);
    assert.deepEqual(parseSdp(VIDEO.replace("source-filter: ", "source-filter:")), exact);
    assert.deepEqual(parseSdp(VIDEO.replace("interlace", "interlaced")), exact);
    assert.deepEqual(parseSdp(VIDEO.replace("127", "domain-nmbr=127")), exact);
    assert.deepEqual(parseSdp(VIDEO.replace("raw/", "RAW/").replace("a=mediaclk", "a=MediaClk")), exact);
    assert.deepEqual(
      parseSdp(VIDEO.replace("sampling=YCbCr", "Sampling=ycbcr").replace("39-A7", "39-a7").replace("BT709", "bt709")),
      exact,
    );
    assert.equal(parseSdp(AUDIO.replace("a=ptime:0.125\r\n", "")).media[0].ptimeMs, undefined);
    assert.deepEqual(video("sampling=RGB; depth=8; width=2; height=2; exactframerate=50/2").exactframerate, {
      num: 25,
      den: 1,
    });
    assert.equal(video("sampling=RGBA; depth=8; width=2; height=2").sampling, "RGBA");
    const early = crlf(
      "v=0",
      "s=-",
      "o=- 1 1 IN IP4 192.0.2.1",
      "m=audio 4 RTP/AVP 0",
      "a=ptime:1.000",
      "c=IN IP4 a.b",
    );
    assert.equal(parseSdp(early).media[0].ptimeMs, 1);
  });

  it("says line, cause and remedy", () => {
    fails(
      VIDEO.replace("width=1920", "width=huge"),
      'Cannot read SDP: line 8: width is "huge"; right is: an integer from 1 to 32767 (ST 2110-20 §7.2)',
    );
    fails(
      VIDEO.replace("depth=10; ", ""),
      "Cannot read SDP: line 8: depth of raw is missing; add depth= to a=fmtp (ST 2110-20 §7.2)",
    );
    fails(
      VIDEO.replace("30000/1001", "29.97"),
      'Cannot read SDP: line 8: exactframerate is "29.97"; right is: an integer such as 25, or a fraction such as ' +
        "30000/1001 (ST 2110-20 §7.2)",
    );
    fails(
      VIDEO.replace("c=IN IP4 239.100.9.10", "c=IN IP4 239.100.9.300"),
      'Cannot read SDP: line 6: c= is "IN IP4 239.100.9.300/32"; right is: IN IP4 <address>[/<ttl>[/<count>]] or ' +
        "IN IP6 <address>[/<count>], for example IN IP4 239.1.2.3/64 (RFC 8866 §5.7)",
    );
    fails("", "Cannot read SDP: line 1: the description does not begin with v=0; begin with v=0 (RFC 8866 §5.1)");
    fails(
      crlf("v=0", "s=-", "t=0 0"),
      "Cannot read SDP: line 3: o= is missing; add o=- <id> <version> IN IP4 <address> (RFC 8866 §5.2)",
    );
  });

  it("refuses what contradicts itself", () => {
    fails(
      VIDEO.replace("TCS=SDR", "TCS=SDR; TCS=PQ"),
      "Cannot read SDP: line 8: TCS is given twice; give it once (ST 2110-20 §7)",
    );
    fails(
      VIDEO.replace("a=mediaclk:direct=0", "a=mediaclk:direct=0\r\na=mediaclk:sender"),
      "Cannot read SDP: line 12: a=mediaclk is given twice; give it once (RFC 7273 §5.4)",
    );
    fails(
      VIDEO.replace("raw/90000", "raw/90000\r\na=rtpmap:112 jxsv/90000"),
      "Cannot read SDP: line 8: a=rtpmap of 112 is given twice; give it once (RFC 8866 §6.6)",
    );
    fails(
      VIDEO.replace("raw/90000", "raw/48000"),
      'Cannot read SDP: line 7: raw has the rate "raw/48000"; write raw/90000 (ST 2110-20 §7.2)',
    );
  });

  const wrong: readonly (readonly [string, string, string])[] = [
    ["m=video 50000", "m=video 70000", "m="],
    ["RTP/AVP 112", "RTP/AVP 128", "m="],
    ["RTP/AVP 112", "RTP/AVP", "m="],
    ["239.100.9.10/32", "239.100.9.10/256", "c="],
    ["t=0 0", "t=now", "t="],
    ["t=0 0", "b=AS:much", "b="],
    ["o=- ", "o=", "o="],
    ["incl IN", "only IN", "a=source-filter"],
    ["9.10 192.0.2.1", "9.10", "a=source-filter"],
    ["39-A7-94", "39-A7-9", "a=ts-refclk"],
    ["D0:127", "D0:256", "a=ts-refclk"],
    ["direct=0", "direct=4294967296", "a=mediaclk"],
    ["a=rtpmap:112 ", "a=rtpmap:", "a=rtpmap"],
    ["raw/90000", "raw", "the mapping"],
    ["interlace", "interlace=1", "interlace"],
    ["SSN=", "=", '" =ST2110-20:2017"'],
    ["v=0", "v=1", "the description"],
    ["s=Camera 1", "S=Camera 1", '"S=Camera 1"'],
    ["s=Camera 1", "s=Camera\r1", '"s=Camera\\r1"'],
    ["a=mediaclk:direct=0", "a=", '"a="'],
    ["a=mediaclk", "v=0\r\na=mediaclk", "v="],
  ];
  it("names what is malformed", () => {
    for (const [from, to, subject] of wrong) {
      assert.throws(() => parseSdp(VIDEO.replace(from, to)), (thrown) => {
        assert.ok(isStreamError(thrown) && thrown.code === "sdp-invalid", String(thrown));
        assert.match(thrown.message, /^Cannot read SDP: line \d+: /);
        const rest = thrown.message.replace(/^Cannot read SDP: line \d+: /, "");
        assert.ok(rest.startsWith(subject), `${to}: ${thrown.message}`);
        return true;
      });
    }
  });
});
