/** Where the layers of a compositor stand. */

/** Where and how one layer is laid over the base. */
export interface Placement {
  /** Column of the layer's left edge in pixels, whole, -16384 to 16384. Default 0. */
  readonly x: number;
  /** Row of the layer's top edge in pixels, whole, -16384 to 16384. Default 0. */
  readonly y: number;
  /** Size relative to the layer's own, 0.01 to 16, bilinear. Below 0.5 fine detail shimmers. Default 1. */
  readonly scale: number;
  /** 0 (not seen) to 1 (fully). Default 1. */
  readonly opacity: number;
  /** Order: higher lies over lower; equal ones lie in the order in which they were named. -1000 to 1000. Default 0. */
  readonly z: number;
  /** Whether it is drawn at all. Default true. */
  readonly visible: boolean;
}

/** A change of a placement: what is left out stays. */
export type PlacementChange = { readonly [K in keyof Placement]?: Placement[K] | undefined };

/** A layer that nothing was said about. */
export const defaultPlacement: Placement = { x: 0, y: 0, scale: 1, opacity: 1, z: 0, visible: true };

/** What moves a layer: its name, and what changes. */
export interface PlaceLayer extends PlacementChange {
  /** Name of the layer, as in `inputs.layer.at("logo")`. */
  readonly layer: string;
}

/** A placement with what a change says. */
export function changePlacement(from: Placement, change: PlacementChange): Placement {
  return {
    x: change.x ?? from.x,
    y: change.y ?? from.y,
    scale: change.scale ?? from.scale,
    opacity: change.opacity ?? from.opacity,
    z: change.z ?? from.z,
    visible: change.visible ?? from.visible,
  };
}

/** A side of a layer, in pixels, as it is laid over the base: at least 1. */
export function scaledSide(side: number, scale: number): number {
  return Math.max(1, Math.round(side * scale));
}
