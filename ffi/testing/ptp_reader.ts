/**
 * A program that prints what it is told of this machine's TAI and of the PTP client that tells it, as JSON.
 *
 * @module
 */

import { load } from "../mod.ts";

const native = load();
const told = native.tai.told();
const published = native.publishedPtp();
const ownTaiNs = told.taiNs - native.time.monotonicNs() - told.fixedOffsetNs;
console.log(JSON.stringify({
  pid: told.publisherPid,
  source: told.source,
  parent: String(published?.parent?.identity),
  steps: told.steps,
  aheadS: Math.round(Number(ownTaiNs) / 1e9),
}));
