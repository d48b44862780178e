/** The actor of effect `chroma-key`. */
import { type ActorSpec, optionsFrom, registerActor } from "@streamlib/core";
import { z } from "zod";
import { chromaKeyEffect } from "./effects/chroma_key.ts";
import type { Effect } from "./effects/effect.ts";
import { EffectActor, effectInputs, effectOutputs, type EffectTypes } from "./effects/effect_actor.ts";
import { parameterShape } from "./effects/effect_options.ts";

/** Options of {@link ChromaKeyActor}, which can also be set while it runs. */
export interface ChromaKeyOptions {
  /** The colour as R, G, B, three numbers from 0 to 1. Default `[0, 1, 0]`. */
  readonly key?: readonly number[];
  /** Distance in Cb, Cr that is gone, 0 to 1. Default 0.3. */
  readonly tolerance?: number;
  /** Further distance until it is opaque, 0 to 1. Default 0.1. */
  readonly softness?: number;
  /** How much of the key's tint is taken away, 0 to 1. Default 0.5. */
  readonly spill?: number;
}

/** Makes a colour, such as the green behind a speaker, transparent. The result is premultiplied. */
@registerActor({ name: "ChromaKey", module: import.meta.url })
export class ChromaKeyActor extends EffectActor<ChromaKeyOptions> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<EffectTypes<ChromaKeyOptions>> = {
    description: "Makes a colour transparent, on the GPU",
    inputs: effectInputs,
    outputs: effectOutputs,
    options: optionsFrom(z.strictObject(parameterShape(chromaKeyEffect.parameters))),
  };

  /** What it runs. */
  protected override readonly effect: Effect = chromaKeyEffect;
}
