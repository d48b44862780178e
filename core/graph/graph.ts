/**
 * What runs, and what is linked to what.
 *
 * @module
 */
import type { Actor } from "../actor/actor.ts";
import type { Message } from "../message/message.ts";
import { RemoteCell } from "../place/remote_cell.ts";
import type { PortHost } from "../port/host.ts";
import type { Input } from "../port/input.ts";
import type { Output } from "../port/output.ts";
import type { Source } from "../port/source.ts";
import { localActors } from "../registry/local_registry.ts";
import { isoOf } from "../time/instant.ts";
import { taiNowNs } from "../time/now.ts";
import type { Rate } from "../time/rate.ts";
import type { ActorState } from "../actor/state.ts";
import { shortFormat } from "./short_format.ts";

/** The type whose items name pictures that stay on a device. */
const GPU_TYPE = "GpuFrame";

/** The actors of a thread and their links, as JSON. */
export interface Graph {
  /** When it was read: ISO 8601 with nanoseconds, TAI. */
  readonly at: string;
  /** Actors that this thread has made and that have not ended, in the order they were made. */
  readonly actors: readonly GraphActor[];
  /** Links that begin or end at one of them, taps included. */
  readonly links: readonly GraphLink[];
}

/** One actor. */
export interface GraphActor {
  /** Name under which its class is registered. */
  readonly className: string;
  /** Name of this instance. */
  readonly id: string;
  /** `Class "id"`: what links call it, too. */
  readonly label: string;
  /** `actor://local/Class/id`. */
  readonly uri: string;
  /** Where it is in its life. */
  readonly state: ActorState;
  /**
   * Where it lives: `event-loop`, `gpu`, or another kind of dispatcher; `thread 1` or `process 1` where it lives
   * elsewhere, the dispatcher's kind while it lives nowhere.
   */
  readonly place: string;
  /** The clock that beats for it; absent if it follows an input, or waits for one to be linked. */
  readonly clock?: GraphClock;
  /** Name of the input that it follows; absent if it follows none. */
  readonly follows?: string;
  /** Label of the actor that has spawned it; absent if none has. */
  readonly parent?: string;
  /** Labels of the actors it has spawned. Those of an actor that lives elsewhere have no entry of their own here. */
  readonly children: readonly string[];
  /** Calls of `process` that returned without throwing. */
  readonly ticks: number;
  /** Beats that fell due while it was busy, and items of a driving `latest` input that newer ones replaced. */
  readonly missedTicks: number;
  /** Calls of `process` in place of a silent driving input. */
  readonly freewheelTicks: number;
  /** What it counts itself, by name. */
  readonly counters: Readonly<Record<string, number>>;
}

/** The clock of an actor. */
export interface GraphClock {
  /** Kind, and what else tells it from others: `software/60/1`. */
  readonly id: string;
  /** Beats per second, as a fraction. */
  readonly rate: Rate;
}

/** One end of a link. */
export interface GraphEnd {
  /** Label of the actor; of a tap: `tap of ` and the output. It has no entry if it has ended, or is a tap. */
  readonly actor: string;
  /** Name of the port; of a member of a family `family.member`. */
  readonly port: string;
}

/** One link. Counters of an actor that lives elsewhere are at most 100 ms old. */
export interface GraphLink {
  /** The output. */
  readonly from: GraphEnd;
  /** The input that reads it. */
  readonly to: GraphEnd;
  /** Name of the message type. */
  readonly type: string;
  /** Its format in short; absent before the first item. */
  readonly format?: string;
  /**
   * How items cross: `ring`: both ends are in one thread; `thread`, `process`: the ring is shared with another one of
   * this, or with another process; `gpu`: only names cross, the pictures stay on the device.
   */
  readonly transport: "ring" | "thread" | "process" | "gpu";
  /** Items that the output has committed, for all its readers. */
  readonly committed: number;
  /** Items that the output has dropped because readers held every slot. */
  readonly dropped: number;
  /** Items that the input has read for the first time, over all its links. */
  readonly read: number;
  /** Items that the input has lost, over all its links. */
  readonly missed: number;
  /** Host bytes copied out of items of the input; see `InputStats.bytesCopied`. */
  readonly bytesCopied: number;
  /** Age of the item that the input read last, ns; absent before the first. */
  readonly ageNs?: number;
}

/**
 * Reads what this thread has made: its actors wherever they live, and their links. Actors that an actor elsewhere has
 * spawned are in that place's graph.
 */
export function readGraph(): Graph {
  const actors = localActors();
  return { at: isoOf(taiNowNs()), actors: actors.map(readActor), links: readLinks(actors) };
}

function readActor(actor: Actor): GraphActor {
  const cell = actor["~cell"];
  const { state, ticks, missedTicks, freewheelTicks, counters } = cell.stats();
  const { clock, init, childLabels } = cell;
  const follows = clock ? undefined : cell.ports.drivers[0]?.name;
  return {
    className: init.className,
    id: init.id,
    label: cell.label,
    uri: actor.uri,
    state,
    place: (cell instanceof RemoteCell ? cell.placement?.place.name : undefined) ?? init.dispatcher.kind,
    ...(clock ? { clock: { id: clock.clockId, rate: { ...clock.rate } } } : {}),
    ...(follows === undefined ? {} : { follows }),
    ...(init.parent ? { parent: init.parent.label } : {}),
    children: [...childLabels],
    ticks,
    missedTicks,
    freewheelTicks,
    counters: { ...counters },
  };
}

/** Links by their outputs; then those of which only the input is here. */
function readLinks(actors: readonly Actor[]): GraphLink[] {
  const cells = actors.map((actor) => actor["~cell"]);
  const inputs = new Set(cells.flatMap((cell) => cell.allOutputs.flatMap((output) => output.targets)));
  for (const input of cells.flatMap((cell) => cell.ports.allInputs)) inputs.add(input);
  return [...inputs].flatMap((input) => isOutput(input.source) ? [readLink(input.source, input)] : []);
}

/** The near end of an output elsewhere is none; only bodies in places read such, and they are no actors of the place. */
function isOutput(source: Source<Message> | undefined): source is Output<Message> {
  return source !== undefined && "~outputProtocol" in source;
}

function readLink(output: Output<Message>, input: Input<Message>): GraphLink {
  const { committed, dropped } = output.stats();
  const { read, missed, bytesCopied, ageNs } = input.stats();
  const { format, type } = output;
  return {
    from: { actor: output.host.label, port: output.name },
    to: { actor: input.host.label, port: input.name },
    type: type.typeName,
    ...(format ? { format: shortFormat(format) } : {}),
    transport: type.typeName === GPU_TYPE ? "gpu" : transportBetween(output.host, input.host),
    committed,
    dropped,
    read,
    missed,
    bytesCopied,
    ...(ageNs === undefined ? {} : { ageNs }),
  };
}

function transportBetween(from: PortHost, to: PortHost): "ring" | "thread" | "process" {
  const ends = [from, to].filter((host) => host instanceof RemoteCell);
  if (ends.length === 0) return "ring";
  if (ends.some((cell) => !cell.placement)) {
    return ends.some((cell) => cell.init.dispatcher.kind === "process-pool") ? "process" : "thread";
  }
  const [one, other] = ends.map((cell) => cell.placement!.place);
  if (one === other) return "ring";
  return one.sharesProcessWith(other) ? "thread" : "process";
}
