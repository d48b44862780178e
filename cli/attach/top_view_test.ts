import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { bytesText, clockText, tableLines, timeText } from "./columns.ts";
import { HELLO, lookAt } from "./testdata/looks.ts";
import { COLOURED, topLines } from "./top_view.ts";

describe("topLines()", () => {
  it("has actors with their rates, and links", () => {
    assert.deepEqual(topLines(HELLO, lookAt(1), lookAt(0)), [
      "show.ts (4711), deno 2.9.6, up 1:02:04, cpu 2.5 %, memory 71.2 MB, rings 24.6 kB",
      "",
      "ACTOR                  STATE    TICKS/S  MISSED  DROPPED      AGE      P50      P99   MEMORY  PLACE       BEAT",
      'Camera "camera.front"  running     60.0       0        0        -        -        -  24.6 kB  process 1   60 fps software',
      'Mix "mix-1"            running     59.0       1        3  4.25 ms  1.23 ms  12.3 ms      0 B  event-loop  follows base',
      'Mix "mix-2"            failed       0.0       0        0        -        -        -      0 B  event-loop  waits for a link',
      "",
      "FROM                         TO                BY       READ/S  MISSED  DROPPED  COPIED/S      AGE  ITEMS",
      'Camera "camera.front" video  Mix "mix-1" base  process    59.0       1        0    2.5 MB  4.25 ms  VideoFrame rgba8 16x2 60 fps',
    ]);
  });

  it("has no rates at the first look", () => {
    const lines = topLines(HELLO, lookAt(1));
    assert.match(lines[0], /cpu -,/);
    assert.match(lines[3], /running +- +0 +0 +-/);
    assert.match(lines[8], /process +- +1 +0 +- +4\.25 ms /);
  });

  it("marks what has failed, and what has lost something since the look before", () => {
    const lines = topLines(HELLO, lookAt(1), lookAt(0), COLOURED);
    const marks = lines.map((line) =>
      line.startsWith("\x1b[") && line.endsWith("\x1b[0m") ? line.slice(2, line.indexOf("m")) : undefined
    );
    assert.deepEqual(marks, [undefined, undefined, "2", undefined, "33", "31", undefined, "2", "33"]);
    const later = topLines(HELLO, lookAt(1), lookAt(1), COLOURED);
    assert.ok(!later[4].startsWith("\x1b"));
  });

  it("says so if there are no links", () => {
    const look = lookAt(1);
    assert.equal(topLines(HELLO, { ...look, graph: { ...look.graph, links: [] } }).at(-1), "no links");
  });
});

describe("tableLines()", () => {
  it("lets nothing move the cursor", () => {
    assert.deepEqual(tableLines([{ head: "A", align: "left" }], [["b\x1b[2Jc\n"]]), ["A", "b?[2Jc?"]);
  });
});

describe("numbers in tables", () => {
  it("have a unit", () => {
    assert.deepEqual([0, 999, 1000, 2.5e9].map(bytesText), ["0 B", "999 B", "1.0 kB", "2.5 GB"]);
    assert.deepEqual([undefined, 0, 1.5e6, 12.34e6, 4.5e9, -2e6].map(timeText), [
      "-",
      "0.00 ms",
      "1.50 ms",
      "12.3 ms",
      "4.5 s",
      "-2.00 ms",
    ]);
    assert.equal(clockText(100 * 3600e3 + 59e3), "100:00:59");
  });
});
