/**
 * Waiting for a device while the event loop goes on.
 *
 * @module
 */

import { setTimeout } from "node:timers/promises";

/** Calls `tryClose` until it succeeds. */
export async function closedSoon(tryClose: () => boolean): Promise<void> {
  while (!tryClose()) await setTimeout(1);
}
