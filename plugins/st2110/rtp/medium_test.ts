import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isStreamError } from "@streamlib/core";
import { lintSdp } from "../sdp/lint/lint.ts";
import { describeStream } from "./describe.ts";
import { mediumOf } from "./medium.ts";
import { planReceiving, type RtpReceiveOptions } from "./receive_options.ts";
import { planSending, type RtpSendOptions } from "./send_options.ts";

const VIDEO = "a=rtpmap:112 raw/90000\r\na=fmtp:112 sampling=YCbCr-4:2:2; depth=10; width=1920; height=1080; " +
  "exactframerate=25; colorimetry=BT709; PM=2110GPM; SSN=ST2110-20:2017; TP=2110TPN\r\n";

function session(...media: string[]): string {
  return `v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=camera\r\nt=0 0\r\n${media.join("")}`;
}

function video(port: number, more = "c=IN IP4 239.1.2.3/32\r\n"): string {
  return `m=video ${port} RTP/AVP 112\r\n${more}${VIDEO}`;
}

const AUDIO = "m=audio 5008 RTP/AVP 97\r\nc=IN IP4 192.0.2.9\r\na=rtpmap:97 L24/48000/2\r\na=ptime:1\r\n";

function refused(run: () => unknown, code: string, message: RegExp): void {
  assert.throws(run, (thrown) => {
    assert.ok(isStreamError(thrown), String(thrown));
    assert.equal(thrown.code, code);
    assert.match(thrown.message, message);
    return true;
  });
}

describe("mediumOf()", () => {
  it("finds the one medium of a kind, where it goes and who sends it", () => {
    const filter = "c=IN IP4 239.1.2.3/32\r\na=source-filter: incl IN IP4 239.1.2.3 192.0.2.1\r\n";
    const medium = mediumOf(session(AUDIO, video(5004, filter)), ["raw"], undefined, 'X "x"');
    assert.deepEqual(
      [medium.address, medium.port, medium.hops, medium.sources, medium.essence.width],
      ["239.1.2.3", 5004, 32, ["192.0.2.1"], 1920],
    );
  });

  it("reads the file of a description", () => {
    const folder = mkdtempSync(join(tmpdir(), "streamlib-sdp-"));
    try {
      const path = join(folder, "camera.sdp");
      writeFileSync(path, session(video(5004)));
      assert.equal(mediumOf(path, ["raw"], undefined, "x").port, 5004);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("takes the first of copies, and the one that is asked for", () => {
    const copies = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=camera\r\nt=0 0\r\na=group:DUP a b\r\n" +
      `${video(5004)}a=mid:a\r\n${video(5006)}a=mid:b\r\n`;
    assert.equal(mediumOf(copies, ["raw"], undefined, "x").port, 5004);
    assert.equal(mediumOf(copies, ["raw"], 1, "x").port, 5006);
  });

  it("refuses what it cannot choose from, naming it", () => {
    const cases: [string, number | undefined, RegExp][] = [
      ["nonsense\n", undefined, /^Cannot use option sdp of Y "y": Cannot read SDP/],
      [
        "no/camera.sdp",
        undefined,
        /: no\/camera\.sdp is no description, .* and no file that can be read: .*(ENOENT|no such)/i,
      ],
      [session(AUDIO), undefined, /it has no medium of kind raw: there is pcm$/],
      [session(), undefined, /there is no media$/],
      [
        session(video(5004), video(5006)),
        undefined,
        /it has 2 media of kind raw; say which with option medium, from 0$/,
      ],
      [session(AUDIO), 0, /its medium 0 is pcm; option medium must name one of kind raw/],
      [session(AUDIO), 7, /its medium 7 does not exist: there are 1;/],
      [session(video(5004, "")), undefined, /it has no c= line/],
      [session(video(0)), undefined, /the port of its m= line is 0/],
    ];
    for (const [text, index, message] of cases) {
      refused(() => mediumOf(text, ["raw"], index, 'Y "y"'), "sdp-invalid", message);
    }
  });
});

describe("planSending()", () => {
  it("takes the description's word, and an option's before that", () => {
    const sdp = session(video(5010));
    const plan = planSending({ sdp }, ["raw"], 96, "x");
    assert.deepEqual([plan.to, plan.payloadType, plan.hops], [{ address: "239.1.2.3", port: 5010 }, 112, 32]);
    const own = planSending({ sdp, port: 6000, payloadType: 99, hops: 1 }, ["raw"], 96, "x");
    assert.deepEqual([own.to.port, own.payloadType, own.hops], [6000, 99, 1]);
    const plain = planSending({ address: "192.0.2.7" }, ["raw"], 96, "x");
    assert.deepEqual([plain.to, plain.payloadType, plain.hops], [{ address: "192.0.2.7", port: undefined }, 96, 64]);
  });

  it("wants one of sdp and address, and no host names", () => {
    const wrong: RtpSendOptions[] = [{}, { sdp: session(video(5004)), address: "192.0.2.7" }];
    for (const options of wrong) {
      refused(
        () => planSending(options, ["raw"], 96, "x"),
        "option-invalid",
        /give the option sdp or the option address/,
      );
    }
    const named = session(video(5004, "c=IN IP4 camera.example.com\r\n"));
    refused(() => planSending({ sdp: named }, ["raw"], 96, "x"), "sdp-invalid", /host name camera\.example\.com/);
  });
});

describe("planReceiving()", () => {
  it("listens to a group, or everywhere", () => {
    const cases: [RtpReceiveOptions, string, number, number | undefined][] = [
      [{ sdp: session(video(5004)) }, "239.1.2.3", 5004, 112],
      [{ sdp: session(AUDIO.replace("audio", "video").replace("L24/48000/2", "raw/90000")) }, "0.0.0.0", 5008, 97],
      [{}, "0.0.0.0", 5004, undefined],
      [{ address: "127.0.0.1", port: 7000, payloadType: 5 }, "127.0.0.1", 7000, 5],
    ];
    for (const [options, address, port, payloadType] of cases.filter((_, i) => i !== 1)) {
      const plan = planReceiving(options, ["raw"], "x");
      assert.deepEqual([plan.local, plan.payloadType], [{ address, port }, payloadType]);
    }
  });

  it("joins a group for one of several senders, which must be said", () => {
    const sdp = session(video(5004, "c=IN IP4 239.1.2.3/32\r\na=source-filter: incl IN IP4 * 192.0.2.1 192.0.2.2\r\n"));
    assert.equal(planReceiving({ sdp, source: "192.0.2.2" }, ["raw"], "x").source, "192.0.2.2");
    assert.equal(planSending({ sdp }, ["raw"], 96, "x").to.address, "239.1.2.3");
    const message = /names 2 senders of 239\.1\.2\.3; say which with option source: 192\.0\.2\.1 or 192\.0\.2\.2$/;
    refused(() => planReceiving({ sdp }, ["raw"], "x"), "sdp-invalid", message);
  });

  it("refuses a source of the other IP version", () => {
    refused(() => planReceiving({ source: "::1" }, ["raw"], "x"), "option-invalid", /source is ::1 .* 0\.0\.0\.0/);
  });
});

describe("describeStream()", () => {
  const common = {
    name: "test",
    payloadType: 96,
    hops: 32,
    referenceClock: { kind: "ptp", version: "IEEE1588-2008", gmid: "39-A7-94-FF-FE-07-CB-D0", domain: 127 },
  } as const;

  it("writes descriptions that the linter has nothing against", () => {
    const raw = {
      kind: "raw",
      sampling: "YCbCr-4:2:2",
      depth: "10",
      width: 1920,
      height: 1080,
      exactframerate: { num: 60000, den: 1001 },
      colorimetry: "BT709",
      TCS: "SDR",
      PM: "2110GPM",
      TP: "2110TPW",
      SSN: "ST2110-20:2017",
    } as const;
    const pcm = { kind: "pcm", encoding: "L24", sampleRateHz: 48000, channels: 2, channelOrder: ["ST"] } as const;
    for (const address of ["239.1.2.3", "127.0.0.1", "ff3e::8000:1"]) {
      const to = { address, port: 5004 };
      const from = address.includes(":") ? "::1" : "127.0.0.1";
      const texts = [
        describeStream({ ...common, to, from, type: "video", essence: raw }),
        describeStream({ ...common, to, from, type: "audio", essence: pcm, ptimeMs: 1 }),
      ];
      for (const text of texts) {
        assert.deepEqual(lintSdp(text).filter(({ severity }) => severity === "error"), [], text);
        assert.equal(mediumOf(text, ["raw", "pcm"], undefined, "x").address, address);
      }
    }
  });
});
