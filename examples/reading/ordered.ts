/** An ordered reader gets every item once. What it loses when it falls too far behind is the oldest, and counted. */
import { Actor, DataMessage, type Input, input, ManualClock, registerActor, stopAll } from "@streamlib/core";
import { CounterActor } from "./counter.ts";

@registerActor({ name: "OrderedReader", module: import.meta.url })
class OrderedReaderActor extends Actor<{ inputs: { data: Input<DataMessage> } }> {
  static readonly spec = {
    description: "Reads every item",
    inputs: { data: input(DataMessage, { delivery: "ordered", depth: 3 }) },
  };
  override process(): void {
    for (const item of this.inputs.data) console.log(`  item ${item.value}, missed ${item.missed}`);
  }
}

const [fast, slow] = [new ManualClock(60), new ManualClock(15)];
const counter = new CounterActor({ clock: fast });
const reader = new OrderedReaderActor({ clock: slow });
counter.pipe(reader);
await Promise.all([counter.ready, reader.ready]);
for (const items of [1, 3, 0, 9]) {
  console.log(`${items} more come, and a look:`);
  await fast.advance(items);
  await slow.advance();
}
const { read, missed } = reader.stats.inputs.data;
console.log(`read ${read}, missed ${missed}, ${counter.outputs.data.stats().slots} slots`);
await stopAll();
