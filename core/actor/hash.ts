/**
 * Hash of a clock's id, as it travels in headers: FNV-1a, 32 bits.
 *
 * @module
 */

const cache = new Map<string, number>();

/** The hash of a clock's id; never 0, which stands for none. */
export function hashOf(text: string): number {
  const known = cache.get(text);
  if (known !== undefined) return known;
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  const found = hash === 0 ? 1 : hash;
  cache.set(text, found);
  return found;
}
