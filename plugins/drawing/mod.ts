/**
 * Drawing with Skia in a thread of its own.
 *
 * @module
 */
export * from "./draw_error.ts";
export * from "./draw_renderer.ts";
export * from "./drawing_actor.ts";
export { type DrawAlpha, type DrawFont } from "./draw_protocol.ts";
export {
  type DrawContext,
  type DrawFunction,
  type DrawInfo,
  type DrawModule,
  type DrawParameters,
  type DrawRate,
  type DrawSource,
} from "./draw_source.ts";
