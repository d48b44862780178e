/**
 * Checks of an actor's life.
 *
 * @module
 */
import {
  type Actor,
  type ActorState,
  describeActor,
  isStreamError,
  loadNative,
  ManualClock,
  messageOf,
  ProcessPoolDispatcher,
  ThreadPoolDispatcher,
} from "@streamlib/core";
import { type ActorSubject, type Check, Inapplicable, must, Skip } from "./check.ts";
import { living, make, within } from "./living.ts";

const BEATS = 5;
const ROUNDS = 10;

/** Expects an actor to be in a state; says which it is in, and why. */
function mustBe(actor: Actor, state: ActorState): void {
  const why = actor.error === undefined ? "" : `: ${actor.error.message}`;
  must(actor.state === state, `it is ${actor.state}${why}; ${state} is right`);
}

/** Expects an actor that is ready to run, or to wait for its first link if it is finite. */
function mustBeReady({ registration: { actorClass } }: ActorSubject, actor: Actor): void {
  mustBe(actor, actorClass.spec.finite && actor.state === "starting" ? "starting" : "running");
}

function isSource({ registration: { actorClass } }: ActorSubject): boolean {
  return Object.keys(actorClass.spec.inputs ?? {}).length === 0;
}

async function inPlace(
  subject: ActorSubject,
  Dispatcher: typeof ThreadPoolDispatcher | typeof ProcessPoolDispatcher,
): Promise<void> {
  if (subject.onlyHere !== undefined) throw new Inapplicable(subject.onlyHere);
  const { library } = await loadNative();
  if (!library) throw new Skip("without the native library there are no other places");
  const dispatcher = new Dispatcher({ workers: 1 });
  const actor = make(subject, { dispatcher });
  await living([actor], async () => {
    await within("ready", actor.ready);
    mustBeReady(subject, actor);
    await within("the end", actor.stop());
    mustBe(actor, "stopped");
  });
}

/** The checks, in the order of the report. */
export const lifeChecks: readonly Check<ActorSubject>[] = [
  {
    id: "life-ready",
    title: "is ready, and runs",
    run: async (subject) => {
      const actor = make(subject);
      await living([actor], async () => {
        mustBe(actor, "starting");
        await within("ready", actor.ready);
        mustBeReady(subject, actor);
      });
    },
  },
  {
    id: "life-stop",
    title: "ends when it is told to",
    run: async (subject) => {
      const actor = make(subject);
      await living([actor], async () => {
        await within("ready", actor.ready);
        await within("the end", actor.stop());
        mustBe(actor, "stopped");
        await within("ended", actor.ended);
      });
    },
  },
  {
    id: "life-stop-early",
    title: "ends when it is told to before it has begun",
    run: async (subject) => {
      const actor = make(subject);
      await living([actor], async () => {
        await within("the end", actor.stop());
        mustBe(actor, "stopped");
      });
    },
  },
  {
    id: "life-stop-twice",
    title: "may be told to end twice, and ticks no more",
    run: async (subject) => {
      const actor = make(subject);
      await living([actor], async () => {
        await within("ready", actor.ready);
        await within("the end", Promise.all([actor.stop(), actor.stop()]));
        const { ticks } = actor.stats;
        await new Promise((resolve) => setTimeout(resolve, 50));
        must(actor.stats.ticks === ticks, `it has ticked ${actor.stats.ticks - ticks} times after its end`);
      });
    },
  },
  {
    id: "life-many",
    title: "lives more than once at a time",
    run: async (subject) => {
      if (subject.single !== undefined) throw new Inapplicable(subject.single);
      const [one, other] = [make(subject), make(subject)];
      await living([one, other], async () => {
        must(one.id !== other.id, `both are called ${one.id}`);
        await within("ready", Promise.all([one.ready, other.ready]));
      });
    },
  },
  {
    id: "life-again",
    title: `begins and ends ${ROUNDS} times under one name`,
    run: async (subject) => {
      for (let round = 0; round < ROUNDS; round++) {
        const actor = make(subject, { id: "conform-again" });
        await living([actor], async () => {
          await within("ready", actor.ready);
          await within("the end", actor.stop());
          mustBe(actor, "stopped");
        });
      }
    },
  },
  {
    id: "life-unlinked",
    title: "goes on with nothing linked",
    run: async (subject) => {
      const clock = new ManualClock(60);
      const actor = make(subject, isSource(subject) ? { clock } : {});
      await living([actor], async () => {
        await within("ready", actor.ready);
        await within("the beats", clock.advance(BEATS));
        must(actor.state !== "failed", `it has failed: ${actor.error?.message ?? ""}`);
      });
    },
  },
  {
    id: "life-options",
    title: "shows complete options that cannot be changed",
    run: async (subject) => {
      const actor = make(subject);
      await living([actor], () => {
        must(Object.isFrozen(actor.options), "the options are not frozen");
        return Promise.resolve();
      });
    },
  },
  {
    id: "life-unknown-control",
    title: "refuses a control that it has not",
    run: async (subject) => {
      const actor = make(subject);
      await living([actor], async () => {
        await within("ready", actor.ready);
        const answer = within("an answer", actor.sendControlMessage({ action: "notAControlOfAnyActor" }));
        const thrown = await answer.then(() => undefined, (error: unknown) => error);
        must(isStreamError(thrown) && thrown.code === "control-unknown", `it answers ${messageOf(thrown)}`);
        mustBeReady(subject, actor);
      });
    },
  },
  {
    id: "life-control-nonsense",
    title: "goes on when a control gets nonsense",
    run: async (subject) => {
      const actor = make(subject);
      await living([actor], async () => {
        await within("ready", actor.ready);
        const { controls } = describeActor(subject.registration.name);
        if (controls.length === 0) throw new Inapplicable("it has no controls");
        for (const action of controls) {
          for (const nonsense of [{}, { value: "nonsense" }, { x: NaN, layer: 7, level: "loud" }]) {
            const answer = actor.sendControlMessage({ ...nonsense, action });
            await within(`an answer of ${action}`, answer.then(() => {}, () => {}));
            must(actor.state !== "failed", `${action} made it fail: ${actor.error?.message ?? ""}`);
          }
        }
      });
    },
  },
  { id: "place-thread", title: "lives in a thread", run: (subject) => inPlace(subject, ThreadPoolDispatcher) },
  { id: "place-process", title: "lives in a process", run: (subject) => inPlace(subject, ProcessPoolDispatcher) },
];
