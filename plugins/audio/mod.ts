/**
 * Sound: tones, noise and silence to test with.
 *
 * @module
 */
export * from "./audio_generator_actor.ts";
export * from "./noise.ts";
export * from "./sample_schedule.ts";
export * from "./signal_generator.ts";
export * from "./source.ts";
export * from "./tone.ts";
