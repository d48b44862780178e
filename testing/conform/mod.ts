/**
 * Checks that a package keeps to what streamlib expects: its manifests, its actors and its clocks.
 *
 * ```ts
 * import { conform, conformText } from "@streamlib/testing/conform";
 *
 * console.log(conformText(await conform("plugins/video")));
 * ```
 *
 * @module
 */
export type { ConformKind } from "./check.ts";
export { conform, type ConformCheck, conformChecks, type ConformOptions } from "./conform.ts";
export type { ActorConformance, Conformance } from "./conformance.ts";
export { type ConformReport, type ConformResult, conformText } from "./report.ts";
