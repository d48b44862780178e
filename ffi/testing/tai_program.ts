/**
 * A process of native_tai_test.ts.
 *
 *     tai_program.ts follow            follows the kernel's clock until it is killed, and prints when it publishes
 *     tai_program.ts read NS...        prints what TAI is at these monotonic instants
 *     tai_program.ts statistics        prints the statistics of a follower, open and closed
 *
 * @module
 */

import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { load, type NativeTaiTold } from "../mod.ts";

/** What a reader prints. */
export interface TaiReport {
  /** TAI at the instants that were asked for, ns. */
  readonly taiNs: readonly string[];
  /** The instants, back from that. */
  readonly monotonicNs: readonly string[];
  readonly told: Omit<NativeTaiTold, "taiNs" | "fixedOffsetNs">;
  readonly fixedOffsetNs: string;
}

const [role, ...words] = process.argv.slice(2);
const native = load();

if (role === "read") {
  const { taiNs: _, fixedOffsetNs, ...told } = native.tai.told();
  const taiNs = words.map((word) => native.tai.of(BigInt(word)));
  const report: TaiReport = {
    taiNs: taiNs.map(String),
    monotonicNs: taiNs.map((ns) => String(native.tai.monotonicOf(ns))),
    told,
    fixedOffsetNs: String(fixedOffsetNs),
  };
  console.log(JSON.stringify(report));
} else if (role === "statistics") {
  const follower = native.openKernelFollower();
  const open = follower.statistics();
  follower.close();
  const closed = follower.statistics();
  console.log(JSON.stringify({ open: { ...open, offsetNs: 0 }, closed: { ...closed, offsetNs: 0 } }));
} else {
  const follower = native.openKernelFollower();
  console.log("waits");
  while (!follower.statistics().isPublisher) await setTimeout(20);
  console.log("publishes");
  // Until it is killed, or the test has ended without doing so.
  await setTimeout(60_000);
  follower.close();
}
