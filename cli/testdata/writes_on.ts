/** Writes lines until the reader of standard output has gone, some more, and waits until they are out. */
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { terminalScreen } from "../terminal.ts";

// Whoever waits for this program may be stopped without it.
setTimeout(() => process.exit(1), 40_000);
let isGone = false;
process.stdout.on("error", () => isGone = true);
const screen = terminalScreen();
let written = 0;
while (!isGone) {
  screen.out(`line ${written++}`);
  await wait(10);
}
console.error("error");
for (let more = 0; more < 3; more++) {
  screen.out("nobody reads this");
  await wait(10);
}
await screen.flush();
console.error("flushed");
process.exit(0);
