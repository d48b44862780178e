/** Options of compositors, on the CPU and on a GPU. */
import { optionsFrom, type OptionsSchema } from "@streamlib/core";
import { z } from "zod";
import type { PlacementChange } from "./placement.ts";
import { placementSchema } from "./placement_schema.ts";

/** Options of {@link CompositorActor}, and of its twin on a GPU. */
export interface CompositorOptions {
  /** Columns of the result, even, 2 to 16384; with `height`. Default: the base's; without a base the lowest layer's. */
  readonly width?: number | undefined;
  /** Rows of the result, even, 2 to 16384; with `width`. Default: the base's; without a base the lowest layer's. */
  readonly height?: number | undefined;
  /** Colour where no base is: `"#rrggbb"`. Default black. */
  readonly background?: string;
  /** Placements of layers by name; more layers may be linked, and all be moved, while it runs. Default none. */
  readonly layers?: Readonly<Record<string, PlacementChange>>;
}

/** Layers that a compositor has at most. */
export const COMPOSITOR_LAYERS_MAX = 16;

const side = z.int().min(2).max(16384).multipleOf(2);

const schema = z.strictObject({
  width: side.optional().describe("columns of the result; default: those of the base"),
  height: side.optional().describe("rows of the result; default: those of the base"),
  background: z.string().regex(/^#[0-9a-fA-F]{6}$/, 'must be "#rrggbb"').default("#000000")
    .describe("colour where no base is"),
  layers: z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/), placementSchema).default({})
    .describe("placements of layers by name"),
}).refine((given) => (given.width === undefined) === (given.height === undefined), {
  message: "width and height must be given together",
  path: ["height"],
});

/** Checks and completes options. */
export const compositorSchema: OptionsSchema<Required<CompositorOptions>> = optionsFrom(schema);

/** Red, green and blue of `"#rrggbb"`, 0 to 255. */
export function backgroundCodes(background: string): readonly [number, number, number] {
  const bits = Number.parseInt(background.slice(1), 16);
  return [bits >> 16, (bits >> 8) & 255, bits & 255];
}
