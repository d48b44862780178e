/** The actor of effect `distortion`. */
import { type ActorSpec, optionsFrom, registerActor } from "@streamlib/core";
import { z } from "zod";
import { distortionEffect } from "./effects/distortion.ts";
import type { Effect } from "./effects/effect.ts";
import { EffectActor, effectInputs, effectOutputs, type EffectTypes } from "./effects/effect_actor.ts";
import { parameterShape } from "./effects/effect_options.ts";

/** Options of {@link DistortionActor}, which can also be set while it runs. */
export interface DistortionOptions {
  /** -1 to 1: above 0 a barrel, below 0 a pincushion. Default 0.2. */
  readonly lens?: number;
  /** The same far out, by the fourth power, -1 to 1. Default 0. */
  readonly lensFourth?: number;
  /** Height of waves in pixels each way, two numbers from -256 to 256. Default `[0, 0]`. */
  readonly wave?: readonly number[];
  /** Length of a wave in pixels, 1 to 16384. Default 64. */
  readonly waveLength?: number;
  /** Where the waves are, in radians, -1e6 to 1e6. Default 0. */
  readonly phase?: number;
}

/** Bends pictures; what would come from beyond the edges is transparent. */
@registerActor({ name: "Distortion", module: import.meta.url })
export class DistortionActor extends EffectActor<DistortionOptions> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<EffectTypes<DistortionOptions>> = {
    description: "Bends pictures as a lens does, and in waves, on the GPU",
    inputs: effectInputs,
    outputs: effectOutputs,
    options: optionsFrom(z.strictObject(parameterShape(distortionEffect.parameters))),
  };

  /** What it runs. */
  protected override readonly effect: Effect = distortionEffect;
}
