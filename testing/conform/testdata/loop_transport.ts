/** A transport within this process, for tests of the checks. Each kind of fault is one of its names. */
import {
  Actor,
  type ActorSpec,
  DataMessage,
  type Input,
  input,
  type OptionsSchema,
  type Output,
  output,
  type PortLease,
  registerActor,
  registerTransport,
  StreamError,
  type TransportTarget,
  udpPorts,
} from "@streamlib/core";
import { openSync } from "node:fs";
import { isIP } from "node:net";

/** What a faulty loop does wrong; `none` does nothing wrong. */
export type LoopFault =
  | "none"
  | "name"
  | "port"
  | "port-released"
  | "arrives"
  | "order"
  | "stamps"
  | "beside"
  | "stop"
  | "restart"
  | "sender-restart"
  | "format"
  | "nobody"
  | "peer-gone"
  | "cut"
  | "description"
  | "refuses"
  | "nothing-left";

type Hear = (value: unknown, timestampNs: bigint) => void;

/** Descriptors that a faulty loop has left open. */
export const leftOpen: number[] = [];
const wires = new Map<string, Set<Hear>>();
/** Ports at which somebody has received. */
const taken = new Set<string>();

function wireOf(fault: LoopFault, port: number): Set<Hear> {
  const key = `${fault} ${port}`;
  const wire = wires.get(key) ?? new Set();
  wires.set(key, wire);
  return wire;
}

interface LoopOptions {
  readonly fault: LoopFault;
  readonly port: number;
  /** Whether it was a description that said where. */
  readonly isTold?: boolean;
}

const options: OptionsSchema<Required<LoopOptions>> = {
  validate: (given) => ({ value: { isTold: false, ...given as LoopOptions } }),
  toJSONSchema: () => ({ type: "object" }),
};

interface SendTypes {
  inputs: { data: Input<DataMessage> };
  options: LoopOptions;
}

/** Hands items to those who listen at its port. */
@registerActor({ name: "ConformLoopSend", module: import.meta.url })
class LoopSendActor extends Actor<SendTypes> {
  static readonly spec: ActorSpec<SendTypes> = {
    description: "Sends in this process, for tests",
    inputs: { data: input(DataMessage, { delivery: "ordered", depth: 16 }) },
    options,
  };

  #held: readonly [unknown, bigint] | undefined;
  #shape: string | undefined;
  #wasHeard = false;

  override process(): void {
    const { fault, port } = this.options;
    const wire = wireOf(fault, port);
    for (const message of this.inputs.data) {
      const { value, timestampNs } = message;
      if (fault === "beside") message.retain();
      if (wire.size === 0 && (fault === "nobody" || fault === "peer-gone" && this.#wasHeard)) {
        throw new Error("nobody listens");
      }
      this.#wasHeard ||= wire.size > 0;
      const shape = Object.keys(value as object).join();
      this.#shape ??= shape;
      if (fault === "format" && shape !== this.#shape) throw new TypeError("what is that");
      this.#give(wire, value, timestampNs);
    }
  }

  override onStop(): void {
    const { fault, port } = this.options;
    if (fault === "stop") throw new Error("it does not want to");
    if (fault === "sender-restart") wireOf(fault, port).clear();
  }

  #give(wire: Set<Hear>, value: unknown, timestampNs: bigint): void {
    const { fault } = this.options;
    const say = (what: unknown, whenNs: bigint): void => {
      for (const hear of wire) hear(what, whenNs);
    };
    if (fault === "order") {
      if (this.#held) {
        say(value, timestampNs);
        say(...this.#held);
      }
      this.#held = this.#held ? undefined : [value, timestampNs];
      return;
    }
    const what = fault === "arrives" ? { ...value as object, more: 1 } : value;
    say(what, fault === "stamps" ? timestampNs + 1_000_000_000n : timestampNs);
  }
}

interface ReceiveTypes {
  outputs: { data: Output<DataMessage> };
  options: LoopOptions;
}

/** Gives what it hears at its port. */
@registerActor({ name: "ConformLoopReceive", module: import.meta.url })
class LoopReceiveActor extends Actor<ReceiveTypes> {
  static readonly spec: ActorSpec<ReceiveTypes> = {
    description: "Receives in this process, for tests",
    outputs: { data: output(DataMessage) },
    options,
    rate: 500,
  };

  readonly #heard: [unknown, bigint][] = [];
  readonly #hear: Hear = (value, timestampNs) => {
    const { fault, isTold } = this.options;
    const isWrong = fault === "description" && isTold;
    this.#heard.push([isWrong ? { ...value as object, more: this.#heard.length % 2 } : value, timestampNs]);
  };

  override onStart(): void {
    const { fault, port } = this.options;
    if (fault === "nothing-left") leftOpen.push(openSync("/dev/null", "r"));
    if (fault === "restart" && taken.has(`${port}`)) throw new Error(`port ${port} is taken`);
    taken.add(`${port}`);
    wireOf(fault, port).add(this.#hear);
  }

  override process(): void {
    for (const [value, timestampNs] of this.#heard.splice(0)) this.outputs.data.send(value, { timestampNs });
  }

  override async onStop(): Promise<void> {
    const { fault, port } = this.options;
    wireOf(fault, port).delete(this.#hear);
    if (fault === "cut") await new Promise((resolve) => setTimeout(resolve, 600_000));
  }
}

function objection(name: string, fault: LoopFault, target: TransportTarget): boolean | string {
  if (typeof target === "string") return target.startsWith(`v=0 ${name} `) || "it describes nothing";
  if (fault === "refuses") return true;
  const { address, port = 0 } = target;
  if (isIP(address) === 0) return `${address} is no IP address`;
  return port >= 0 && port < 65_536 || `port ${port} is none`;
}

function portOf(target: TransportTarget): number | undefined {
  return typeof target === "string" ? Number(target.split(" ").at(-1)) : target.port;
}

async function claim(fault: LoopFault, owner: string, port: number | undefined): Promise<PortLease> {
  const host = "127.0.0.1";
  if (fault === "port" && port === undefined) return udpPorts.name({ owner, host, port: 40_001 });
  const lease = port === undefined ? await udpPorts.claim({ owner, host }) : udpPorts.name({ owner, host, port });
  await lease.handOver();
  return lease;
}

/** Registers a loop with a fault. @returns Its name. */
export function registerLoop(fault: LoopFault): string {
  const name = `Loop ${fault}`;
  const address = "127.0.0.1";
  registerTransport<DataMessage>({
    name,
    module: import.meta.url,
    messageType: DataMessage,
    sends: (target) => objection(name, fault, target),
    receives: (target) => objection(name, fault, target),
    async send(from, target) {
      const lease = await claim(fault, from.label, portOf(target));
      const { port } = lease;
      const actor = new LoopSendActor({ fault, port });
      const release = (): Promise<void> => fault === "port-released" ? Promise.resolve() : lease.release();
      actor.ended.then(release, release);
      return {
        actor,
        port: actor.inputs.data,
        address,
        udpPort: fault === "name" ? port + 2 : port,
        sdp: `v=0 ${name} ${port}`,
      };
    },
    receive(_to, target) {
      const port = portOf(target);
      if (port === undefined) throw new StreamError("option-invalid", "Cannot receive: port is missing");
      const actor = new LoopReceiveActor({ fault, port, isTold: typeof target === "string" });
      return { actor, port: actor.outputs.data, address, udpPort: port };
    },
  });
  return name;
}
