/**
 * Displays: video seen live, keys and mouse given back.
 *
 * @module
 */
export { type DisplayAddress, WebDisplayActor, type WebDisplayOptions, type WebDisplayTypes } from "./web_display.ts";
export type { DisplayCounters } from "./thread_protocol.ts";
