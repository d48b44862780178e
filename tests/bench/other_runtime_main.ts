/**
 * Entry of a place that speaks lines of JSON; see `other_runtime_dispatcher.ts`.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { PlaceHost } from "../../core/place/place_host.ts";
import type { ToPlace } from "../../core/place/protocol.ts";
import { decodeLine, encodeLine } from "./other_runtime_dispatcher.ts";

const host = new PlaceHost((message) => void process.stdout.write(encodeLine(message)), {
  name: "other runtime",
  isRealTime: false,
  check: (value) => void encodeLine({ value }),
  exit: () => process.exit(0),
});
const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => host.receive(decodeLine(line) as ToPlace));
lines.on("close", () => process.exit(0));
