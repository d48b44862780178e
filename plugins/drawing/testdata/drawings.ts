/** Drawings for the tests, as a module. */
import type { DrawContext, DrawInfo } from "../draw_source.ts";

/** Fills the picture with a colour given as parameter. */
export function draw(context: DrawContext, info: DrawInfo): void {
  context.fillStyle = String(info.parameters.color ?? "#0000ff");
  context.fillRect(0, 0, info.width, info.height);
}

/** Throws on line 12. */
export function broken(_context: DrawContext, info: DrawInfo): void {
  if (info.frameNumber >= 0) throw new RangeError("broken on purpose");
}

/** Not a function. */
export const text = "text";
