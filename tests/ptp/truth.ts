/**
 * What time it really is: ptp4l with stamps of the kernel sends the machine's time of day, and that runs at a constant
 * distance from the monotonic clock unless somebody sets it.
 *
 * @module
 */
import { readFileSync } from "node:fs";

/** Time of day less monotonic time, ns, exactly as the kernel adds them. Only root may read it. */
export function realtimeMinusMonotonicNs(): bigint {
  const found = /\.index:\s+1\n[^]*?\.offset:\s+(\d+) nsecs/.exec(readFileSync("/proc/timer_list", "utf8"));
  if (found === null) throw new Error("Cannot tell the true time: /proc/timer_list has no offset of the time of day");
  return BigInt(found[1]);
}
