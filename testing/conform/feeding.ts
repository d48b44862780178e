/**
 * Actors under test, fed with items.
 *
 * @module
 */
import {
  type Actor,
  catalogue,
  type Family,
  Input,
  isStreamError,
  ManualClock,
  type Message,
  type Output,
  type PixelFormat,
  type Registration,
} from "@streamlib/core";
import type { TestItems } from "../test_items.ts";
import { TestSinkActor } from "../test_sink_actor.ts";
import { TestSourceActor } from "../test_source_actor.ts";
import { type ActorSubject, Inapplicable, Skip } from "./check.ts";
import { living, make, within } from "./living.ts";
import { portOf, samplesFor } from "./samples.ts";

/** Pixel formats that are tried, the likeliest first. */
export const PIXEL_FORMATS: readonly PixelFormat[] = ["rgba8", "yuv422p10le", "i420", "bgra8"];
/** Items of one size in a sample. */
export const ITEMS = 8;
/** Beats that an actor gets before it is looked at. */
export const BEATS = 8;
const RATE = 50;

/** An actor with sources and a sink. */
export interface Fed {
  readonly clock: ManualClock;
  readonly actor: Actor;
  readonly sources: readonly TestSourceActor[];
  readonly sink: TestSinkActor;
  /** All of them, and those between them. */
  readonly actors: readonly Actor[];
}

/** Names of an actor's inputs with their types of messages. */
export function inputsOf({ registration: { actorClass } }: ActorSubject): (readonly [string, string])[] {
  return typesOf(actorClass.spec.inputs);
}

function typesOf(ports: Registration["actorClass"]["spec"]["inputs"] = {}): (readonly [string, string])[] {
  return Object.entries(ports).map(([name, spec]) => [name, ("each" in spec ? spec.each : spec).type.typeName]);
}

/** The outputs of an actor. */
export function outputsOf(actor: Actor): Output<Message>[] {
  return Object.values(actor.outputs) as Output<Message>[];
}

/** An input by its name; of a family a member. */
export function inputOf(actor: Actor, name: string): Input<Message> {
  const port = actor.inputs[name];
  return (port instanceof Input ? port : (port as Family<Message>).at("sample")) as Input<Message>;
}

/** The output of a test source for a type of messages. */
export function sampleOutput(source: TestSourceActor, type: string): Output<Message> {
  return source.outputs[portOf[type] as "video"] as unknown as Output<Message>;
}

/** An actor of the catalogue that does nothing but make messages of one type out of those of another. */
function makeConverter(from: string, to: string): Actor | undefined {
  const found = catalogue().find(({ actorClass: { spec } }) => {
    const [inputs, outputs] = [typesOf(spec.inputs), typesOf(spec.outputs as typeof spec.inputs)];
    return inputs.map(([, type]) => type).join() === from && outputs.map(([, type]) => type).join() === to;
  });
  return found && new found.actorClass({});
}

/** Links an output to an input by a converter, if they do not fit. @returns The converter. */
export function linkBy(output: Output<Message>, input: Input<Message>): Actor[] {
  const [from, to] = [output.type.typeName, input.type.typeName];
  if (from === to) {
    input.receive(output);
    return [];
  }
  const converter = makeConverter(from, to);
  if (!converter) throw new Skip(`no actor is registered that makes ${to} of ${from}`);
  (Object.values(converter.inputs)[0] as Input<Message>).receive(output);
  input.receive(outputsOf(converter)[0]);
  return [converter];
}

/** Links the first output of each type to a sink. @returns What stands between them. */
export function linkSink(actor: Actor, sink: TestSinkActor): Actor[] {
  return outputsOf(actor).flatMap((output) => {
    const wanted = output.type.typeName === "GpuFrame" ? "VideoFrame" : output.type.typeName;
    const input = Object.values(sink.inputs).find((one) => one.type.typeName === wanted && !one.source);
    return input ? linkBy(output, input as unknown as Input<Message>) : [];
  });
}

/** An actor with a source at every input that takes what we have, and a sink; `edges` are sizes of pictures, in turn. */
export function feed(subject: ActorSubject, pixelFormat: PixelFormat, edges: readonly number[], loop: boolean): Fed {
  const wanted = inputsOf(subject);
  if (wanted.length === 0) throw new Inapplicable("it has no inputs");
  const samples = wanted.map(([name, type]) => sampleOf(subject, name, type, pixelFormat, edges));
  if (samples.every((items) => items === undefined)) throw new Skip("there are no samples for its inputs");
  const actor = make(subject);
  const clock = new ManualClock(RATE);
  const sink = new TestSinkActor();
  const between: Actor[] = [];
  const sources: TestSourceActor[] = [];
  try {
    between.push(...linkSink(actor, sink));
    wanted.forEach(([name, type], index) => {
      const items = samples[index];
      if (items === undefined) return;
      const source = new TestSourceActor({ ...items, loop, fps: RATE, clock });
      sources.push(source);
      between.push(...linkBy(sampleOutput(source, type), inputOf(actor, name)));
    });
  } catch (thrown) {
    for (const one of [actor, sink, ...between, ...sources]) void one.stop();
    throw thrown;
  }
  return { clock, actor, sources, sink, actors: [...sources, ...between, actor, sink] };
}

function sampleOf(
  subject: ActorSubject,
  name: string,
  type: string,
  pixelFormat: PixelFormat,
  edges: readonly number[],
): TestItems | undefined {
  return subject.samples[name] ??
    edges.map((edge) => samplesFor(type, ITEMS, pixelFormat, edge)).reduce((one, other) => join(one, other));
}

/** Inputs for which nobody has items. */
export function unfedOf(subject: ActorSubject): string[] {
  return inputsOf(subject).filter(([name, type]) => !sampleOf(subject, name, type, "rgba8", [16]))
    .map(([name, type]) => `${name} (${type})`);
}

function join(one: TestItems | undefined, other: TestItems | undefined): TestItems | undefined {
  if (!one || !other) return undefined;
  const [name, list] = Object.entries(one)[0] as [string, unknown[]];
  return { [name]: [...list, ...(other as Record<string, unknown[]>)[name]] };
}

/** Whether an actor has failed because it does not take this format, which it may. @throws {Error} For another failure. */
export function hasRefused({ actor, actors }: Fed): boolean {
  const between = actors.find((one) => one !== actor && one.state === "failed");
  if (between) {
    throw new Error(`${between.label} has failed: ${between.error?.message ?? ""}`, { cause: between.error });
  }
  if (actor.state !== "failed") return false;
  const cause = actor.error?.cause;
  if (isStreamError(cause) && cause.code === "format-invalid") return true;
  throw new Error(`it has failed, and not with format-invalid: ${actor.error?.message ?? ""}`, { cause });
}

/** Runs with an actor that is fed with the first pixel format that it takes. */
export async function withFed(
  subject: ActorSubject,
  edges: readonly number[],
  run: (fed: Fed) => Promise<void>,
): Promise<void> {
  let refusal = "";
  for (const pixelFormat of PIXEL_FORMATS) {
    let isTaken = false;
    const fed = feed(subject, pixelFormat, edges, true);
    await living(fed.actors, async () => {
      await within("ready", Promise.all(fed.actors.map((one) => one.ready)));
      await within("the beats", fed.clock.advance(BEATS));
      if (hasRefused(fed)) {
        refusal = fed.actor.error?.message ?? "";
        return;
      }
      isTaken = true;
      await run(fed);
    });
    if (isTaken) return;
  }
  throw new Skip(`it takes none of the samples (${refusal}); conform.ts can give others`);
}
