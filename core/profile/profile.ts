/**
 * Where time goes: switched on by the environment, and free of cost while it is off.
 *
 * @module
 */
import process from "node:process";
import { isMainThread } from "node:worker_threads";
import { printAtExit } from "./print_at_exit.ts";
import { nowNs, Profiler, type ProfileRow, type ProfileSnapshot } from "./profiler.ts";
import { formatTable } from "./table.ts";
import { beginSpan, tracedOneOf, traceSpan } from "./trace.ts";

const VARIABLE = "STREAMLIB_PROFILE";
/** Two copies of this package in one thread share one profiler. */
const KEY = Symbol.for("@streamlib/core/profiler/1");

let stopPrinting: (() => void) | undefined;

/**
 * The profiler of this thread; `undefined` while profiling is off. Whatever measures asks this variable first, so that
 * measuring costs one comparison while it is off.
 */
export let profiler: Profiler | undefined = isAskedFor(setting()) ? begin() : undefined;

/** A stretch of time that is being measured; it ends when it is disposed of. */
export interface ProfileSpan {
  /** Ends the span; a second call does nothing. */
  [Symbol.dispose](): void;
}

const NO_SPAN: ProfileSpan = Object.freeze({ [Symbol.dispose](): void {} });

/**
 * Begins a span that ends with the block it stands in: `using _ = profile("decode");`. While profiling is off it does
 * nothing and costs nothing worth measuring.
 *
 * In `onStart`, `process`, `onStop` and controls of an actor, and in all that they call and await, the span is counted
 * under the actor; elsewhere under its name alone. Spans may be nested; each counts its whole time.
 *
 * @param name Name of the span, for example `decode`. Those of {@linkcode PROFILE_SPANS} are streamlib's own.
 */
export function profile(name: string): ProfileSpan;
/**
 * Does `work` as a span. While profiling is off it only does `work`.
 *
 * @param name Name of the span.
 * @param work What is measured: until it returns or throws, or, if it gives a promise, until that settles.
 * @returns What `work` returns; of a promise, one that settles the same way.
 */
export function profile<T>(name: string, work: () => T): T;
export function profile<T>(name: string, work?: () => T): T | ProfileSpan {
  if (!profiler && tracedOneOf === 0) return work ? work() : NO_SPAN;
  const active = profiler;
  const actor = active?.actor ?? "";
  if (work) return measure(actor, name, work);
  const endTraced = tracedOneOf > 0 ? beginSpan(name) : undefined;
  const startNs = nowNs();
  let isOpen = true;
  return {
    [Symbol.dispose](): void {
      if (isOpen) {
        active?.record(actor, name, nowNs() - startNs);
        endTraced?.();
      }
      isOpen = false;
    },
  };
}

/**
 * Does `work` as a span of whatever is on: the profiler, and the call that is traced.
 *
 * @param actor Label of the actor; empty if it is not known here.
 */
export function measure<T>(actor: string, name: string, work: () => T): T {
  const traced = tracedOneOf > 0 ? (): T => traceSpan(actor, name, work) : work;
  return profiler ? profiler.measure(actor, name, traced) : traced();
}

/**
 * What was measured so far: the rows of {@linkcode profileTable}, for programs. In the main thread those of threads
 * and processes are among them as far as they have been sent; elsewhere it is what that thread has measured itself.
 *
 * @returns This thread first, then other places; by actor, then span. Empty while profiling is off.
 */
export function profileRows(): ProfileRow[] {
  return profiler?.rows() ?? [];
}

/** What was measured so far as a table, or the line that says why there is none. The end of the process prints it. */
export function profileTable(): string {
  if (!profiler) return `streamlib: nothing was profiled: ${VARIABLE}=1 turns profiling on`;
  const rows = profiler.rows();
  return rows.length > 0 ? formatTable(rows) : "streamlib: profiling is on, and there was nothing to measure";
}

/** Adds what another thread or process has measured; see {@linkcode Profiler.merge}. Nothing if profiling is off. */
export function mergeProfile(place: string, snapshot: ProfileSnapshot): void {
  profiler?.merge(place, snapshot);
}

/** For a process that is a place of another one: its end prints nothing, what it has measured is sent home. */
export function leavePrintingToHome(): void {
  stopPrinting?.();
  stopPrinting = undefined;
}

/**
 * Turns profiling of this thread on or off, whatever the environment says, without a table at its end: for a place,
 * which does as its home does, and for tests and benchmarks. Off forgets what was measured. Bodies that were built
 * while it was off have no `tick` and no `process`.
 */
export function setProfiling(isOn: boolean): void {
  leavePrintingToHome();
  profiler = isOn ? profiler ?? new Profiler() : undefined;
}

/** What the variable asks for. A value that is neither yes nor no leaves it off, and one line says so. */
function isAskedFor(value: string): boolean {
  if (value === "1" || value === "on") return true;
  if (value !== "" && value !== "0" && value !== "off" && isMainThread) {
    console.error(`streamlib: ${VARIABLE}=${value} leaves profiling off: 1 turns it on, 0 or nothing off`);
  }
  return false;
}

function setting(): string {
  try {
    return process.env[VARIABLE] ?? "";
  } catch {
    // Deno refuses to say without the permission. Importing this package needs none, so it cannot be asked for here.
    return "";
  }
}

function begin(): Profiler {
  const shared = globalThis as { [KEY]?: Profiler };
  if (shared[KEY]) return shared[KEY];
  if (isMainThread) stopPrinting = printAtExit(profileTable);
  return shared[KEY] = new Profiler();
}
