/**
 * One life of an actor in another place.
 *
 * @module
 */
import type { Life } from "../actor/life.ts";
import { messageOf, StreamError } from "../errors.ts";
import { ENDED } from "../ring/layout.ts";
import { neededLibrary } from "../ring/this_bell.ts";
import { refOfClock } from "./clock_book.ts";
import type { Place } from "./place.ts";
import type { PlacePool } from "./place_pool.ts";
import type { ActorPlan } from "./protocol.ts";
import type { RemoteCell } from "./remote_cell.ts";

/** How long a place may take to hear that an actor shall stop, ms. */
const HEAR_MS_MAX = 5000;
/** How long the actor may take then: its call and `onStop` have 5 s each, its children as much. */
const END_MS_MAX = 30_000;

/** One life in a place of the pool. */
export class RemoteLife implements Life {
  readonly cell: RemoteCell;
  readonly runsItself = true;
  readonly isWorking = false;
  readonly joined = undefined;
  /** Its cell knows it. */
  readonly lastTick = undefined;
  readonly #pool: PlacePool;
  readonly #legacy: Pick<ActorPlan, "snapshot" | "previousTick">;
  readonly #running: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #heard: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #over: PromiseWithResolvers<void> = Promise.withResolvers();
  #place: Place | undefined;
  #actor = 0;
  #isRunning = false;
  #isClosing = false;
  #isOver = false;
  #isDead = false;

  constructor(cell: RemoteCell, pool: PlacePool, legacy: Pick<ActorPlan, "snapshot" | "previousTick">) {
    this.cell = cell;
    this.#pool = pool;
    this.#legacy = legacy;
    this.#running.promise.catch(() => {});
    this.#over.promise.catch(() => {});
  }

  async open(): Promise<void> {
    neededLibrary();
    const { cell } = this;
    const place = await this.#pool.lease();
    if (this.#isClosing) return;
    this.#place = place;
    this.#actor = place.addLife(this);
    const { className, module, id, given, clock, snapshotMs } = cell.init;
    if (clock?.domain) place.joinDomain(clock.domain);
    const plan: ActorPlan = {
      actor: this.#actor,
      className,
      module,
      id,
      given,
      clock: refOfClock(clock),
      snapshotMs,
      ...this.#legacy,
    };
    try {
      place.check(plan);
    } catch (thrown) {
      this.#leave();
      const why = `its options cannot be sent (${messageOf(thrown)})`;
      throw new StreamError("place-refused", `Cannot place ${cell.label}: ${why}; give plain values`, {
        cause: thrown,
      });
    }
    place.send({ type: "make", plan });
    cell.placement = { place, actor: this.#actor };
    for (const link of cell.crossLinks) link.wire();
    await this.#running.promise;
  }

  run(): void {}

  follow(): void {}

  wake(): void {}

  stamp(): undefined {}

  control(action: string, argument: unknown): Promise<unknown> {
    if (this.#place && !this.#isOver) return this.#place.control(this.#actor, action, argument);
    const { label } = this.cell;
    return Promise.reject(new StreamError("actor-stopped", `Cannot call ${action} of ${label}: it does not run`));
  }

  /** Asks the place; if it does not hear, or the actor does not end, the place is ended with all that lives in it. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const place = this.#place;
    if (!place || this.#isOver) return;
    const { label } = this.cell;
    place.send({ type: "stop", actor: this.#actor });
    const isHeard = await within(HEAR_MS_MAX, this.#heard.promise);
    const isEnded = isHeard && await within(END_MS_MAX, this.#over.promise);
    if (!isEnded) {
      const message = isHeard
        ? `Cannot stop ${label} within ${END_MS_MAX} ms: ${place.name} was ended`
        : `Cannot stop ${label}: ${place.name} did not answer within ${HEAR_MS_MAX} ms and was ended`;
      await place.kill(message);
    }
    await this.#over.promise;
  }

  /** The place: it is open. */
  opened(): void {
    this.cell.hasOpened();
  }

  /** The place: it runs. */
  running(): void {
    this.#isRunning = true;
    this.#running.resolve();
  }

  /** The place: it has heard that the actor shall stop. */
  stopping(): void {
    this.#heard.resolve();
  }

  /** The place: the actor has ended. */
  ended(reason: number, error: Error | undefined): void {
    if (this.#isOver) return;
    this.#leave();
    const { cell } = this;
    if (error) this.#over.reject(error);
    else this.#over.resolve();
    if (this.#isClosing) return;
    if (!this.#isRunning) {
      if (error) return this.#running.reject(error);
      this.#running.resolve();
    }
    if (error) void cell.fail(error);
    else if (reason === ENDED.finished) void cell.finish();
    else void cell.stop();
  }

  /** The place is gone. */
  died(error: Error): void {
    this.#isDead = true;
    this.ended(ENDED.failed, error);
  }

  /** It no longer lives anywhere; its links wait for the next life. */
  #leave(): void {
    this.#isOver = true;
    this.#heard.resolve();
    this.#place?.removeLife(this.#actor);
    this.cell.placement = undefined;
    for (const link of this.cell.crossLinks) {
      if (link.output.host === this.cell) link.writerLost(this.#isDead);
      if (link.input.host === this.cell) link.readerLost();
    }
  }
}

async function within(limitMs: number, work: Promise<void>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<boolean>((resolve) => timer = setTimeout(() => resolve(false), limitMs));
  const done = work.then(() => true, () => true);
  try {
    return await Promise.race([done, limit]);
  } finally {
    clearTimeout(timer);
  }
}
