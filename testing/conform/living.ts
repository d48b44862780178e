/**
 * Actors that are made for a check and ended after it.
 *
 * @module
 */
import type { Actor } from "@streamlib/core";
import { type ActorSubject, Inapplicable, Skip } from "./check.ts";

/** Longest wait for something that must come, ms. */
const WAIT_MS = 10_000;

/** Makes an actor of the class; skips where that cannot be here. */
export function make(subject: ActorSubject, more: Readonly<Record<string, unknown>> = {}): Actor {
  if (subject.notHere !== undefined) throw new Skip(subject.notHere);
  if (subject.options === undefined) throw new Skip("it needs options that the package's conform.ts does not give");
  return new subject.registration.actorClass({ ...subject.options, ...more });
}

/** Waits, but not for ever. @throws {Error} Naming what did not come. */
export async function within<T>(what: string, promise: Promise<T>, waitMs: number = WAIT_MS): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come within ${waitMs / 1000} s`)), waitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs with actors, which are ended afterwards, however it goes. What they fail with is for the check to look at. */
export async function living(actors: readonly Actor[], run: () => Promise<void>): Promise<void> {
  for (const actor of actors) actor.ended.catch(() => {});
  await andEnd(run, async () => {
    await within("the end of the actors", Promise.all(actors.map((actor) => actor.stop())));
  });
}

/**
 * Runs, and ends what was made however it goes. The first failure counts: an end fails easily after a failure. That a
 * check cannot be made is none.
 */
export async function andEnd(run: () => Promise<void>, end: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (thrown) {
    const isFailure = !(thrown instanceof Skip || thrown instanceof Inapplicable);
    await end().catch((later) => {
      if (!isFailure) throw later;
    });
    throw thrown;
  }
  await end();
}

/** Waits until something is so, but not for ever. @throws {Error} Naming what was never so. */
export async function until(what: string, isSo: () => boolean, waitMs: number = WAIT_MS): Promise<void> {
  const endMs = performance.now() + waitMs;
  while (!isSo()) {
    if (performance.now() > endMs) throw new Error(`${what} did not come within ${waitMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What a promise rejects with; throws if it does not. */
export async function rejectionOf(what: string, promise: Promise<unknown>, waitMs: number = WAIT_MS): Promise<unknown> {
  const settled = promise.then(() => ({ thrown: undefined, isDone: true }), (thrown: unknown) => ({
    thrown,
    isDone: false,
  }));
  const { thrown, isDone } = await within(what, settled, waitMs);
  if (isDone) throw new Error(`${what} did not come: there was no error`);
  return thrown;
}
