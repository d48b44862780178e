import { DrawingActor } from "./mod.ts";

const clock = new DrawingActor({
  width: 640,
  height: 360,
  fps: 30,
  parameters: { title: "streamlib" },
  draw: (context, info) => {
    context.font = "bold 64px Roboto";
    context.fillStyle = "white";
    context.fillText(info.timeSeconds.toFixed(2), 40, 120);
    context.font = "32px Roboto";
    context.fillText(String(info.parameters.title), 40, 180);
  },
});

await clock.ready;
await new Promise((resolve) => setTimeout(resolve, 500));
await clock.setParameters({ title: "on air" });
await new Promise((resolve) => setTimeout(resolve, 500));
console.log(`${clock.outputs.video.stats().committed} pictures drawn in a thread of their own`);
await clock.stop();
