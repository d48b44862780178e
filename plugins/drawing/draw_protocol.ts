/**
 * What the two sides of a drawing thread agree on.
 *
 * Pixels cross in shared memory: one `SharedArrayBuffer` of `slotCount` pictures, `width × height × 4` bytes each,
 * rows without padding. A second one holds a state word per slot, a third the milliseconds each picture took. A slot
 * is written by the thread while `drawing`, and by nobody else:
 *
 *   free ─request─▶ drawing ─thread is done─▶ done ─take─▶ held ─release─▶ free
 *
 * The thread stores `done` (atomically, after the pixels) and then also posts a message, which wakes the owner's
 * event loop.
 */
import type { DrawModuleRequest, DrawParameters, DrawRate } from "./draw_source.ts";

/** Pictures that may be asked for and not yet released. */
export const slotCount = 2;

/** Values of a slot's state word. */
export const slotState: Readonly<Record<"free" | "drawing" | "done" | "held", number>> = {
  free: 0,
  drawing: 1,
  done: 2,
  held: 3,
};

/**
 * How alpha is stored. `"premultiplied"`: red, green and blue are already multiplied by alpha (what Skia works in,
 * and what blending wants). `"straight"`: they are not, as in PNG; with rounding where alpha is small.
 */
export type DrawAlpha = "premultiplied" | "straight";

/** What the thread is started with. */
export interface DrawThreadData {
  readonly source: DrawModuleRequest;
  readonly width: number;
  readonly height: number;
  readonly rate: DrawRate;
  readonly alpha: DrawAlpha;
  readonly clear: boolean;
  readonly fonts: readonly DrawFont[];
  readonly parameters: DrawParameters;
  readonly pixels: SharedArrayBuffer;
  readonly states: SharedArrayBuffer;
  readonly drawMs: SharedArrayBuffer;
}

/** A font for a drawing. */
export interface DrawFont {
  /** File: TTF, OTF, TTC, WOFF or WOFF2. */
  readonly path: string;
  /** Name to use in `context.font`. Default: the name in the file. */
  readonly family?: string;
}

/** To the thread. */
export type DrawCommand =
  | {
    readonly type: "draw";
    readonly slot: number;
    /** Comes back in the report. */
    readonly request: number;
    readonly frameNumber: number;
    readonly timestampNs: bigint;
  }
  | { readonly type: "parameters"; readonly parameters: DrawParameters };

/** From the thread. */
export type DrawReport =
  | { readonly type: "ready" }
  | { readonly type: "done"; readonly slot: number; readonly request: number }
  | {
    readonly type: "failed";
    readonly message: string;
    readonly line: number | undefined;
    readonly frameNumber: number | undefined;
  };
