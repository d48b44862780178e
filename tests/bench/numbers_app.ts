/**
 * A program as a user may write it, of 200 lines, for measuring how fast its types are checked.
 *
 * @module
 */

const STAGES = 5;
const LINES = 200;

const HEAD = `/** Five stages of one's own between a picture, a sound and a mixer. */
import {
  Actor,
  type ActorSpec,
  AudioBuffer,
  BufferActor,
  control,
  type Input,
  input,
  type Output,
  output,
  registerActor,
  stopAll,
  StreamError,
  tap,
  type TimedTick,
  VideoFrame,
} from "@streamlib/core";
import { AudioGeneratorActor } from "@streamlib/audio";
import { CompositorActor, TestPatternActor } from "@streamlib/video";

const ROUND = "THE ROUND";
`;

const STAGE = `interface Stage_Types {
  inputs: { video: Input<VideoFrame>; sound: Input<AudioBuffer> };
  outputs: { video: Output<VideoFrame> };
}

/** Dims pictures by how loud it is. */
@registerActor({ name: "Stage_", module: import.meta.url })
export class Stage_Actor extends Actor<Stage_Types> {
  static readonly spec: ActorSpec<Stage_Types> = {
    description: "Stage _ of the app",
    inputs: { video: input(VideoFrame), sound: input(AudioBuffer) },
    outputs: { video: output(VideoFrame, { history: 2 }) },
  };
  #level = 1;

  override process(tick: TimedTick): void {
    for (const block of this.inputs.sound) this.#level = Math.max(...block.samples.map(Math.abs));
    const frame = this.inputs.video.readLatest();
    const loan = frame && this.outputs.video.loan(frame.format);
    if (!loan) return;
    loan.data.set(frame.data.map((code) => code * this.#level));
    loan.commit({ stampFrom: frame, metadata: { level: this.#level, late: tick.latenessNs } });
  }

  @control()
  level(wanted: number): Promise<number> {
    if (!(wanted >= 0)) throw new StreamError("option-invalid", \`Cannot set level \${wanted}: 0 or more is right\`);
    return Promise.resolve(this.#level = wanted);
  }
}
`;

const TAIL = `const bars = new TestPatternActor({ width: 640, height: 360, fps: 30 });
const tone = new AudioGeneratorActor({ channels: [{ signal: "tone" }] });
const stages = [new Stage0Actor(), new Stage1Actor(), new Stage2Actor(), new Stage3Actor(), new Stage4Actor()] as const;
const late = new BufferActor({ capacity: 8 });
const mixer = new CompositorActor({ layers: { inset: { x: 470, y: 260 } } });
for (const stage of stages) {
  bars.outputs.video.pipe(stage.inputs.video);
  tone.outputs.audio.pipe(stage.inputs.sound);
}
stages[0].outputs.video.pipe(mixer.inputs.base);
stages[1].outputs.video.pipe(late.inputs.video);
late.outputs.video.pipe(mixer.inputs.layer.at("inset"));
tap(mixer.outputs.video, (frame) => console.log(ROUND, frame.frameNumber, frame.format.width));
for (const actor of [bars, tone, ...stages, late, mixer]) {
  actor.on("state", ({ from, to, error }) => console.log(actor.label, from, to, error?.message));
}
await mixer.ready;
const { ticks, outputs } = mixer.stats;
console.log(ticks, outputs.video.committed, mixer.inputs.base.stats().latency?.count);
await stages[0].level(0.5);
await stopAll();
console.log(stages.map((stage) => stage.stats.missedTicks));
`;

/**
 * Its text: core, two plugins, actors of its own and a pipeline.
 *
 * @param round Makes it another text.
 */
export function appText(round: number): string {
  const stages = Array.from({ length: STAGES }, (_, stage) => STAGE.replaceAll("_", String(stage)));
  const text = [HEAD, ...stages, TAIL].join("\n").replace("THE ROUND", `round ${round}`);
  const lines = text.split("\n").length - 1;
  if (lines !== LINES) throw new Error(`Cannot measure an app of ${LINES} lines: it has ${lines}`);
  return text;
}
