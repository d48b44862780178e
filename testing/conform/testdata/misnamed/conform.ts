/** Names an actor that is not there. */
import type { Conformance } from "../../mod.ts";

/** Nobody's. */
export const conformance: Conformance = { actors: { Nobody: { options: {} } } };
