/** A thread for `profiled_program.ts`: measures one span and sends it home. */
import { parentPort } from "node:worker_threads";
import { profile, profiler } from "../profile.ts";

for (let i = 0; i < 5; i++) profile("decode", () => {});
parentPort!.postMessage(profiler?.takeSnapshot());
