import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { isStreamError } from "@streamlib/core";
import type { MediaDescription, SessionDescription } from "./description.ts";
import { parseSdp } from "./parse.ts";
import { Random, randomDescription, TEXTS, VIDEO } from "./testing/descriptions.ts";
import { writeSdp } from "./write.ts";

const SEEDS = 500;

function fails(description: unknown, pattern: RegExp): void {
  assert.throws(() => writeSdp(description as SessionDescription), (thrown) => {
    assert.ok(isStreamError(thrown) && thrown.code === "sdp-invalid", String(thrown));
    assert.match(thrown.message, pattern);
    return true;
  });
}

function withMedia(change: Partial<MediaDescription>): SessionDescription {
  const session = parseSdp(VIDEO);
  return { ...session, media: [{ ...session.media[0], ...change }] };
}

describe("writeSdp()", () => {
  for (const [name, text] of Object.entries(TEXTS)) {
    it(`gives ${name} back as it was read`, () => assert.equal(writeSdp(parseSdp(text)), text));
  }

  it("is undone by parseSdp(), for random descriptions", () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const description = randomDescription(new Random(seed));
      assert.deepEqual(parseSdp(writeSdp(description)), description, `seed ${seed}`);
    }
  });

  it("takes empty lists and false as absent", () => {
    const session = withMedia({ attributes: [], sourceFilters: [] });
    const { essence } = session.media[0];
    const text = writeSdp({
      ...session,
      groups: [],
      media: [{ ...session.media[0], essence: { ...essence, segmented: false } as typeof essence }],
    });
    assert.ok(!text.includes("segmented") && !text.includes("source-filter"));
  });

  it("brings lines and parameters into order", () => {
    const mixed = VIDEO.replace("TP=2110TPN; PM=2110GPM", "PM=2110GPM;TP=2110TPN;x=1;")
      .replace("a=mediaclk:direct=0\r\n", "").replace("a=rtpmap", "a=mediaclk:direct=0\na=rtpmap");
    const text = writeSdp(parseSdp(mixed));
    assert.equal(text, VIDEO.replace("PM=2110GPM", "PM=2110GPM; x=1"));
    assert.equal(writeSdp(parseSdp(text)), text);
  });

  it("refuses what would not be read back", () => {
    const { essence } = parseSdp(VIDEO).media[0];
    fails({ ...parseSdp(VIDEO), name: "a\r\nm=audio 4 RTP/AVP 0" }, /^Cannot write SDP: /);
    fails(
      { ...parseSdp(VIDEO), name: "a\nb=AS:1" },
      /^Cannot write SDP: description\.name is "a\\nb=AS:1", which would be read as "a"$/,
    );
    fails(withMedia({ port: 70000 }), /^Cannot write SDP: its line 5: m= is "video 70000/);
    fails(withMedia({ port: 1.5 }), /^Cannot write SDP: its line 5: m= is /);
    fails(withMedia({ attributes: [{ name: "mid", value: "x" }] }), /description\.media\[0\]\.\w+ is /);
    fails(
      withMedia({ attributes: [{ name: "x", value: " y" }] }),
      /attributes\[0\]\.value is " y", which would be read as "y"$/,
    );
    fails(withMedia({ essence: { ...essence, width: 0 } as typeof essence }), /its line 8: width is "0"/);
    fails(
      withMedia({ essence: { ...essence, exactframerate: { num: 50, den: 2 } } as typeof essence }),
      /exactframerate\.num is 50, which would be read as 25$/,
    );
    fails(
      withMedia({ essence: { ...essence, parameters: [{ name: "a", value: "b; c" }] } as typeof essence }),
      /parameters/,
    );
    fails(withMedia({ essence: { kind: "nonsense" } as never }), /the description is incomplete/);
    fails({}, /the description is incomplete/);
  });
});
