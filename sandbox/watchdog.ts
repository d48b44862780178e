/**
 * Looks from outside at what a process takes.
 *
 * @module
 */
import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import type { CompleteGrant } from "./grant.ts";

/** What a process takes. */
export interface Usage {
  /** Resident memory without what it shares, and shared memory that it has made, bytes. */
  readonly memoryBytes: number;
  /** Time of processors, s. */
  readonly cpuSeconds: number;
  /** How many threads it has. */
  readonly threads: number;
}

/** What is too much, and the entry of the grant; `undefined` if nothing is. */
export function excessOf(usage: Usage, grant: CompleteGrant): string | undefined {
  if (usage.memoryBytes > grant.memoryBytes) {
    return `it took ${inMb(usage.memoryBytes)} of memory, and grant.memoryBytes is ${inMb(grant.memoryBytes)}`;
  }
  if (grant.cpuSeconds > 0 && usage.cpuSeconds >= grant.cpuSeconds) {
    return `it took ${usage.cpuSeconds.toFixed(1)} s of processor time, and grant.cpuSeconds is ${grant.cpuSeconds}`;
  }
  if (usage.threads > grant.threads) return `it has ${usage.threads} threads, and grant.threads is ${grant.threads}`;
  return undefined;
}

function inMb(bytes: number): string {
  return `${Math.round(bytes / (1 << 20))} MB`;
}

/** What a process takes now; `undefined` if it is gone. Costs about 0.1 ms. */
export function usageOf(pid: number): Usage | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return {
      memoryBytes: (fieldOf(status, "VmRSS") - fieldOf(status, "RssShmem")) * 1024 + sharedBytes(pid),
      cpuSeconds: cpuSecondsOf(readFileSync(`/proc/${pid}/stat`, "utf8")),
      threads: fieldOf(status, "Threads"),
    };
  } catch {
    return undefined;
  }
}

/** The number of a field of `/proc/PID/status`; 0 if it is absent. */
export function fieldOf(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
}

/** Seconds in user and kernel mode, from `/proc/PID/stat`: fields 14 and 15, in hundredths on every Linux. */
export function cpuSecondsOf(stat: string): number {
  // The name of the program, in parentheses, may have spaces.
  const rest = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(rest[11]) + Number(rest[12])) / 100;
}

/** Memory of the anonymous files that it holds open, mapped or not. */
function sharedBytes(pid: number): number {
  let bytes = 0;
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    const path = `/proc/${pid}/fd/${fd}`;
    try {
      if (readlinkSync(path).startsWith("/memfd:")) bytes += statSync(path).blocks * 512;
    } catch {
      // It was closed meanwhile.
    }
  }
  return bytes;
}

/** Tells whether an event loop answers. */
export class Heart {
  readonly #beatsMax: number;
  #unanswered = 0;

  /** @param beatsMax So many beats without an answer are too many. */
  constructor(beatsMax: number) {
    this.#beatsMax = beatsMax;
  }

  /** A beat is sent. @returns False if too many have had no answer. */
  beat(): boolean {
    return this.#unanswered++ < this.#beatsMax;
  }

  /** The loop has answered. */
  answered(): void {
    this.#unanswered = 0;
  }
}
