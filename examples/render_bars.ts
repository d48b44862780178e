/** Renders two seconds of bars with a tone into a file, as fast as the machine allows, losing nothing. */
import { AudioGeneratorActor } from "@streamlib/audio";
import { LockstepClock, stopAll } from "@streamlib/core";
import { FileWriterActor } from "@streamlib/media";
import { TestPatternActor } from "@streamlib/video";
import process from "node:process";

const path = process.argv[2] ?? "bars.mp4";
const clock = new LockstepClock();
const bars = new TestPatternActor({ width: 640, height: 360, fps: 30, clock });
const tone = new AudioGeneratorActor({ fps: 30, clock });
const file = new FileWriterActor({ path });
bars.pipe(file);
tone.pipe(file);

await Promise.all([bars.ready, tone.ready, file.ready]);
await clock.run({ seconds: 2 });
const { committed, dropped } = bars.outputs.video.stats();
await stopAll();
console.log(`${path}: ${committed} pictures, ${dropped} dropped`);
