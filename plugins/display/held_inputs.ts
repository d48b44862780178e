/**
 * Which keys and mouse buttons a page holds down, so that none stays down when the page loses the focus or goes away.
 *
 * @module
 */
import type { KeyEventValue, MouseEventValue } from "@streamlib/core";

const KEYS_MAX = 64;

/** Keys and buttons that one page holds down. */
export class HeldInputs {
  readonly #keys = new Map<string, KeyEventValue>();
  readonly #buttons = new Set<number>();
  #x = 0;
  #y = 0;

  /**
   * Takes a key event.
   *
   * @returns Whether it is to be passed on: an `up` of a key that did not go down here is not, nor is a `down` beyond
   * 64 keys.
   */
  key(event: KeyEventValue): boolean {
    const name = event.code === "" ? event.key : event.code;
    if (event.type === "up") return this.#keys.delete(name);
    if (!this.#keys.has(name) && this.#keys.size >= KEYS_MAX) return false;
    this.#keys.set(name, event);
    return true;
  }

  /**
   * Takes a mouse event.
   *
   * @returns Whether it is to be passed on: an `up` of a button that did not go down here is not.
   */
  mouse(event: MouseEventValue): boolean {
    this.#x = event.x;
    this.#y = event.y;
    if (event.type === "up") return this.#buttons.delete(event.button);
    if (event.type === "down") this.#buttons.add(event.button);
    return true;
  }

  /** Lets everything go. @returns The `up` events that say so, in the order in which things went down. */
  release(): { keys: KeyEventValue[]; mouse: MouseEventValue[] } {
    const up = { type: "up", repeat: false, shift: false, control: false, alt: false, meta: false } as const;
    const keys = [...this.#keys.values()].map(({ key, code }): KeyEventValue => ({ ...up, key, code }));
    const at = { type: "up", x: this.#x, y: this.#y, deltaX: 0, deltaY: 0 } as const;
    const mouse = [...this.#buttons].map((button): MouseEventValue => ({ ...at, button }));
    this.#keys.clear();
    this.#buttons.clear();
    return { keys, mouse };
  }
}
