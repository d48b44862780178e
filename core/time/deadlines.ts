/**
 * The one deadline queue of a thread: precise wake-ups on an event loop.
 *
 * JavaScript timers fire up to 2 ms early or late. So the queue sleeps coarsely on a timer until shortly before the
 * nearest deadline and then the rest in the kernel, which blocks the loop for at most twice {@linkcode FINE_NS}. Clocks
 * of one rate share their deadlines, so many actors cost one such sleep per period. Without the native library only the
 * timer is left, and lateness grows to that of timers.
 *
 * @module
 */
import { nativeLibrary } from "../native.ts";
import { monotonicNowNs } from "./now.ts";

/** How long before a deadline the timer is to fire, ns; half of the longest native sleep on the event loop. */
const FINE_NS = 1_500_000n;
const NS_PER_MS = 1_000_000n;
const TIMER_MS_MAX = 2 ** 31 - 1;

interface Deadline {
  readonly atNs: bigint;
  readonly wake: () => void;
  cancelled: boolean;
}

const heap: Deadline[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;
let timerAtNs = 0n;

/**
 * Calls `wake` once monotonic time has reached `atNs`, never before it.
 *
 * @returns A function that takes the deadline back.
 */
export function atMonotonic(atNs: bigint, wake: () => void): () => void {
  const deadline: Deadline = { atNs, wake, cancelled: false };
  push(deadline);
  if (timer === undefined || atNs < timerAtNs) arm();
  return () => {
    deadline.cancelled = true;
    while (heap.length > 0 && heap[0].cancelled) pop();
    if (heap.length === 0) disarm();
  };
}

/**
 * Resolves once monotonic time has reached `dueNs`. Also gives the event loop its turn when that is past, so that an
 * actor that is always late starves nobody.
 *
 * @param signal Gives up waiting; the promise then rejects with the signal's reason.
 */
export function sleepUntil(dueNs: bigint, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = atMonotonic(dueNs, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

function disarm(): void {
  if (timer !== undefined) clearTimeout(timer);
  timer = undefined;
}

function arm(): void {
  disarm();
  while (heap.length > 0 && heap[0].cancelled) pop();
  if (heap.length === 0) return;
  timerAtNs = heap[0].atNs;
  const fineNs = nativeLibrary() ? FINE_NS : 0n;
  const coarseNs = timerAtNs - monotonicNowNs() - fineNs;
  const ms = coarseNs > 0n ? Number(fineNs > 0n ? coarseNs / NS_PER_MS : (coarseNs + NS_PER_MS - 1n) / NS_PER_MS) : 0;
  timer = setTimeout(fire, Math.min(ms, TIMER_MS_MAX));
}

function fire(): void {
  timer = undefined;
  const library = nativeLibrary();
  const nextNs = heap.length > 0 ? heap[0].atNs : 0n;
  if (library && nextNs - monotonicNowNs() <= 2n * FINE_NS) library.native.time.sleepUntil(nextNs);
  const due: Deadline[] = [];
  for (let first = heap[0]; first && (first.cancelled || first.atNs <= monotonicNowNs()); first = heap[0]) {
    pop();
    due.push(first);
  }
  // Deadlines that these set, even past ones, come at a later turn of the event loop: they cannot starve it.
  for (const deadline of due) if (!deadline.cancelled) deadline.wake();
  arm();
}

function push(deadline: Deadline): void {
  let i = heap.push(deadline) - 1;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (heap[parent].atNs <= heap[i].atNs) break;
    [heap[parent], heap[i]] = [heap[i], heap[parent]];
    i = parent;
  }
}

function pop(): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  heap[0] = last;
  for (let i = 0;;) {
    const left = 2 * i + 1;
    const right = left + 1;
    let least = i;
    if (left < heap.length && heap[left].atNs < heap[least].atNs) least = left;
    if (right < heap.length && heap[right].atNs < heap[least].atNs) least = right;
    if (least === i) return;
    [heap[least], heap[i]] = [heap[i], heap[least]];
    i = least;
  }
}
