/**
 * What is said of actors and links, in whatever notation.
 *
 * @module
 */
import { fpsOf } from "../time/rate.ts";
import type { Graph, GraphActor, GraphLink } from "./graph.ts";

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** What beats for an actor: `software/60/1 at 60 fps`, `follows video`, or `waits for a link`. */
export function beatOf({ clock, follows }: GraphActor): string {
  if (clock) return `${clock.id} at ${Number(fpsOf(clock.rate).toFixed(3))} fps`;
  return follows === undefined ? "waits for a link" : `follows ${follows}`;
}

/** `VideoFrame rgba8 1920x1080 60 fps`. */
export function itemsOf({ type, format }: GraphLink): string {
  return format === undefined ? type : `${type} ${format}`;
}

/** What a link has carried, in order of interest. */
export function countsOf({ committed, dropped, read, missed, bytesCopied, ageNs }: GraphLink): string[] {
  const age = ageNs === undefined ? [] : [`${(ageNs / 1e6).toFixed(1)} ms old`];
  return [
    `${committed} committed`,
    `${dropped} dropped`,
    `${read} read`,
    `${missed} missed`,
    `${bytesText(bytesCopied)} copied`,
    ...age,
  ];
}

/** The lines of a box. */
export function actorWords(actor: GraphActor): string[] {
  return [actor.label, `${actor.state}, ${beatOf(actor)}`, `${actor.ticks} ticks, ${actor.missedTicks} missed`];
}

/** The lines at an arrow. */
export function linkWords(link: GraphLink): string[] {
  const { from, to, transport } = link;
  return [`${from.port} to ${to.port}`, itemsOf(link), `by ${transport}`, countsOf(link).join(", ")];
}

/** The actors that links name and that have no entry: taps, and what has ended. */
export function strangersOf({ actors, links }: Graph): string[] {
  const known = new Set(actors.map((actor) => actor.label));
  const named = links.flatMap(({ from, to }) => [from.actor, to.actor]);
  return [...new Set(named)].filter((label) => !known.has(label));
}

/** The actors by where they live. */
export function placesOf({ actors }: Graph): Map<string, GraphActor[]> {
  const places = new Map<string, GraphActor[]>();
  for (const actor of actors) {
    const there = places.get(actor.place);
    if (there) there.push(actor);
    else places.set(actor.place, [actor]);
  }
  return places;
}

/** Names for everything that links can begin or end at, which no notation has to quote: `n0`, `n1`. */
export function nodesOf(graph: Graph): Map<string, string> {
  const labels = [...graph.actors.map((actor) => actor.label), ...strangersOf(graph)];
  return new Map([...new Set(labels)].map((label, index) => [label, `n${index}`]));
}

function bytesText(bytes: number): string {
  let [size, unit] = [bytes, 0];
  for (; size >= 1000 && unit < UNITS.length - 1; unit++) size /= 1000;
  return `${unit === 0 ? size : size.toFixed(1)} ${UNITS[unit]}`;
}
