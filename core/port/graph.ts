/**
 * Tells who follows the graph from afar that something in it has changed.
 *
 * @module
 */

const listeners = new Set<() => void>();

/** Links, clocks or rates of some actor have changed, or an actor has ended. */
export function graphChanged(): void {
  for (const told of [...listeners]) told();
}

/** Has `told` called at every change from now on; the same function only once. @returns A function that ends it. */
export function followGraph(told: () => void): () => void {
  listeners.add(told);
  return () => void listeners.delete(told);
}
