import { CompositorActor, TestPatternActor } from "./mod.ts";

const bars = new TestPatternActor({ pattern: "smpte-bars", width: 640, height: 360, fps: 30 });
const plate = new TestPatternActor({ pattern: "zone-plate", width: 320, height: 180, fps: 30 });
const mixer = new CompositorActor({ layers: { plate: { x: 300, y: 20, opacity: 0.8 } } });
bars.outputs.video.pipe(mixer.inputs.base);
plate.outputs.video.pipe(mixer.inputs.layer.at("plate"));

await mixer.ready;
for (let step = 0; step < 10; step++) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  await mixer.place({ layer: "plate", x: 300 - step * 30 });
}
const { committed, dropped } = mixer.outputs.video.stats();
console.log(`${committed} pictures of ${JSON.stringify(mixer.outputs.video.format)}, ${dropped} dropped`);
await Promise.all([mixer.stop(), plate.stop(), bars.stop()]);
