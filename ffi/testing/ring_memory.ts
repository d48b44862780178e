/**
 * A program for tests: makes a ring of three 1080p frames and prints `made`, or why it cannot.
 *
 * @module
 */

import { load } from "../mod.ts";

try {
  const config = { slotCount: 3, readerMax: 2, payloadBytes: 1920 * 1080 * 4, metadataBytes: 0, generation: 0 };
  const ring = load().createRing(config);
  new Uint8Array(ring.buffer).fill(255, 8192);
  ring.detach();
  console.log("made");
} catch (error) {
  console.log((error as Error).message);
}
