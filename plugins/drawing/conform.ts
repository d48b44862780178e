/** What the checks of conformance must know of this package. */
import type { Conformance } from "@streamlib/testing/conform";

/** A drawing that changes with every frame. */
export const conformance: Conformance = {
  actors: {
    Drawing: {
      options: {
        width: 32,
        height: 16,
        fps: 50,
        draw: "function draw(context, { frameNumber }) { context.fillRect(frameNumber, 0, 4, 4); }",
      },
    },
  },
};
