/**
 * Clips sound softly.
 *
 * @module
 */
export * from "./soft_clip_actor.ts";
