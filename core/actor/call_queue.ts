/**
 * The calls of one body, one at a time and in the order they came.
 *
 * @module
 */

interface Call {
  readonly run: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
  /** Settles it unrun. */
  readonly drop: () => void;
}

/** Runs calls one at a time; a synchronous one runs at once if nothing else does. */
export class CallQueue {
  readonly #calls: Call[] = [];
  readonly #afterEach: () => void;
  readonly #whenIdle: (() => void)[] = [];
  #isWorking = false;
  #isClosed = false;

  /** @param afterEach Runs after each call, before anybody learns that it has ended. */
  constructor(afterEach: () => void) {
    this.#afterEach = afterEach;
  }

  /** Whether a call is in progress. */
  get isWorking(): boolean {
    return this.#isWorking;
  }

  /**
   * Takes a call.
   *
   * @param run The call; what it throws rejects the promise.
   * @param dropped What the promise gets (or rejects with, if it throws) if the queue is closed before the call begins.
   */
  add<T>(run: () => T | Promise<T>, dropped: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const drop = (): void => {
        try {
          resolve(dropped());
        } catch (thrown) {
          reject(thrown);
        }
      };
      if (this.#isClosed) return drop();
      this.#calls.push({ run, resolve: (value) => resolve(value as T), reject, drop });
      if (!this.#isWorking) this.#next();
    });
  }

  /** Drops what waits; no further call begins. Resolves when the one in progress, if any, has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const call of this.#calls.splice(0)) call.drop();
    if (this.#isWorking) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  #next(): void {
    for (let call = this.#calls.shift(); call; call = this.#calls.shift()) {
      const { run, resolve, reject } = call;
      this.#isWorking = true;
      let result: unknown;
      try {
        result = run();
      } catch (thrown) {
        this.#finish();
        reject(thrown);
        continue;
      }
      if (result instanceof Promise) {
        result.then((value) => {
          this.#finish();
          resolve(value);
        }, (thrown) => {
          this.#finish();
          reject(thrown);
        }).then(() => this.#next());
        return;
      }
      this.#finish();
      resolve(result);
    }
  }

  #finish(): void {
    this.#afterEach();
    this.#isWorking = false;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}
