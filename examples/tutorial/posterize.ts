/** Waves in fewer and fewer colours, from 16 levels down to 2, and again. */
import { stopAll } from "@streamlib/core";
import { WebDisplayActor } from "@streamlib/display";
import { TestPatternActor } from "@streamlib/video";
import process from "node:process";
import { PosterizeActor } from "./posterize_actor.ts";

const waves = new TestPatternActor({ pattern: "zone-plate", width: 640, height: 360, fps: 30, pixelFormat: "rgba8" });
const posterize = waves.pipe(new PosterizeActor({ levels: 16 }));
const display = posterize.pipe(new WebDisplayActor({ title: "Fewer colours" }));
await display.ready;
console.log(`Open ${(await display.address()).url}`);

let levels = 16;
const timer = setInterval(() => {
  levels = levels > 2 ? levels / 2 : 16;
  posterize.setLevels({ levels }).then(() => console.log(`${levels} levels`));
}, 1000);

process.once("SIGINT", () => {
  clearInterval(timer);
  void stopAll();
});
