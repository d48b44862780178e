import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { Screen } from "../command.ts";
import { LOOK, lookWith, PARENT } from "../testdata/ptp_looks.ts";
import type { PtpLook } from "./ptp_look.ts";
import type { PtpSession } from "./ptp_session.ts";
import { showSession } from "./ptp_show.ts";

const UTC = lookWith({ parent: { ...PARENT, timescale: "arbitrary-utc" } });

/** Gives these looks one after the other, then the last one. */
function sessionOf(looks: readonly PtpLook[]): PtpSession {
  let count = 0;
  return { look: () => looks[Math.min(count++, looks.length - 1)], close: () => {} };
}

function screenOf(): { screen: Screen; lines: string[]; pictures: (readonly string[])[] } {
  const lines: string[] = [];
  const pictures: (readonly string[])[] = [];
  return { screen: { out: (line) => void lines.push(line), err: (line) => void lines.push(line) }, lines, pictures };
}

const forever = { json: false, durationS: undefined };

describe("showSession()", () => {
  it("writes a line a second, and warnings when they come up", { timeout: 20_000 }, async () => {
    const { screen, lines } = screenOf();
    const stop = new AbortController().signal;
    await showSession(sessionOf([UTC, UTC, LOOK]), screen, { json: false, durationS: 2.5, stop });
    assert.ok(lines.length >= 3);
    assert.match(lines[0], /^PTP on eth0: domain 127/);
    assert.match(lines[1], /^! the 37-second trap/);
    for (const line of lines.slice(2)) assert.match(line, /^locked slave, offset \+120 ns/);
    assert.ok(lines.every((line) => !line.includes("\x1b")));
  });

  it("writes JSON, one object a line", { timeout: 20_000 }, async () => {
    const { screen, lines } = screenOf();
    await showSession(sessionOf([LOOK]), screen, { json: true, durationS: 1.2, stop: new AbortController().signal });
    assert.ok(lines.length >= 1);
    for (const line of lines) assert.equal((JSON.parse(line) as PtpLook).mode, "follow");
  });

  it("draws at once and twice a second where lines can be redrawn", { timeout: 20_000 }, async () => {
    const { screen, lines, pictures } = screenOf();
    const stop = new AbortController();
    const redraw = (picture: readonly string[]): void => {
      if (pictures.push(picture) === 3) stop.abort();
    };
    await showSession(sessionOf([LOOK]), { ...screen, redraw }, { ...forever, stop: stop.signal });
    assert.equal(pictures.length, 3);
    assert.deepEqual(lines, []);
    assert.match(pictures[0][0], /^PTP on eth0/);
  });

  it("ends at once when it is told to, with nothing drawn after that", { timeout: 20_000 }, async () => {
    const { screen, lines } = screenOf();
    const stop = new AbortController();
    const shown = showSession(sessionOf([LOOK]), screen, { ...forever, stop: stop.signal });
    stop.abort();
    await shown;
    assert.deepEqual(lines, []);
    await showSession(sessionOf([LOOK]), screen, { ...forever, stop: stop.signal });
    assert.deepEqual(lines, []);
  });
});
