/**
 * The pipeline: test bars with a smaller moving picture on top of them.
 *
 * @module
 */
import type { Clock } from "@streamlib/core";
import { CompositorActor, TestPatternActor } from "@streamlib/video";

/** What {@linkcode buildPipeline} may be told. */
export interface PipelineOptions {
  /** Pictures per second. Default 30. */
  readonly fps?: number;
  /** The clock of the sources. Default: each has its own. A test gives one with virtual time. */
  readonly clock?: Clock;
}

/** The actors of the pipeline. They run from the moment they are made; `stopAll()` of core ends them. */
export interface Pipeline {
  readonly background: TestPatternActor;
  readonly inset: TestPatternActor;
  /** Its output is the picture. */
  readonly mixer: CompositorActor;
}

/** Makes the pipeline and links it. */
export function buildPipeline(options: PipelineOptions = {}): Pipeline {
  const { fps = 30, clock } = options;
  const common = { fps, pixelFormat: "rgba8", ...(clock ? { clock } : {}) } as const;
  const background = new TestPatternActor({ ...common, width: 640, height: 360 });
  const inset = new TestPatternActor({
    ...common,
    pattern: "moving-bar",
    color: "#ff0000",
    background: "#000000",
    width: 160,
    height: 90,
  });
  const mixer = new CompositorActor({ layers: { inset: { x: 470, y: 260 } } });
  background.outputs.video.pipe(mixer.inputs.base);
  inset.outputs.video.pipe(mixer.inputs.layer.at("inset"));
  return { background, inset, mixer };
}
