import { Actor, type Input, input, type Output, output, registerActor, VideoFrame } from "@streamlib/core";
import { WebDisplayActor } from "@streamlib/display";
import { TestPatternActor } from "@streamlib/video";
@registerActor({ name: "Invert", module: import.meta.url })
class InvertActor extends Actor<{ inputs: { video: Input<VideoFrame> }; outputs: { video: Output<VideoFrame> } }> {
  static spec = { description: "Invert", inputs: { video: input(VideoFrame) }, outputs: { video: output(VideoFrame) } };
  override process(): void {
    const frame = this.inputs.video.readLatest();
    const out = frame && this.outputs.video.loan(frame.format);
    if (!frame || !out) return;
    for (let i = 0, from = frame.data, to = out.data; i < to.length; i++) to[i] = i % 4 === 3 ? 255 : 255 - from[i];
    out.commit({ stampFrom: frame });
  }
}
new TestPatternActor({ pixelFormat: "rgba8" }).pipe(new InvertActor()).pipe(new WebDisplayActor({ port: 8080 }));
