/** An actor for tests: gives frames of noise or of one colour, whose look may change. */
import {
  Actor,
  type ActorSpec,
  type Alpha,
  type Output,
  output,
  registerActor,
  type TimedTick,
  videoFormat,
  VideoFrame,
} from "@streamlib/core";

/** What a {@linkcode NoiseSource} shows. */
export interface NoiseLook {
  /** Columns and rows. */
  size: readonly [number, number];
  /** Default `opaque`. */
  alpha?: Alpha;
  /** One colour; default: noise, another one in each frame. */
  color?: readonly [number, number, number, number];
  /** Whether premultiplied noise may be brighter than its alpha. */
  isBright?: boolean;
}

/** Looks by id of the source; tests may change them while it runs. */
export const noiseLooks: Map<string, NoiseLook> = new Map();

interface NoiseTypes {
  outputs: { video: Output<VideoFrame> };
}

/** Gives what its {@linkcode NoiseLook} says, as `rgba8`. */
@registerActor({ name: "TestNoise", module: import.meta.url })
export class NoiseSource extends Actor<NoiseTypes> {
  static readonly spec: ActorSpec<NoiseTypes> = {
    description: "Gives frames of noise",
    outputs: { video: output(VideoFrame) },
  };

  override process(tick: TimedTick): void {
    const look = noiseLooks.get(this.id)!;
    const [width, height] = look.size;
    const { alpha = "opaque" } = look;
    const loan = this.outputs.video.loan(videoFormat({ pixelFormat: "rgba8", width, height, rate: 60, alpha }));
    if (!loan) return;
    paint(loan.data, look, tick.frameNumber + 7 * width);
    loan.commit();
  }
}

function paint(data: Uint8Array, { color, alpha, isBright }: NoiseLook, seed: number): void {
  let state = seed;
  for (let at = 0; at < data.length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[at] = color ? color[at % 4] : state >>> 24;
  }
  if (color || alpha !== "premultiplied" || isBright) return;
  for (let at = 0; at < data.length; at++) if (at % 4 < 3) data[at] = Math.round(data[at] * data[at | 3] / 255);
}
