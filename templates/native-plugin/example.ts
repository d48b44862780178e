/** A tone that is far too loud, clipped softly. */
import { tap } from "@streamlib/core";
import { AudioGeneratorActor } from "@streamlib/audio";
import { SoftClipActor } from "./mod.ts";

const tone = new AudioGeneratorActor({ frequencyHz: 440 });
const actor = tone.pipe(new SoftClipActor({ drive: 50 }));
let blocks = 0;
let peak = 0;
tap(actor.outputs.audio, ({ samples }) => {
  blocks++;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
});

await actor.ready;
await new Promise((resolve) => setTimeout(resolve, 1000));
await Promise.all([tone.stop(), actor.stop()]);
console.log(`${blocks} blocks, peak ${peak.toFixed(3)}`);
