/** For tests of supervision: time that stands still, children that do what they are told, and what they write down. */
import { setImmediate } from "node:timers";
import type { Supervised } from "../supervision/supervised.ts";
import { Supervisor } from "../supervision/supervisor.ts";
import type { SupervisorEvents } from "../supervision/supervisor_events.ts";
import type { SupervisorOptions } from "../supervision/supervisor_options.ts";
import type { Timers } from "../supervision/timers.ts";

/** Lets everything happen that waits for nothing but its turn. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Time that stands still until it is moved, and no chance. */
export class ManualTimers implements Timers {
  #nowMs = 0;
  readonly #jobs: { readonly atMs: number; readonly job: () => void }[] = [];

  /** Timers that have neither fired nor been called off. */
  get pending(): number {
    return this.#jobs.length;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  setTimeout(job: () => void, delayMs: number): () => void {
    const entry = { atMs: this.#nowMs + delayMs, job };
    this.#jobs.push(entry);
    return () => {
      const at = this.#jobs.indexOf(entry);
      if (at >= 0) this.#jobs.splice(at, 1);
    };
  }

  random(): number {
    return 0;
  }

  async advance(byMs: number): Promise<void> {
    await settle();
    const untilMs = this.#nowMs + byMs;
    for (;;) {
      const due = this.#jobs.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (!due) break;
      this.#jobs.splice(this.#jobs.indexOf(due), 1);
      this.#nowMs = due.atMs;
      due.job();
      await settle();
    }
    this.#nowMs = untilMs;
    await settle();
  }
}

/** A child that does what it is told and writes it down. */
export class FakeChild implements Supervised {
  readonly label: string;
  readonly #log: string[];
  readonly #timers: ManualTimers;
  /** What the coming calls of `resume` do: start, not start, or hang. The last one stays. */
  starts: ("well" | Error | "never")[] = ["well"];
  /** How long `suspend` takes, ms. */
  suspendMs = 0;
  /** What it was abandoned with. */
  abandonedWith: Error | undefined;

  constructor(label: string, log: string[], timers: ManualTimers) {
    this.label = label;
    this.#log = log;
    this.#timers = timers;
  }

  async suspend(): Promise<void> {
    this.#log.push(`suspend ${this.label}`);
    if (this.suspendMs > 0) await new Promise<void>((resolve) => this.#timers.setTimeout(resolve, this.suspendMs));
    this.#log.push(`suspended ${this.label}`);
  }

  async resume(): Promise<void> {
    this.#log.push(`resume ${this.label}`);
    const start = this.starts.length > 1 ? this.starts.shift()! : this.starts[0];
    if (start === "never") await new Promise(() => {});
    if (start instanceof Error) throw start;
    this.#log.push(`resumed ${this.label}`);
  }

  abandon(error: Error): Promise<void> {
    this.#log.push(`abandon ${this.label}`);
    this.abandonedWith = error;
    return Promise.resolve();
  }
}

export interface Stage {
  readonly timers: ManualTimers;
  readonly supervisor: Supervisor;
  readonly log: string[];
  readonly children: Record<string, FakeChild>;
  /** What was written down since the last call. */
  take(): string[];
  fail(name: string, message?: string): void;
}

const EVENTS: readonly (keyof SupervisorEvents)[] = ["failed", "restarting", "restarted", "gave-up", "escalated"];

/** Writes all events of a supervisor down. */
export function listen(supervisor: Supervisor, log: string[], prefix = ""): void {
  for (const name of EVENTS) {
    supervisor.on(name, ({ child, attempt, delayMs }) => {
      const who = isStage(child) ? child : "group";
      log.push(`${prefix}${name} ${who} #${attempt}${name === "restarting" ? ` in ${delayMs}` : ""}`);
    });
  }
}

function isStage(label: string): boolean {
  return label.length === 1;
}

export function stage(names: string, options: SupervisorOptions = {}, isHeard = true): Stage {
  const timers = (options.timers as ManualTimers | undefined) ?? new ManualTimers();
  const supervisor = new Supervisor({ ...options, timers });
  const log: string[] = [];
  if (isHeard) listen(supervisor, log);
  const children: Record<string, FakeChild> = {};
  for (const name of names) {
    children[name] = new FakeChild(name, log, timers);
    supervisor["~adopt"](children[name]);
  }
  return {
    timers,
    supervisor,
    log,
    children,
    take: () => log.splice(0),
    fail: (name, message = "boom") => supervisor["~failed"](children[name], new Error(message)),
  };
}

/** What is printed on stderr while `run` runs. */
export async function printedBy(run: () => Promise<void>): Promise<string[]> {
  const printed: string[] = [];
  const original = console.error;
  console.error = (...parts: unknown[]) => void printed.push(parts.join(" "));
  try {
    await run();
  } finally {
    console.error = original;
  }
  return printed;
}
