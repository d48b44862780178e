/** Longer than any stop ladder of the tests waits, ms. */
const LONG_MS = 20_000;

/**
 * Computes for longer than anybody waits. Not for ever: Deno ends no thread that computes, and it would take a processor
 * from all tests that follow.
 */
export function computeForLong(): Promise<void> {
  for (const endMs = performance.now() + LONG_MS; performance.now() < endMs;);
  return Promise.resolve();
}
