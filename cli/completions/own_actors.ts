/**
 * Actors that can be completed: those that this command brings.
 *
 * A Tab runs nothing that the working folder or the line has: packages are looked for from this command alone, and no
 * plugin that the line names is imported.
 *
 * @module
 */
import { catalogue, type Registration } from "@streamlib/core";
import { ACTOR_PACKAGES, longName, plainName } from "../pipeline/actor_names.ts";
import { OFFICIAL_PLUGINS } from "../plugins.ts";

/** All of them, with those of the packages that are installed beside this command. */
export async function ownActors(): Promise<readonly Registration[]> {
  for (const name of OFFICIAL_PLUGINS) await bring(name);
  return catalogue();
}

/**
 * The actor that a stage names, importing no more than it takes; `undefined` if there is none.
 *
 * @param text Its name, or a short one.
 * @param isFirst Nothing flows into the stage.
 */
export async function ownActor(text: string, isFirst: boolean): Promise<Registration | undefined> {
  const there = find(text, isFirst);
  if (there) return there;
  const wanted = plainName(longName(text, isFirst));
  const name = Object.keys(ACTOR_PACKAGES).find((one) => plainName(one) === wanted);
  if (name === undefined) await ownActors();
  else await bring(ACTOR_PACKAGES[name]);
  return find(text, isFirst);
}

function find(text: string, isFirst: boolean): Registration | undefined {
  const all = catalogue();
  const named = (name: string): Registration | undefined =>
    all.find((one) => one.name === name) ?? all.find((one) => plainName(one.name) === plainName(name));
  return named(text) ?? named(longName(text, isFirst));
}

async function bring(name: string): Promise<void> {
  try {
    await import(name);
  } catch {
    // What is not installed, or cannot be loaded, has no actors to offer.
  }
}
