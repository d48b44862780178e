/**
 * Checks of a registry: what finds or makes actors by their URIs.
 *
 * @module
 */
import {
  Actor,
  type ActorSpec,
  type ActorTypes,
  findActor,
  getActor,
  isStreamError,
  messageOf,
  registerActor,
  type Registry,
  type StreamErrorCode,
  useRegistry,
} from "@streamlib/core";
import process from "node:process";
import { type Check, must } from "./check.ts";
import type { RegistryConformance } from "./conformance.ts";
import "./hoarder_actor.ts";
import { rejectionOf, within } from "./living.ts";
import type { ProbeOptions } from "./probe_actor.ts";
import "./probe_actor.ts";

const CALLS = 50;
const START_MS = 300;
const PROBE = "ConformProbe";
const HOARDER = "ConformHoarder";
/** A module that is not there, and need not be. */
const ELSEWHERE = "file:///another/package/probe_actor.ts";

let count = 0;

/** An id that nothing has had. */
function freshId(): string {
  return `conform-${process.pid}-${++count}`;
}

/** A registry in use: what it gave is ended afterwards. */
interface Used {
  readonly registry: Registry;
  readonly host: string;
  ask(id: string, options?: ProbeOptions, className?: string): Promise<Actor>;
  uriOf(id: string): string;
}

async function using(subject: RegistryConformance, run: (used: Used) => Promise<void>): Promise<void> {
  const { host = "local" } = subject;
  const registry = await subject.make();
  const actors: Actor[] = [];
  const ask = async (id: string, options: ProbeOptions = {}, className: string = PROBE): Promise<Actor> => {
    const actor = await within("the actor", registry.getOrCreate({ host, className, id }, { ...options }));
    if (!actors.includes(actor)) {
      actor.ended.catch(() => {});
      actors.push(actor);
    }
    return actor;
  };
  try {
    await run({ registry, host, ask, uriOf: (id) => `actor://${host}/${PROBE}/${id}` });
  } finally {
    await within("the end of the actors", Promise.all(actors.map((actor) => actor.stop())));
  }
}

function mustBeError(thrown: unknown, code: StreamErrorCode, names: readonly string[]): void {
  must(isStreamError(thrown), `it rejects with ${messageOf(thrown)}; a StreamError is right`);
  must(thrown.code === code, `its code is ${thrown.code}; ${code} is right`);
  for (const name of names) must(thrown.message.includes(name), `it does not name ${name}: ${thrown.message}`);
}

/** A second class of that name, in the catalogue of this thread. */
function registerTwinHere(name: string, module: string): void {
  @registerActor({ name, module })
  class TwinActor extends Actor<ActorTypes> {
    static readonly spec: ActorSpec<ActorTypes> = { description: "Has the name of another" };
    override process(): void {}
  }
  void TwinActor;
}

/** The checks, in the order of the report. */
export const registryChecks: readonly Check<RegistryConformance>[] = [
  {
    id: "registry-creates",
    title: "makes the actor of a URI that has none, and it runs",
    run: (subject) =>
      using(subject, async ({ ask, uriOf }) => {
        const id = freshId();
        const actor = await ask(id);
        must(actor.id === id, `the actor is called ${actor.id}; ${id} is right`);
        must(actor.uri === uriOf(id), `its URI is ${actor.uri}; ${uriOf(id)} is right`);
        await within("ready", actor.ready);
        must(actor.state === "running", `it is ${actor.state}; running is right`);
      }),
  },
  {
    id: "registry-options",
    title: "makes it with the options that are given",
    run: (subject) =>
      using(subject, async ({ ask }) => {
        const tag = { list: [1, 2], text: "seven" };
        const actor = await ask(freshId(), { tag });
        const said = await within("an answer", actor.sendControlMessage({ action: "say" })) as { tag: unknown };
        const [got, right] = [said.tag, tag].map((value) => JSON.stringify(value));
        must(got === right, `option tag is ${got}; ${right} is right`);
      }),
  },
  {
    id: "registry-same",
    title: "gives the same instance every time, and does not look at options then",
    run: (subject) =>
      using(subject, async ({ ask }) => {
        const id = freshId();
        const first = await ask(id);
        await within("ready", first.ready);
        must(await ask(id) === first, "the second call gave another instance");
        must(await ask(id, { wrong: 1 } as ProbeOptions) === first, "a call with options gave another instance");
      }),
  },
  {
    id: "registry-once",
    title: `makes one for ${CALLS} calls at once`,
    run: (subject) =>
      using(subject, async ({ ask, registry, uriOf }) => {
        const id = freshId();
        const actors = await Promise.all(Array.from({ length: CALLS }, () => ask(id)));
        const instances = new Set(actors).size;
        must(instances === 1, `${CALLS} calls at once gave ${instances} instances; 1 is right`);
        const listed = (await registry.list()).filter((uri) => uri === uriOf(id)).length;
        must(listed === 1, `it is listed ${listed} times`);
      }),
  },
  {
    id: "registry-dying",
    title: "waits for one that is just ending and makes a new one, once",
    run: (subject) =>
      using(subject, async ({ ask }) => {
        const id = freshId();
        const old = await ask(id, { stopMs: START_MS });
        await within("ready", old.ready);
        const stopped = old.stop();
        const actors = await Promise.all(Array.from({ length: CALLS }, () => ask(id)));
        must(!actors.includes(old), "a call gave the instance that was ending");
        must(new Set(actors).size === 1, `${new Set(actors).size} new instances were made; 1 is right`);
        must(old.state === "stopped", `the new one was made while the old one was ${old.state}`);
        await within("the end", stopped);
        await within("ready", actors[0].ready);
      }),
  },
  {
    id: "registry-failed",
    title: "makes a new one in place of one that has failed",
    run: (subject) =>
      using(subject, async ({ ask }) => {
        const id = freshId();
        const old = await ask(id, { failStart: true });
        await rejectionOf("the failure", old.ended);
        const actor = await ask(id);
        must(actor !== old, "a call gave the instance that has failed");
        await within("ready", actor.ready);
      }),
  },
  {
    id: "registry-start",
    title: "does not wait for the start; ready tells why it failed",
    run: (subject) =>
      using(subject, async ({ ask }) => {
        const actor = await ask(freshId(), { startMs: START_MS, failStart: true });
        must(actor.state === "starting", `when the call was answered it was ${actor.state}; starting is right`);
        const thrown = await rejectionOf("the failure of ready", actor.ready);
        must(/told to fail at its start/.test(messageOf(thrown)), `ready rejects with: ${messageOf(thrown)}`);
      }),
  },
  {
    id: "registry-apart",
    title: "keeps ids and classes apart",
    run: (subject) =>
      using(subject, async ({ ask }) => {
        const id = freshId();
        const actors = [await ask(id), await ask(freshId()), await ask(id, {}, HOARDER)];
        must(new Set(actors).size === 3, "two URIs gave one instance");
        await within("ready", Promise.all(actors.map((actor) => actor.ready)));
      }),
  },
  {
    id: "registry-list",
    title: "lists the actors that live, each once",
    run: (subject) =>
      using(subject, async ({ ask, registry, uriOf }) => {
        const ids = [freshId(), freshId()];
        for (const id of ids) await ask(id);
        const listed = await registry.list();
        for (const id of ids) must(listed.includes(uriOf(id)), `${uriOf(id)} lives and is not listed`);
        must(new Set(listed).size === listed.length, "a URI is listed twice");
      }),
  },
  {
    id: "registry-release",
    title: "lists no actor that has ended, and gives its id to a new one",
    run: (subject) =>
      using(subject, async ({ ask, registry, uriOf }) => {
        const id = freshId();
        const old = await ask(id);
        await within("ready", old.ready);
        await within("the end", old.stop());
        must(!(await registry.list()).includes(uriOf(id)), `${uriOf(id)} has ended and is listed`);
        const actor = await ask(id);
        must(actor !== old, "a call gave the instance that has ended");
        await within("ready", actor.ready);
      }),
  },
  {
    id: "registry-unknown",
    title: "rejects a class that nobody has registered, naming it",
    run: (subject) =>
      using(subject, async ({ registry, host }) => {
        const className = "NobodyHasThisClass";
        const asked = Promise.resolve().then(() => registry.getOrCreate({ host, className, id: freshId() }, {}));
        mustBeError(await rejectionOf("the error", asked), "catalogue-unknown", [className]);
      }),
  },
  {
    id: "registry-bad-options",
    title: "rejects wrong options, naming them, and the id stays free",
    run: (subject) =>
      using(subject, async ({ ask, registry, uriOf }) => {
        const id = freshId();
        const thrown = await rejectionOf("the error", ask(id, { notAnOption: 1 } as ProbeOptions));
        mustBeError(thrown, "option-invalid", ["notAnOption"]);
        must(!(await registry.list()).includes(uriOf(id)), `${uriOf(id)} is listed all the same`);
        await within("ready", (await ask(id)).ready);
      }),
  },
  {
    id: "registry-clash",
    title: "refuses a second class of one name, naming both modules, and goes on with the first",
    run: (subject) =>
      using(subject, async ({ ask }) => {
        const registerTwin = subject.registerTwin ?? registerTwinHere;
        const first = findActor(PROBE);
        const registered = Promise.resolve().then(() => registerTwin(PROBE, ELSEWHERE));
        mustBeError(await rejectionOf("the error", registered), "catalogue-clash", [first.module, ELSEWHERE]);
        must(findActor(PROBE) === first, `${PROBE} is now another class`);
        const actor = await ask(freshId());
        await within("an answer", actor.sendControlMessage({ action: "say" }));
      }),
  },
  {
    id: "registry-settles",
    title: "answers calls of an actor that has ended with an error",
    run: (subject) =>
      using(subject, async ({ ask }) => {
        const actor = await ask(freshId());
        await within("ready", actor.ready);
        await within("the end", actor.stop());
        const thrown = await rejectionOf("an answer", actor.sendControlMessage({ action: "say" }));
        must(isStreamError(thrown), `it answers ${messageOf(thrown)}; a StreamError is right`);
      }),
  },
  {
    id: "registry-host",
    title: "is asked by getActor() for URIs of its host",
    run: (subject) =>
      using(subject, async ({ ask, registry, host, uriOf }) => {
        if (host !== "local") useRegistry(host, registry);
        const id = freshId();
        const actor = await ask(id);
        const found = await within("the actor", getActor(uriOf(id)));
        must(found === actor, `getActor("${uriOf(id)}") gives another instance`);
      }),
  },
];
