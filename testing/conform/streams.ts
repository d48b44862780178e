/**
 * Streams over a transport, for its checks.
 *
 * @module
 */
import {
  type Actor,
  type Input,
  type Message,
  type Output,
  PortRegistry,
  SystemTaiClock,
  tap,
  type TransportStream,
  type TransportTarget,
} from "@streamlib/core";
import { Buffer } from "node:buffer";
import type { TestItems } from "../test_items.ts";
import { TestSinkActor } from "../test_sink_actor.ts";
import { TestSourceActor } from "../test_source_actor.ts";
import { must } from "./check.ts";
import type { TransportConformance } from "./conformance.ts";
import { andEnd, until, within } from "./living.ts";

/** A transport under test. */
export interface TransportSubject extends TransportConformance {
  /** The name that it registers. */
  readonly name: string;
}

/** Names of lists of items that transports carry. */
export type ListName = "video" | "audio" | "packets" | "ancillary" | "data";

/** An item that was sent or has come. */
export interface StreamItem {
  readonly bytes: Buffer;
  readonly timestampNs: bigint;
}

const FPS = 50;
const ITEMS_MAX = 100_000;
const PORT_FIRST = 20_000;
const PORT_COUNT = 6000;

/** Which list of items there is. */
export function listOf(items: TestItems): ListName {
  const [name] = Object.entries(items).find(([, list]) => list !== undefined && list.length > 0) ?? [];
  if (name === undefined) throw new Error("conform.ts gives no items for this transport");
  return name as ListName;
}

/** The target, for this transport and no other. */
function named({ name }: TransportSubject, target: TransportTarget): TransportTarget {
  return typeof target === "string" ? target : { ...target, transport: name };
}

/** An even UDP port of loopback that nobody has, nor the one above it, far from those that senders take. */
export async function freePort(): Promise<number> {
  const first = PORT_FIRST + 2 * Math.floor(Math.random() * PORT_COUNT / 2);
  const lease = await new PortRegistry({ first }).claim({ owner: "conform", host: "127.0.0.1" });
  await lease.release();
  return lease.port;
}

/** Sources, sinks and streams of one check, which are ended after it. */
export class Streaming {
  readonly #subject: TransportSubject;
  readonly #ends: (() => Promise<void>)[] = [];

  constructor(subject: TransportSubject) {
    this.#subject = subject;
  }

  /** A source of the items, for ever from the first again. */
  source(items: TestItems = this.#subject.items): Sender {
    const { fps = FPS } = this.#subject;
    const clock = new SystemTaiClock(fps);
    this.#ends.push(() => Promise.resolve(clock.close()));
    const actor = new TestSourceActor({ ...items, loop: true, fps, clock });
    this.#own(actor);
    return new Sender(actor, actor.outputs[listOf(items)] as unknown as Output<Message>);
  }

  /** A sink. */
  sink(): Receiver {
    const actor = new TestSinkActor({ itemsMax: ITEMS_MAX });
    this.#own(actor);
    return new Receiver(actor, listOf(this.#subject.items));
  }

  /** Sends what an output gives. */
  async send({ output }: Sender, port: number | undefined): Promise<TransportStream> {
    return await this.sendTo(output, this.#subject.sendsTo(port));
  }

  /** Sends to a target. */
  async sendTo(output: Output<Message>, target: TransportTarget): Promise<TransportStream> {
    return this.#stream(await within("the stream", output.sendTo(named(this.#subject, target))));
  }

  /** Receives what was sent to a port. */
  async receive(receiver: Receiver, port: number, items: TestItems = this.#subject.items): Promise<TransportStream> {
    return await this.receiveFrom(receiver, this.#subject.receivesFrom(port, items));
  }

  /** Receives from a target. */
  async receiveFrom({ input }: Receiver, target: TransportTarget): Promise<TransportStream> {
    return this.#stream(await within("the stream", input.receiveFrom(named(this.#subject, target))));
  }

  /** Ends all, the last made first, also after one that does not end. */
  async end(): Promise<void> {
    const end = this.#ends.pop();
    if (end) await andEnd(() => within("the end", end(), 30_000), () => this.end());
  }

  #own(actor: Actor): void {
    actor.ended.catch(() => {});
    this.#ends.push(() => actor.stop());
  }

  #stream(stream: TransportStream): TransportStream {
    stream.ended.catch(() => {});
    this.#ends.push(() => stream.stop());
    return stream;
  }
}

/** A source, and what it has sent since it was looked at. */
export class Sender {
  /** The actor. */
  readonly actor: TestSourceActor;
  /** What is sent. */
  readonly output: Output<Message>;
  /** What was given to be sent, oldest first. */
  readonly sent: StreamItem[] = [];

  constructor(actor: TestSourceActor, output: Output<Message>) {
    this.actor = actor;
    this.output = output;
    tap(output, (item) => void this.sent.push(itemOf(item)));
  }
}

/** A sink, and what has come to it. */
export class Receiver {
  /** The actor. */
  readonly actor: TestSinkActor;
  /** Where it comes. */
  readonly input: Input<Message>;
  readonly #list: ListName;

  constructor(actor: TestSinkActor, list: ListName) {
    this.actor = actor;
    this.input = actor.inputs[list] as unknown as Input<Message>;
    this.#list = list;
  }

  /** Items that have come so far. */
  get messages(): readonly Message[] {
    return this.actor[this.#list];
  }

  /** The same, for comparing. */
  get got(): StreamItem[] {
    return this.messages.map(itemOf);
  }

  /** Waits for so many more items. */
  async receives(more: number): Promise<void> {
    const wanted = this.messages.length + more;
    await until(`item ${wanted}`, () => this.messages.length >= wanted || this.actor.state === "failed");
    must(this.actor.state !== "failed", `the sink has failed: ${this.actor.error?.message ?? ""}`);
  }
}

function itemOf({ data, timestampNs }: Message): StreamItem {
  return { bytes: Buffer.from(data), timestampNs };
}

/** Runs with streams of a transport. */
export async function streaming(subject: TransportSubject, run: (streams: Streaming) => Promise<void>): Promise<void> {
  const streams = new Streaming(subject);
  await andEnd(() => run(streams), () => streams.end());
}
