import { type Actor, findActor, getActor, localActors, type Registry, stopAll } from "@streamlib/core";
import { after, describe, it } from "@std/testing/bdd";
import type { RegistryConformance } from "./conformance.ts";
import { registryChecks } from "./registry_checks.ts";
import { mustCatch, mustPass, type Mutant } from "./testdata/mutants.ts";

const timeout = 60_000;
const PROBE = "ConformProbe";
type Asked = Parameters<Registry["getOrCreate"]>;

const good: Registry = {
  getOrCreate: ({ className, id }, options) => getActor(`actor://local/${className}/${id}`, options),
  list: () => Promise.resolve(localActors().map(({ uri }) => uri)),
};

/** The registry of this process with other methods, made anew for each check. */
function mutant(change: () => Partial<Registry>, says: RegExp): Mutant<RegistryConformance> {
  return { subject: { make: () => ({ ...good, ...change() }) }, says };
}

let count = 0;

/** Makes an actor under an id that nobody has asked for. */
function other(options: Asked[1] = {}): Promise<Actor> {
  return good.getOrCreate({ host: "local", className: PROBE, id: `other-${++count}` }, options);
}

/** A registry that remembers what it gave. */
function remembering(keyOf: (uri: Asked[0]) => string): () => Partial<Registry> {
  return () => {
    const known = new Map<string, Promise<Actor>>();
    return {
      getOrCreate: (uri, options) => {
        const key = keyOf(uri);
        if (!known.has(key)) known.set(key, good.getOrCreate(uri, options));
        return known.get(key)!;
      },
    };
  };
}

const byUri = remembering(({ className, id }) => `${className}/${id}`);

const mutants: Readonly<Record<string, Mutant<RegistryConformance>>> = {
  "registry-creates": mutant(() => ({ getOrCreate: (_uri, options) => other(options) }), /called other-\d+; conform-/),
  "registry-options": mutant(() => ({ getOrCreate: (uri) => good.getOrCreate(uri, {}) }), /tag is null; \{"list"/),
  "registry-same": mutant(() => ({ getOrCreate: (_uri, options) => other(options) }), /gave another instance/),
  "registry-once": mutant(() => {
    const known = new Map<string, Actor>();
    const getOrCreate = async ({ id }: Asked[0]): Promise<Actor> => {
      const found = known.get(id);
      if (found) return found;
      await Promise.resolve();
      const actor = await other();
      known.set(id, actor);
      return actor;
    };
    return { getOrCreate };
  }, /50 calls at once gave 50 instances; 1 is right/),
  "registry-dying": mutant(byUri, /gave the instance that was ending/),
  "registry-failed": mutant(byUri, /gave the instance that has failed/),
  "registry-start": mutant(() => ({
    getOrCreate: async (uri, options) => {
      const actor = await good.getOrCreate(uri, options);
      await actor.ready.catch(() => {});
      return actor;
    },
  }), /it was failed; starting is right/),
  "registry-apart": mutant(remembering(({ id }) => id), /two URIs gave one instance/),
  "registry-list": mutant(() => ({ list: () => Promise.resolve([]) }), /lives and is not listed/),
  "registry-release": mutant(() => {
    const all: string[] = [];
    return {
      getOrCreate: async (uri, options) => {
        const actor = await good.getOrCreate(uri, options);
        all.push(actor.uri);
        return actor;
      },
      list: () => Promise.resolve(all),
    };
  }, /has ended and is listed/),
  "registry-unknown": mutant(() => ({ getOrCreate: () => Promise.reject(new Error("no")) }), /a StreamError is right/),
  "registry-bad-options": mutant(() => ({ getOrCreate: (uri) => good.getOrCreate(uri, {}) }), /there was no error/),
  "registry-clash": {
    subject: { make: () => good, registerTwin: () => void findActor(PROBE) },
    says: /there was no error/,
  },
  "registry-settles": mutant(() => ({
    getOrCreate: async (uri, options) =>
      Object.assign(Object.create(await good.getOrCreate(uri, options)), {
        sendControlMessage: () => Promise.resolve("fine"),
      }) as Actor,
  }), /there was no error/),
  "registry-host": mutant(() => ({ getOrCreate: (_uri, options) => other(options) }), /gives another instance/),
};

describe("checks of registries", () => {
  after(() => stopAll());

  it("find nothing wrong with a good one", { timeout }, async () => {
    await mustPass(registryChecks, { make: () => good });
  });

  it("each catch a broken one, and say what is wrong", { timeout }, () => mustCatch(registryChecks, mutants));
});
