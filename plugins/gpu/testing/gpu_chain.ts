/** Chains of actors on the GPU of tests. */
import {
  type Actor,
  GpuDispatcher,
  type GpuDispatcherOptions,
  type GpuPixelFormat,
  LockstepClock,
} from "@streamlib/core";
import { findTestGpu } from "../../../ffi/testing/gpu.ts";
import { GpuPictures, GpuView, type SeenPicture } from "./picture_actors.ts";
import type { Picture } from "./effect_formulas.ts";

/** The device of tests; undefined where there is none. */
export const testGpu: ReturnType<typeof findTestGpu> = findTestGpu();

// deno-lint-ignore no-explicit-any
type AnyActor = Actor<any>;

const running: AnyActor[] = [];
let shared: GpuDispatcher | undefined;

/** A dispatcher with the validation layer. */
export function newDispatcher(options: GpuDispatcherOptions = {}): GpuDispatcher {
  return new GpuDispatcher({ device: { index: testGpu!.index }, validate: true, ...options });
}

/** One for all tests of a file. */
export function testDispatcher(): GpuDispatcher {
  return shared ??= newDispatcher();
}

/** Has {@link stopKept} stop it. */
export function keep<A extends AnyActor>(actor: A): A {
  running.push(actor);
  return actor;
}

/** Stops all that were kept. */
export async function stopKept(): Promise<void> {
  await Promise.all(running.splice(0).map((actor) => actor.stop()));
}

/** Actors that give pictures, in lockstep. */
export function sourceOf(
  pictures: readonly Picture[],
  clock: LockstepClock,
  pixelFormat: "rgba8" | "rgba32-float" = "rgba32-float",
): GpuPictures {
  return keep(
    new GpuPictures({
      dispatcher: testDispatcher(),
      clock,
      frames: pictures.length,
      picture: (at) => given(pictures[at], pixelFormat),
    }),
  );
}

/** What comes out of a chain of actors for pictures. */
export async function through(
  pictures: readonly Picture[],
  filters: readonly AnyActor[],
  pixelFormat: "rgba8" | "rgba32-float" = "rgba32-float",
): Promise<SeenPicture[]> {
  const clock = new LockstepClock(60);
  const seen: SeenPicture[] = [];
  let from: AnyActor = sourceOf(pictures, clock, pixelFormat);
  const view = keep(new GpuView({ dispatcher: testDispatcher(), see: (picture) => void seen.push(picture) }));
  for (const to of [...filters.map(keep), view]) from = from.pipe(to as Actor);
  await Promise.all(filters.map((filter) => filter.ready));
  await clock.run();
  await Promise.all([...filters, view].map((actor) => actor.ended));
  return seen;
}

/** Bytes of a picture as the device has them. */
export function given(
  { width, height, data }: Picture,
  pixelFormat: "rgba8" | "rgba32-float",
): { format: { width: number; height: number; rate: number; pixelFormat: GpuPixelFormat }; bytes: Uint8Array } {
  const bytes = pixelFormat === "rgba8"
    ? Uint8Array.from(data, (value) => Math.round(255 * Math.min(Math.max(value, 0), 1)))
    : new Uint8Array(new Float32Array(data).buffer);
  return { format: { width, height, rate: 60, pixelFormat }, bytes };
}

/** A picture that was brought back, as numbers. */
export function numbersOf({ format, bytes }: SeenPicture): Picture {
  const { width, height, pixelFormat } = format;
  const data = pixelFormat === "rgba8"
    ? Float64Array.from(bytes, (byte) => byte / 255)
    : Float64Array.from(new Float32Array(bytes.buffer));
  return { width, height, data };
}
