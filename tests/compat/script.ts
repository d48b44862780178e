/**
 * Small programs of their own, run by the runtime that runs the tests.
 *
 * @module
 */
import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { RUNTIME } from "./behaviour.ts";

/** After this a program that has not ended is killed, ms. */
const SCRIPT_MS_MAX = 30_000;

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  /** Standard output without the last line feed. */
  readonly out: string;
  /** Standard error. */
  readonly errors: string;
}

/** A folder that is gone when `use` has ended. */
export async function inFolder<T>(use: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "streamlib-compat-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes a module; returns its URL. */
export function writeModule(folder: string, name: string, source: string): URL {
  const path = join(folder, name);
  writeFileSync(path, source);
  return pathToFileURL(path);
}

/** Starts a module as a program. */
export function startScript(path: string, options: SpawnOptions = {}, given: readonly string[] = []): ChildProcess {
  const before = RUNTIME === "bun" ? ["run"] : ["run", "--quiet", "-A", "--no-check"];
  return spawn(process.execPath, [...before, path, ...given], { stdio: ["ignore", "pipe", "pipe"], ...options });
}

/** Waits for the end of a program, which is killed if it does not come. */
export function endOf(child: ChildProcess): Promise<Ended> {
  let out = "";
  let errors = "";
  child.stdout?.on("data", (chunk) => out += chunk);
  child.stderr?.on("data", (chunk) => errors += chunk);
  const timer = setTimeout(() => child.pid && process.kill(child.pid, "SIGKILL"), SCRIPT_MS_MAX);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, out: out.trimEnd(), errors });
    });
  });
}

/** Runs JavaScript as a program. */
export function runScript(source: string, given: readonly string[] = []): Promise<Ended> {
  return inFolder((folder) => {
    writeModule(folder, "script.mjs", source);
    return endOf(startScript(join(folder, "script.mjs"), {}, given));
  });
}

/** JavaScript that prints `held` if the program has not ended after what stood before it, and then ends it. */
export const PRINT_IF_HELD = `
  const { setTimeout: later } = await import("node:timers");
  later(() => { console.log("held"); process.exit(0); }, 1000).unref();
`;
