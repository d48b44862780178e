/** The actor of effect `blur`. */
import { type ActorSpec, optionsFrom, registerActor } from "@streamlib/core";
import { z } from "zod";
import { blurEffect } from "./effects/blur.ts";
import type { Effect } from "./effects/effect.ts";
import { EffectActor, effectInputs, effectOutputs, type EffectTypes } from "./effects/effect_actor.ts";
import { parameterShape } from "./effects/effect_options.ts";

/** Options of {@link BlurActor}, which can also be set while it runs. */
export interface BlurOptions {
  /** Standard deviation in pixels, 0 to 64; 0 is none. Default 4. */
  readonly sigma?: number;
}

/** Blurs with a Gaussian. Beyond the edges stand the pixels of the edge. */
@registerActor({ name: "Blur", module: import.meta.url })
export class BlurActor extends EffectActor<BlurOptions> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<EffectTypes<BlurOptions>> = {
    description: "Blurs pictures on the GPU with a Gaussian",
    inputs: effectInputs,
    outputs: effectOutputs,
    options: optionsFrom(z.strictObject(parameterShape(blurEffect.parameters))),
  };

  /** What it runs. */
  protected override readonly effect: Effect = blurEffect;
}
