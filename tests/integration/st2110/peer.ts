/**
 * A program of others that sends to us or receives from us.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { until } from "./wait.ts";

/** How long a program may take to end its children, ms. */
const PATIENCE_MS = 2000;

/** How a {@linkcode Peer} is started. */
export interface PeerOptions {
  /** Whether it has children that it must be given time to end. Default false: it is killed. */
  readonly isParent?: boolean;
}

/** A child process with what it has written; ended when it is disposed of. */
export class Peer {
  readonly #child: ChildProcess;
  readonly #line: string;
  readonly #chunks: Buffer[] = [];
  readonly #exited: Promise<void>;
  readonly #isParent: boolean;
  #bytes = 0;
  #stderr = "";
  /** Whether it has ended and all that it wrote was read. */
  #isOver = false;
  #hasExited = false;
  #code: number | null = null;

  /**
   * @param program Name of the program.
   * @param given Its arguments.
   * @param options More about it.
   */
  constructor(program: string, given: readonly string[], options: PeerOptions = {}) {
    this.#line = `${program} ${given.join(" ")}`;
    this.#isParent = options.isParent ?? false;
    this.#child = spawn(program, given, { stdio: ["ignore", "pipe", "pipe"] });
    this.#child.stdout!.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
    });
    this.#child.stderr!.on("data", (chunk) => this.#stderr += chunk);
    this.#exited = new Promise((resolve) => {
      this.#child.once("exit", (code) => {
        this.#code = code;
        this.#hasExited = true;
        resolve();
      });
      this.#child.once("error", (error) => {
        this.#stderr += error.message;
        this.#isOver = true;
        resolve();
      });
    });
    this.#child.once("close", () => this.#isOver = true);
  }

  /** What it has written to its standard output. */
  get stdout(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** How many bytes that is. */
  get stdoutBytes(): number {
    return this.#bytes;
  }

  /** Waits until it has written so many bytes to its standard output; returns all of them. */
  async untilWritten(bytes: number): Promise<Buffer> {
    await this.until(() => this.#bytes >= bytes, `it writes ${bytes} bytes`);
    return this.stdout;
  }

  /** Waits until what it has written matches. */
  async untilSaid(pattern: RegExp): Promise<void> {
    await this.until(() => pattern.test(this.#stderr) || pattern.test(String(this.stdout)), `it says ${pattern}`);
  }

  /** Waits for a condition, and no longer than it lives. */
  async until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const found = () => `${this.#bytes} bytes, and it says: ${this.#stderr}`;
    await until(
      async () => {
        if (await isSo()) return true;
        if (this.#isOver) throw new Error(`"${this.#line}" ended before ${what} (code ${this.#code}); ${found()}`);
        return false;
      },
      `${what} ("${this.#line}")`,
      found,
    );
  }

  /** Waits until it has ended by itself, and demands success. */
  async finished(): Promise<Buffer> {
    await until(() => this.#isOver, `"${this.#line}" ends`, () => this.#stderr);
    if (this.#code === 0) return this.stdout;
    throw new Error(`"${this.#line}" failed with code ${this.#code}: ${this.#stderr}`);
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isParent) this.#signal("SIGTERM");
    const timer = setTimeout(() => this.#signal("SIGKILL"), this.#isParent ? PATIENCE_MS : 0);
    await this.#exited;
    clearTimeout(timer);
  }

  /** Not `child.kill()`: Deno lets that do its work once. */
  #signal(name: "SIGTERM" | "SIGKILL"): void {
    if (this.#child.pid !== undefined && !this.#hasExited) process.kill(this.#child.pid, name);
  }
}
