/**
 * Home's end of one process that runs a text.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { messageOf, type NativeLibrary, StreamError } from "@streamlib/core";
import {
  type FromPlace,
  fromPlain,
  type PlainError,
  runArguments,
  type ToPlace,
  type Transport,
} from "@streamlib/core/place";
import { decode, encode, LINE_CHARACTERS_MAX } from "./codec.ts";
import type { Declaration } from "./declaration.ts";
import type { CompleteGrant } from "./grant.ts";
import { LineReader } from "./line_reader.ts";
import { checkMessage } from "./message_check.ts";
import { excessOf, Heart, usageOf } from "./watchdog.ts";
import type { EnterInit, FromSandbox, MainInit, ToSandbox } from "./wire.ts";

/** How often home looks at what the process takes, ms. */
const LOOK_MS = 50;
/** How long the process may take until its text has given an actor, ms. */
const START_MS_MAX = 30_000;
/** Beats within `wallMsPerTick`. */
const BEATS = 4;
/** Messages that a process may send within a second. */
const MESSAGES_MAX = 20_000;
/** Lines that it may print within a second; more are counted and not shown. */
const PRINTED_MAX = 200;
const PRINTED_CHARACTERS_MAX = 4096;
const DESCRIPTORS_MAX = 256;
const MB = 1 << 20;
/** Private memory that the runtimes reserve beside what they use; Bun takes what there is if it may. */
const RESERVED_BYTES = 512 * MB;

/** Of code that Bun compiles: without a number of its own it reserves more than the limit, and cannot be used. */
const JIT_BYTES = String(64 * MB);

/** A text, and what it is given. */
export interface Text {
  readonly code: string;
  /** Which of several classes. */
  readonly name: string | undefined;
  readonly options: Readonly<Record<string, unknown>>;
  readonly grant: CompleteGrant;
}

type Native = NativeLibrary["native"];

const SUFFIX = import.meta.url.endsWith(".ts") ? "ts" : "js";
let started = 0;

/** One process, from its start to its end; a transport as soon as it has declared its actor. */
export class SandboxProcess implements Transport {
  /** `sandbox 1`, for messages. */
  readonly name: string;
  readonly processKey: number;
  readonly #text: Text;
  readonly #child: ChildProcess;
  readonly #lender: ReturnType<Native["sandbox"]["openLender"]>;
  readonly #heart = new Heart(BEATS);
  readonly #declared = Promise.withResolvers<Declaration>();
  readonly #exit = Promise.withResolvers<void>();
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  #outputs: ReadonlySet<string> = new Set();
  #onMessage: (message: FromPlace) => void = () => {};
  #onExit: ((cause: string | StreamError) => void) | undefined;
  #end: string | StreamError | undefined;
  #killedFor: StreamError | undefined;
  #messages = 0;
  #isLocked = false;

  /** Starts it. */
  constructor(native: Native, text: Text) {
    this.name = `sandbox ${++started}`;
    // Pools number their processes from 1.
    this.processKey = -started;
    this.#text = text;
    this.#lender = native.sandbox.openLender();
    this.#child = this.#spawn(native.library.path);
    this.#listenToChild();
    this.#timers.push(setInterval(() => this.#look(), LOOK_MS), setInterval(() => this.#messages = 0, 1000));
    for (const timer of this.#timers) timer.unref();
    // Holds the program: nothing else does while it waits for the actor.
    const late = setTimeout(() => this.#killFor(`it gave no actor within ${START_MS_MAX} ms`), START_MS_MAX);
    const inTime = (): void => clearTimeout(late);
    this.#declared.promise.then(inTime, inTime);
  }

  /** Resolves with what the text declares; rejects with why it gives no actor. */
  get declared(): Promise<Declaration> {
    return this.#declared.promise;
  }

  /** Whether it has not ended. */
  get isAlive(): boolean {
    return this.#end === undefined;
  }

  check(value: unknown): void {
    encode(value);
  }

  send(message: ToPlace): void {
    const lent = message.type === "export" ? message.bell : message.type === "ring" ? message.news.ring : undefined;
    try {
      // What is gone by now, it will not find either.
      if (lent && "address" in lent) this.#lender.lend(lent.address);
    } catch {
      return this.#killFor("it does not take the memory that it is sent");
    }
    this.#write(message);
  }

  listen(onMessage: (message: FromPlace) => void, onExit: (cause: string | StreamError) => void): void {
    this.#onMessage = onMessage;
    this.#onExit = onExit;
    if (this.#end !== undefined) onExit(this.#end);
  }

  kill(): Promise<void> {
    this.#signal();
    return this.#exit.promise;
  }

  #spawn(libraryPath: string): ChildProcess {
    const { memoryBytes, cpuSeconds, read } = this.#text.grant;
    const mainInit: MainInit = { name: this.name, parentPid: process.pid, readable: read, dataBytes: memoryBytes };
    const environment = environmentFor(libraryPath);
    const enterInit: EnterInit = {
      lenderName: this.#lender.name,
      command: [process.execPath, ...lockedArguments(), pathOf("main"), JSON.stringify(mainInit)],
      environment,
      dataBytes: process.versions.bun ? memoryBytes + RESERVED_BYTES : 0,
      fileBytes: memoryBytes,
      // The watchdog ends it at the limit and says so; the kernel, if home is held up.
      cpuSeconds: cpuSeconds > 0 ? cpuSeconds + 1 : 0,
      descriptors: DESCRIPTORS_MAX,
    };
    return spawn(process.execPath, [...runArguments(), pathOf("enter_main"), JSON.stringify(enterInit)], {
      stdio: ["pipe", "pipe", "pipe"],
      env: environment,
      detached: true,
    });
  }

  #listenToChild(): void {
    const child = this.#child;
    child.unref();
    const [input, messages, printed] = [child.stdin!, child.stdout!, child.stderr!];
    for (const stream of [input, messages, printed]) {
      (stream as unknown as { unref?(): void }).unref?.();
      // Its end is told by the process.
      stream.on("error", () => {});
    }
    this.#forward(printed, process.stderr);
    const lines = new LineReader(
      LINE_CHARACTERS_MAX,
      (line) => this.#receiveLine(line),
      () => this.#killFor(`it sent a message of more than ${LINE_CHARACTERS_MAX} characters`),
    );
    messages.on("data", (bytes: Buffer) => lines.add(bytes));
    child.on("error", (error) => this.#ended(error.message));
    child.on(
      "exit",
      (code, signal) => this.#ended(signal ? `it was ended by ${signal}` : `it exited with code ${code}`),
    );
  }

  #forward(from: Readable, to: NodeJS.WriteStream): void {
    let printed = 0;
    const show = (line: string): void => {
      if (printed++ < PRINTED_MAX) to.write(`[${this.name}] ${line}\n`);
    };
    this.#timers.push(setInterval(() => {
      if (printed > PRINTED_MAX) to.write(`[${this.name}] (${printed - PRINTED_MAX} more lines)\n`);
      printed = 0;
    }, 1000));
    const lines = new LineReader(PRINTED_CHARACTERS_MAX, show, () => show("(a line that is too long)"));
    from.on("data", (bytes: Buffer) => lines.add(bytes));
  }

  #receiveLine(line: string): void {
    if (this.#killedFor || this.#end !== undefined) return;
    if (++this.#messages > MESSAGES_MAX) return this.#killFor(`it sent more than ${MESSAGES_MAX} messages in a second`);
    try {
      this.#receive(decode(line) as FromSandbox);
    } catch (thrown) {
      this.#killFor(`it sent what no place sends (${messageOf(thrown)})`);
    }
  }

  #receive(message: FromSandbox): void {
    switch (message?.type) {
      case "beat":
        return this.#heart.answered();
      case "locked":
        return this.#locked();
      case "failed":
        return this.#failed(message.error);
      case "declared":
        this.#outputs = new Set(message.declaration.outputs.map(({ name }) => name));
        return this.#declared.resolve(message.declaration);
      default:
        return this.#onMessage(checkMessage(message, this.#child.pid!, this.#outputs));
    }
  }

  #locked(): void {
    if (this.#isLocked) return;
    this.#isLocked = true;
    if (!this.#lender.accept(this.#child.pid!)) return this.#killFor("it did not connect to its home");
    const { code, name, options, grant } = this.#text;
    this.#write({ type: "text", code, name, options });
    const beat = setInterval(() => {
      if (this.#heart.beat()) return this.#write({ type: "beat" });
      const { wallMsPerTick } = grant;
      this.#killFor(`its event loop was held up for ${wallMsPerTick} ms, all of grant.wallMsPerTick`);
    }, Math.ceil(grant.wallMsPerTick / BEATS));
    beat.unref();
    this.#timers.push(beat);
  }

  #failed(error: PlainError): void {
    const cause = fromPlain(error);
    const isOurs = cause instanceof StreamError && ["sandbox-refused", "option-invalid"].includes(cause.code);
    this.#declared.reject(isOurs ? cause : refused(this.#isLocked, cause));
    this.#signal();
  }

  #look(): void {
    const usage = usageOf(this.#child.pid!);
    if (!usage || !this.#isLocked) return;
    const excess = excessOf(usage, this.#text.grant);
    if (excess) this.#killFor(excess);
  }

  #killFor(why: string): void {
    this.#killedFor ??= new StreamError("sandbox-killed", `${this.name} was killed: ${why}`);
    this.#signal();
  }

  #signal(): void {
    try {
      if (this.#end === undefined) process.kill(this.#child.pid!, "SIGKILL");
    } catch {
      // It has ended, which is what is wanted.
    }
  }

  #ended(cause: string): void {
    if (this.#end !== undefined) return;
    this.#end = this.#killedFor ?? this.#guessed(cause);
    for (const timer of this.#timers) clearInterval(timer);
    this.#lender.close();
    this.#declared.reject(
      this.#killedFor ?? new StreamError("sandbox-killed", `${this.name} ended before it had an actor: ${cause}`),
    );
    this.#onExit?.(this.#end);
    this.#exit.resolve();
  }

  /** A limit of the kernel ends a process without a word, and a runtime that gets no memory crashes. */
  #guessed(cause: string): string | StreamError {
    const { cpuSeconds, memoryBytes } = this.#text.grant;
    if (/SIGXCPU/.test(cause)) {
      return new StreamError(
        "sandbox-killed",
        `${this.name} was killed: it took all of grant.cpuSeconds, ${cpuSeconds}`,
      );
    }
    if (/SIG(ABRT|TRAP|ILL|SEGV|BUS)/.test(cause)) {
      const most = Math.round(memoryBytes / MB);
      const what = `${cause}: it crashed, or got no more memory; grant.memoryBytes is ${most} MB`;
      return new StreamError("sandbox-killed", `${this.name} died: ${what}`);
    }
    return cause;
  }

  #write(message: ToSandbox): void {
    if (this.#end !== undefined) return;
    const input = this.#child.stdin!;
    input.write(`${encode(message)}\n`);
    if (input.writableLength > 16 * MB) this.#killFor("it does not read its messages");
  }
}

function refused(isLocked: boolean, cause: Error): StreamError {
  const what = isLocked ? "Cannot make an actor of the text: it fails when imported" : "Cannot lock the sandbox";
  return new StreamError("sandbox-refused", `${what}: ${cause.message}`, { cause });
}

function pathOf(name: string): string {
  const url = new URL(`./${name}.${SUFFIX}`, import.meta.url);
  return url.protocol === "file:" ? fileURLToPath(url) : url.href;
}

/** All that the process has of an environment. */
function environmentFor(libraryPath: string): Record<string, string> {
  const { DENO_DIR, XDG_CACHE_HOME, HOME } = process.env;
  const cache = DENO_DIR ?? (XDG_CACHE_HOME ? `${XDG_CACHE_HOME}/deno` : HOME ? `${HOME}/.cache/deno` : undefined);
  return {
    STREAMLIB_LIBRARY: libraryPath,
    STREAMLIB_ATTACH: "off",
    ...(process.versions.bun
      ? { BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0", DO_NOT_TRACK: "1", BUN_JSC_jitMemoryReservationSize: JIT_BYTES }
      : { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1", ...(cache ? { DENO_DIR: cache } : {}) }),
  };
}

/** On Deno its own permissions say no as well, and say it better than the kernel can. */
function lockedArguments(): string[] {
  const permissions = ["--no-prompt", "--no-code-cache", "--cached-only", "--allow-read", "--allow-env", "--allow-ffi"];
  return runArguments().flatMap((word) => word === "-A" ? permissions : [word]);
}
