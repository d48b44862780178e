/**
 * What a placement may be. Apart from the types of placements: whose types are checked need not read those of zod.
 *
 * @module
 */
import { z } from "zod";
import type { PlaceLayer, PlacementChange } from "./placement.ts";

const position = z.int().min(-16384).max(16384).optional();
const shape = {
  x: position.describe("column of the left edge, pixels"),
  y: position.describe("row of the top edge, pixels"),
  scale: z.number().min(0.01).max(16).optional().describe("size relative to the layer's own"),
  opacity: z.number().min(0).max(1).optional().describe("0 to 1"),
  z: z.number().min(-1000).max(1000).optional().describe("higher lies over lower"),
  visible: z.boolean().optional().describe("whether it is drawn"),
};
const placeLayer = z.strictObject({ layer: z.string(), ...shape });

/** The schema of a placement in options. */
export const placementSchema: z.ZodType<PlacementChange> = z.strictObject(shape);

/** Checks what moves a layer. @throws {RangeError} naming the field and what would be right. */
export function readPlaceLayer(change: PlaceLayer): PlaceLayer {
  const result = placeLayer.safeParse(change);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new RangeError(`${issue.path.join(".") || "argument"}: ${issue.message}`);
}
