/**
 * A program for tests of bells: `bell_program.ts idle | throw | exit | terminate | return | foreign ADDRESS`. Each way
 * ends by itself, with exit code 0.
 *
 * @module
 */

import { once } from "node:events";
import { writeSync } from "node:fs";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { load, results } from "../mod.ts";
import type { BellTask } from "./bell_worker.ts";

const native = load();

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

/** Two workers ring a bell of this thread and one of a third worker as fast as they can, and the process ends. */
async function endWhileRung(end: string): Promise<void> {
  const words = new Int32Array(new SharedArrayBuffer(20));
  const targets = words.buffer as SharedArrayBuffer;
  const start = (work: BellTask["work"]): Worker => {
    const workerData: BellTask = { work, targets };
    return new Worker(new URL("./bell_worker.ts", import.meta.url), { workerData });
  };
  let calls = 0;
  const bell = native.openBell(() => calls++);
  bell.address();
  words[2] = bell.handle;
  const opener = start("open");
  const [{ handle }] = await once(opener, "message");
  words[3] = handle;
  const ringers = [start("ring"), start("ring")];
  while (calls < 10) await setTimeout(1);
  say("rung");
  if (end === "exit") process.exit(0);
  if (end === "terminate") await Promise.all(ringers.map((ringer) => ringer.terminate()));
  // Else the process ends as the last of its threads has no more to do: the ringers stop while it does.
  opener.unref();
  for (const ringer of ringers) ringer.unref();
}

/** Rings the bell of another process until that is closed. */
async function ringForeign(address: string): Promise<void> {
  const bell = native.importBell(JSON.parse(address));
  let rings = 0;
  for (; native.ringBell(bell) === 0; rings++) await setTimeout(1);
  if (native.ringBell(bell) !== results.gone) process.exit(1);
  native.dropBell(bell);
  say(`gone ${rings}`);
}

async function throwInCallback(): Promise<void> {
  process.on("uncaughtException", (error) => say(`uncaught: ${error.message}`));
  let calls = 0;
  const bell = native.openBell(() => {
    if (++calls === 1) throw new Error("first");
    say("rung again");
  });
  bell.ring();
  while (calls < 1) await setTimeout(1);
  bell.ring();
  while (calls < 2) await setTimeout(1);
}

switch (process.argv[2]) {
  case "idle":
    native.openBell(() => {}).address();
    say("open");
    break;
  case "throw":
    await throwInCallback();
    break;
  case "foreign":
    await ringForeign(process.argv[3]);
    break;
  default:
    await endWhileRung(process.argv[2]);
}
