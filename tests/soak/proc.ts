/**
 * What the kernel says of processes, for tests that look for what was left behind. Linux only.
 *
 * @module
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import process from "node:process";
import { setTimeout } from "node:timers/promises";

/** One process. */
export interface ProcessState {
  readonly pid: number;
  readonly parentPid: number;
  /** The process that leads its group, which is what a terminal interrupts. */
  readonly group: number;
  /** `R`, `S`, `T`, `Z` and so on, see proc(5). */
  readonly state: string;
  /** Program and arguments; empty if it has ended and was not waited for. */
  readonly command: string;
}

/** A process, or `undefined` if there is none of that number. */
export function stateOf(pid: number): ProcessState | undefined {
  try {
    const [state, parent, group] = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)!.split(" ");
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    return { pid, parentPid: Number(parent), group: Number(group), state, command };
  } catch {
    return undefined;
  }
}

/** All processes that there are now. */
export function allProcesses(): ProcessState[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => stateOf(Number(pid)) ?? []);
}

/** Child processes that are places of this program, or of another one. */
export function placesOf(parentPid: number = process.pid): number[] {
  const mark = `"parentPid":${parentPid}}`;
  return allProcesses().flatMap(({ pid, state, command }) => state !== "Z" && command.includes(mark) ? [pid] : []);
}

/** Children of this process that have ended and were not waited for. */
export function zombies(): number[] {
  return allProcesses().flatMap((one) => one.state === "Z" && one.parentPid === process.pid ? [one.pid] : []);
}

/** Open files of a process. */
export function openFiles(pid: number = process.pid): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Memories of the library that this process has open. */
export function openMemories(): number {
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith("/memfd:streamlib");
    } catch {
      return false; // It was closed meanwhile: the folder itself, for one.
    }
  }).length;
}

/** Threads of a process. */
export function threads(pid: number = process.pid): number {
  return readdirSync(`/proc/${pid}/task`).length;
}

/** Memory of a process that is in use, bytes; what it shares with others is not counted. */
export function residentBytes(pid: number = process.pid): number {
  const [, resident, shared] = readFileSync(`/proc/${pid}/statm`, "latin1").split(" ").map(Number);
  return (resident - shared) * 4096;
}

/** Shared memory of the library that a process has mapped, bytes. */
export function sharedBytes(pid: number = process.pid): number {
  let bytes = 0;
  for (const line of readFileSync(`/proc/${pid}/maps`, "latin1").split("\n")) {
    if (!line.includes("/memfd:streamlib")) continue;
    const [from, to] = line.slice(0, line.indexOf(" ")).split("-");
    bytes += Number.parseInt(to, 16) - Number.parseInt(from, 16);
  }
  return bytes;
}

/** Waits until `is` says yes, for about a minute. */
export async function until(is: () => boolean, what: () => string): Promise<void> {
  for (let i = 0; i < 12_000; i++) {
    if (is()) return;
    await setTimeout(5);
  }
  throw new Error(`Waited in vain until ${what()}`);
}

/** The middle one. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
