/**
 * What supervision asks of those it watches.
 *
 * @module
 */

/** What a supervisor can do with an actor. */
export interface Supervised {
  /** For messages: `Invert "invert-1"`. */
  readonly label: string;
  /**
   * Ends the present body in good order and keeps handle and links. Resolves when it has ended, also if it hung
   * (bounded). May be called while a `resume` has not settled; that one's outcome then counts no more.
   */
  suspend(): Promise<void>;
  /**
   * Builds a new body from the same class and options. Resolves when it runs; rejects with the failure if it cannot
   * start (that failure is not also reported through failed()).
   */
  resume(): Promise<void>;
  /** It will not be restarted: it ends for good, as failed with `error`. May be called while a `resume` is under way. */
  abandon(error: Error): Promise<void>;
}
