/** A reader that looks at its own beat gets the newest item, and is told how many it has not seen. */
import { Actor, DataMessage, type Input, input, ManualClock, registerActor, stopAll } from "@streamlib/core";
import { CounterActor } from "./counter.ts";

@registerActor({ name: "LatestReader", module: import.meta.url })
class LatestReaderActor extends Actor<{ inputs: { data: Input<DataMessage> } }> {
  static readonly spec = { description: "Looks at the newest item", inputs: { data: input(DataMessage) } };
  override process(): void {
    const item = this.inputs.data.readLatest();
    if (!item) return console.log("  nothing yet");
    console.log(`  item ${item.value}, missed ${item.missed}${item.repeated ? ", repeated" : ""}`);
  }
}

const [fast, slow] = [new ManualClock(60), new ManualClock(15)];
const counter = new CounterActor({ clock: fast });
const reader = new LatestReaderActor({ clock: slow });
counter.pipe(reader);
await Promise.all([counter.ready, reader.ready]);
for (const items of [0, 1, 4, 0, 2]) {
  console.log(`${items} more come, and a look:`);
  await fast.advance(items);
  await slow.advance();
}
const { read, missed, repeated } = reader.stats.inputs.data;
console.log(`read ${read}, missed ${missed}, repeated ${repeated}`);
await stopAll();
