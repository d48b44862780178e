/**
 * A program with a PTP client that tells this machine its TAI: `ptp_program.ts PORT`. It prints `locked`, `publishes`
 * when nobody else does, and waits to be ended. STREAMLIB_TAI keeps that TAI from other programs, and from its master.
 *
 * @module
 */

import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { load } from "../mod.ts";
import { ptpOnLoopback } from "./ptp_loopback.ts";

const native = load();
const port = Number(process.argv[2]);
// UTC where TAI is expected: so far from the machine's own TAI that nobody takes one for the other.
const client = native.openPtp({ ...ptpOnLoopback(port), disciplines: true, timescale: "utc", taiUtcS: 100 });
while (client.statistics().clockState !== "locked") await setTimeout(20);
console.log("locked");
// Statistics are published four times a second.
while (!client.statistics().isPublisher || native.publishedPtp()?.clockState !== "locked") await setTimeout(20);
console.log("publishes");
setInterval(() => {}, 1000);
