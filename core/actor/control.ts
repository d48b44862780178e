/**
 * Controls: methods of a body that others may call.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import type { Actor } from "./actor.ts";
import { cellOf, isBody } from "./handle.ts";

const MARK: unique symbol = Symbol.for("@streamlib/core/control");

/** A control by name: `{ action: "place", layer: "logo", x: 10 }`. */
export type ControlMessage = { readonly action: string } & Readonly<Record<string, unknown>>;

/**
 * Marks a method as a control.
 *
 * Called on the handle it runs on the body, between two calls of `process`, and the promise tells its result;
 * `handle.sendControlMessage({ action: "setGain", gain: 0.5 })` is the same by name. The method takes at most one
 * argument, an object that survives JSON, and returns a promise.
 *
 * ```ts ignore
 * @control()
 * setGain(argument: { gain: number }): Promise<void> {
 *   this.#gain = argument.gain;
 *   return Promise.resolve();
 * }
 * ```
 */
export function control(): <This extends object, A extends unknown[], R>(
  method: (this: This, ...given: A) => Promise<R>,
  context: ClassMethodDecoratorContext<This, (this: This, ...given: A) => Promise<R>>,
) => (this: This, ...given: A) => Promise<R> {
  return <This extends object, A extends unknown[], R>(
    method: (this: This, ...given: A) => Promise<R>,
    context: ClassMethodDecoratorContext<This, (this: This, ...given: A) => Promise<R>>,
  ) => {
    const name = String(context.name);
    if (method.length > 1) throw new TypeError(`Cannot mark ${name} as a control: it takes more than one argument`);
    function call(this: This, ...given: A): Promise<R> {
      const actor = this as unknown as Actor;
      if (isBody(actor)) return method.apply(this, given);
      return cellOf(actor).control(name, given[0]) as Promise<R>;
    }
    return Object.assign(call, { [MARK]: true });
  };
}

/** Names of the controls that a prototype has, inherited ones included. */
export function controlsOf(prototype: object): string[] {
  const names = new Set<string>();
  for (let at: object | null = prototype; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof property.value === "function" && MARK in property.value) names.add(name);
    }
  }
  return [...names].sort();
}

/** @internal Runs the control `action` of a body. @throws {StreamError} `control-unknown` with the names there are. */
export function runControl(body: Actor, action: string, argument: unknown): unknown {
  const names = controlsOf(Object.getPrototypeOf(body));
  if (!names.includes(action)) {
    throw new StreamError(
      "control-unknown",
      `Cannot call ${action} of ${body.label}: its controls are ${names.length === 0 ? "none" : names.join(", ")}`,
    );
  }
  const method = (body as unknown as Record<string, (argument: unknown) => unknown>)[action];
  return method.call(body, argument);
}
