/**
 * All ports of one actor.
 *
 * @module
 */
import type { Message } from "../message/message.ts";
import { Family } from "./family.ts";
import type { PortHost } from "./host.ts";
import { Input, type InputStats } from "./input.ts";
import { Output, type OutputStats } from "./output.ts";
import type { InputFamilySpec, InputSpec, OutputSpec } from "./spec.ts";

/** The declarations of an actor class's ports. */
export interface PortSpecs {
  readonly inputs: Readonly<Record<string, InputSpec | InputFamilySpec>>;
  readonly outputs: Readonly<Record<string, OutputSpec>>;
}

/** What all ports of an actor have done so far, by name. */
export interface PortStats {
  readonly inputs: Readonly<Record<string, InputStats>>;
  readonly outputs: Readonly<Record<string, OutputStats>>;
}

/** How ports are made. */
export interface PortMaker {
  input(name: string, spec: InputSpec, host: PortHost): Input<Message>;
  output(name: string, spec: OutputSpec, host: PortHost): Output<Message>;
}

/** Makes the ports of actors that live in this thread. */
const HERE: PortMaker = {
  input: (name, spec, host) => new Input(name, spec, host),
  output: (name, spec, host) => new Output(name, spec, host),
};

/** Builds and keeps the ports that an actor class declares. */
export class PortSet {
  readonly inputs: Readonly<Record<string, Input<Message> | Family<Message>>>;
  readonly outputs: Readonly<Record<string, Output<Message>>>;
  #allInputs: Input<Message>[] | undefined;
  #ends: (() => void)[] = [];

  constructor(specs: PortSpecs, host: PortHost, make: PortMaker = HERE) {
    const refresh = (): void => void (this.#allInputs = undefined);
    const inputs: Record<string, Input<Message> | Family<Message>> = {};
    for (const [name, spec] of Object.entries(specs.inputs)) {
      inputs[name] = "each" in spec
        ? new Family(name, spec, (member) => make.input(member, spec.each, host), host, refresh)
        : make.input(name, spec, host);
    }
    const outputs: Record<string, Output<Message>> = {};
    for (const [name, spec] of Object.entries(specs.outputs)) outputs[name] = make.output(name, spec, host);
    this.inputs = Object.freeze(inputs);
    this.outputs = Object.freeze(outputs);
  }

  /** Every input, members of families included, in declared order. */
  get allInputs(): readonly Input<Message>[] {
    return this.#allInputs ??= Object.values(this.inputs).flatMap((port) =>
      port instanceof Family ? [...port] : [port]
    );
  }

  /** Every output in declared order. */
  get allOutputs(): readonly Output<Message>[] {
    return Object.values(this.outputs);
  }

  /** The input called `name`, `family.member` for a member of a family, which is made if it is new. */
  inputNamed(name: string): Input<Message> {
    const [own, member] = name.split(".", 2);
    const port = this.inputs[own];
    return port instanceof Family ? port.at(member) : port;
  }

  /** Inputs that are not linked, members of families left out. */
  get freeInputs(): readonly Input<Message>[] {
    return Object.values(this.inputs).filter((port) => port instanceof Input && !port.source) as Input<Message>[];
  }

  /** Whether anybody reads any output. */
  get isLinkedOut(): boolean {
    return this.allOutputs.some((port) => port.isLinked);
  }

  /** What the ports have done so far, by name. */
  stats(): PortStats {
    return {
      inputs: Object.fromEntries(this.allInputs.map((port) => [port.name, port.stats()])),
      outputs: Object.fromEntries(this.allOutputs.map((port) => [port.name, port.stats()])),
    };
  }

  /**
   * The inputs that may set the beat, best first: linked ones that say so, then media, then data. Events never do.
   */
  get drivers(): Input<Message>[] {
    const rank = (port: Input<Message>): number => port.spec.drives ? 0 : port.type.kind === "media" ? 1 : 2;
    return this.allInputs.filter((port) => port.source && port.type.kind !== "event")
      .sort((a, b) => rank(a) - rank(b));
  }

  /** Releases reads and aborts loans that a call of the body has left. */
  endProcess(): void {
    for (const port of this.allInputs) port.endProcess();
    for (const port of this.allOutputs) port.endProcess();
    for (const ended of this.#ends.splice(0)) ended();
  }

  /** Has `ended` called once, when the call of the body that is under way has ended. */
  afterProcess(ended: () => void): void {
    this.#ends.push(ended);
  }
}
