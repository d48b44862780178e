/**
 * The soak: the tests of faults with many more rounds, on both runtimes, one after the other.
 *
 * ```sh
 * deno task soak         # 1 000 processes, 200 threads, 250 programs and 1 000 processes of bare rings are killed
 * deno task soak 5000    # more
 * ```
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { findRuntimes, ROOT } from "../setup.ts";

const FILES = ["tests/soak", "ffi/ring_processes_test.ts"];

/** Shared memory of the machine that is in use, MiB. */
function sharedMemoryMiB(): number {
  const kib = /^Shmem: +(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "latin1"))![1];
  return Math.round(Number(kib) / 1024);
}

function main(): number {
  const kills = Number(process.argv[2] ?? 1000);
  if (!Number.isInteger(kills) || kills < 40) {
    console.error(`Cannot soak with ${process.argv[2]} kills: an integer from 40 up is right`);
    return 2;
  }
  const { deno, bun } = findRuntimes();
  const runs: [string, string, string[]][] = [
    ["Deno", deno, ["test", "-A", "--no-check", ...FILES]],
    ["Bun", bun, ["test", "--timeout", "36000000", ...FILES.map((file) => `./${file}`)]],
  ];
  const environment = { ...process.env, STREAMLIB_KILLS: String(kills), STREAMLIB_CYCLES: String(kills) };
  const failed: string[] = [];
  for (const [name, program, given] of runs) {
    const before = sharedMemoryMiB();
    console.log(`== ${name}: ${kills} kills`);
    const { status } = spawnSync(program, given, {
      cwd: ROOT,
      env: environment,
      stdio: ["ignore", "inherit", "inherit"],
    });
    console.log(`soak: shared memory of the machine: ${before} MiB before, ${sharedMemoryMiB()} MiB after`);
    if (status !== 0) failed.push(name);
  }
  console.log(failed.length === 0 ? "soak: passed" : `soak: FAILED on ${failed.join(" and ")}`);
  return failed.length === 0 ? 0 : 1;
}

process.exit(main());
