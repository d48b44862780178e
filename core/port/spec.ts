/**
 * How an actor class declares its ports, without an instance.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import type { Delivery, Message, MessageType } from "../message/message.ts";
import type { Family } from "./family.ts";
import type { Input } from "./input.ts";
import type { Output } from "./output.ts";

/** Declaration of an input. */
export interface InputSpec<M extends Message = Message> {
  /** Type of the messages it takes. */
  readonly type: MessageType<M>;
  /** `latest`: the newest item; `ordered`: every item once, in order. */
  readonly delivery: Delivery;
  /** Items that an ordered input may fall behind before it loses the oldest, 1–250. */
  readonly depth: number;
  /** Items that the actor keeps pinned at a time, 1–32. */
  readonly pins: number;
  /** Whether this input's items set the actor's beat before those of others do; events never do. */
  readonly drives: boolean;
  /** One sentence for people. */
  readonly description: string;
}

/** Declaration of a family of inputs that are made when asked for, by name. */
export interface InputFamilySpec<M extends Message = Message> {
  /** Declaration of each member. */
  readonly each: InputSpec<M>;
  /** Most members, 1–64. */
  readonly max: number;
}

/** Declaration of an output. */
export interface OutputSpec<M extends Message = Message> {
  /** Type of the messages it gives. */
  readonly type: MessageType<M>;
  /** Slots of the ring, at least, 2–256; more are made where readers need more. */
  readonly slots: number;
  /** Past items kept for `readAt`, beside the newest, 0–250. */
  readonly history: number;
  /** One sentence for people. */
  readonly description: string;
}

/** What {@linkcode input} may be told. */
export interface InputInit {
  /** `latest`: the newest item; `ordered`: every item once, in order. Default: what suits the type. */
  delivery?: Delivery;
  /** Items that an ordered input may fall behind before it loses the oldest, 1–250. Default: what suits the type. */
  depth?: number;
  /** Items that the actor keeps pinned at a time, 1–32. Default: what suits the type, 1 for most. */
  pins?: number;
  /** Whether this input's items set the actor's beat before those of others do. Default false. */
  drives?: boolean;
  /** One sentence for people. Default: none. */
  description?: string;
}

/**
 * Declares an input for messages of `type`.
 *
 * @param type The message class, for example `VideoFrame`.
 * @param init Delivery and depth default to what suits the type: latest for video and data, ordered for sound, packets
 * and events.
 * @throws {StreamError} `option-invalid` if depth or pins are out of range.
 */
export function input<M extends Message>(type: MessageType<M>, init: InputInit = {}): InputSpec<M> {
  const delivery = init.delivery ?? type.delivery;
  const depth = init.depth ?? type.depth;
  const pins = init.pins ?? type.pins ?? 1;
  check("depth", depth, 250);
  check("pins", pins, 32);
  return { type, delivery, depth, pins, drives: init.drives ?? false, description: init.description ?? "" };
}

/**
 * Declares a family of inputs: `layer` with at most 16 members gives `inputs.layer.at("logo")`.
 *
 * @param type The message class.
 * @param init As for {@linkcode input}; `max` is the most members, 1–64.
 * @throws {StreamError} `option-invalid` if depth, pins or max are out of range.
 */
export function inputFamily<M extends Message>(
  type: MessageType<M>,
  init: InputInit & { max: number },
): InputFamilySpec<M> {
  check("max", init.max, 64);
  return { each: input(type, init), max: init.max };
}

/**
 * Declares an output for messages of `type`.
 *
 * @param type The message class.
 * @param init `slots` 2–256, default 3; `history` 0–250, default 0.
 * @throws {StreamError} `option-invalid` if slots or history are out of range.
 */
export function output<M extends Message>(
  type: MessageType<M>,
  init: { slots?: number; history?: number; description?: string } = {},
): OutputSpec<M> {
  const slots = init.slots ?? 3;
  if (slots < 2) {
    throw new StreamError("option-invalid", `Cannot declare a port with slots ${slots}: 2 to 256 are right`);
  }
  check("slots", slots, 256);
  const history = init.history ?? 0;
  if (history !== 0) check("history", history, 250);
  return { type, slots, history, description: init.description ?? "" };
}

function check(name: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= max) return;
  throw new StreamError("option-invalid", `Cannot declare a port with ${name} ${value}: 1 to ${max} are right`);
}

/** The inputs of an actor: by name a port, or a family of ports. */
// deno-lint-ignore no-explicit-any
export type InputMap = Readonly<Record<string, Input<any> | Family<any>>>;
/** The outputs of an actor by name. */
// deno-lint-ignore no-explicit-any
export type OutputMap = Readonly<Record<string, Output<any>>>;

/** The declaration that belongs to a port. */
export type SpecOf<P> = P extends Input<infer M> ? InputSpec<M>
  : P extends Family<infer M> ? InputFamilySpec<M>
  : P extends Output<infer M> ? OutputSpec<M>
  : never;
