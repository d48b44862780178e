/** The source of these examples: sends 1, 2, 3 …, one per tick, and keeps four past items. */
import { Actor, type ActorSpec, DataMessage, type Output, output, registerActor } from "@streamlib/core";

interface CounterTypes {
  outputs: { data: Output<DataMessage> };
}

@registerActor({ name: "Counter", module: import.meta.url })
export class CounterActor extends Actor<CounterTypes> {
  static readonly spec: ActorSpec<CounterTypes> = {
    description: "Counts its ticks",
    outputs: { data: output(DataMessage, { history: 4 }) },
  };
  #value = 0;

  override process(): void {
    this.outputs.data.send(++this.#value);
  }
}
