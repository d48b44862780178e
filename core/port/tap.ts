/**
 * Looking at an output from outside, without an actor.
 *
 * @module
 */
import { ENDED } from "../ring/layout.ts";
import type { Message } from "../message/message.ts";
import type { PortHost } from "./host.ts";
import { Input } from "./input.ts";
import type { Output } from "./output.ts";

/**
 * Calls `listener` with every item that `output` commits from now on, and with the newest one at once.
 *
 * The item is valid during the call; `retain()` or `copy()` it to keep it. The listener runs inside the writer's
 * `commit`, so keep it short; what it throws reaches the writer.
 *
 * @param output The output to look at.
 * @param listener Gets each item.
 * @returns A function that ends it.
 */
export function tap<M extends Message>(output: Output<M>, listener: (item: M) => void): () => void {
  const host: PortHost = {
    label: `tap of ${output.label}`,
    alive: true,
    isWorking: true,
    buffers: false,
    joined: undefined,
    sourceClock: () => output.host.sourceClock(),
    stamp: () => output.host.stamp(),
    upstream: () => [],
    relinked: () => {},
    wake: () => {
      try {
        for (const item of port) listener(item);
      } finally {
        port.endProcess();
        if (output.ended !== ENDED.open) port.unlink();
      }
    },
  };
  const port = new Input<M>("tap", {
    type: output.type,
    delivery: "latest",
    depth: output.type.depth,
    pins: 1,
    drives: false,
    description: "",
  }, host);
  port.receive(output);
  return () => port.unlink();
}
