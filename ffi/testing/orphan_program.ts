/**
 * A program for tests of `exitWithParent`.
 *
 * - `parent` starts `child PID`, which ends with its parent and is stuck meanwhile.
 * - `worker` has a worker ask for it that alone has the library, and terminates the worker.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeSync } from "node:fs";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { load } from "../mod.ts";
import { commandOf } from "./child.ts";

if (!isMainThread) {
  load().exitWithParent(process.ppid);
  parentPort!.postMessage("asked");
  setInterval(() => {}, 1000);
} else if (process.argv[2] === "worker") {
  const worker = new Worker(new URL(import.meta.url));
  await once(worker, "message");
  await worker.terminate();
  // The watching thread looks several times.
  await setTimeout(500);
  writeSync(1, "alive\n");
} else if (process.argv[2] === "parent") {
  const runtime = process.versions.bun === undefined ? "deno" : "bun";
  const [executable, ...words] = commandOf(runtime, "./orphan_program.ts");
  spawn(executable, [...words, "child", String(process.pid)], { stdio: "inherit" });
  setInterval(() => {}, 1000);
} else {
  load().exitWithParent(Number(process.argv[3]));
  writeSync(1, `child ${process.pid}\n`);
  while (true);
}
