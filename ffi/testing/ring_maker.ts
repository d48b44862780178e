/**
 * A program for tests: makes a ring with one frame, prints its address and lives until it is killed.
 *
 * @module
 */

import process from "node:process";
import { load } from "../mod.ts";
import { RingViews } from "./ring_views.ts";

const native = load();
native.exitWithParent(process.ppid);
const ring = native.createRing(
  { slotCount: 3, readerMax: 2, payloadBytes: 64, metadataBytes: 0, generation: 9 },
  "from the maker",
);
const writer = ring.openWriter();
const slot = ring.loan(writer);
new RingViews(ring).payloads[slot].fill(77);
ring.commit(writer, slot);
console.log(JSON.stringify(ring.address()));
setInterval(() => {}, 1000);
