/** Blurs pictures along their rows, slowly: it holds up whatever shares its event loop. */
import { Actor, type ActorSpec, type Input, input, type Output } from "@streamlib/core";
import { output, registerActor, VideoFrame } from "@streamlib/core";

interface BlurTypes {
  inputs: { video: Input<VideoFrame> };
  outputs: { video: Output<VideoFrame> };
}

/** Bytes to each side that a pixel is mixed with: 32 pixels of RGBA. */
const REACH = 128;

@registerActor({ name: "Blur", module: import.meta.url })
export class BlurActor extends Actor<BlurTypes> {
  static readonly spec: ActorSpec<BlurTypes> = {
    description: "Gives each pixel the mean of 65 pixels",
    inputs: { video: input(VideoFrame) },
    outputs: { video: output(VideoFrame) },
  };

  override process(): void {
    const frame = this.inputs.video.read();
    const out = frame && this.outputs.video.loan(frame.format);
    if (!frame || !out) return;
    const [from, to] = [frame.data, out.data];
    to.set(from);
    for (let at = REACH; at < to.length - REACH; at++) {
      let sum = 0;
      for (let near = at - REACH; near <= at + REACH; near += 4) sum += from[near];
      to[at] = sum / 65;
    }
    out.commit({ stampFrom: frame });
  }
}
