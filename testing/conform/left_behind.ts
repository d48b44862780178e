/**
 * What a process holds open.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { must, Skip } from "./check.ts";

const ROUNDS = 6;
const WAIT_MS = 10_000;

/** Counts of what a process holds; all of Linux. */
interface Held {
  readonly descriptors: number;
  readonly threads: number;
  readonly processes: number;
}

function held(): Held {
  const count = (folder: string): number => readdirSync(`/proc/self/${folder}`).length;
  return { descriptors: count("fd"), threads: count("task"), processes: childProcesses() };
}

function childProcesses(): number {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).filter((name) => {
    try {
      // The name of the program, in parentheses, may hold anything: the parent comes after the last of them.
      const [state, parent] = readFileSync(`/proc/${name}/stat`, "latin1").split(") ").at(-1)!.split(" ");
      return Number(parent) === process.pid && state !== "Z";
    } catch {
      return false;
    }
  }).length;
}

/** What has grown by one a round or more. Runtimes keep some threads and descriptors for later. */
function grown(before: Held, now: Held): string[] {
  return (Object.keys(before) as (keyof Held)[]).filter((name) => now[name] - before[name] >= ROUNDS)
    .map((name) => `${now[name] - before[name]} ${name}`);
}

/**
 * Does something again and again, and expects that nothing stays open.
 *
 * @throws {Skip} Where the machine does not tell what is open.
 * @throws {Error} Naming how many of what are left.
 */
export async function mustLeaveNothing(round: () => Promise<void>): Promise<void> {
  if (!existsSync("/proc/self/fd")) throw new Skip("this machine does not tell what a process holds open");
  for (let warm = 0; warm < 2; warm++) await round();
  const before = held();
  for (let count = 0; count < ROUNDS; count++) await round();
  // What ends by itself may take a moment.
  const endMs = performance.now() + WAIT_MS;
  let left = grown(before, held());
  while (left.length > 0 && performance.now() < endMs) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    left = grown(before, held());
  }
  must(left.length === 0, `after ${ROUNDS} rounds ${left.join(" and ")} are left open; none is right`);
}
