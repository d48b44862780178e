/**
 * Which program holds something that others see in a folder, and whether it still runs.
 *
 * @module
 */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import process from "node:process";

/** A program, as others can look for it. */
export interface Holder {
  /** Its number. */
  readonly pid: number;
  /** When it began, where the system says so: another program may get its number later. */
  readonly started: string;
  /** The machine, or the container, in which its number means it. */
  readonly place: string;
}

/** What is not known of a holder. */
const UNKNOWN = "-";

/** This program. */
export function thisHolder(): Holder {
  return { pid: process.pid, started: startOf(process.pid), place: thisPlace() };
}

/** Where numbers of processes mean the same as here: the host, and on Linux the namespace. No white space. */
export function thisPlace(): string {
  let namespace = "";
  try {
    namespace = readlinkSync("/proc/self/ns/pid").replace(/\D+/g, "");
  } catch {
    // Elsewhere a host has one.
  }
  return `${hostname()}.${namespace}`.replaceAll(/[^\w.-]/g, "_");
}

/** Whether a program of this place still runs. */
export function stillRuns({ pid, started }: Pick<Holder, "pid" | "started">): boolean {
  if (!isAlive(pid)) return false;
  const now = startOf(pid);
  return started === UNKNOWN || now === UNKNOWN || started === now;
}

/** Whether a process with this number runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as { code?: string }).code === "EPERM";
  }
}

/** Field 22 of its `stat`: ticks of the clock since the machine began. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is a name that may have blanks and parentheses in it.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? UNKNOWN;
  } catch {
    return UNKNOWN;
  }
}
