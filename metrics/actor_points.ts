/**
 * The points of one actor.
 *
 * @module
 */
import {
  type ActorStats,
  fpsOf,
  type GraphActor,
  type GraphLink,
  type InputStats,
  LATENCY_BOUNDS_NS,
  type LatencyStats,
  type ProfileRow,
} from "@streamlib/core";
import type { FamilyKey } from "./families.ts";
import { type HistogramValue, type Labels, Points, type SummaryValue } from "./reading.ts";

/** Counters that an actor may have; what it counts beyond that is left out. */
export const COUNTS_MAX = 64;
/** Characters of a label's value; a longer one is cut. */
export const LABEL_CHARACTERS_MAX = 200;

const STATES = ["starting", "running", "stopped", "failed"] as const;
const BOUNDS_SECONDS = LATENCY_BOUNDS_NS.map((boundNs) => boundNs / 1e9);

/** One end of a link, or an origin, by what labels call it. */
export interface Named {
  /** Name of its class; empty for what is no actor of this thread. */
  readonly className: string;
  /** Its name. */
  readonly id: string;
}

/** What is known of an actor. */
export interface ActorFacts {
  /** Its node in the graph. */
  readonly node: GraphActor;
  /** What it has done. */
  readonly stats: ActorStats;
  /** How its calls of `process` were profiled; empty where nothing is. */
  readonly rows: readonly ProfileRow[];
  /** The link of each linked input, by its name. */
  readonly links: ReadonlyMap<string, GraphLink>;
  /** Whether its inputs' latencies are told. */
  readonly tellsLatency: boolean;
  /** The actor of a label. */
  readonly named: (label: string) => Named;
  /** Where the items of a link begin. */
  readonly originOf: (link: GraphLink) => Named;
}

/** The points of an actor, and how many of its counters are not among them. */
export function actorPoints(facts: ActorFacts): { readonly points: Points; readonly omitted: number } {
  const { node, stats } = facts;
  const points = new Points();
  const labels: Labels = { class: cut(node.className), actor: cut(node.id), place: cut(node.place) };
  for (const state of STATES) points.add("state", { ...labels, state }, stats.state === state ? 1 : 0);
  points.add("ticks", labels, stats.ticks);
  points.add("missedTicks", labels, stats.missedTicks);
  points.add("freewheelTicks", labels, stats.freewheelTicks);
  points.add("restarts", labels, stats.restarts);
  points.add("rate", labels, node.clock && fpsOf(node.clock.rate));
  points.add("lastProcess", labels, stats.processMs / 1000);
  addProfile(points, labels, facts.rows);
  for (const [output, { committed, dropped, memoryBytes, slots, links }] of Object.entries(stats.outputs)) {
    const own = { ...labels, output: cut(output) };
    points.add("committed", own, committed);
    points.add("dropped", own, dropped);
    points.add("memory", own, memoryBytes);
    points.add("slots", own, slots);
    points.add("links", own, links);
  }
  for (const [input, read] of Object.entries(stats.inputs)) {
    addInput(points, { ...labels, input: cut(input) }, read, facts.links.get(input), facts);
  }
  return { points, omitted: addCounts(points, labels, stats.counters) };
}

function addInput(
  points: Points,
  labels: Labels,
  stats: InputStats,
  link: GraphLink | undefined,
  facts: ActorFacts,
): void {
  points.add("read", labels, stats.read);
  points.add("missed", labels, stats.missed);
  points.add("repeated", labels, stats.repeated);
  points.add("unaligned", labels, stats.unaligned);
  points.add("copied", labels, stats.bytesCopied);
  points.add("age", labels, stats.ageNs === undefined ? undefined : stats.ageNs / 1e9);
  if (!link) return;
  const from = facts.named(link.from.actor);
  points.add("link", {
    ...labels,
    from_class: cut(from.className),
    from_actor: cut(from.id),
    from_output: cut(link.from.port),
    type: cut(link.type),
    transport: link.transport,
  }, 1);
  if (!stats.latency || !facts.tellsLatency) return;
  const origin = facts.originOf(link);
  const path = { ...labels, origin_class: cut(origin.className), origin: cut(origin.id) };
  points.add("latency", path, histogramOf(stats.latency));
  points.add("early", path, stats.latency.early);
}

/** Where an actor has run in several places one after the other, each has a row. */
function addProfile(points: Points, labels: Labels, rows: readonly ProfileRow[]): void {
  const count = rows.reduce((sum, row) => sum + row.count, 0);
  if (count === 0) return;
  const sum = rows.reduce((total, row) => total + row.count * row.meanNs, 0) / 1e9;
  const { p50Ns, p99Ns } = rows.reduce((most, row) => row.count > most.count ? row : most);
  const summary: SummaryValue = { quantiles: [[0.5, p50Ns / 1e9], [0.99, p99Ns / 1e9]], count, sum };
  points.add("process", labels, summary);
}

function addCounts(points: Points, labels: Labels, counters: Readonly<Record<string, number>>): number {
  const names = new Set<string>();
  const key: FamilyKey = "counts";
  let omitted = 0;
  for (const [name, value] of Object.entries(counters)) {
    const counter = cut(name);
    if (names.size === COUNTS_MAX || names.has(counter) || !(value >= 0)) {
      omitted++;
      continue;
    }
    names.add(counter);
    points.add(key, { ...labels, counter }, value);
  }
  return omitted;
}

function histogramOf({ buckets, sumNs }: LatencyStats): HistogramValue {
  return { bounds: BOUNDS_SECONDS, counts: buckets, sum: sumNs / 1e9 };
}

/** Label values as they are told. */
export function cut(text: string): string {
  return text.length > LABEL_CHARACTERS_MAX ? `${text.slice(0, LABEL_CHARACTERS_MAX - 1)}…` : text;
}
