/**
 * Waiting for the description of a stream, from outside of its actor.
 *
 * @module
 */

/** How often it is asked for, ms: a control must not wait itself, because nothing else runs meanwhile. */
const ASK_MS = 20;

/**
 * The description of what an actor sends, as soon as there is one.
 *
 * @param describe The actor's control; `undefined` as long as nothing has come.
 * @throws {StreamError} What the control throws: `actor-stopped` once the actor has ended.
 */
export async function whenDescribed(describe: () => Promise<string | undefined>): Promise<string> {
  for (;;) {
    const text = await describe();
    if (text !== undefined) return text;
    await new Promise((resolve) => setTimeout(resolve, ASK_MS));
  }
}
