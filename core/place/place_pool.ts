/**
 * The places of one dispatcher: started ahead, replaced when they die.
 *
 * @module
 */
import { Place, type Transport } from "./place.ts";

/** How often a pool begins a place anew that dies before it is open. */
const ATTEMPTS_MAX = 3;

/** A fixed number of places; an actor gets the one with the fewest actors. */
export class PlacePool {
  readonly #kind: string;
  readonly #start: (name: string) => Transport;
  readonly #places: Place[] = [];
  #isClosed = false;
  #next = 1;

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

  /** A place for one more actor, open. Rejects if none can be opened. */
  async lease(): Promise<Place> {
    for (let attempt = 1;; attempt++) {
      const place = this.#places.reduce((least, one) => one.actorCount < least.actorCount ? one : least);
      try {
        await place.opened;
        if (place.isAlive) return place;
      } catch (thrown) {
        if (this.#isClosed || attempt === ATTEMPTS_MAX) throw thrown;
        this.#replace(place);
      }
    }
  }

  /** Ends all places. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#places.map((place) => place.close()));
  }

  #begin(): Place {
    const name = `${this.#kind} ${this.#next++}`;
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
