/**
 * What a check of conformance is.
 *
 * @module
 */
import type { Registration } from "@streamlib/core";
import type { TestItems } from "../test_items.ts";

/** What a check looks at. */
export type ConformKind = "package" | "actor" | "clock" | "registry" | "dispatcher" | "codec-provider" | "transport";

/** A package on disk, as it was loaded. */
export interface PackageSubject {
  /** Folder with `deno.json` or `package.json`. */
  readonly folder: string;
  /** `deno.json`; `undefined` if there is none. */
  readonly deno: Readonly<Record<string, unknown>> | undefined;
  /** `package.json`; `undefined` if there is none. */
  readonly npm: Readonly<Record<string, unknown>> | undefined;
  /** TypeScript files of the package, tests included, relative to the folder. */
  readonly sources: readonly string[];
  /** What the module exports. */
  readonly exports: Readonly<Record<string, unknown>>;
  /** The actors that the package registers. */
  readonly actors: readonly Registration[];
  /** Labels of actors that ran after the import and not before. */
  readonly startedByImport: readonly string[];
}

/** An actor class under test. */
export interface ActorSubject {
  /** Its registration. */
  readonly registration: Registration;
  /** Options with which it can be made; `undefined` if nobody has said and it cannot be made without. */
  readonly options: Readonly<Record<string, unknown>> | undefined;
  /** Why it is not made on this machine, if the package says so. */
  readonly notHere: string | undefined;
  /** Why it lives only in the thread of its handle, if the package says so. */
  readonly onlyHere: string | undefined;
  /** Why there can only be one at a time, if the package says so. */
  readonly single: string | undefined;
  /** Items for its inputs, by their names, that the package gives. */
  readonly samples: Readonly<Record<string, TestItems>>;
  /** What its package exports. */
  readonly exports: Readonly<Record<string, unknown>>;
}

/**
 * One check. It throws if what it looks at does not conform, a {@linkcode Skip} or an {@linkcode Inapplicable} if that cannot
 * be said.
 */
export interface Check<S> {
  /** Name for programs: `option-unknown`. Never renamed. */
  readonly id: string;
  /** What must hold, as a sentence. */
  readonly title: string;
  /** Looks. */
  run(subject: S): void | Promise<void>;
}

/** Says that a check is about something that is not there: an actor without inputs is not asked what it does with them. */
export class Inapplicable extends Error {
  /** Always `Inapplicable`. */
  override readonly name: string = "Inapplicable";
}

/** Says that a check should be made and cannot be here, and why. */
export class Skip extends Error {
  /** Always `Skip`. */
  override readonly name: string = "Skip";
}

/** Throws if something does not hold. `message` says what is the case and what would be right. */
export function must(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(message);
}

/** Throws with all that is wrong, if anything is. */
export function mustBeNone(wrong: readonly string[]): void {
  if (wrong.length > 0) throw new Error(wrong.join("; "));
}
