/**
 * Tells who follows the graph from afar that something in it has changed.
 *
 * @module
 */

let listener: (() => void) | undefined;

/** Links, clocks or rates of some actor have changed, or an actor has ended. */
export function graphChanged(): void {
  listener?.();
}

/** Has `told` called at every change from now on; there is one who follows. */
export function followGraph(told: () => void): void {
  listener = told;
}
