/**
 * What a user feels who has no pipeline yet: the command, the packages and the documentation against what was promised of
 * them.
 *
 * @module
 */
import process from "node:process";
import { type Figure, median, report } from "./figure.ts";
import { firstFrame, topLoad } from "./numbers_command.ts";
import { docsMs, docstrings } from "./numbers_docs.ts";
import { Packages } from "./numbers_packages.ts";

const ROUNDS = 9;
const SCAFFOLDS = 3;
const TOP_SECONDS = 15;

function atMost(name: string, value: number, unit: string, limit: number): void {
  report({ bench: "numbers", case: name, value, unit, limit, ok: value < limit });
}

function state(figure: Omit<Figure, "bench">): void {
  report({ bench: "numbers", ...figure });
}

const toSink = [];
const toDisplay = [];
// In turns: what else the machine does meets both.
for (let round = 0; round <= ROUNDS; round++) {
  const [sink, display] = [await firstFrame("test-pattern | first-frame"), await firstFrame("test-pattern | display")];
  // The first one reads its modules from the disk.
  if (round > 0) toSink.push(sink) && toDisplay.push(display);
}
const beforeMs = median(toSink.map(({ outsideMs, insideMs }) => outsideMs - insideMs));
const outsideMs = toSink.map((frame) => frame.outsideMs);
atMost("run: to the first frame, a sink", median(outsideMs), "ms", 500);
state({ case: "the same, slowest", value: Math.max(...outsideMs), unit: "ms" });
atMost("run: to the first frame, display", median(toDisplay.map(({ insideMs }) => insideMs)) + beforeMs, "ms", 500);
state({ case: "of these, until the runtime runs", value: beforeMs, unit: "ms" });
atMost("top beside 12 actors: CPU of a core", 100 * await topLoad(TOP_SECONDS), "%", 2);
{
  using packages = new Packages();
  atMost("core, ffi and native, unpacked", packages.minimalBytes() / 1e6, "MB", 15);
  atMost("types of an app of 200 lines", median(packages.checkMs(ROUNDS)) / 1000, "s", 2);
  const scaffolds = Array.from({ length: SCAFFOLDS }, () => packages.scaffoldMs() / 1000);
  atMost("scaffold to green tests", median(scaffolds), "s", 60);
}
atMost("build of the docs", docsMs() / 1000, "s", 60);
if (process.versions.deno !== undefined) {
  const { all, missing } = docstrings();
  const percent = 100 * (1 - missing / all);
  report({ bench: "numbers", case: "docstrings", value: percent, unit: "%", limit: 100, ok: missing === 0 });
  state({ case: "public symbols and members", value: all, unit: "of them" });
}
