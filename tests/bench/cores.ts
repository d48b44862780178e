/**
 * Which core a thread runs on.
 *
 * A wake-up costs several times as much if the sleeper's core has to be woken too, and the scheduler of the kernel puts
 * a bare waker and its sleeper on one core, but not two runtimes. So who compares the two says where they run.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";

/** The first two cores. */
export type Core = 0 | 1;

/** The kernel's number of the calling thread. */
export function threadNumber(): number {
  return Number(readlinkSync("/proc/thread-self").split("/").at(-1));
}

/**
 * Keeps a thread on a core.
 *
 * @param reach Whether the number is that of a thread, or of a process whose threads are all meant.
 */
export function pin(number: number, core: Core, reach: "thread" | "process"): void {
  setCores(number, String(core), reach);
}

/** Lets a thread or a process run on any core again. */
export function unpin(number: number, reach: "thread" | "process"): void {
  setCores(number, `0-${cpus().length - 1}`, reach);
}

/** Keeps a program's first thread on one core, and its others and its children on another one, as long as it runs. */
export function pinTree(pid: number, first: Core, others: Core): () => void {
  const known = new Set<number>();
  function look(): void {
    try {
      const threads = readdirSync(`/proc/${pid}/task`).map(Number);
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
      for (const number of [...threads, ...children]) {
        if (known.has(number)) continue;
        known.add(number);
        pin(number, number === pid ? first : others, "thread");
      }
    } catch (error) {
      // The program, or one of its threads, has just ended.
      if (readdirSync("/proc").includes(String(pid))) throw error;
    }
  }
  const timer = setInterval(look, 20);
  return () => clearInterval(timer);
}

function setCores(number: number, cores: string, reach: "thread" | "process"): void {
  if (availableParallelism() < 2) throw new Error("Cannot measure: it needs two cores");
  const given = [...(reach === "process" ? ["-a"] : []), "-pc", cores, String(number)];
  const done = spawnSync("taskset", given, { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`Cannot set the core of ${number}: ${done.error?.message ?? done.stderr}`);
}
