/**
 * Child processes as places.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { StreamError } from "../errors.ts";
import type { Transport } from "./place.ts";
import { PoolDispatcher, type PoolOptions } from "./pool_dispatcher.ts";
import { checkForProcess } from "./process_message.ts";
import type { FromPlace, ToPlace } from "./protocol.ts";
import { runArguments } from "./run_arguments.ts";

const ENTRY = new URL(import.meta.url.endsWith(".ts") ? "./process_main.ts" : "./process_main.js", import.meta.url);

/** How long a process may take to end by itself after SIGTERM, ms. */
const TERMINATE_MS_MAX = 2000;

/**
 * Keeps actors in child processes of the same runtime. Frames cross without a copy; a crash, also of native code, ends
 * only the actors of that process. What they print arrives line by line, tagged with the process.
 *
 * An actor is built there from its registered module and its options: the module must not be the main program, the
 * options must be cloneable. On Deno the children run with all permissions.
 */
export class ProcessPoolDispatcher extends PoolDispatcher {
  /** `process-pool`. */
  readonly kind = "process-pool" as const;

  /**
   * Starts the processes. They do not keep this one alive, and end with it, however it ends.
   *
   * @throws {StreamError} `option-invalid` naming option, value and range; `place-refused` on other systems than Linux,
   * where processes share no memory.
   */
  constructor(options: PoolOptions = {}) {
    if (process.platform !== "linux") {
      throw new StreamError(
        "place-refused",
        `Cannot make a ProcessPoolDispatcher: processes share memory on Linux only, this is ${process.platform}; ` +
          "a ThreadPoolDispatcher is right here",
      );
    }
    super("ProcessPoolDispatcher", "process", options, startProcess);
  }
}

let nextKey = 1;

function startProcess(name: string, isRealTime: boolean): Transport {
  const entry = ENTRY.protocol === "file:" ? fileURLToPath(ENTRY) : ENTRY.href;
  const given = JSON.stringify({ name, isRealTime, parentPid: process.pid });
  const child = spawn(process.execPath, [...runArguments(), entry, given], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    serialization: "advanced",
    // The terminal's Ctrl-C goes to all processes of a group, also to one that has not yet begun to ignore it: home asks
    // each place to stop its actors.
    detached: true,
  });
  child.unref();
  // Bun's channel does not hold the loop, and has no such call.
  child.channel?.unref?.();
  forward(child.stdout!, process.stdout, name);
  forward(child.stderr!, process.stderr, name);
  const exit = Promise.withResolvers<void>();
  let hasExited = false;
  return {
    processKey: nextKey++,
    check: checkForProcess,
    // A failure to send is an exit that has not been told yet.
    send: (message: ToPlace) => void child.send(message, () => {}),
    listen(onMessage, onExit) {
      child.on("message", (message) => onMessage(message as FromPlace));
      child.on("error", (error) => {
        onExit(error.message);
        hasExited = true;
        exit.resolve();
      });
      child.on("exit", (code, signal) => {
        // Deno's channel may stay open else, when the child was killed.
        if (child.connected) child.disconnect();
        onExit(signal ? `it was ended by ${signal}` : `it exited with code ${code}`);
        hasExited = true;
        exit.resolve();
      });
    },
    kill: () => hasExited ? exit.promise : end(child, exit.promise),
  };
}

/** Terminate, wait, kill. */
async function end(child: ChildProcess, exit: Promise<void>): Promise<void> {
  signal(child, "SIGTERM");
  const timer = setTimeout(() => signal(child, "SIGKILL"), TERMINATE_MS_MAX);
  await exit;
  clearTimeout(timer);
}

/** Deno's `child.kill` sends one signal only: it takes a child that was sent one for dead. */
function signal({ pid }: ChildProcess, name: "SIGTERM" | "SIGKILL"): void {
  try {
    if (pid !== undefined) process.kill(pid, name);
  } catch {
    // It has ended, which is what is wanted; `exit` says so.
  }
}

function forward(from: Readable, to: NodeJS.WriteStream, name: string): void {
  createInterface({ input: from }).on("line", (line) => to.write(`[${name}] ${line}\n`));
  (from as Readable & { unref?: () => void }).unref?.();
}
