/**
 * Probes in a place, for checks of dispatchers.
 *
 * @module
 */
import {
  type Actor,
  type CommonOptions,
  type Dispatcher,
  loadNative,
  tap,
  type VideoFormat,
  videoFormat,
} from "@streamlib/core";
import process from "node:process";
import { threadId } from "node:worker_threads";
import { pictures } from "../test_items.ts";
import { TestSourceActor } from "../test_source_actor.ts";
import { Inapplicable, must, Skip } from "./check.ts";
import type { DispatcherConformance } from "./conformance.ts";
import { andEnd, until, within } from "./living.ts";
import { ProbeActor, type ProbeOptions, type ProbeSeen } from "./probe_actor.ts";

/** Frames of a run. */
export const FRAMES = 20;
const RATE = 100;
const LAST_MS_MAX = 10_000;

/** A dispatcher in use. What was made of it is ended afterwards, and it is closed. */
export class Inside {
  /** The dispatcher. */
  readonly dispatcher: Dispatcher;
  readonly #actors: Actor[] = [];

  constructor(dispatcher: Dispatcher) {
    this.dispatcher = dispatcher;
  }

  /** A probe that lives in the place. */
  probe(options: ProbeOptions & CommonOptions = {}): ProbeActor {
    return this.#own(new ProbeActor({ ...options, dispatcher: this.dispatcher }));
  }

  /** A probe that lives in this thread. */
  witness(): ProbeActor {
    return this.#own(new ProbeActor());
  }

  /** A source in this thread, whose frame n (from 1) consists of bytes n; `edges` are the sizes of the frames, in turn. */
  source(dispatcher?: Dispatcher, edges: readonly number[] = [16]): TestSourceActor {
    const video = edges.flatMap((edge, part) =>
      pictures(FRAMES, formatOf(edge), (data, index) => data.fill(part * FRAMES + index + 1))
    );
    return this.#own(new TestSourceActor({ video, fps: RATE, ...(dispatcher ? { dispatcher } : {}) }));
  }

  /** Skips what is about other places if actors live in the thread of their handle. */
  async mustBeElsewhere(): Promise<void> {
    const probe = this.probe();
    const place = await within("an answer", probe.where());
    await within("the end", probe.stop());
    if (place.pid !== process.pid || place.threadId !== threadId) return;
    throw new Inapplicable("its actors live in the thread of their handle");
  }

  /** Ends everything; the dispatcher also if an actor does not end. */
  async end(): Promise<void> {
    await andEnd(
      async () => {
        await within("the end of the actors", Promise.all(this.#actors.map((actor) => actor.stop())), 30_000);
      },
      async () => void await closeDispatcher(this.dispatcher),
    );
  }

  #own<A extends Actor>(actor: A): A {
    actor.ended.catch(() => {});
    this.#actors.push(actor);
    return actor;
  }
}

function formatOf(edge: number): VideoFormat {
  return videoFormat({ pixelFormat: "rgba8", width: edge, height: edge, rate: RATE });
}

/** Closes a dispatcher that can be closed. @returns Whether it can. */
export async function closeDispatcher(dispatcher: Dispatcher): Promise<boolean> {
  const { close } = dispatcher as { close?: () => Promise<void> };
  if (typeof close !== "function") return false;
  await within("the end of the dispatcher", close.call(dispatcher));
  return true;
}

/** Runs with a new dispatcher. */
export async function inside(subject: DispatcherConformance, run: (place: Inside) => Promise<void>): Promise<void> {
  const dispatcher = await subject.make();
  if ("~house" in dispatcher && !(await loadNative()).library) {
    throw new Skip("without the native library there are no other places");
  }
  const place = new Inside(dispatcher);
  await andEnd(() => run(place), () => place.end());
}

/** What a probe has seen, once it has seen `count` frames. */
export async function seenBy(probe: ProbeActor, count: number): Promise<ProbeSeen> {
  await until(`frame ${count}`, () => (probe.stats.counters.seen ?? 0) >= count || probe.isEnding);
  return await within("an answer", probe.seen());
}

/** What a probe has seen, once it has seen the last frame; those before may have come before it was linked. */
export async function seenUntilLast(probe: ProbeActor): Promise<ProbeSeen> {
  const endMs = performance.now() + LAST_MS_MAX;
  for (;;) {
    const seen = await within("an answer", probe.seen());
    if (seen.values.at(-1) === FRAMES) return seen;
    if (performance.now() > endMs) throw new Error(`frame ${FRAMES} did not come within ${LAST_MS_MAX / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Expects that the frames came, each once and in order. */
export function mustHaveSeen({ values }: ProbeSeen, frames: number = FRAMES): void {
  const right = Array.from({ length: frames }, (_, index) => index + 1).join();
  must(values.join() === right, `frames ${values.join()} came; ${right} is right`);
}

/** Instants of what a source sends, by the first byte of the frame. */
export function instantsOf(source: TestSourceActor): Map<number, bigint> {
  const instants = new Map<number, bigint>();
  tap(source.outputs.video, (frame) => void instants.set(frame.data[0], frame.timestampNs));
  return instants;
}
