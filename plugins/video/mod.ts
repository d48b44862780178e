/**
 * Video: test patterns, a compositor, and pictures as PNG.
 *
 * @module
 */
export * from "./compositor_actor.ts";
export * from "./compositor/compositor_options.ts";
export * from "./compositor/layer_stack.ts";
export { type PlaceLayer, type Placement, type PlacementChange, scaledSide } from "./compositor/placement.ts";
export * from "./pattern/catalogue.ts";
export * from "./pattern/color.ts";
export * from "./pattern/gradient.ts";
export * from "./pattern/moving_bar.ts";
export * from "./pattern/pattern.ts";
export * from "./pattern/picture.ts";
export * from "./pattern/smpte_bars.ts";
export * from "./pattern/solid.ts";
export * from "./pattern/zone_plate.ts";
export * from "./png/encode_png.ts";
export * from "./test_pattern_actor.ts";
