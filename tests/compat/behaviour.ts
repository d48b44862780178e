/**
 * What the project relies on in a runtime, as data: `compat_test.ts` tries it, `docs/internals/runtimes.md` lists it.
 *
 * @module
 */
import assert from "node:assert/strict";
import process from "node:process";

/** The runtimes by name, as `engines` of `package.json` has them. */
export type RuntimeName = "deno" | "bun";

/** The runtime that this is. */
export const RUNTIME: RuntimeName = process.versions.bun === undefined ? "deno" : "bun";

/** What both runtimes do. */
export interface Behaviour {
  readonly kind: "behaviour";
  /** One sentence. */
  readonly name: string;
  /** Files of ours that would be wrong without it. */
  readonly reliedOnBy: readonly string[];
  /** Throws if it is not so. */
  readonly test: () => void | Promise<void>;
}

/** In what the runtimes differ, so that one of our files does something about it. */
export interface Difference {
  readonly kind: "difference";
  /** What is asked, as a noun with its circumstances. */
  readonly name: string;
  /** Files of ours that have the work-around. */
  readonly reliedOnBy: readonly string[];
  /** The answer of each. */
  readonly answers: Readonly<Record<RuntimeName, string>>;
  /** What may go once both answer alike. */
  readonly mayGo: string;
  /** Gives the answer of this runtime. */
  readonly observe: () => string | Promise<string>;
}

/** Behaviours of one topic, in the order of the page. */
export interface Topic {
  readonly title: string;
  readonly entries: readonly (Behaviour | Difference)[];
}

/** A behaviour of both runtimes. */
export function behaviour(
  name: string,
  given: { readonly reliedOnBy: readonly string[] },
  test: () => void | Promise<void>,
): Behaviour {
  return { kind: "behaviour", name, reliedOnBy: given.reliedOnBy, test };
}

/** A difference between the runtimes. */
export function difference(
  name: string,
  given: Pick<Difference, "reliedOnBy" | "mayGo"> & Difference["answers"],
  observe: () => string | Promise<string>,
): Difference {
  const { reliedOnBy, mayGo, deno, bun } = given;
  return { kind: "difference", name, reliedOnBy, mayGo, answers: { deno, bun }, observe };
}

/** Tries an entry. Throws an error that says what has changed and whom that concerns. */
export async function tryEntry(entry: Behaviour | Difference): Promise<void> {
  const runtime = `${RUNTIME} ${process.versions[RUNTIME]}`;
  const concerned = `it concerns ${entry.reliedOnBy.join(", ")}`;
  if (entry.kind === "behaviour") {
    try {
      await entry.test();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`No longer so on ${runtime}: "${entry.name}": ${why}; ${concerned}`, { cause });
    }
    return;
  }
  const answer = await entry.observe();
  const before = entry.answers[RUNTIME];
  const agree = Object.values(entry.answers).some((other) => other !== before && other === answer);
  const advice = agree ? `both runtimes may agree now: ${entry.mayGo}` : concerned;
  assert.equal(answer, before, `Changed on ${runtime}: "${entry.name}": ${answer}, before: ${before}; ${advice}`);
}
