/** The actor of effect `vignette`. */
import { type ActorSpec, optionsFrom, registerActor } from "@streamlib/core";
import { z } from "zod";
import { vignetteEffect } from "./effects/vignette.ts";
import type { Effect } from "./effects/effect.ts";
import { EffectActor, effectInputs, effectOutputs, type EffectTypes } from "./effects/effect_actor.ts";
import { parameterShape } from "./effects/effect_options.ts";

/** Options of {@link VignetteActor}, which can also be set while it runs. */
export interface VignetteOptions {
  /** Brightest point in widths and heights, two numbers from 0 to 1. Default `[0.5, 0.5]`. */
  readonly centre?: readonly number[];
  /** Darkness far outside, 0 to 1; 1 is black. Default 0.6. */
  readonly amount?: number;
  /** Where it begins, in half diagonals, 0 to 2. Default 0.5. */
  readonly radius?: number;
  /** How far it grows, in half diagonals, 0 to 2. Default 0.6. */
  readonly softness?: number;
}

/** Darkens what is far from a point. */
@registerActor({ name: "Vignette", module: import.meta.url })
export class VignetteActor extends EffectActor<VignetteOptions> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<EffectTypes<VignetteOptions>> = {
    description: "Darkens pictures towards the corners, on the GPU",
    inputs: effectInputs,
    outputs: effectOutputs,
    options: optionsFrom(z.strictObject(parameterShape(vignetteEffect.parameters))),
  };

  /** What it runs. */
  protected override readonly effect: Effect = vignetteEffect;
}
