/**
 * Bridges: actors that make messages of one type out of those of another, put between two that do not fit.
 *
 * @module
 */
import type { Actor } from "../actor/actor.ts";
import { StreamError } from "../errors.ts";
import type { Message, MessageType } from "../message/message.ts";
import { ENDED } from "../ring/layout.ts";
import { followGraph } from "./graph.ts";
import type { Input } from "./input.ts";
import type { Output } from "./output.ts";

/** How messages of one type become messages of another. */
export interface Bridge {
  /** Name of the message type that it takes, for example `VideoFrame`. */
  readonly from: string;
  /** Name of the message type that it gives, for example `GpuFrame`. */
  readonly to: string;
  /** For messages: the class and its package, for example `UploadActor of @streamlib/gpu`. */
  readonly name: string;
  /**
   * Makes the actor: with a free input for the one type and an output for the other, and a `spec` that lets it end with
   * its input.
   */
  make(): Actor;
}

const KEY = Symbol.for("@streamlib/core/bridges/1");
const shared = globalThis as { [KEY]?: Map<string, Bridge> };
/** One table per thread, shared by all copies of this package. */
const bridges: Map<string, Bridge> = shared[KEY] ??= new Map();

/**
 * Registers a bridge, which `pipe(to, { bridge: true })` then puts in where it is needed. Modules of packages do so when
 * they are imported; again by the same name replaces it.
 *
 * @throws {StreamError} `catalogue-clash` if another one goes from and to the same types.
 */
export function registerBridge(bridge: Bridge): void {
  const { from, to, name } = bridge;
  const other = bridges.get(keyOf(from, to));
  if (other && other.name !== name) {
    throw new StreamError(
      "catalogue-clash",
      `Cannot register ${name} as the bridge from ${from} to ${to}: ${other.name} is that; import one of them`,
    );
  }
  bridges.set(keyOf(from, to), bridge);
}

/** The registered bridge between two types. */
export function bridgeOf(from: MessageType, to: MessageType): Bridge | undefined {
  return bridges.get(keyOf(from.typeName, to.typeName));
}

/** What makes one type out of another: `UploadActor of @streamlib/gpu makes GpuFrame of VideoFrame`, if it is known. */
export function bridgeHint(from: MessageType, to: MessageType): string | undefined {
  const name = bridgeOf(from, to)?.name ?? to.bridges?.from?.[from.typeName] ?? from.bridges?.to?.[to.typeName];
  return name && `${name} makes ${to.typeName} of ${from.typeName}`;
}

/**
 * Links an output to an input by a new actor between them, which ends when one of its two links does.
 *
 * @param what For messages: what is being done.
 * @throws {StreamError} What making and linking it throws; `port-unknown` if it lacks one of the two ports. Nothing is
 * left running then.
 */
export function layBridge(bridge: Bridge, output: Output<Message>, input: Input<Message>, what: string): void {
  const actor = bridge.make();
  const { freeInputs, allOutputs } = actor["~cell"];
  const entry = freeInputs.find((port) => port.type.typeName === bridge.from);
  const exit = allOutputs.find((port) => port.type.typeName === bridge.to);
  try {
    if (!entry || !exit) {
      throw new StreamError(
        "port-unknown",
        `${what}: ${bridge.name}, the bridge between them, needs a free input for ${bridge.from} and an output for ` +
          `${bridge.to}; ${actor.label} has not both`,
      );
    }
    entry.receive(output);
    input.receive(exit);
    laid.add({ actor, output, entry, exit, input });
    followGraph(lookAtBridges);
  } catch (thrown) {
    void actor.stop();
    throw thrown;
  }
}

/** A bridge and its two links. */
interface LaidBridge {
  readonly actor: Actor;
  readonly output: Output<Message>;
  readonly entry: Input<Message>;
  readonly exit: Output<Message>;
  readonly input: Input<Message>;
}

const laid = new Set<LaidBridge>();
let isLooking = false;

/** A link that has changed may be one of a bridge. */
function lookAtBridges(): void {
  if (isLooking || laid.size === 0) return;
  isLooking = true;
  queueMicrotask(() => {
    isLooking = false;
    for (const one of [...laid]) checkBridge(one);
  });
}

/**
 * Ends a bridge that leads nowhere. What a finished source has left is its to hand on: it then ends by itself. Where its
 * source was unlinked, so is what it was the source of.
 */
function checkBridge(one: LaidBridge): void {
  const { actor, output, entry, exit, input } = one;
  const isOpen = output.ended === ENDED.open || output.ended === ENDED.finished;
  const isFed = entry.source === output;
  const isRead = input.source === exit;
  if (isOpen && isFed && isRead && !actor.isEnding) return;
  laid.delete(one);
  if (!isFed && isRead && !actor.isEnding) input.unlink();
  void actor.stop();
}

function keyOf(from: string, to: string): string {
  return JSON.stringify([from, to]);
}
