/**
 * Circles of links without an actor that buffers.
 *
 * @module
 */

/** A link, as far as circles go. */
interface Edge {
  readonly from: number;
  readonly to: number;
}

/**
 * A circle of links, in their order; `undefined` if there is none. The last one closes it.
 *
 * @param links The links.
 * @param buffers Whether each stage may close a circle.
 */
export function findCircle<E extends Edge>(links: readonly E[], buffers: readonly boolean[]): E[] | undefined {
  const open = links.filter(({ from, to }) => !buffers[from] && !buffers[to]);
  const kept: E[] = [];
  for (const link of open) {
    const path = pathOf(kept, link.to, link.from);
    if (path) return [...path, link];
    kept.push(link);
  }
  return undefined;
}

/** Links from one stage to another; none if they are the same. */
function pathOf<E extends Edge>(links: readonly E[], start: number, end: number): E[] | undefined {
  const cameBy = new Map<number, E | undefined>([[start, undefined]]);
  const queue = [start];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    if (at === end) {
      const path: E[] = [];
      for (let link = cameBy.get(at); link; link = cameBy.get(link.from)) path.unshift(link);
      return path;
    }
    for (const link of links) {
      if (link.from !== at || cameBy.has(link.to)) continue;
      cameBy.set(link.to, link);
      queue.push(link.to);
    }
  }
  return undefined;
}
