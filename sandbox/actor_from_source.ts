/**
 * Making an actor of a text.
 *
 * @module
 */
import { type Actor, type Clock, loadNative, messageOf, StreamError, type Supervisor } from "@streamlib/core";
import { makeGuest } from "@streamlib/core/place";
import { encode } from "./codec.ts";
import { specOf } from "./declaration.ts";
import { completeGrant, type Grant, sandboxProblem } from "./grant.ts";
import { SandboxDispatcher } from "./sandbox_dispatcher.ts";
import { SandboxProcess, type Text } from "./sandbox_process.ts";

/** Longest text, characters. */
const TEXT_CHARACTERS_MAX = 500_000;

/** What {@linkcode actorFromSource} may be told beside the text. */
export interface SourceOptions {
  /** Which class, if the text registers several. */
  name?: string;
  /** Name of the actor in URIs and messages; see `CommonOptions.id`. */
  id?: string;
  /** Its own options: values that can be cloned. */
  options?: Readonly<Record<string, unknown>>;
  /** What the text may have. Default: no files, no network, 512 MB, 2 s for one call of `process`. */
  grant?: Grant;
  /** The clock that beats for it; see `CommonOptions.clock`. */
  clock?: Clock;
  /** Who restarts it, in a new process, when it fails or was killed. */
  supervisor?: Supervisor;
}

/**
 * Makes an actor of a text, in a child process of its own that was locked down by the kernel before the text was loaded.
 *
 * @param code A module of TypeScript or JavaScript that registers an actor and imports `@streamlib/core` alone; at most
 * 500 000 characters.
 * @param given Its options, and what it may have.
 * @returns The handle, as of any actor. What it was not granted it does not get; when it takes more than it was granted
 * its process is ended and it fails with `sandbox-killed`.
 * @throws {StreamError} `sandbox-refused` if this machine cannot enforce it, or the text gives no actor that can live so;
 * `option-invalid` for options or a grant that are not right; `sandbox-killed` if the text takes too much while it is
 * loaded.
 */
export async function actorFromSource(code: string, given: SourceOptions = {}): Promise<Actor> {
  const { name, id, options = {}, grant = {}, clock, supervisor } = given;
  const text: Text = { code: checkCode(code), name, options: checkOptions(options), grant: completeGrant(grant) };
  const problem = await sandboxProblem();
  if (problem !== undefined) {
    throw new StreamError("sandbox-refused", `Cannot make an actor of a text: ${problem}; nothing was run`);
  }
  const { native } = (await loadNative()).library!;
  const start = (): SandboxProcess => new SandboxProcess(native, text);
  const first = start();
  try {
    const declaration = await first.declared;
    const dispatcher = new SandboxDispatcher(first, start);
    const actor = makeGuest(declaration.name, "node:process", specOf(declaration), {
      ...options,
      dispatcher,
      ...(id === undefined ? {} : { id }),
      ...(clock === undefined ? {} : { clock }),
      ...(supervisor === undefined ? {} : { supervisor }),
    });
    const close = (): void => void dispatcher.close();
    actor["~cell"].ended.then(close, close);
    return actor;
  } catch (thrown) {
    await first.kill();
    throw thrown;
  }
}

function checkCode(code: string): string {
  if (typeof code === "string" && code.length <= TEXT_CHARACTERS_MAX) return code;
  const what = typeof code === "string" ? `${code.length} characters` : `a ${typeof code}`;
  throw new StreamError(
    "option-invalid",
    `Cannot make an actor of a text: it is ${what}; a string of at most ${TEXT_CHARACTERS_MAX} characters is right`,
  );
}

function checkOptions(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  for (const name of ["id", "clock", "supervisor", "dispatcher"]) {
    if (Object.hasOwn(options, name)) {
      throw new StreamError("option-invalid", `Cannot make an actor of a text: options.${name}: put it beside options`);
    }
  }
  try {
    encode(options);
    return options;
  } catch (thrown) {
    throw new StreamError("option-invalid", `Cannot make an actor of a text: its options: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}
