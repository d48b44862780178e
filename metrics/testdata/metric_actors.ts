/** Actors whose metrics are known. Plain options: they live anywhere. */
import {
  Actor,
  type ActorSpec,
  DataMessage,
  type Input,
  input,
  type OptionsSchema,
  type Output,
  output,
  profile,
  registerActor,
  taiNowNs,
} from "@streamlib/core";

function defaults<O extends object>(values: Required<O>): OptionsSchema<Required<O>> {
  return {
    validate: (given) => ({ value: { ...values, ...given as O } }),
    toJSONSchema: () => ({ type: "object" }),
  };
}

interface TellTypes {
  outputs: { data: Output<DataMessage> };
  options: { fps?: number; ageMs?: number; failAt?: number; counters?: Readonly<Record<string, number>> };
}

/** Gives a value per tick whose source instant is `ageMs` ago; negative ages are in the future. */
@registerActor({ name: "MetricTell", module: import.meta.url })
export class TellActor extends Actor<TellTypes> {
  static readonly spec: ActorSpec<TellTypes> = {
    description: "Tells numbers",
    outputs: { data: output(DataMessage) },
    options: defaults<TellTypes["options"]>({ fps: 100, ageMs: 0, failAt: 0, counters: {} }),
  };
  #made = 0;

  override onStart(): void {
    this.tickAt(this.options.fps);
    for (const [name, value] of Object.entries(this.options.counters)) this.count(name, value);
  }

  override process(): void {
    const value = ++this.#made;
    this.count("told");
    if (value === this.options.failAt) throw new Error("Cannot tell: told to fail");
    const sourceTimestampNs = taiNowNs() - BigInt(this.options.ageMs * 1e6);
    this.outputs.data.send({ value }, { sourceTimestampNs });
  }
}

interface PassTypes {
  inputs: { data: Input<DataMessage> };
  outputs: { data: Output<DataMessage> };
}

/** Gives what it gets, with its stamps. */
@registerActor({ name: "MetricPass", module: import.meta.url })
export class PassActor extends Actor<PassTypes> {
  static readonly spec: ActorSpec<PassTypes> = {
    description: "Passes on",
    inputs: { data: input(DataMessage) },
    outputs: { data: output(DataMessage) },
  };

  override process(): void {
    for (const item of this.inputs.data) this.outputs.data.send(item.value as object, { stampFrom: item });
  }
}

interface RestampTypes {
  inputs: { data: Input<DataMessage> };
  outputs: { data: Output<DataMessage> };
  options: { failAt?: number };
}

/** Gives what it gets with stamps of its own, and throws at one of them. */
@registerActor({ name: "MetricRestamp", module: import.meta.url })
export class RestampActor extends Actor<RestampTypes> {
  static readonly spec: ActorSpec<RestampTypes> = {
    description: "Stamps anew",
    inputs: { data: input(DataMessage) },
    outputs: { data: output(DataMessage) },
    options: defaults<RestampTypes["options"]>({ failAt: 0 }),
  };
  #made = 0;

  override process(): void {
    for (const item of this.inputs.data) {
      this.outputs.data.send(item.value as object);
      if (++this.#made === this.options.failAt) throw new Error("Cannot stamp: the cable is out");
    }
  }
}

interface BusyTypes {
  outputs: { data: Output<DataMessage> };
}

/** Gives a value per tick, in 28 steps, a loan and a commit. */
@registerActor({ name: "MetricBusy", module: import.meta.url })
export class BusyActor extends Actor<BusyTypes> {
  static readonly spec: ActorSpec<BusyTypes> = {
    description: "Takes many steps",
    outputs: { data: output(DataMessage) },
  };

  override process(): void {
    for (let i = 0; i < 28; i++) profile("step", () => {});
    this.outputs.data.send({});
  }
}

interface TakeTypes {
  inputs: { data: Input<DataMessage> };
}

/** Takes a copy of everything. */
@registerActor({ name: "MetricTake", module: import.meta.url })
export class TakeActor extends Actor<TakeTypes> {
  static readonly spec: ActorSpec<TakeTypes> = {
    description: "Takes",
    inputs: { data: input(DataMessage) },
  };

  override process(): void {
    for (const item of this.inputs.data) item.copy();
  }
}
