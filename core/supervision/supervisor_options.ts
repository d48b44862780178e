/**
 * Options of a supervisor.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import type { BackoffOptions } from "./backoff.ts";
import type { Supervisor } from "./supervisor.ts";
import { SYSTEM_TIMERS, type Timers } from "./timers.ts";

/**
 * Who is restarted when an actor fails: it alone; all of the supervisor; or it and those that were put under the
 * supervisor after it.
 */
export type SupervisorStrategy = "one-for-one" | "one-for-all" | "rest-for-one";

/** What is given to `new Supervisor`. */
export interface SupervisorOptions {
  /** Who is restarted when one fails. Default: `one-for-one`. */
  strategy?: SupervisorStrategy;
  /** Restarts that are allowed within `withinMs`, an integer from 0 to 1000. Default: 3. */
  maxRestarts?: number;
  /** Window of `maxRestarts`, ms, more than 0. The waits before restarts are not part of it. Default: 5000. */
  withinMs?: number;
  /** How the wait before a restart grows. Default: 100 ms, twice as long each time, at most 5000 ms, jitter 0.2. */
  backoff?: Partial<BackoffOptions>;
  /** Who decides when this supervisor gives up. Default: nobody, its actors then fail for good. */
  parent?: Supervisor;
  /** How often the snapshots of actors that have one are taken, ms, 0 to 2³¹ − 1; 0: never. Default: 1000. */
  snapshotMs?: number;
  /** Where time and chance come from. Default: the machine's; another one for tests. */
  timers?: Timers;
}

/** Options of a supervisor, checked and complete. */
export interface CompleteSupervisorOptions {
  /** Who is restarted when one fails. */
  readonly strategy: SupervisorStrategy;
  /** Restarts that are allowed within `withinMs`. */
  readonly maxRestarts: number;
  /** Window of `maxRestarts`, ms. */
  readonly withinMs: number;
  /** How the wait before a restart grows. */
  readonly backoff: BackoffOptions;
  /** Who decides when this supervisor gives up. */
  readonly parent: Supervisor | undefined;
  /** How often snapshots are taken, ms; 0: never. */
  readonly snapshotMs: number;
  /** Where time and chance come from. */
  readonly timers: Timers;
}

/** Longest time that a timer of either runtime can wait, ms. */
const TIMER_MS_MAX = 2 ** 31 - 1;

const STRATEGIES: readonly unknown[] = ["one-for-one", "one-for-all", "rest-for-one"];
const TOP = ["strategy", "maxRestarts", "withinMs", "backoff", "parent", "snapshotMs", "timers"];
const BACKOFF = ["firstMs", "maxMs", "factor", "jitter"];

/**
 * Complete options, or one error that names each wrong one, its value, and what would be right.
 *
 * @throws {StreamError} `option-invalid`.
 */
export function parseSupervisorOptions(given: SupervisorOptions): CompleteSupervisorOptions {
  const issues: string[] = [];
  function check(name: string, value: unknown, isRight: boolean, right: string): void {
    if (!isRight) issues.push(`${name} = ${show(value)}: ${right}`);
  }
  function checkNames(name: string, value: unknown, known: readonly string[]): boolean {
    const isObject = typeof value === "object" && value !== null;
    check(name === "" ? "options" : `option ${name}`, value, isObject, "an object is right");
    for (const key of isObject ? Object.keys(value) : []) {
      const path = name === "" ? key : `${name}.${key}`;
      if (!known.includes(key)) issues.push(`option ${path}: there is no such option; there are ${known.join(", ")}`);
    }
    return isObject;
  }
  const options = checkNames("", given, TOP) ? given : {};
  const backoffGiven = options.backoff ?? {};
  const backoffOptions = checkNames("backoff", backoffGiven, BACKOFF) ? backoffGiven : {};
  const { strategy = "one-for-one", maxRestarts = 3, withinMs = 5000, parent, snapshotMs = 1000 } = options;
  const { timers = SYSTEM_TIMERS } = options;
  const { firstMs = 100, maxMs = 5000, factor = 2, jitter = 0.2 } = backoffOptions;

  const ms = `0 to ${TIMER_MS_MAX} is right`;
  check("option strategy", strategy, STRATEGIES.includes(strategy), `one of ${STRATEGIES.join(", ")} is right`);
  const isCount = Number.isInteger(maxRestarts) && isWithin(maxRestarts, 0, 1000);
  check("option maxRestarts", maxRestarts, isCount, "an integer from 0 to 1000 is right");
  check("option withinMs", withinMs, Number.isFinite(withinMs) && withinMs > 0, "a number above 0 is right");
  check("option backoff.firstMs", firstMs, isWithin(firstMs, 0, TIMER_MS_MAX), ms);
  const leastMs = isWithin(firstMs, 0, TIMER_MS_MAX) ? firstMs : 0;
  const right = `${leastMs} (backoff.firstMs) to ${TIMER_MS_MAX} is right`;
  check("option backoff.maxMs", maxMs, isWithin(maxMs, leastMs, TIMER_MS_MAX), right);
  check("option backoff.factor", factor, isWithin(factor, 1, 1000), "1 to 1000 is right");
  check("option backoff.jitter", jitter, isWithin(jitter, 0, 1), "0 to 1 is right");
  check("option parent", parent, parent === undefined || isSupervisor(parent), "a Supervisor is right");
  check("option snapshotMs", snapshotMs, isWithin(snapshotMs, 0, TIMER_MS_MAX), ms);
  check("option timers", timers, isTimers(timers), "an object with nowMs, setTimeout and random is right");
  if (issues.length > 0) throw new StreamError("option-invalid", `Cannot make a Supervisor: ${issues.join("; ")}`);

  const backoff = Object.freeze({ firstMs, maxMs, factor, jitter });
  return Object.freeze({ strategy, maxRestarts, withinMs, backoff, parent, snapshotMs, timers });
}

/** Whether `value` is a `Supervisor`, also one of another copy of this package. */
export function isSupervisor(value: unknown): value is Supervisor {
  return typeof value === "object" && value !== null && "~streamlibSupervisor" in value;
}

function isTimers(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const members = value as Record<string, unknown>;
  return ["nowMs", "setTimeout", "random"].every((name) => typeof members[name] === "function");
}

function isWithin(value: unknown, min: number, max: number): boolean {
  return typeof value === "number" && value >= min && value <= max;
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "function" ? "a function" : String(value);
}
