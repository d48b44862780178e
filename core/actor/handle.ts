/**
 * From an actor object to its cell, and from a class to its construction.
 *
 * @module
 */
import type { Actor } from "./actor.ts";
import type { Cell } from "./cell.ts";

/** The cell that a handle or a body belongs to. */
export function cellOf(actor: Actor): Cell {
  return actor["~cell"];
}

/** Whether the object is a body and not a handle. */
export function isBody(actor: Actor): boolean {
  return actor["~isBody"];
}

let bodyOf: Cell | undefined;
let parentOf: Cell | undefined;

/** Runs `make` so that the first actor it constructs is a body of `cell`. */
export function constructBody<T>(cell: Cell, make: () => T): T {
  bodyOf = cell;
  try {
    return make();
  } finally {
    bodyOf = undefined;
  }
}

/** Runs `make` so that the first actor it constructs is a child of `parent`. */
export function constructChild<T>(parent: Cell, make: () => T): T {
  parentOf = parent;
  try {
    return make();
  } finally {
    parentOf = undefined;
  }
}

/** For the base constructor: what it shall make. The answer is given once. */
export function takeConstruction(): { body: Cell | undefined; parent: Cell | undefined } {
  const taken = { body: bodyOf, parent: parentOf };
  bodyOf = undefined;
  parentOf = undefined;
  return taken;
}
