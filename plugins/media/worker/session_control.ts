/**
 * The words that a session's two threads share.
 *
 * The worker sleeps on one word (`rouse` wakes it), the owner waits on another (`signal` wakes it); counters of the
 * queues are words of the same block. Every change of a counter is made before the bell is rung, and every sleeper
 * reads the bell before it looks at the counters, so that no wake-up is lost.
 *
 * @module
 */

/** Numbers of the words. */
export const WORD = {
  workerBell: 0,
  ownerBell: 1,
  stop: 2,
  finish: 3,
  videoDone: 4,
  audioDone: 5,
  packetsDone: 6,
  videoWritten: 7,
  videoRead: 8,
  audioWritten: 9,
  audioRead: 10,
  packetsWritten: 11,
  packetsRead: 12,
} as const;

const WORDS = 16;
/** Longest blocking sleep: runtimes end a blocked worker only between such sleeps. */
const SLEEP_MS = 100;

/** Memory for one session's words. */
export function newControlMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(WORDS * 4);
}

/** The words of one session, seen from either thread. */
export class SessionControl {
  /** The words themselves, for the queues. */
  readonly words: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
  }

  /** Whether a flag is up. */
  isSet(word: number): boolean {
    return Atomics.load(this.words, word) !== 0;
  }

  /** Puts a flag up and wakes both sides. */
  set(word: number): void {
    Atomics.store(this.words, word, 1);
    this.rouse();
    this.signal();
  }

  /** Wakes the worker. */
  rouse(): void {
    Atomics.add(this.words, WORD.workerBell, 1);
    Atomics.notify(this.words, WORD.workerBell);
  }

  /** Wakes the owner. */
  signal(): void {
    Atomics.add(this.words, WORD.ownerBell, 1);
    Atomics.notify(this.words, WORD.ownerBell);
  }

  /** The worker's bell, to be read before looking for work. */
  workerBell(): number {
    return Atomics.load(this.words, WORD.workerBell);
  }

  /** Blocks the worker until the bell differs from `seen`, 100 ms at most. */
  sleep(seen: number): void {
    Atomics.wait(this.words, WORD.workerBell, seen, SLEEP_MS);
  }

  /** Resolves when `ready()` holds; it is tested at once and after every signal. */
  async until(ready: () => boolean): Promise<void> {
    for (;;) {
      const seen = Atomics.load(this.words, WORD.ownerBell);
      if (ready()) return;
      const wait = Atomics.waitAsync(this.words, WORD.ownerBell, seen);
      if (wait.async) await wait.value;
    }
  }
}
