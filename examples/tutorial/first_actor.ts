import { Actor, type Input, input, type Output, output, registerActor, VideoFrame } from "@streamlib/core";
import { WebDisplayActor } from "@streamlib/display";
import { TestPatternActor } from "@streamlib/video";

interface PosterizeTypes {
  inputs: { video: Input<VideoFrame> };
  outputs: { video: Output<VideoFrame> };
}

@registerActor({ name: "Posterize", module: import.meta.url })
class PosterizeActor extends Actor<PosterizeTypes> {
  static readonly spec = {
    description: "Leaves four levels of each colour",
    inputs: { video: input(VideoFrame) },
    outputs: { video: output(VideoFrame) },
  };

  override process(): void {
    const frame = this.inputs.video.readLatest();
    if (!frame) return;
    const out = this.outputs.video.loan(frame.format);
    if (!out) return;
    const source = frame.data;
    const target = out.data;
    for (let at = 0; at < source.length; at++) {
      target[at] = at % 4 === 3 ? source[at] : Math.round(source[at] / 85) * 85;
    }
    out.commit({ stampFrom: frame });
  }
}

const waves = new TestPatternActor({ pattern: "zone-plate", width: 640, height: 360, fps: 30, pixelFormat: "rgba8" });
const display = waves.pipe(new PosterizeActor()).pipe(new WebDisplayActor());
await display.ready;
console.log(`Open ${(await display.address()).url}`);
