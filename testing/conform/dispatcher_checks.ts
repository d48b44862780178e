/**
 * Checks of a dispatcher: what decides where actors live.
 *
 * @module
 */
import { isStreamError, messageOf, Supervisor } from "@streamlib/core";
import { type Check, Inapplicable, must } from "./check.ts";
import type { DispatcherConformance } from "./conformance.ts";
import { closeDispatcher, FRAMES, inside, instantsOf, mustHaveSeen, seenBy, seenUntilLast } from "./inside.ts";
import { mustLeaveNothing } from "./left_behind.ts";
import { rejectionOf, until, within } from "./living.ts";
import type { ProbeActor } from "./probe_actor.ts";

const MANY = 12;
const HANG_MS = 600_000;
const STOP_MS_MAX = 20_000;

function mustBe({ state, error }: ProbeActor, right: string): void {
  must(state === right, `it is ${state}${error ? ` (${error.message})` : ""}; ${right} is right`);
}

/** Expects that an actor lives and answers. */
async function mustAnswer(probe: ProbeActor): Promise<void> {
  const { value } = await within("an answer", probe.say({ value: "still there" }));
  must(value === "still there", `it answers ${JSON.stringify(value)}`);
}

/** The checks, in the order of the report. */
export const dispatcherChecks: readonly Check<DispatcherConformance>[] = [
  {
    id: "dispatcher-kind",
    title: "has a name in lower case",
    run: async ({ make }) => {
      const dispatcher = await make();
      must(
        /^[a-z][a-z0-9-]*$/.test(dispatcher.kind),
        `kind is ${JSON.stringify(dispatcher.kind)}; event-loop is right`,
      );
      await closeDispatcher(dispatcher);
    },
  },
  {
    id: "dispatcher-life",
    title: "starts and stops an actor: onStart once, then onStop once",
    run: (subject) =>
      inside(subject, async (place) => {
        const probe = place.probe();
        mustBe(probe, "starting");
        await within("ready", probe.ready);
        mustBe(probe, "running");
        await within("the end", probe.stop());
        mustBe(probe, "stopped");
        const { started = 0, stopped = 0 } = probe.stats.counters;
        must(started === 1 && stopped === 1, `onStart ran ${started} times, onStop ${stopped} times; once is right`);
      }),
  },
  {
    id: "dispatcher-options",
    title: "builds the body with the options of the handle",
    run: (subject) =>
      inside(subject, async (place) => {
        const tag = { list: [1, 2.5], text: "seven", deep: { yes: true } };
        const said = await within("an answer", place.probe({ tag }).say({}));
        const [got, right] = [said.tag, tag].map((value) => JSON.stringify(value));
        must(got === right, `option tag is ${got} there; ${right} is right`);
      }),
  },
  {
    id: "dispatcher-controls",
    title: "runs controls one after another and gives back what they return",
    run: (subject) =>
      inside(subject, async (place) => {
        const probe = place.probe();
        const calls = Array.from({ length: 5 }, (_, value) => probe.say({ value }));
        const answers = await within("the answers", Promise.all(calls));
        const got = answers.map(({ value, said }) => `${value}/${said}`).join();
        must(got === "0/1,1/2,2/3,3/4,4/5", `they answer ${got}; 0/1,1/2,2/3,3/4,4/5 is right`);
      }),
  },
  {
    id: "dispatcher-control-errors",
    title: "gives back what a control throws, and the actor goes on",
    run: (subject) =>
      inside(subject, async (place) => {
        const probe = place.probe();
        const thrown = await rejectionOf("the error of the control", probe.refuse());
        must(/told to refuse/.test(messageOf(thrown)), `it throws: ${messageOf(thrown)}`);
        const unknown = await rejectionOf("the error", probe.sendControlMessage({ action: "notAControlOfAnyActor" }));
        must(
          isStreamError(unknown) && unknown.code === "control-unknown",
          `an unknown control throws ${messageOf(unknown)}; control-unknown is right`,
        );
        await mustAnswer(probe);
      }),
  },
  {
    id: "dispatcher-links",
    title: "carries frames in and out, each once and in order",
    run: (subject) =>
      inside(subject, async (place) => {
        const [source, probe, witness] = [place.source(), place.probe(), place.witness()];
        await within("ready", Promise.all([probe.ready, witness.ready]));
        probe.outputs.video.pipe(witness.inputs.video);
        source.outputs.video.pipe(probe.inputs.video);
        mustHaveSeen(await seenBy(probe, FRAMES));
        mustHaveSeen(await seenBy(witness, FRAMES));
      }),
  },
  {
    id: "dispatcher-links-within",
    title: "carries frames between two of its actors, and from its sources",
    run: (subject) =>
      inside(subject, async (place) => {
        const [first, second] = [place.probe(), place.probe()];
        const source = place.source(place.dispatcher);
        await within("ready", Promise.all([first.ready, second.ready]));
        first.outputs.video.pipe(second.inputs.video);
        source.outputs.video.pipe(first.inputs.video);
        mustHaveSeen(await seenBy(first, FRAMES));
        mustHaveSeen(await seenBy(second, FRAMES));
      }),
  },
  {
    id: "dispatcher-stamps",
    title: "keeps the instants of frames",
    run: (subject) =>
      inside(subject, async (place) => {
        const [source, probe] = [place.source(), place.probe()];
        await within("ready", probe.ready);
        const sent = instantsOf(source);
        source.outputs.video.pipe(probe.inputs.video);
        const { values, instants } = await seenUntilLast(probe);
        const wrong = values.filter((value, index) => sent.get(value) !== instants[index]);
        must(wrong.length === 0, `${wrong.length} of ${values.length} frames have other instants than were sent`);
      }),
  },
  {
    id: "dispatcher-relink",
    title: "lets links be cut and made while actors run",
    run: (subject) =>
      inside(subject, async (place) => {
        const probe = place.probe();
        await within("ready", probe.ready);
        place.source().outputs.video.pipe(probe.inputs.video);
        await seenBy(probe, 3);
        probe.inputs.video.unlink();
        must(probe.inputs.video.source === undefined, "the input is linked after unlink()");
        await new Promise((resolve) => setTimeout(resolve, 100));
        const { values: before } = await within("an answer", probe.seen());
        await new Promise((resolve) => setTimeout(resolve, 100));
        const { values: after } = await within("an answer", probe.seen());
        must(after.length === before.length, `${after.length - before.length} frames came after the link was cut`);
        place.source().outputs.video.pipe(probe.inputs.video);
        await seenBy(probe, before.length + 3);
      }),
  },
  {
    id: "dispatcher-new-format",
    title: "goes on when the format of frames changes",
    run: (subject) =>
      inside(subject, async (place) => {
        const [source, probe] = [place.source(undefined, [16, 48]), place.probe()];
        await within("ready", probe.ready);
        source.outputs.video.pipe(probe.inputs.video);
        mustHaveSeen(await seenBy(probe, 2 * FRAMES), 2 * FRAMES);
      }),
  },
  {
    id: "dispatcher-counters",
    title: "shows on the handle what the body counts, reads and writes",
    run: (subject) =>
      inside(subject, async (place) => {
        const [source, probe, witness] = [place.source(), place.probe(), place.witness()];
        await within("ready", Promise.all([probe.ready, witness.ready]));
        probe.outputs.video.pipe(witness.inputs.video);
        source.outputs.video.pipe(probe.inputs.video);
        await seenBy(witness, FRAMES);
        await within("the end", probe.stop());
        const { ticks, counters, inputs, outputs } = probe.stats;
        const got = [counters.seen, inputs.video.read, outputs.video.committed].join();
        const right = [FRAMES, FRAMES, FRAMES].join();
        must(got === right, `it counts ${got} seen, read and committed; ${right} is right`);
        must(ticks > 0, "it counts no tick");
      }),
  },
  {
    id: "dispatcher-failure",
    title: "fails an actor that throws, alone, with what it threw",
    run: (subject) =>
      inside(subject, async (place) => {
        const [source, probe, beside] = [place.source(), place.probe({ failAt: 5 }), place.probe()];
        await within("ready", Promise.all([probe.ready, beside.ready]));
        source.outputs.video.pipe(beside.inputs.video);
        source.outputs.video.pipe(probe.inputs.video);
        const thrown = await rejectionOf("the failure", probe.ended);
        must(/told to fail at 5/.test(messageOf(thrown)), `ended rejects with: ${messageOf(thrown)}`);
        mustBe(probe, "failed");
        mustHaveSeen(await seenBy(beside, FRAMES));
        mustBe(beside, "running");
      }),
  },
  {
    id: "dispatcher-start-failure",
    title: "fails an actor whose onStart throws, and takes the next",
    run: (subject) =>
      inside(subject, async (place) => {
        const probe = place.probe({ failStart: true });
        const thrown = await rejectionOf("the failure of ready", probe.ready);
        must(/told to fail at its start/.test(messageOf(thrown)), `ready rejects with: ${messageOf(thrown)}`);
        mustBe(probe, "failed");
        await mustAnswer(place.probe());
      }),
  },
  {
    id: "dispatcher-many",
    title: `keeps ${MANY} actors at once, each with a state of its own`,
    run: (subject) =>
      inside(subject, async (place) => {
        const probes = Array.from({ length: MANY }, (_, tag) => place.probe({ tag }));
        const said = await within("the answers", Promise.all(probes.map((probe) => probe.say({}))));
        const got = said.map((one) => `${one.tag}/${one.said}`).join();
        const right = probes.map((_, tag) => `${tag}/1`).join();
        must(got === right, `they answer ${got}; ${right} is right`);
      }),
  },
  {
    id: "dispatcher-restart",
    title: "builds a new body for a supervisor, and links stay",
    run: (subject) =>
      inside(subject, async (place) => {
        // A new life may begin with the frame at which the one before has failed, as long as that is the newest.
        const backoff = { firstMs: 30, maxMs: 30, factor: 1, jitter: 0 };
        const supervisor = new Supervisor({ maxRestarts: 10, withinMs: 60_000, backoff });
        const [source, probe, witness] = [place.source(), place.probe({ failAt: 5, supervisor }), place.witness()];
        await within("ready", Promise.all([probe.ready, witness.ready]));
        probe.outputs.video.pipe(witness.inputs.video);
        source.outputs.video.pipe(probe.inputs.video);
        await Promise.race([seenUntilLast(witness), probe.ended.catch(() => {})]);
        mustBe(probe, "running");
        must(probe.stats.restarts > 0, "it was not restarted");
      }),
  },
  {
    id: "dispatcher-stop-bounded",
    title: "ends an actor whose onStop hangs, in bounded time, and takes the next",
    run: (subject) =>
      inside(subject, async (place) => {
        const probe = place.probe({ stopMs: HANG_MS });
        await within("ready", probe.ready);
        await within("the end", probe.stop(), STOP_MS_MAX);
        mustBe(probe, "failed");
        await mustAnswer(place.probe());
      }),
  },
  {
    id: "dispatcher-refuses",
    title: "refuses an option that cannot be sent to another place, naming it",
    run: (subject) =>
      inside(subject, async (place) => {
        await place.mustBeElsewhere();
        const made = Promise.resolve().then(() => place.probe({ tag: () => 1 }).ready);
        const thrown = await rejectionOf("the error", made);
        must(isStreamError(thrown) && /\btag\b/.test(thrown.message), `it says: ${messageOf(thrown)}`);
        await mustAnswer(place.probe());
      }),
  },
  {
    id: "dispatcher-crash",
    title: "fails the actors of a place that dies, and settles their calls",
    run: (subject) =>
      inside(subject, async (place) => {
        await place.mustBeElsewhere();
        const [probe, witness] = [place.probe(), place.witness()];
        await within("ready", probe.ready);
        await rejectionOf("the error of the call", probe.leave());
        await rejectionOf("the failure", probe.ended);
        mustBe(probe, "failed");
        await rejectionOf("the error of a later call", probe.say({}));
        await mustAnswer(witness);
      }),
  },
  {
    id: "dispatcher-replaces",
    title: "takes new actors after a place has died",
    run: (subject) =>
      inside(subject, async (place) => {
        await place.mustBeElsewhere();
        const probe = place.probe();
        await within("ready", probe.ready);
        await rejectionOf("the error of the call", probe.leave());
        await mustAnswer(place.probe());
      }),
  },
  {
    id: "dispatcher-hang",
    title: "ends an actor that blocks its thread, in bounded time, and takes the next",
    run: (subject) =>
      inside(subject, async (place) => {
        await place.mustBeElsewhere();
        const probe = place.probe();
        await within("ready", probe.ready);
        const call = probe.hang().then(() => {}, () => {});
        await new Promise((resolve) => setTimeout(resolve, 100));
        await within("the end", probe.stop(), STOP_MS_MAX);
        await within("an answer of the call", call);
        mustBe(probe, "failed");
        await mustAnswer(place.probe());
      }),
  },
  {
    id: "dispatcher-close",
    title: "fails its actors when it is closed, and those that come later",
    run: (subject) =>
      inside(subject, async (place) => {
        const probe = place.probe();
        await within("ready", probe.ready);
        if (!await closeDispatcher(place.dispatcher)) throw new Inapplicable("it has no close()");
        await rejectionOf("the failure", probe.ended);
        await rejectionOf("the refusal of another actor", Promise.resolve().then(() => place.probe().ready));
        await closeDispatcher(place.dispatcher);
      }),
  },
  {
    id: "dispatcher-nothing-left",
    title: "leaves no thread, process or descriptor behind",
    run: (subject) =>
      mustLeaveNothing(() =>
        inside(subject, async (place) => {
          const [source, probe, witness] = [place.source(), place.probe(), place.witness()];
          probe.outputs.video.pipe(witness.inputs.video);
          source.outputs.video.pipe(probe.inputs.video);
          await until("a frame", () => (witness.stats.counters.seen ?? 0) > 0);
        })
      ),
  },
];
