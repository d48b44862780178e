/**
 * Child processes of tests, on this runtime or the other, whose lines are read one by one.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { findRuntimes } from "../../tests/setup.ts";

/** Which runtime runs a child. */
export type RuntimeName = "deno" | "bun";

const programs = findRuntimes();

/** How a program of this folder is run on a runtime: the program and its first words. */
export function commandOf(runtime: RuntimeName, program: string): readonly [string, ...string[]] {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const options = runtime === "deno" ? ["run", "-A", "--no-check", "--quiet"] : ["run"];
  return [programs[runtime], ...options, path];
}

/** A program of this folder that runs in a process of its own. */
export class Child {
  readonly process: ChildProcess;
  /** Everything that it printed. */
  readonly lines: string[] = [];
  readonly #exit: Promise<unknown>;
  #waiting: (() => void) | undefined;
  #ended: boolean = false;

  /** @param environment Variables besides those of this process. */
  constructor(
    runtime: RuntimeName,
    program: string,
    words: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ) {
    const [executable, ...options] = commandOf(runtime, program);
    const env = { ...process.env, ...environment };
    this.process = spawn(executable, [...options, ...words], { stdio: ["ignore", "pipe", "inherit"], env });
    const lines = createInterface({ input: this.process.stdout! });
    lines.on("line", (line) => {
      this.lines.push(line);
      this.#waiting?.();
    });
    this.#exit = Promise.all([once(this.process, "exit"), once(lines, "close")]).then(() => {
      this.#ended = true;
      this.#waiting?.();
    });
  }

  /** Waits until it has printed a line that begins so. */
  async line(start: string): Promise<string> {
    while (true) {
      const found = this.lines.find((line) => line.startsWith(start));
      if (found !== undefined) return found;
      if (this.#ended) {
        const { exitCode, signalCode } = this.process;
        throw new Error(`The child ended (${exitCode ?? signalCode}) without "${start}": ${this.lines.join(" | ")}`);
      }
      await new Promise<void>((resolve) => this.#waiting = resolve);
    }
  }

  /** Waits for its end. */
  async ended(): Promise<void> {
    await this.#exit;
  }

  /** Ends it as a crash would, and waits. */
  async kill(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.#exit;
  }
}

/** The runtime of this process and the other one. */
export const runtimeNames: readonly [RuntimeName, RuntimeName] = process.versions.bun === undefined
  ? ["deno", "bun"]
  : ["bun", "deno"];
