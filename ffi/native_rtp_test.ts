import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { load } from "./mod.ts";

const rtp = load().rtp;

// deno-fmt-ignore
const example = new Uint8Array([
  0xb2, 0xe0, 0x12, 0x34, 0x89, 0xab, 0xcd, 0xef, 1, 2, 3, 4, // padding, extension, 2 sources, marker, type 96
  0, 0, 0, 10, 0, 0, 0, 11,
  0xbe, 0xde, 0, 1, 0x10, 0xaa, 0, 0,
  104, 105, 0, 0, 3,
]);

describe("NativeRtp", () => {
  it("parse() says what a packet holds", () => {
    // Not at the start of its buffer.
    const bytes = new Uint8Array(example.length + 3);
    bytes.set(example, 3);
    assert.deepEqual(rtp.parse(bytes.subarray(3)), {
      marker: true,
      payloadType: 96,
      sequence: 0x1234,
      timestamp: 0x89abcdef,
      ssrc: 0x01020304,
      csrcs: [10, 11],
      extension: { profile: 0xbede, data: new Uint8Array([0x10, 0xaa, 0, 0]) },
      payload: new Uint8Array([104, 105]),
      paddingBytes: 3,
    });
    const plain = rtp.parse(new Uint8Array([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    assert.ok(typeof plain === "object" && !("extension" in plain) && plain.payload.length === 0);
  });

  it("parse() names why bytes are no packet", () => {
    assert.equal(rtp.parse(new Uint8Array(0)), "too short");
    for (let length = 1; length < 28; length++) {
      const fault = length < 12 ? "too short" : length < 20 ? "truncated sources" : "truncated extension";
      assert.equal(rtp.parse(example.subarray(0, length)), fault);
    }
    assert.equal(rtp.parse(example.subarray(0, 28)), "bad padding");
    assert.equal(rtp.parse(new Uint8Array(12)), "wrong version");
  });
});
