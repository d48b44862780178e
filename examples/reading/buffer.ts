/** A buffer between a source that comes in bursts and a reader that gets one item after another. */
import {
  Actor,
  BufferActor,
  DataMessage,
  ManualClock,
  type Output,
  output,
  registerActor,
  stopAll,
  tap,
} from "@streamlib/core";

@registerActor({ name: "Burst", module: import.meta.url })
class BurstActor extends Actor<{ outputs: { data: Output<DataMessage> } }> {
  static readonly spec = { description: "Six items every tick", outputs: { data: output(DataMessage) } };
  #value = 0;
  override process(): void {
    for (let i = 0; i < 6; i++) this.outputs.data.send(++this.#value);
  }
}

const [bursts, pace] = [new ManualClock(1), new ManualClock(10)];
const source = new BurstActor({ clock: bursts });
const buffer = new BufferActor({ capacity: 4, fps: 10, clock: pace });
source.pipe(buffer);
tap(buffer.outputs.data, (item) => console.log(`  item ${item.value}`));
await Promise.all([source.ready, buffer.ready]);
for (const beats of [3, 6]) {
  console.log(`six come, and ${beats} beats:`);
  await bursts.advance();
  await pace.advance(beats);
}
console.log(`dropped ${buffer.stats.counters["overrun.data"]}, missed ${buffer.stats.inputs.data.missed}`);
await stopAll();
