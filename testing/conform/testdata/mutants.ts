/** Broken parts, each of which one check must catch. */
import assert from "node:assert/strict";
import { messageOf } from "@streamlib/core";
import type { Check } from "../check.ts";

/** A broken part, and what the check that catches it says. */
export interface Mutant<S> {
  readonly subject: S;
  readonly says: RegExp;
}

/** Runs one check. @returns What it throws. */
async function thrownBy<S>(check: Check<S>, subject: S): Promise<unknown> {
  try {
    await check.run(subject);
  } catch (thrown) {
    return thrown;
  }
  return undefined;
}

/** Expects that every check has a mutant and catches it. Those that count what is open run alone, others at once. */
export async function mustCatch<S>(
  checks: readonly Check<S>[],
  mutants: Readonly<Record<string, Mutant<S>>>,
): Promise<void> {
  assert.deepEqual(Object.keys(mutants).sort(), checks.map(({ id }) => id).sort(), "every check has a mutant");
  const look = async (check: Check<S>): Promise<void> => {
    const { subject, says } = mutants[check.id];
    const thrown = await thrownBy(check, subject);
    assert.ok(thrown !== undefined, `${check.id} does not catch its mutant`);
    assert.match(messageOf(thrown), says, check.id);
  };
  const isAlone = ({ id }: Check<S>): boolean => id.endsWith("-nothing-left");
  await Promise.all(checks.filter((check) => !isAlone(check)).map(look));
  for (const check of checks.filter(isAlone)) await look(check);
}

/** Expects that no check finds anything. @returns Ids of those that did not apply. */
export async function mustPass<S>(checks: readonly Check<S>[], subject: S): Promise<string[]> {
  const inapplicable: string[] = [];
  for (const check of checks) {
    const thrown = await thrownBy(check, subject);
    if (thrown === undefined) continue;
    assert.equal((thrown as Error).name, "Inapplicable", `${check.id}: ${messageOf(thrown)}`);
    inapplicable.push(check.id);
  }
  return inapplicable;
}
