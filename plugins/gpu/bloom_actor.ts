/** The actor of effect `bloom`. */
import { type ActorSpec, optionsFrom, registerActor } from "@streamlib/core";
import { z } from "zod";
import { bloomEffect } from "./effects/bloom.ts";
import type { Effect } from "./effects/effect.ts";
import { EffectActor, effectInputs, effectOutputs, type EffectTypes } from "./effects/effect_actor.ts";
import { parameterShape } from "./effects/effect_options.ts";

/** Options of {@link BloomActor}, which can also be set while it runs. */
export interface BloomOptions {
  /** Brightness above which there is light, 0 to 1. Default 0.7. */
  readonly threshold?: number;
  /** How softly it begins, in brightness, 0 to 1. Default 0.1. */
  readonly knee?: number;
  /** Spread in pixels of half the size, 0 to 64. Default 12. */
  readonly sigma?: number;
  /** How much light is added, 0 to 4. Default 0.8. */
  readonly intensity?: number;
}

/** Spreads light around what is brighter than a threshold. */
@registerActor({ name: "Bloom", module: import.meta.url })
export class BloomActor extends EffectActor<BloomOptions> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<EffectTypes<BloomOptions>> = {
    description: "Spreads light around what is bright, on the GPU",
    inputs: effectInputs,
    outputs: effectOutputs,
    options: optionsFrom(z.strictObject(parameterShape(bloomEffect.parameters))),
  };

  /** What it runs. */
  protected override readonly effect: Effect = bloomEffect;
}
