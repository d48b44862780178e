/**
 * A child process of the other runtime as a place, to measure the way from Deno to Bun and back.
 *
 * Their channels to child processes do not understand each other, so the messages of a place travel as lines of JSON.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import type { Transport } from "../../core/place/place.ts";
import { PoolDispatcher } from "../../core/place/pool_dispatcher.ts";
import type { FromPlace } from "../../core/place/protocol.ts";
import { findRuntimes, ROOT } from "../setup.ts";

const ENTRY = join(ROOT, "tests", "bench", "other_runtime_main.ts");
/** Above the keys that `ProcessPoolDispatcher` gives. */
const PROCESS_KEY = 1_000_000;

/** Keeps actors in one process of Bun if this is Deno, of Deno if this is Bun. */
export class OtherRuntimeDispatcher extends PoolDispatcher {
  /** `other-runtime`. */
  readonly kind = "other-runtime" as const;

  /** Starts the process. */
  constructor() {
    super("OtherRuntimeDispatcher", "other runtime", { workers: 1 }, startOther);
  }
}

/** Writes a message of a place as one line. */
export function encodeLine(message: object): string {
  return `${JSON.stringify(message, (_, value) => typeof value === "bigint" ? { bigint: String(value) } : value)}\n`;
}

/** Reads a line of {@linkcode encodeLine}. */
export function decodeLine(line: string): unknown {
  return JSON.parse(line, (_, value) => typeof value?.bigint === "string" ? BigInt(value.bigint) : value);
}

function startOther(): Transport {
  const { deno, bun } = findRuntimes();
  const [program, given] = process.versions.bun
    ? [deno, ["run", "--quiet", "-A", `--config=${join(ROOT, "deno.json")}`]]
    : [bun, ["run"]];
  const child = spawn(program, [...given, ENTRY], { cwd: ROOT, stdio: ["pipe", "pipe", "inherit"] });
  const exit = new Promise<void>((resolve) => child.on("exit", () => resolve()));
  return {
    processKey: PROCESS_KEY,
    check: (value) => void encodeLine({ value }),
    send: (message) => void child.stdin!.write(encodeLine(message)),
    listen(onMessage, onExit) {
      createInterface({ input: child.stdout! }).on("line", (line) => onMessage(decodeLine(line) as FromPlace));
      child.on("error", (error) => onExit(error.message));
      child.on("exit", (code, signal) => onExit(`it ended with ${signal ?? `code ${code}`}`));
    },
    kill: () => {
      child.kill("SIGKILL");
      return exit;
    },
  };
}
