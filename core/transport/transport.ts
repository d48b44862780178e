/**
 * What carries items to and from other machines, and what programs ask of it.
 *
 * @module
 */
import type { Actor } from "../actor/actor.ts";
import type { ActorStats } from "../actor/state.ts";
import { StreamError } from "../errors.ts";
import type { Message, MessageType } from "../message/message.ts";
import type { Input } from "../port/input.ts";
import type { Output } from "../port/output.ts";

/** The other end, in words of its own: where it is, and what cannot be told from its packets. */
export interface TransportAddress {
  /** IP address or name: of the other machine, or a multicast group. */
  readonly address: string;
  /** UDP port. */
  readonly port?: number;
  /** What the items are; RTP alone says neither size nor rate. The transport says what it must have. */
  readonly format?: object;
  /** Name of the transport, if several could take this address. */
  readonly transport?: string;
  /** What else the transport takes. */
  readonly [option: string]: unknown;
}

/** The other end: a session description (SDP), which begins with `v=0`, or an address. */
export type TransportTarget = string | TransportAddress;

/**
 * What a transport makes for one stream: an ordinary actor, of which one port is linked to the port that asked. The actor
 * is given the port's items, or gives it items, and talks to the network.
 *
 * @typeParam P `Input<M>` of the actor that sends, `Output<M>` of the one that receives.
 */
export interface TransportEnd<P> {
  /** The actor. It ends when it is told to, and as its own inputs end. */
  readonly actor: Actor;
  /** The port to link. */
  readonly port: P;
  /** Where items go, or where they are received: an IP address. */
  readonly address: string;
  /** UDP port at that address. */
  readonly udpPort: number;
  /** Describes the stream, for the other end; `undefined` as long as it is not known. May be a getter. */
  readonly sdp?: string | undefined;
}

/** Carries messages of one type. A package registers its transports when it is imported. */
export interface Transport<M extends Message = Message> {
  /** Name, one per message type: `ST 2110-30`. */
  readonly name: string;
  /** `import.meta.url` of the module that registers it. */
  readonly module: string;
  /** The messages that it carries. */
  readonly messageType: MessageType<M>;
  /** Whether it can send to this target; `false`: that is for another transport; text: what is wrong with it. */
  sends(target: TransportTarget): boolean | string;
  /** Whether it can receive from this target, as {@linkcode Transport.sends}. */
  receives(target: TransportTarget): boolean | string;
  /**
   * Makes the actor that sends. It is linked to `output` when it is ready; what it throws goes to the caller.
   *
   * @param output Where the items will come from: for labels and formats.
   */
  send(output: Output<M>, target: TransportTarget): TransportEnd<Input<M>> | Promise<TransportEnd<Input<M>>>;
  /**
   * Makes the actor that receives. It is linked to `input` when it is ready; what it throws goes to the caller.
   *
   * @param input Where the items will go: for labels.
   */
  receive(input: Input<M>, target: TransportTarget): TransportEnd<Output<M>> | Promise<TransportEnd<Output<M>>>;
}

/** One stream from or to the network, until it is stopped. */
export interface TransportStream {
  /** Name of the transport. */
  readonly transport: string;
  /** Where items go, or where they are received: an IP address. */
  readonly address: string;
  /** UDP port at that address. */
  readonly port: number;
  /** Describes the stream, for the other end; `undefined` if the transport has none, or does not know it yet. */
  readonly sdp: string | undefined;
  /** The actor that does it. Its events tell when it fails. */
  readonly actor: Actor;
  /** What it has done so far. */
  readonly stats: ActorStats;
  /** Resolves when it has ended, rejects if it has failed. */
  readonly ended: Promise<void>;
  /** Ends it in good order and cuts its link. */
  stop(): Promise<void>;
  /** {@linkcode TransportStream.stop}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A stream to the network, made by `sendTo` of an output. */
export type Transmission = TransportStream;
/** A stream from the network, made by `receiveFrom` of an input. */
export type Reception = TransportStream;

/** What a port does with the network. */
export type TransportDirection = "send" | "receive";

const KEY = Symbol.for("@streamlib/core/transports/1");
const shared = globalThis as { [KEY]?: Transport[] };
/** The transports of this thread, shared by all copies of this package. */
const transports: Transport[] = shared[KEY] ??= [];

/**
 * Lets ports of a message type send and receive by `transport`, in this thread.
 *
 * @throws {StreamError} `catalogue-clash` if another module has registered one of this name for this type.
 */
export function registerTransport<M extends Message>(transport: Transport<M>): void {
  const { name, module, messageType: { typeName } } = transport;
  const at = transports.findIndex((one) => one.name === name && one.messageType.typeName === typeName);
  const known = transports[at];
  if (known && known.module !== module) {
    throw new StreamError(
      "catalogue-clash",
      `Cannot register transport ${name} of ${module} for ${typeName}: ${known.module} has registered that name; ` +
        "import only one of the two, or rename one",
    );
  }
  const carried = transport as unknown as Transport;
  if (known) transports[at] = carried;
  else transports.push(carried);
}

/**
 * The transport that takes a target.
 *
 * @param what Begins the message: `Cannot send Bars "bars-1" output video`.
 * @throws {StreamError} `transport-missing` if none carries that type, or none of the name that the target asks for;
 * `transport-refused` if none takes the target, with the reasons, or if several do; `option-invalid` if the target is
 * neither a session description nor an address.
 */
export function transportFor<M extends Message>(
  type: MessageType<M>,
  target: TransportTarget,
  direction: TransportDirection,
  what: string,
): Transport<M> {
  checkTarget(target, what);
  const ofType = transports.filter((one) => one.messageType.typeName === type.typeName) as unknown as Transport<M>[];
  if (ofType.length === 0) {
    throw new StreamError(
      "transport-missing",
      `${what}: this thread has no transport for ${type.typeName}; import a package that brings one, for example ` +
        `import "@streamlib/st2110"`,
    );
  }
  const asked = typeof target === "string" ? undefined : target.transport;
  const named = ofType.filter(({ name }) => asked === undefined || name === asked);
  if (named.length === 0) {
    throw new StreamError(
      "transport-missing",
      `${what}: this thread has no transport ${asked} for ${type.typeName}; there is ${namesOf(ofType)}`,
    );
  }
  const answers = named.map((one) => direction === "send" ? one.sends(target) : one.receives(target));
  const takers = named.filter((_, index) => answers[index] === true);
  if (takers.length === 1) return takers[0];
  if (takers.length > 1) {
    throw new StreamError(
      "transport-refused",
      `${what}: ${namesOf(takers)} could do it; say which by transport: ${JSON.stringify(takers[0].name)}`,
    );
  }
  const reasons = named.map(({ name }, index) => {
    const answer = answers[index];
    return `${name}: ${typeof answer === "string" ? answer : "not a target of this transport"}`;
  });
  throw new StreamError("transport-refused", `${what}: ${reasons.join("; ")}`);
}

function namesOf(list: readonly { readonly name: string }[]): string {
  return list.map(({ name }) => name).join(" or ");
}

function checkTarget(target: unknown, what: string): void {
  if (typeof target === "string" && target.startsWith("v=0")) return;
  const hasAddress = typeof target === "object" && target !== null && "address" in target &&
    typeof target.address === "string" && target.address !== "";
  if (hasAddress) return;
  throw new StreamError(
    "option-invalid",
    `${what}: the target must be the text of an SDP, which begins with v=0, or an object { address, port, … }`,
  );
}
