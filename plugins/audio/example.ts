import { tap } from "@streamlib/core";
import { AudioGeneratorActor } from "./mod.ts";

const tone = new AudioGeneratorActor({ frequencyHz: 440, levelDbfs: -12, fps: 29.97 });
let samples = 0;
let peak = 0;
tap(tone.outputs.audio, (block) => {
  samples += block.frames;
  for (const sample of block.samples) peak = Math.max(peak, sample);
});

await tone.ready;
await new Promise((resolve) => setTimeout(resolve, 1000));
await tone.setFrequency({ frequencyHz: 880 });
await new Promise((resolve) => setTimeout(resolve, 500));
await tone.stop();
console.log(`${samples} samples in two channels, peak ${(20 * Math.log10(peak)).toFixed(1)} dBFS`);
