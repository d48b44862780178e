/**
 * Reads the metrics of a program: everything at one instant, in one pass.
 *
 * @module
 */
import {
  type Graph,
  type GraphActor,
  type GraphLink,
  localActors,
  PROFILE_SPANS,
  profileRows,
  readGraph,
} from "@streamlib/core";
import { actorPoints, type Named } from "./actor_points.ts";
import { addClocks, addProcess, addTai } from "./machine_points.ts";
import type { CompleteMetricsOptions } from "./metrics_options.ts";
import { type MetricReading, Points } from "./reading.ts";

const NO_LINKS: ReadonlyMap<string, GraphLink> = new Map();

/** The graph, as points need it. */
class Lookup {
  readonly #actors: Map<string, GraphActor>;
  readonly #links = new Map<string, Map<string, GraphLink>>();
  readonly #givers = new Set<string>();

  constructor({ actors, links }: Graph) {
    this.#actors = new Map(actors.map((actor) => [actor.label, actor]));
    for (const link of links) {
      if (!this.#actors.has(link.to.actor)) continue;
      this.#givers.add(link.from.actor);
      const known = this.#links.get(link.to.actor);
      if (known) known.set(link.to.port, link);
      else this.#links.set(link.to.actor, new Map([[link.to.port, link]]));
    }
  }

  /** The links of an actor's inputs. */
  linksOf(label: string): ReadonlyMap<string, GraphLink> {
    return this.#links.get(label) ?? NO_LINKS;
  }

  /** Whether no actor reads what it makes. */
  isSink(label: string): boolean {
    return !this.#givers.has(label);
  }

  /** Ended actors and those of other threads keep their label as name. */
  named(label: string): Named {
    return this.#actors.get(label) ?? { className: "", id: label };
  }

  /** Back along the inputs that are followed, to an actor that beats by itself: its ticks are the source instants. */
  originOf(link: GraphLink): Named {
    let label = link.from.actor;
    for (const seen = new Set<string>(); !seen.has(label);) {
      seen.add(label);
      const actor = this.#actors.get(label);
      const before = actor?.follows === undefined ? undefined : this.linksOf(label).get(actor.follows);
      if (!before) break;
      label = before.from.actor;
    }
    return this.named(label);
  }
}

/**
 * Reads them.
 *
 * @param options What to tell, and how many series at most. Where there would be more, actors are left out whole, the
 * last made first.
 */
export function readMetrics({ latency, seriesMax }: CompleteMetricsOptions): MetricReading {
  const beganMs = performance.now();
  const graph = readGraph();
  const lookup = new Lookup(graph);
  const actors = localActors();
  const nodes = new Map(graph.actors.map((node) => [node.label, node]));
  const rows = Map.groupBy(profileRows().filter(({ span }) => span === PROFILE_SPANS.process), ({ actor }) => actor);
  const points = new Points();
  addProcess(points);
  addTai(points);
  addClocks(points, actors);
  let omittedActors = 0;
  let omittedCounts = 0;
  for (const actor of actors) {
    const node = nodes.get(actor.label);
    if (!node) continue;
    const { points: own, omitted } = actorPoints({
      node,
      stats: actor.stats,
      rows: rows.get(actor.label) ?? [],
      links: lookup.linksOf(actor.label),
      tellsLatency: latency === "all" || latency === "sinks" && lookup.isSink(actor.label),
      named: (label) => lookup.named(label),
      originOf: (link) => lookup.originOf(link),
    });
    if (omittedActors > 0 || points.series + own.series > seriesMax) {
      omittedActors++;
      continue;
    }
    omittedCounts += omitted;
    points.addAll(own);
  }
  points.add("omittedActors", {}, omittedActors);
  points.add("omittedCounts", {}, omittedCounts);
  points.add("collect", {}, (performance.now() - beganMs) / 1000);
  return points.reading();
}
