/** Names a check that is not there. */
import { SoftwareClock } from "@streamlib/core";
import type { Conformance } from "../../mod.ts";

/** Nobody's. */
export const conformance: Conformance = {
  clocks: { Good: { make: () => new SoftwareClock(100), except: { "clock-nonsense": "it is not there" } } },
};
