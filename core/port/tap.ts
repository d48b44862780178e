/**
 * Looking at an output from outside, without an actor.
 *
 * @module
 */
import { messageOf } from "../errors.ts";
import { ENDED } from "../ring/layout.ts";
import type { Message } from "../message/message.ts";
import type { PortHost } from "./host.ts";
import { Input } from "./input.ts";
import type { Output } from "./output.ts";

/**
 * Calls `listener` with every item that `output` commits from now on, and with the newest one at once.
 *
 * The item is valid during the call; `retain()` or `copy()` it to keep it. The listener runs inside the writer's
 * `commit`, so keep it short; what it throws reaches the writer. Where a native thread writes (`Output.feed`) it runs when
 * the event loop hears of the commit: then `missed` says how many items came between two of them, and what it throws
 * fails the actor.
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
    fail: (thrown) => console.error(`streamlib: ${messageOf(thrown)}`),
    wake: () => {
      try {
        // Another thread may write while the listener runs: there is a next call for what comes meanwhile.
        for (let item = port.read(); item; item = port.isLossless ? port.read() : undefined) listener(item);
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
