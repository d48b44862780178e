/**
 * Percentiles of the deviations that a native sender counts.
 *
 * @module
 */

/**
 * The upper end of the bucket that a percentile lies in, ns; 0 where all were exact.
 *
 * @param counts [0] of those that were exact, [i] of those of 2^(i - 1) to 2^i - 1 ns.
 */
export function bucketEndNs(counts: readonly number[], percent: number): number {
  const wanted = (counts.reduce((sum, count) => sum + count, 0) * percent) / 100;
  let passed = 0;
  for (const [i, count] of counts.entries()) {
    passed += count;
    if (count > 0 && passed >= wanted) return 2 ** i - 1;
  }
  return 0;
}
