/** What the checks of conformance must know of this package. */
import type { ActorConformance, Conformance } from "@streamlib/testing/conform";

const PARAMETERS = "parameters";

/** An effect, with one set of values for its input `parameters`. */
function effect(parameters: object, options?: Readonly<Record<string, unknown>>): ActorConformance {
  return { samples: { [PARAMETERS]: { data: [parameters] } }, ...(options ? { options } : {}) };
}

/** The table of two entries an axis that changes nothing: red goes fastest. */
function identity(): number[] {
  return [0, 1].flatMap((blue) => [0, 1].flatMap((green) => [0, 1].flatMap((red) => [red, green, blue])));
}

/** The checks link a picture to a member of each family that they call `sample`. */
const SOURCE = `
uniform float amount = 1.0;
vec4 effect(vec2 at) {
  return mix(picture(at), image_sample(at), amount);
}`;

/** Options that some actors need, and values for the effects. */
export const conformance: Conformance = {
  actors: {
    Blur: effect({ sigma: 2 }),
    Bloom: effect({ sigma: 2 }),
    ChromaKey: effect({ spill: 0.25 }),
    Distortion: effect({ lens: 0.1 }),
    Lut3d: effect({ amount: 0.5 }, { table: identity() }),
    Scale: effect({ kernel: "bilinear" }, { width: 24, height: 12 }),
    Vignette: effect({ amount: 0.5 }),
    ShaderEffect: { options: { source: SOURCE }, samples: { uniforms: { data: [{ amount: 0.5 }] } } },
  },
};
