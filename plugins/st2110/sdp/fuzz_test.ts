import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { isStreamError } from "@streamlib/core";
import type { SessionDescription } from "./description.ts";
import { lintSdp } from "./lint/lint.ts";
import { parseSdp } from "./parse.ts";
import { Random, TEXTS } from "./testing/descriptions.ts";
import { writeSdp } from "./write.ts";

const MUTANTS = 4000;
const PIECES = [
  "\r\n",
  "\n",
  "=",
  ":",
  ";",
  "; ",
  " ",
  "/",
  "{",
  "(",
  ",",
  "-1",
  "0",
  "99999999999999999999",
  "\0",
  "\r",
  "é",
  "\u2028",
  "a=",
  "m=",
  "c=IN IP4 ",
  "a=rtpmap:112 ",
  "a=fmtp:112 ",
  "direct=",
  "ptp=",
  "__proto__",
  "constructor=1",
  "toString",
];

/** Reads a text; what is read can be written, and reads the same again. Only `sdp-invalid` is thrown. */
function read(text: string, what: string): SessionDescription | undefined {
  let description: SessionDescription;
  try {
    description = parseSdp(text);
  } catch (thrown) {
    assert.ok(isStreamError(thrown) && thrown.code === "sdp-invalid", `${what}: ${thrown}`);
    assert.ok(lintSdp(text).some(({ severity }) => severity === "error"), `${what}: the linter finds it too`);
    return undefined;
  }
  const written = writeSdp(description);
  assert.deepEqual(parseSdp(written), description, what);
  lintSdp(text);
  return description;
}

function mutant(text: string, random: Random): string {
  let changed = text;
  for (let left = 1 + random.below(3); left > 0; left--) {
    const at = random.below(changed.length + 1);
    const cut = random.pick([0, 1, 1, 2, 8, 40]);
    const piece = random.pick(["", random.pick(PIECES), changed.slice(at, at + random.below(60))]);
    changed = changed.slice(0, at) + piece + changed.slice(at + cut);
  }
  return changed;
}

describe("session descriptions of strangers", () => {
  for (const [name, text] of Object.entries(TEXTS)) {
    it(`every truncation of ${name} is read or refused`, { timeout: 60_000 }, () => {
      let read_ = 0;
      for (let length = 0; length <= text.length; length++) {
        if (read(text.slice(0, length), `${name} cut at ${length}`)) read_++;
      }
      assert.ok(read_ > 0 && read_ < text.length);
    });
  }

  it("mutants are read or refused", { timeout: 60_000 }, () => {
    const texts = Object.values(TEXTS);
    let refused = 0;
    for (let seed = 1; seed <= MUTANTS; seed++) {
      const random = new Random(seed);
      if (!read(mutant(random.pick(texts), random), `seed ${seed}`)) refused++;
    }
    assert.ok(refused > MUTANTS / 20 && refused < MUTANTS, `${refused} refused`);
  });
});
