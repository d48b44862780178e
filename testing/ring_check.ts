/**
 * Sends sealed pictures through the rings between actors and looks whether every one arrives whole.
 *
 * @module
 */
import type { Dispatcher } from "@streamlib/core";
import { AssertionError } from "node:assert";
import { SealedSourceActor, type SealedSourceOptions } from "./sealed_source_actor.ts";
import { SealReaderActor, type SealReaderOptions } from "./seal_reader_actor.ts";

/** What {@linkcode checkRing} may be told. */
export interface RingCheckOptions {
  /** Pictures, their size and rate. */
  readonly source?: SealedSourceOptions;
  /** Where the writer lives. Default: this thread's event loop. */
  readonly writer?: Dispatcher;
  /**
   * The readers: where each lives, how it reads (default `latest`) and how it holds pictures. Default: one that reads
   * the latest, one that reads in order, and one that holds every tenth picture.
   */
  readonly readers?:
    readonly (SealReaderOptions & { readonly dispatcher?: Dispatcher; readonly order?: ReadingOrder })[];
}

/** How a reader takes items. */
export type ReadingOrder = "latest" | "ordered";

/** What one reader has seen. */
export interface RingReaderReport {
  /** How it reads. */
  readonly order: ReadingOrder;
  /** Pictures that it has read. */
  readonly read: number;
  /** Pictures that it has missed, as the ring says. */
  readonly missed: number;
  /** Pictures of which a byte was not of their seal. */
  readonly torn: number;
  /** Pictures whose number was not above that of the one before. */
  readonly outOfOrder: number;
  /** Gaps that the ring did not count as missed; only of a reader in order. */
  readonly unaccounted: number;
}

/** What {@linkcode checkRing} has found. */
export interface RingReport {
  /** Pictures that the writer has committed. */
  readonly committed: number;
  /** Pictures that it has dropped because readers held every slot. */
  readonly dropped: number;
  /** What each reader has seen, in the given order. */
  readonly readers: readonly RingReaderReport[];
}

/**
 * Sends sealed pictures from a writer to readers, in any places, and expects each to arrive whole and in order.
 *
 * @returns The counts. A slow reader may miss pictures and make the writer drop some: that is no fault.
 * @throws {AssertionError} If a picture was torn or out of order, was lost without being counted, or if a reader has
 * read nothing.
 * @throws {StreamError} What an actor fails with.
 */
export async function checkRing(options: RingCheckOptions = {}): Promise<RingReport> {
  const { readers = [{ order: "latest" }, { order: "ordered" }, { holdEvery: 10 }], writer } = options;
  const source = new SealedSourceActor({ ...options.source, ...(writer ? { dispatcher: writer } : {}) });
  const made = readers.map(({ order = "latest", ...given }) => ({ order, actor: new SealReaderActor(given) }));
  try {
    await Promise.all(made.map(({ actor }) => actor.ready));
    for (const { order, actor } of made) source.outputs.video.pipe(actor.inputs[order]);
    await source.ended;
    await Promise.all(made.map(({ actor }) => actor.ended));
  } finally {
    await Promise.all([source, ...made.map(({ actor }) => actor)].map((actor) => actor.stop()));
  }
  const { committed, dropped } = source.stats.outputs.video;
  const report = { committed, dropped, readers: made.map(({ order, actor }) => readerReport(order, actor)) };
  const faults = report.readers.flatMap(faultsOf);
  if (faults.length === 0) return report;
  throw new AssertionError({ message: `The ring is at fault: ${faults.join("; ")}`, stackStartFn: checkRing });
}

function readerReport(order: ReadingOrder, actor: SealReaderActor): RingReaderReport {
  const { counters, inputs } = actor.stats;
  const { read = 0, torn = 0, outOfOrder = 0, unaccounted = 0 } = counters;
  return { order, read, missed: inputs[order].missed, torn, outOfOrder, unaccounted };
}

function faultsOf({ order, read, torn, outOfOrder, unaccounted }: RingReaderReport, index: number): string[] {
  const who = `reader ${index} (${order})`;
  if (read === 0) return [`${who} has read nothing`];
  return [
    ...(torn > 0 ? [`${who} has read ${torn} torn pictures of ${read}`] : []),
    ...(outOfOrder > 0 ? [`${who} has read ${outOfOrder} pictures out of order`] : []),
    ...(unaccounted > 0 ? [`${who} has gaps that nobody counted: ${unaccounted}`] : []),
  ];
}
