/** The layers of a compositor: what is linked, and where it stands. */
import { type Family, type Message, messageOf, StreamError } from "@streamlib/core";
import {
  changePlacement,
  defaultPlacement,
  type PlaceLayer,
  type Placement,
  type PlacementChange,
} from "./placement.ts";
import { readPlaceLayer } from "./placement_schema.ts";

/** A layer that is to be drawn. */
export interface Layer<M extends Message> {
  /** As in `inputs.layer.at("logo")`. */
  readonly name: string;
  /** Where it stands. */
  readonly placement: Placement;
  /** Its newest picture, or that of the base's tick. Valid as what an input reads. */
  readonly frame: M;
}

/**
 * Layers by name, of any kind of picture: compositors on the CPU and on a GPU have the same controls and the same
 * order.
 */
export class LayerStack<M extends Message> {
  readonly #label: string;
  readonly #family: Family<M>;
  readonly #placements: Map<string, Placement> = new Map();

  /**
   * Begins with what the options say.
   *
   * @param label The actor, for messages.
   * @param family Its layers.
   * @param layers Placements by name; layers that are linked and not named stand at the default.
   */
  constructor(label: string, family: Family<M>, layers: Readonly<Record<string, PlacementChange>>) {
    this.#label = label;
    this.#family = family;
    for (const [name, change] of Object.entries(layers)) {
      this.#placements.set(name, changePlacement(defaultPlacement, change));
    }
  }

  /**
   * Changes where a layer stands; what is left out stays.
   *
   * @throws {StreamError} `option-invalid` naming the field and its range, or the layers there are.
   */
  place(change: PlaceLayer): void {
    const { layer, ...placement } = this.#read(change);
    this.#placements.set(layer, changePlacement(this.#placementOf(layer), placement));
  }

  /**
   * Cuts a layer's link and forgets the layer.
   *
   * @throws {StreamError} `option-invalid` naming the layers there are, if there is no such layer.
   */
  remove(layer: string): void {
    this.#check(layer);
    this.#family.delete(layer);
    this.#placements.delete(layer);
  }

  /** Where the layers stand, by name. */
  placements(): Record<string, Placement> {
    return Object.fromEntries(this.#names().map((name) => [name, this.#placementOf(name)]));
  }

  /** Reads what is to be drawn, lowest first; what is hidden is not read. */
  read(): Layer<M>[] {
    const layers: Layer<M>[] = [];
    for (const [name, port] of this.#family.entries()) {
      const placement = this.#placementOf(name);
      const frame = placement.visible && placement.opacity > 0 ? port.readLatest() : undefined;
      if (frame) layers.push({ name, placement, frame });
    }
    return layers.sort((a, b) => a.placement.z - b.placement.z);
  }

  #names(): string[] {
    return [...new Set([...this.#placements.keys(), ...[...this.#family.entries()].map(([name]) => name)])];
  }

  #placementOf(name: string): Placement {
    return this.#placements.get(name) ?? defaultPlacement;
  }

  #read(change: PlaceLayer): PlaceLayer {
    let checked: PlaceLayer;
    try {
      checked = readPlaceLayer(change);
    } catch (thrown) {
      throw new StreamError("option-invalid", `Cannot place a layer of ${this.#label}: ${messageOf(thrown)}`);
    }
    this.#check(checked.layer);
    return checked;
  }

  #check(name: string): void {
    const names = this.#names();
    if (names.includes(name)) return;
    throw new StreamError(
      "option-invalid",
      `Cannot place layer "${name}" of ${this.#label}: its layers are ${names.join(", ") || "none"}`,
    );
  }
}
