/** A buffer between a source and a sink, for tests. */
import { BufferActor } from "../buffer/buffer_actor.ts";
import { ManualClock } from "../time/virtual_clock.ts";
import type { KeyEventValue } from "../message/value_message.ts";
import { OrderedActor, put, type Script, SourceActor, valueOf } from "./actors.ts";

/** A key that went down. */
export const KEY: KeyEventValue = {
  type: "down",
  key: "a",
  code: "KeyA",
  repeat: false,
  shift: false,
  control: false,
  alt: false,
  meta: false,
};

/** A sink that notes the value of each frame. */
export function collecting(values: number[]): Script<OrderedActor> {
  return {
    process: (body) => {
      for (const frame of body.inputs.video) values.push(valueOf(frame));
    },
  };
}

/** A source that puts as many frames as it is told to per beat, numbered from 1. */
export function bursts(...sizes: number[]): Script<SourceActor> {
  let value = 0;
  return {
    process: (body) => {
      const size = sizes.shift() ?? 0;
      for (let i = 0; i < size; i++) put(body.outputs.video, ++value);
    },
  };
}

/** A source on one clock, a buffer on another one, and a sink behind it. */
export async function chain(
  script: Script<SourceActor>,
  options: { capacity?: number; fps?: number; prefill?: number },
  sinkScript?: Script<OrderedActor>,
): Promise<{
  source: SourceActor;
  buffer: BufferActor;
  sink: OrderedActor;
  values: number[];
  fill: (beats?: number) => Promise<void>;
  beat: (beats?: number) => Promise<void>;
}> {
  const [from, to] = [new ManualClock(60), new ManualClock(60)];
  const values: number[] = [];
  const source = new SourceActor({ clock: from, ...script });
  const buffer = new BufferActor({ clock: to, ...options });
  const sink = new OrderedActor(sinkScript ?? collecting(values));
  source.pipe(buffer).outputs.video.pipe(sink.inputs.video);
  await Promise.all([source.ready, buffer.ready, sink.ready]);
  return { source, buffer, sink, values, fill: (beats) => from.advance(beats), beat: (beats) => to.advance(beats) };
}
