/** Darkens pictures for a second. With STREAMLIB_PROFILE=1 its end shows where the time went. */
import { Actor, type Input, input, type Output, output, profile, registerActor, stopAll } from "@streamlib/core";
import { VideoFrame } from "@streamlib/core";
import { TestPatternActor } from "@streamlib/video";

@registerActor({ name: "Darken", module: import.meta.url })
class DarkenActor extends Actor<{ inputs: { video: Input<VideoFrame> }; outputs: { video: Output<VideoFrame> } }> {
  static spec = { description: "Darken", inputs: { video: input(VideoFrame) }, outputs: { video: output(VideoFrame) } };
  override process(): void {
    const frame = this.inputs.video.readLatest();
    const out = frame && this.outputs.video.loan(frame.format);
    if (!frame || !out) return;
    const [from, to] = [frame.data, out.data];
    {
      using _ = profile("halve");
      for (let i = 0; i < to.length; i++) to[i] = from[i] >> 1;
    }
    const isBlack = profile("look", () => to.every((byte) => byte === 0));
    if (!isBlack) out.commit({ stampFrom: frame });
  }
}

new TestPatternActor({ width: 640, height: 360, fps: 60 }).pipe(new DarkenActor());
await new Promise((resolve) => setTimeout(resolve, 1000));
await stopAll();
