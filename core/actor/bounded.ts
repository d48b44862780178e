/**
 * Waiting that ends.
 *
 * @module
 */

/** Longest time that one part of an actor's end may take, ms. */
const STOP_MS_MAX = 5000;

/**
 * Waits for `work`, but not for ever.
 *
 * @param message What to say if it takes longer; the limit is added.
 * @throws {Error} If it takes longer; what `work` rejects with.
 */
export async function bounded(work: Promise<void>, message: string): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${message} within ${STOP_MS_MAX} ms`)), STOP_MS_MAX);
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
