/** The actor of effect `scale`. */
import { type ActorSpec, optionsFrom, registerActor } from "@streamlib/core";
import { z } from "zod";
import type { Effect } from "./effects/effect.ts";
import { EffectActor, effectInputs, effectOutputs, type EffectTypes } from "./effects/effect_actor.ts";
import { parameterShape } from "./effects/effect_options.ts";
import { scaleEffect } from "./effects/scale.ts";

/** Options of {@link ScaleActor}. */
export interface ScaleOptions {
  /** Columns of the result, 1 to 16384. */
  readonly width: number;
  /** Rows of the result, 1 to 16384. */
  readonly height: number;
  /** How pixels are weighed; can be set while it runs. Default `"catmull-rom"`. */
  readonly kernel?: "box" | "bilinear" | "catmull-rom" | "lanczos";
}

const side = z.int().min(1).max(16384);

const options = z.strictObject({
  width: side.describe("columns of the result"),
  height: side.describe("rows of the result"),
  ...parameterShape(scaleEffect.parameters),
});

/** Gives pictures another size. Where they get smaller the kernel is as much wider, down to a 64th. */
@registerActor({ name: "Scale", module: import.meta.url })
export class ScaleActor extends EffectActor<ScaleOptions> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<EffectTypes<ScaleOptions>> = {
    description: "Gives pictures another size, on the GPU",
    inputs: effectInputs,
    outputs: effectOutputs,
    options: optionsFrom(options),
  };

  /** What it runs. */
  protected override readonly effect: Effect = scaleEffect;

  /** The size of the options. */
  protected override sizeFor(): { readonly width: number; readonly height: number } {
    const { width, height } = this.options;
    return { width, height };
  }
}
