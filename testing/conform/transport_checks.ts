/**
 * Checks of a transport: what carries items to and from other machines.
 *
 * @module
 */
import { isStreamError, localActors, messageOf, PortRegistry, type TransportTarget, udpPorts } from "@streamlib/core";
import { arrivals } from "./arrivals.ts";
import { type Check, Inapplicable, must, mustBeNone } from "./check.ts";
import { mustLeaveNothing } from "./left_behind.ts";
import { rejectionOf, until, within } from "./living.ts";
import { freePort, listOf, type Receiver, type Sender, streaming, type TransportSubject } from "./streams.ts";
import { TestSinkActor } from "../test_sink_actor.ts";

const ITEMS = 20;
const TRIES = 3;
const ROUNDS = 3;
const OFF_NS_MAX = 100_000;
const PORT_FIRST = 5004;
const DESCRIBED_MS_MAX = 3000;

/** Streams over a free port, and looks when some items have come. */
function withItems(subject: TransportSubject, look: (sender: Sender, receiver: Receiver) => void): Promise<void> {
  return tried(() =>
    streaming(subject, async (streams) => {
      const port = await freePort();
      const [sender, receiver] = [streams.source(), streams.sink()];
      await streams.receive(receiver, port);
      await streams.send(sender, port);
      await receiver.receives(ITEMS);
      look(sender, receiver);
    })
  );
}

/** Networks lose packets where a machine is busy: what is wrong is wrong every time. */
async function tried(run: () => Promise<void>): Promise<void> {
  for (let left = TRIES;; left--) {
    try {
      return await run();
    } catch (thrown) {
      if (left === 1 || thrown instanceof Inapplicable) throw thrown;
    }
  }
}

/** Ports of this thread's list that belong to an output. */
function portsOf({ output }: Sender): number[] {
  return udpPorts.list().filter(({ owner }) => owner === output.label).map(({ port }) => port);
}

/** The checks, in the order of the report. */
export const transportChecks: readonly Check<TransportSubject>[] = [
  {
    id: "transport-name",
    title: "is registered under its name, and tells where it sends and receives",
    run: (subject) =>
      streaming(subject, async (streams) => {
        const port = await freePort();
        const [sender, receiver] = [streams.source(), streams.sink()];
        const reception = await streams.receive(receiver, port);
        const transmission = await streams.send(sender, port);
        for (const [what, stream] of [["sends", transmission], ["receives", reception]] as const) {
          must(stream.transport === subject.name, `what ${what} is called ${stream.transport}`);
          must(stream.port === port, `it ${what} at port ${stream.port}; ${port} is right`);
          must(stream.address !== "", `it does not say at which address it ${what}`);
          must(stream.actor.state === "running", `the actor that ${what} is ${stream.actor.state}; running is right`);
        }
      }),
  },
  {
    id: "transport-port",
    title: "takes an even port from 5004 up for each output, and lists it",
    run: (subject) =>
      streaming(subject, async (streams) => {
        const senders = [streams.source(), streams.source()];
        const ports: number[] = [];
        for (const sender of senders) {
          const { port } = await streams.send(sender, undefined);
          must(port % 2 === 0 && port >= PORT_FIRST, `it takes port ${port}; an even one from ${PORT_FIRST} is right`);
          const listed = portsOf(sender);
          must(listed.join() === String(port), `the list has port ${listed.join() || "none"} for it; ${port} is right`);
          ports.push(port);
        }
        must(ports[0] !== ports[1], `two outputs at once have port ${ports[0]}`);
      }),
  },
  {
    id: "transport-port-released",
    title: "gives its port back when it stops",
    run: (subject) =>
      streaming(subject, async (streams) => {
        const sender = streams.source();
        const stream = await streams.send(sender, undefined);
        await within("the end", stream.stop());
        await until("the release of the port", () => portsOf(sender).length === 0).catch(() => {
          throw new Error(`port ${stream.port} is still listed after stop(); none is right`);
        });
        const { port } = stream;
        const lease = await new PortRegistry().claim({ owner: "conform", host: "127.0.0.1", port }).catch(() => {
          throw new Error(`port ${port} is still bound after stop()`);
        });
        await lease.release();
      }),
  },
  {
    id: "transport-arrives",
    title: "brings what is sent, byte for byte",
    run: (subject) =>
      withItems(subject, ({ sent }, { messages }) => {
        const strange = arrivals(sent, messages).filter(({ at }) => at === undefined).length;
        must(strange === 0, `${strange} of ${messages.length} items have other bytes than were sent`);
      }),
  },
  {
    id: "transport-order",
    title: "brings it in order, each once",
    run: (subject) =>
      withItems(subject, ({ sent }, { messages }) => {
        const found = arrivals(sent, messages).filter(({ at }) => at !== undefined);
        mustBeNone(
          found.slice(1).flatMap(({ at }, index) => {
            const before = found[index].at! + found[index].length - 1;
            return at! > before ? [] : [`what was sent as ${at} comes after ${before}`];
          }).slice(0, 3),
        );
      }),
  },
  {
    id: "transport-stamps",
    title: "brings it with its time stamp",
    run: (subject) =>
      withItems(subject, ({ sent }, { messages }) => {
        const { stampOffNsMax = OFF_NS_MAX } = subject;
        const found = arrivals(sent, messages).filter(({ at }) => at !== undefined);
        must(found.length > 0, "nothing came of what was sent");
        const worstNs = Math.max(...found.map(({ offNs }) => offNs));
        must(worstNs <= stampOffNsMax, `a stamp is ${worstNs} ns off; at most ${stampOffNsMax} is right`);
      }),
  },
  {
    id: "transport-beside",
    title: "takes nothing from other readers of the output",
    run: (subject) =>
      streaming(subject, async (streams) => {
        const [sender, beside] = [streams.source(), streams.sink()];
        await streams.send(sender, await freePort());
        sender.output.pipe(beside.input);
        const given = (): number => sender.output.stats().committed + sender.output.stats().dropped;
        await until("the items", () => given() >= ITEMS);
        const { dropped } = sender.output.stats();
        must(dropped === 0, `the output of the source found no free slot ${dropped} times`);
        await beside.receives(1);
        const sequences = beside.messages.map(({ sequence }) => sequence);
        const holes = sequences.slice(1).filter((sequence, index) => sequence !== sequences[index] + 1).length;
        must(holes === 0, `another reader missed items ${holes} times`);
      }),
  },
  {
    id: "transport-stop",
    title: "ends when it is told to, cuts its link, and leaves the other actors running",
    run: (subject) =>
      streaming(subject, async (streams) => {
        const port = await freePort();
        const [sender, receiver] = [streams.source(), streams.sink()];
        const reception = await streams.receive(receiver, port);
        const transmission = await streams.send(sender, port);
        for (const stream of [transmission, reception]) {
          await within("the end", stream.stop());
          await within("ended", stream.ended);
          must(stream.actor.state === "stopped", `its actor is ${stream.actor.state}; stopped is right`);
        }
        must(receiver.input.source === undefined, "the input that received is still linked");
        must(sender.actor.state !== "failed" && !sender.actor.isEnding, "the source has ended with it");
        must(!receiver.actor.isEnding, "the sink has ended with it");
      }),
  },
  {
    id: "transport-restart",
    title: "begins again on the same port",
    run: (subject) =>
      streaming(subject, async (streams) => {
        const port = await freePort();
        const [sender, receiver] = [streams.source(), streams.sink()];
        for (let round = 0; round < ROUNDS; round++) {
          const reception = await streams.receive(receiver, port);
          const transmission = await streams.send(sender, port);
          await receiver.receives(2);
          await within("the end", transmission.stop());
          await within("the end", reception.stop());
        }
      }),
  },
  {
    id: "transport-sender-restart",
    title: "goes on receiving when the sender begins again",
    run: (subject) =>
      streaming(subject, async (streams) => {
        const port = await freePort();
        const [sender, receiver] = [streams.source(), streams.sink()];
        await streams.receive(receiver, port);
        for (let round = 0; round < ROUNDS; round++) {
          const transmission = await streams.send(sender, port);
          await receiver.receives(2);
          await within("the end", transmission.stop());
        }
      }),
  },
  {
    id: "transport-format",
    title: "goes on when the format changes, or fails with format-invalid",
    run: (subject) =>
      streaming(subject, async (streams) => {
        const { items, otherItems } = subject;
        if (otherItems === undefined) throw new Inapplicable("conform.ts gives no items of another format");
        const name = listOf(items);
        const port = await freePort();
        const [sender, receiver] = [
          streams.source({ [name]: [...items[name]!.slice(0, ITEMS), ...otherItems[name]!.slice(0, ITEMS)] }),
          streams.sink(),
        ];
        await streams.receive(receiver, port, otherItems);
        const stream = await streams.send(sender, port);
        await until("the other format", () => sender.sent.length > 2 * ITEMS || stream.actor.state === "failed");
        if (stream.actor.state === "failed") {
          const { cause } = stream.actor.error!;
          const isRight = isStreamError(cause) && cause.code === "format-invalid";
          must(isRight, `it fails with ${messageOf(cause)}; format-invalid is right`);
          return;
        }
        const hasCome = (): boolean =>
          name === "audio"
            ? receiver.messages.length > 0
            : arrivals(sender.sent, receiver.messages).some(({ at }) => (at ?? 0) % (2 * ITEMS) >= ITEMS);
        await until("an item of the other format", hasCome);
      }),
  },
  {
    id: "transport-nobody",
    title: "sends where nobody listens, and receives where nobody sends, until it is told to end",
    run: (subject) =>
      streaming(subject, async (streams) => {
        const [sender, receiver] = [streams.source(), streams.sink()];
        const reception = await streams.receive(receiver, await freePort());
        const transmission = await streams.send(sender, await freePort());
        await until("the items", () => sender.sent.length >= ITEMS);
        for (const [what, stream] of [["sends", transmission], ["receives", reception]] as const) {
          const { state, error } = stream.actor;
          must(state === "running", `what ${what} is ${state}: ${error?.message ?? ""}; running is right`);
          await within(`the end of what ${what}`, stream.stop());
        }
        must(receiver.messages.length === 0, `${receiver.messages.length} items came from nobody`);
      }),
  },
  {
    id: "transport-peer-gone",
    title: "settles when the other end is gone",
    run: (subject) =>
      streaming(subject, async (streams) => {
        const port = await freePort();
        const [sender, receiver] = [streams.source(), streams.sink()];
        const reception = await streams.receive(receiver, port);
        const transmission = await streams.send(sender, port);
        await receiver.receives(2);
        await within("the end of the receiver", receiver.actor.stop());
        await within("the end of what receives", reception.ended.catch(() => {}));
        const { length } = sender.sent;
        await until("further items", () => sender.sent.length >= length + ITEMS);
        must(transmission.actor.state === "running", `what sends is ${transmission.actor.state}; running is right`);
        await within("the end of the source", sender.actor.stop());
        await within("the end of what sends", transmission.ended.catch(() => {}));
      }),
  },
  {
    id: "transport-cut",
    title: "ends when its link is cut",
    run: (subject) =>
      streaming(subject, async (streams) => {
        const port = await freePort();
        const [sender, receiver] = [streams.source(), streams.sink()];
        const reception = await streams.receive(receiver, port);
        await streams.send(sender, port);
        await receiver.receives(1);
        receiver.input.unlink();
        await within("the end", reception.ended);
      }),
  },
  {
    id: "transport-description",
    title: "describes what it sends, so that another can receive by that alone",
    run: (subject) =>
      tried(() =>
        streaming(subject, async (streams) => {
          const port = await freePort();
          const [sender, receiver] = [streams.source(), streams.sink()];
          const stream = await streams.send(sender, port);
          await until("sdp", () => stream.sdp !== undefined, DESCRIBED_MS_MAX).catch(() => {
            throw new Inapplicable("its streams have no description");
          });
          await streams.receiveFrom(receiver, stream.sdp!);
          await receiver.receives(ITEMS);
          // The stream was under way: what comes first may lack its beginning.
          const found = arrivals(sender.sent, receiver.messages);
          const whole = found.slice(Math.max(0, found.findIndex(({ at }) => at !== undefined)));
          const strange = whole.filter(({ at }) => at === undefined).length;
          must(strange === 0, `by the description ${strange} items come with other bytes than were sent`);
        })
      ),
  },
  {
    id: "transport-refuses",
    title: "refuses targets that cannot be with one error, and leaves nothing running",
    run: (subject) =>
      streaming(subject, async (streams) => {
        const [sender, sink] = [streams.source(), new TestSinkActor()];
        await within("ready", sink.ready);
        const before = new Set(localActors());
        const bad: readonly TransportTarget[] = [
          "v=0\r\n",
          { address: "no address at all", port: 5004 },
          { address: "127.0.0.1", port: -1 },
        ];
        for (const target of bad) {
          const what = typeof target === "string" ? JSON.stringify(target) : `${target.address} port ${target.port}`;
          const thrown = await rejectionOf(`the refusal of ${what}`, streams.sendTo(sender.output, target));
          must(isStreamError(thrown), `${what} is refused with ${messageOf(thrown)}; a StreamError is right`);
        }
        const left = (): string[] => localActors().filter((actor) => !before.has(actor)).map(({ label }) => label);
        await until("the end of what was made", () => left().length === 0).catch(() => {
          throw new Error(`${left().join(" and ")} runs all the same`);
        });
        must(portsOf(sender).length === 0, `port ${portsOf(sender).join()} stays taken`);
        await sink.stop();
      }),
  },
  {
    id: "transport-nothing-left",
    title: "leaves no thread or descriptor behind",
    run: (subject) =>
      mustLeaveNothing(() =>
        streaming(subject, async (streams) => {
          const port = await freePort();
          const [sender, receiver] = [streams.source(), streams.sink()];
          await streams.receive(receiver, port);
          await streams.send(sender, port);
          await receiver.receives(1);
        })
      ),
  },
];
