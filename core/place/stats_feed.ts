/**
 * Tells home what the actors of a place have done.
 *
 * @module
 */
import type { Cell } from "../actor/cell.ts";
import type { FromPlace, RemoteStats } from "./protocol.ts";

/** How often home learns of it, ms. */
const FEED_MS = 100;

interface Entry {
  readonly cell: Cell;
  /** What was sent last, in short. */
  mark: string;
}

/** Sends the counters of actors that have changed: every 100 ms, when asked, and at the end of each actor. */
export class StatsFeed {
  readonly #send: (message: FromPlace) => void;
  readonly #entries = new Map<number, Entry>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(send: (message: FromPlace) => void) {
    this.#send = send;
  }

  /** An actor has come. */
  add(actor: number, cell: Cell): void {
    this.#entries.set(actor, { cell, mark: "" });
    this.#timer ??= setInterval(() => this.flush(), FEED_MS);
    this.#timer.unref();
  }

  /** An actor has ended: its last counters are sent. */
  remove(actor: number): void {
    const entry = this.#entries.get(actor);
    if (!entry) return;
    this.#feed(actor, entry);
    this.#entries.delete(actor);
    if (this.#entries.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Sends what has changed. */
  flush(): void {
    for (const [actor, entry] of this.#entries) this.#feed(actor, entry);
  }

  #feed(actor: number, entry: Entry): void {
    const stats = snapshotOf(entry.cell);
    const mark = markOf(stats);
    if (mark === entry.mark) return;
    entry.mark = mark;
    this.#send({ type: "stats", actor, stats });
  }
}

function snapshotOf(cell: Cell): RemoteStats {
  const pending = cell.ports.allInputs.map(({ name, unread, finished }) => [name, { unread, isFinished: finished }]);
  const formats = cell.ports.allOutputs.flatMap(({ name, format }) => format ? [[name, format]] : []);
  const { childLabels: children, lastTick } = cell;
  return {
    stats: cell.stats(),
    children,
    lastTick,
    pending: Object.fromEntries(pending),
    formats: Object.fromEntries(formats),
  };
}

/** Equal if nothing has happened: ages grow by themselves, and do not count. */
function markOf({ lastTick: _, ...stats }: RemoteStats): string {
  return JSON.stringify(stats, (key, value) => key === "ageNs" ? undefined : value);
}
