/**
 * The run queue of a thread: who was woken runs in that order, before timers, without starving them.
 *
 * @module
 */
import { setImmediate } from "node:timers";

/** Longest time that woken actors run on end before the event loop gets a turn, ms. */
const TURN_MS_MAX = 8;

let queue: (() => void)[] = [];
let isScheduled = false;

/** Runs `job` soon, after those scheduled before it. */
export function schedule(job: () => void): void {
  queue.push(job);
  if (isScheduled) return;
  isScheduled = true;
  queueMicrotask(drain);
}

/** Runs what was scheduled at once, for who wakes many at a time and has nothing else to do. */
export function runScheduled(): void {
  if (isScheduled) drain();
}

function drain(): void {
  const endMs = performance.now() + TURN_MS_MAX;
  while (queue.length > 0) {
    const batch = queue;
    queue = [];
    for (let i = 0; i < batch.length; i++) {
      batch[i]();
      if (performance.now() > endMs) {
        queue = [...batch.slice(i + 1), ...queue];
        setImmediate(drain);
        return;
      }
    }
  }
  isScheduled = false;
}
