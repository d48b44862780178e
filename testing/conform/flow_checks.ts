/**
 * Checks of what an actor does with items.
 *
 * @module
 */
import {
  type Actor,
  type AudioBuffer,
  describeActor,
  type EncodedPacket,
  frameBytes,
  LockstepClock,
  type Message,
  type Output,
  type VideoFrame,
} from "@streamlib/core";
import { TestSinkActor } from "../test_sink_actor.ts";
import { type ActorSubject, type Check, Inapplicable, must, mustBeNone, Skip } from "./check.ts";
import {
  BEATS,
  feed,
  hasRefused,
  inputOf,
  inputsOf,
  ITEMS,
  linkBy,
  linkSink,
  outputsOf,
  PIXEL_FORMATS,
  sampleOutput,
  unfedOf,
  withFed,
} from "./feeding.ts";
import { HoarderActor } from "./hoarder_actor.ts";
import { living, make, within } from "./living.ts";

/** Beats that an actor gets more if it has given nothing, and the time between them. */
const MORE_BEATS = 50;
const MORE_MS = 20;

function all(sink: TestSinkActor): readonly (readonly [string, readonly Message[]])[] {
  const { video, audio, packets, ancillary, data, keys, mouse } = sink;
  return Object.entries({ video, audio, packets, ancillary, data, keys, mouse });
}

/** Looks at what an actor gives that is fed; skips if that is nothing, of which nothing can be said. */
async function withGiven(
  subject: ActorSubject,
  faults: (name: string, items: readonly Message[]) => string[],
): Promise<void> {
  const { outputs = {} } = subject.registration.actorClass.spec;
  if (Object.keys(outputs).length === 0) throw new Inapplicable("it has no outputs");
  await withFed(subject, [16], async ({ clock, sink }) => {
    const isEmpty = (): boolean => all(sink).every(([, items]) => items.length === 0);
    // What has a pace of its own needs time, others more items.
    for (let more = 0; more < MORE_BEATS && isEmpty(); more++) {
      await within("a beat", clock.advance());
      await new Promise((resolve) => setTimeout(resolve, MORE_MS));
    }
    if (isEmpty()) throw new Skip(`it gave nothing in ${BEATS + MORE_BEATS} beats`);
    mustBeNone(all(sink).flatMap(([name, items]) => faults(name, items)).slice(0, 3));
  });
}

/** What is wrong with the size of an item. */
function sizeFault(name: string, item: Message): string[] {
  const bytes = item.data.length;
  if (name === "video" && bytes !== frameBytes((item as VideoFrame).format)) return [`a picture has ${bytes} bytes`];
  if (name === "audio") {
    const { format, frames } = item as AudioBuffer;
    if (!Number.isInteger(frames) || frames < 1 || frames > format.framesMax) return [`a block has ${frames} frames`];
    if ((item as AudioBuffer).samples.some((sample) => !Number.isFinite(sample))) return ["a sample is no number"];
  }
  if (name === "packets" && bytes > (item as EncodedPacket).format.bytesMax) return [`a packet has ${bytes} bytes`];
  return [];
}

function orderFaults(name: string, items: readonly Message[]): string[] {
  return items.slice(1).flatMap((item, index) => {
    const before = items[index];
    if (item.sequence <= before.sequence) return [`${name}: item ${item.sequence} comes after ${before.sequence}`];
    return item.timestampNs < before.timestampNs ? [`${name}: item ${item.sequence} goes back in time`] : [];
  });
}

/** Runs a source in virtual time with a sink. */
async function withSource(subject: ActorSubject, run: (sink: TestSinkActor, actor: Actor) => void): Promise<void> {
  if (inputsOf(subject).length > 0) throw new Inapplicable("it is no source");
  const clock = new LockstepClock();
  const actor = make(subject, { clock });
  const sink = new TestSinkActor();
  const between = linkSink(actor, sink);
  await living([actor, ...between, sink], async () => {
    await within("ready", Promise.all([actor.ready, sink.ready]));
    await within("the beats", clock.run({ seconds: 0.2 }).then(() => {}));
    must(actor.state !== "failed", `it has failed: ${actor.error?.message ?? ""}`);
    run(sink, actor);
  });
}

/** The checks, in the order of the report. */
export const flowChecks: readonly Check<ActorSubject>[] = [
  {
    id: "flow-inputs",
    title: "takes items at all its inputs, or refuses them with format-invalid",
    run: async (subject) => {
      await withFed(subject, [16], () => Promise.resolve());
      const unfed = unfedOf(subject);
      if (unfed.length > 0) throw new Skip(`there are no samples for ${unfed.join(" and ")}; conform.ts can give them`);
    },
  },
  {
    id: "flow-formats",
    title: "takes every pixel format, or fails with format-invalid naming it",
    run: async (subject) => {
      const takes = inputsOf(subject).some(([, type]) => type === "VideoFrame" || type === "GpuFrame");
      if (!takes) throw new Inapplicable("it takes no pictures");
      for (const pixelFormat of PIXEL_FORMATS) {
        const fed = feed(subject, pixelFormat, [16], true);
        await living(fed.actors, async () => {
          await within("ready", Promise.all(fed.actors.map((one) => one.ready)));
          await within("the beats", fed.clock.advance(2));
          if (!hasRefused(fed)) return;
          const message = fed.actor.error?.message ?? "";
          must(message.includes(pixelFormat), `it refuses ${pixelFormat} without naming it: ${message}`);
        });
      }
    },
  },
  {
    id: "flow-sizes",
    title: "gives items of the size that their format says",
    run: (subject) => withGiven(subject, (name, items) => items.flatMap((item) => sizeFault(name, item))),
  },
  {
    id: "flow-order",
    title: "gives items whose instants never go back",
    run: (subject) => withGiven(subject, orderFaults),
  },
  {
    id: "flow-letting-go",
    title: "lets go of what it reads",
    run: (subject) =>
      withFed(subject, [16], async ({ clock, sources }) => {
        await within("the beats", clock.advance(4 * BEATS));
        const lost = sources.flatMap((source) =>
          Object.entries(source.stats.outputs).filter(([, { dropped }]) => dropped > 0)
            .map(([name, { dropped }]) => `the source of ${name} found no free slot ${dropped} times`)
        );
        mustBeNone(lost);
      }),
  },
  {
    id: "flow-reading-only",
    title: "does not change what it reads",
    run: (subject) =>
      withFed(subject, [16], async ({ clock, sources }) => {
        for (const source of sources.filter(({ options }) => options.video.length > 0)) {
          const witness = new TestSinkActor();
          await living([witness], async () => {
            source.outputs.video.pipe(witness.inputs.video);
            await within("the beats", clock.advance(ITEMS));
            const given = new Set(source.options.video.map((item) => item!.data.join()));
            must(witness.video.length > 0, "the witness got nothing");
            must(
              witness.video.every(({ data }) => given.has(data.join())),
              "another reader got other bytes than were sent",
            );
          });
        }
      }),
  },
  {
    id: "flow-new-format",
    title: "takes a new format while it runs, or refuses it with format-invalid",
    run: (subject) =>
      withFed(subject, [16, 48], async (fed) => {
        await within("the beats", fed.clock.advance(2 * ITEMS));
        hasRefused(fed);
      }),
  },
  {
    id: "flow-relink",
    title: "goes on when a link is cut and made anew",
    run: (subject) =>
      withFed(subject, [16], async (fed) => {
        const [name, type] = inputsOf(subject)[0];
        const input = inputOf(fed.actor, name);
        if (!input.source) throw new Skip(`there are no samples for ${type}`);
        input.unlink();
        await within("the beats", fed.clock.advance(2));
        await living(linkBy(sampleOutput(fed.sources[0], type), input), async () => {
          await within("the beats", fed.clock.advance(2));
        });
        must(fed.actor.state !== "failed", `it has failed: ${fed.actor.error?.message ?? ""}`);
      }),
  },
  {
    id: "flow-slow-reader",
    title: "goes on when a reader holds every slot of its output",
    run: (subject) =>
      withFed(subject, [16], async ({ actor, clock }) => {
        const output = outputsOf(actor).find(({ type }) => type.typeName === "VideoFrame") as
          | Output<VideoFrame>
          | undefined;
        if (!output) throw new Inapplicable("it gives no pictures in the memory of the host");
        const hoarder = new HoarderActor();
        await living([hoarder], async () => {
          output.pipe(hoarder.inputs.video);
          await within("the beats", clock.advance(4 * BEATS));
          must(actor.state !== "failed", `it has failed: ${actor.error?.message ?? ""}`);
        });
      }),
  },
  {
    id: "flow-end",
    title: "ends when its inputs have finished, unless it says that it never does",
    run: async (subject) => {
      if (subject.registration.actorClass.spec.ends === "never") throw new Inapplicable("it says so");
      for (const pixelFormat of PIXEL_FORMATS) {
        const fed = feed(subject, pixelFormat, [16], false);
        if (fed.sources.length === 0) throw new Skip("there are no samples for its inputs");
        await living(fed.actors, async () => {
          await within("ready", Promise.all(fed.actors.map((one) => one.ready)));
          await within("the beats", fed.clock.advance(ITEMS + 2));
          if (hasRefused(fed)) return;
          const drives = inputsOf(subject).some(([, type]) => !type.endsWith("Event"));
          if (!drives) throw new Inapplicable("events do not end an actor");
          await within("the end", fed.actor.ended);
        });
      }
    },
  },
  {
    id: "flow-source",
    title: "gives items when its clock beats, of the right size and order",
    run: (subject) =>
      withSource(subject, (sink) => {
        const got = all(sink).filter(([, items]) => items.length > 0);
        if (got.length === 0) throw new Skip("it gave nothing in 0.2 s");
        mustBeNone(
          got.flatMap(([name, items]) => [
            ...orderFaults(name, items),
            ...items.flatMap((item) => sizeFault(name, item)),
          ]).slice(0, 3),
        );
      }),
  },
  {
    id: "flow-source-same",
    title: "gives the same in virtual time every time",
    run: async (subject) => {
      const runs: string[] = [];
      for (let round = 0; round < 2; round++) {
        await withSource(subject, (sink) => {
          const items = all(sink).flatMap(([name, list]) =>
            list.map((item) => `${name} ${item.timestampNs} ${hash(item.data)}`)
          );
          if (items.length === 0) throw new Skip("it gave nothing in 0.2 s");
          runs.push(items.join("\n"));
        });
      }
      must(runs[0] === runs[1], "two runs differ");
    },
  },
  {
    id: "flow-described",
    title: "has the outputs that it declares",
    run: async (subject) => {
      const actor = make(subject);
      await living([actor], () => {
        const declared = describeActor(subject.registration.name).outputs.map(({ name }) => name).join();
        must(
          Object.keys(actor.outputs).join() === declared,
          `it has ${Object.keys(actor.outputs).join()}, declared is ${declared}`,
        );
        return Promise.resolve();
      });
    },
  },
];

function hash(bytes: Uint8Array): number {
  let mixed = 0x811c9dc5;
  for (const byte of bytes) mixed = Math.imul(mixed ^ byte, 0x01000193);
  return mixed >>> 0;
}
