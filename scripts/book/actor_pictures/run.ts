/**
 * Running actors for a picture of them.
 *
 * @module
 */
import { type Actor, type Message, type Output, tap, type VideoFrame } from "@streamlib/core";

/** Waits until something is so. @throws After half a minute, naming it. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  const endMs = performance.now() + 30_000;
  while (!isSo()) {
    if (performance.now() > endMs) throw new Error(`Cannot make the picture: ${what} has not come within 30 s`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Waits until all of them tick. */
// deno-lint-ignore no-explicit-any
export async function ready(...actors: Actor<any>[]): Promise<void> {
  await Promise.all(actors.map((actor) => actor.ready));
}

/** Copies of the next items of an output. */
export async function items<M extends Message>(output: Output<M>, count: number): Promise<M[]> {
  const found: M[] = [];
  const end = tap(output, (item) => {
    if (found.length < count) found.push(item.copy() as M);
  });
  await until(() => found.length >= count, `item ${count} of ${output.label}`);
  end();
  return found;
}

/** A copy of the newest frame that an output has given when `run` is over. */
export async function frameAfter(output: Output<VideoFrame>, run: () => Promise<unknown>): Promise<VideoFrame> {
  const newest: VideoFrame[] = [];
  const end = tap(output, (frame) => void (newest[0] = frame.copy()));
  await run();
  await until(() => newest.length > 0, `a frame of ${output.label}`);
  end();
  return newest[0];
}
