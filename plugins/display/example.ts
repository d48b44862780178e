// SMPTE bars in a browser page; keys pressed there are printed. Ends after as many seconds as are given, else with
// Ctrl-C.
import process from "node:process";
import { stopAll, tap } from "@streamlib/core";
import { TestPatternActor } from "@streamlib/video";
import { WebDisplayActor } from "./mod.ts";

const bars = new TestPatternActor({ pattern: "smpte-bars" });
const display = bars.pipe(new WebDisplayActor({ title: "Bars" }));
await display.ready;
console.log(`Open ${(await display.address()).url}`);
tap(display.outputs.keys, ({ value }) => console.log(`${value.key} ${value.type}`));

const [seconds] = process.argv.slice(2);
if (seconds) setTimeout(() => void stopAll(), Number(seconds) * 1000);
process.once("SIGINT", () => void stopAll());
