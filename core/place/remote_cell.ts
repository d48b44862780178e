/**
 * An actor that lives in another place, as its handle has it.
 *
 * @module
 */
import { Cell } from "../actor/cell.ts";
import type { CellInit } from "../actor/cell_init.ts";
import type { Life } from "../actor/life.ts";
import type { ActorStats } from "../actor/state.ts";
import type { Message } from "../message/message.ts";
import { PortSet } from "../port/port_set.ts";
import type { TimedTick } from "../time/clock.ts";
import type { CrossLink, Placement } from "./cross_link.ts";
import type { PlacePool } from "./place_pool.ts";
import type { RemoteStats } from "./protocol.ts";
import { RemoteLife } from "./remote_life.ts";
import { totalStats } from "./total_stats.ts";
import { REMOTE_PORTS, type RemoteOutput } from "./remote_ports.ts";

/** A cell whose lives are in other places. */
export class RemoteCell extends Cell {
  /** Where it lives now. */
  placement: Placement | undefined;
  /** Its links to other places and to home. */
  readonly crossLinks: Set<CrossLink> = new Set();
  /** What its place told last. */
  remoteStats: RemoteStats | undefined;
  readonly #pool: PlacePool;
  /** What this life has done, and what those before it have. */
  #told: ActorStats | undefined;
  #earlier: ActorStats | undefined;
  readonly #missed = new Map<string, number>();

  /** @param pool Where its lives are. */
  constructor(init: CellInit, pool: PlacePool) {
    super(init);
    this.#pool = pool;
  }

  protected override makePorts(): PortSet {
    const { inputs, outputs } = this.init.spec;
    return new PortSet({ inputs: inputs ?? {}, outputs: outputs ?? {} }, this, REMOTE_PORTS);
  }

  protected override makeLife(): Life {
    if (this.#told) this.#earlier = totalStats(this.#earlier, this.#told);
    this.#told = undefined;
    return new RemoteLife(this, this.#pool, { snapshot: this.snapshot, previousTick: this.previousTick });
  }

  /** What its place told last, at most 100 ms old while it lives and exact when it has ended. */
  override stats(): ActorStats {
    const own = super.stats();
    const told = this.remoteStats?.stats;
    if (!told) return own;
    const { state, restarts, inputs, outputs } = own;
    return { ...told, state, restarts, inputs, outputs };
  }

  override get lastTick(): TimedTick | undefined {
    return this.remoteStats?.lastTick;
  }

  override get childLabels(): readonly string[] {
    return this.remoteStats?.children ?? [];
  }

  /** Its place has told what it has done in this life. */
  learn(told: RemoteStats): void {
    this.#told = told.stats;
    this.remoteStats = { ...told, stats: totalStats(this.#earlier, told.stats) };
    for (const [name, format] of Object.entries(told.formats)) {
      (this.ports.outputs[name] as RemoteOutput<Message>).learnFormat(format);
    }
  }

  /** An input has lost items while the actor lived nowhere. */
  addMissed(input: string, count: number): void {
    this.#missed.set(input, this.missedBetween(input) + count);
  }

  /** Items that an input has lost while the actor lived nowhere. */
  missedBetween(input: string): number {
    return this.#missed.get(input) ?? 0;
  }

  /** Its place has taken a snapshot. */
  keep(state: unknown): void {
    this.keepSnapshot(state);
  }

  /** Its place has it open. */
  hasOpened(): void {
    this.opened();
  }
}
