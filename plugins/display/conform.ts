/** What the checks of conformance must know of this package. */
import type { Conformance } from "@streamlib/testing/conform";

const NOBODY = "what it gives are keys and the mouse of a browser, and none is there";

/** A page that nobody looks at. */
export const conformance: Conformance = {
  actors: { WebDisplay: { except: { "flow-sizes": NOBODY, "flow-order": NOBODY } } },
};
