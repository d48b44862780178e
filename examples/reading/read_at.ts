/** A reader that wants the item of an instant: as far back as the output keeps its past. */
import {
  Actor,
  DataMessage,
  type Input,
  input,
  ManualClock,
  registerActor,
  stopAll,
  type TimedTick,
} from "@streamlib/core";
import { CounterActor } from "./counter.ts";

@registerActor({ name: "PastReader", module: import.meta.url })
class PastReaderActor extends Actor<{ inputs: { data: Input<DataMessage> } }> {
  static readonly spec = { description: "Looks back", inputs: { data: input(DataMessage) } };
  override process(tick: TimedTick): void {
    for (const backMs of [0, 150, 400, 900]) {
      const item = this.inputs.data.readAt(tick.timestampNs - BigInt(backMs) * 1_000_000n);
      const found = item ? `item ${item.value} of ${item.timestampNs / 1_000_000n} ms` : "no longer kept";
      console.log(`${tick.timestampNs / 1_000_000n} ms - ${backMs} ms: ${found}`);
    }
  }
}

const [source, look] = [new ManualClock(10), new ManualClock(10, 1_000_000_000n)];
const counter = new CounterActor({ clock: source });
const reader = new PastReaderActor({ clock: look });
counter.pipe(reader);
await Promise.all([counter.ready, reader.ready]);
await source.advance(11);
await look.advance();
await stopAll();
