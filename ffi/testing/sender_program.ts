/**
 * A program that has frames converted and sent which take minutes, and ends when the first packets have left:
 * `sender_program.ts PORT`.
 *
 * @module
 */

import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { load } from "../mod.ts";

const native = load();
// The end of a program is told to the library where it has a bell, as every program with actors has.
native.openBell(() => {});
const sender = native.openSender({
  kind: "video",
  to: { address: "127.0.0.1", port: Number(process.argv[2]) },
  payloadType: 96,
  ssrc: 1,
  rate: { num: 1, den: 60 },
  width: 1920,
  height: 1080,
  sampling: "YCbCr-4:2:2",
  depth: "10",
  pixelFormat: "v210",
  pacing: "batched",
  rtcp: { cname: "program" },
});
for (let i = 0; i < 3; i++) sender.submit(new Uint8Array(5120 * 1080), { mediaClock: BigInt(i), strides: [5120] });
await setTimeout(100);
