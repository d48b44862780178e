/**
 * Ports that talk to the network: the actors that do it for them, and when these end.
 *
 * @module
 */
import type { Actor } from "../actor/actor.ts";
import type { ActorStats } from "../actor/state.ts";
import { StreamError } from "../errors.ts";
import type { Message } from "../message/message.ts";
import { followGraph } from "../port/graph.ts";
import type { PortHost } from "../port/host.ts";
import type { Input } from "../port/input.ts";
import type { Output } from "../port/output.ts";
import { ENDED } from "../ring/layout.ts";
import {
  type Reception,
  type Transmission,
  type TransportEnd,
  transportFor,
  type TransportStream,
  type TransportTarget,
} from "./transport.ts";

/** Inputs for which a reception is being made. */
const promised = new WeakSet<object>();
const streams = new Set<PortStream>();
let isLooking = false;

/** A link that has changed may be one of ours. */
function lookAtLinks(): void {
  if (isLooking || streams.size === 0) return;
  isLooking = true;
  queueMicrotask(() => {
    isLooking = false;
    for (const stream of [...streams]) stream.checkLink();
  });
}

/** One stream: its actor, and the link between that and the port that asked. */
class PortStream implements TransportStream {
  readonly transport: string;
  readonly #end: TransportEnd<unknown>;
  readonly #output: Output<Message>;
  readonly #input: Input<Message>;

  constructor(transport: string, end: TransportEnd<unknown>, output: unknown, input: unknown) {
    this.transport = transport;
    this.#end = end;
    this.#output = output as Output<Message>;
    this.#input = input as Input<Message>;
    streams.add(this);
    followGraph(lookAtLinks);
  }

  get address(): string {
    return this.#end.address;
  }

  get port(): number {
    return this.#end.udpPort;
  }

  get sdp(): string | undefined {
    return this.#end.sdp;
  }

  get actor(): Actor {
    return this.#end.actor;
  }

  get stats(): ActorStats {
    return this.#end.actor.stats;
  }

  get ended(): Promise<void> {
    return this.#end.actor.ended;
  }

  async stop(): Promise<void> {
    streams.delete(this);
    await this.#end.actor.stop();
    if (this.#input.source === this.#output) this.#input.unlink();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Ends the stream if its link was cut, or if the actor that it sends for has stopped or failed. */
  checkLink(): void {
    const { ended } = this.#output;
    const isLinked = this.#input.source === this.#output;
    const isOpen = ended === ENDED.open || ended === ENDED.finished;
    if (isLinked && isOpen && !this.#end.actor.isEnding) return;
    streams.delete(this);
    void this.#end.actor.stop();
  }
}

/** See `Output.sendTo`. */
export async function sendTo<M extends Message>(output: Output<M>, target: TransportTarget): Promise<Transmission> {
  const what = `Cannot send ${output.label}`;
  if (output.ended !== ENDED.open) throw new StreamError("actor-stopped", `${what}: it has ended`);
  checkAlive(output.host, what);
  const transport = transportFor(output.type, target, "send", what);
  const end = await transport.send(output, target);
  await link(end.actor, () => end.port.receive(output));
  return new PortStream(transport.name, end, output, end.port);
}

/** See `Input.receiveFrom`. */
export async function receiveFrom<M extends Message>(input: Input<M>, target: TransportTarget): Promise<Reception> {
  const what = `Cannot receive for ${input.label}`;
  checkAlive(input.host, what);
  if (input.source || promised.has(input)) {
    const other = input.source?.label ?? "what another receiveFrom() makes";
    throw new StreamError("link-taken", `${what}: it is linked to ${other}; unlink() it first`);
  }
  const transport = transportFor(input.type, target, "receive", what);
  promised.add(input);
  try {
    const end = await transport.receive(input, target);
    await link(end.actor, () => input.receive(end.port));
    return new PortStream(transport.name, end, end.port, input);
  } finally {
    promised.delete(input);
  }
}

function checkAlive(host: PortHost, what: string): void {
  if (!host.alive) throw new StreamError("actor-stopped", `${what}: ${host.label} has ended`);
}

/** Links an actor when it is ready; one that cannot be linked is not left running. */
async function link(actor: Actor, connect: () => void): Promise<void> {
  await actor.ready;
  try {
    connect();
  } catch (thrown) {
    await actor.stop();
    throw thrown;
  }
}
