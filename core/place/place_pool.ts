/**
 * The places of one dispatcher: started ahead, replaced when they die.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import { Place, type Transport } from "./place.ts";

/** How often a pool begins a place anew that dies before it is open. */
const ATTEMPTS_MAX = 3;

/** Places begun so far, of all pools, by kind. */
const started = new Map<string, number>();

/** A fixed number of places; an actor gets the one with the fewest actors. */
export class PlacePool {
  readonly #kind: string;
  readonly #start: (name: string) => Transport;
  readonly #places: Place[] = [];
  /** Actors that wait for a place to open. */
  readonly #expected = new WeakMap<Place, number>();
  #isClosed = false;

  /**
   * Starts the places.
   *
   * @param kind `thread` or `process`: places are called `thread 1` and so on.
   * @param start Starts one place.
   */
  constructor(kind: string, workers: number, start: (name: string) => Transport) {
    this.#kind = kind;
    this.#start = start;
    for (let i = 0; i < workers; i++) this.#places.push(this.#begin());
  }

  /**
   * A place for one more actor, open.
   *
   * @throws {StreamError} `place-lost` if none can be opened, or the pool is closed.
   */
  async lease(): Promise<Place> {
    for (let attempt = 1;; attempt++) {
      if (this.#isClosed) {
        throw new StreamError("place-lost", `Cannot use a ${this.#kind} of this pool: the pool was closed`);
      }
      const place = this.#places.reduce((least, one) => this.#load(one) < this.#load(least) ? one : least);
      this.#expected.set(place, this.#expectedBy(place) + 1);
      try {
        await place.opened;
        if (place.isAlive) return place;
      } catch (thrown) {
        if (attempt === ATTEMPTS_MAX) throw thrown;
        this.#replace(place);
      } finally {
        this.#expected.set(place, this.#expectedBy(place) - 1);
      }
    }
  }

  /** Ends all places. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#places.map((place) => place.close()));
  }

  #load(place: Place): number {
    return place.actorCount + this.#expectedBy(place);
  }

  #expectedBy(place: Place): number {
    return this.#expected.get(place) ?? 0;
  }

  #begin(): Place {
    const number = (started.get(this.#kind) ?? 0) + 1;
    started.set(this.#kind, number);
    const name = `${this.#kind} ${number}`;
    const place = new Place(name, this.#start(name));
    void place.gone.then(() => {
      // One that dies before it is open is begun anew only when it is wanted: it may die so for ever.
      if (place.wasOpen) this.#replace(place);
    });
    return place;
  }

  #replace(place: Place): void {
    const at = this.#places.indexOf(place);
    if (at >= 0 && !this.#isClosed) this.#places[at] = this.#begin();
  }
}
