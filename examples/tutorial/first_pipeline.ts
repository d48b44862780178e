import { WebDisplayActor } from "@streamlib/display";
import { TestPatternActor } from "@streamlib/video";

const bars = new TestPatternActor({ pattern: "moving-bar", width: 1280, height: 720, fps: 30 });
const display = bars.pipe(new WebDisplayActor({ title: "My first pipeline" }));

await display.ready;
const { url } = await display.address();
console.log(`Open ${url} and end with Ctrl-C`);
