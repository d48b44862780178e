/**
 * Shows the pipeline in a browser page until Ctrl-C, or for as many seconds as are given:
 * `deno run -A main.ts 10` or `bun main.ts 10`.
 *
 * @module
 */
import { stopAll } from "@streamlib/core";
import { WebDisplayActor } from "@streamlib/display";
import process from "node:process";
import { buildPipeline } from "./pipeline.ts";

const { mixer } = buildPipeline();
const display = mixer.pipe(new WebDisplayActor({ title: "my-streamlib-app" }));
await display.ready;
console.log(`Open ${(await display.address()).url}`);

process.once("SIGINT", () => void stopAll());
const [seconds] = process.argv.slice(2);
if (seconds) setTimeout(() => void stopAll(), Number(seconds) * 1000);
await display.ended;
const { committed, dropped } = mixer.outputs.video.stats();
console.log(`${committed} pictures, ${dropped} dropped`);
