/**
 * What a package says of itself for its checks.
 *
 * @module
 */
import type { Clock } from "@streamlib/core";
import type { TestItems } from "../test_items.ts";

/** What must be known to check an actor. */
export interface ActorConformance {
  /** Options with which it can be made anywhere. Needed where it cannot be made without options. */
  readonly options?: Readonly<Record<string, unknown>>;
  /**
   * Items to feed to inputs, by their names: one list each, such as `{ control: { data: [{ level: 1 }] } }`. Pictures,
   * sound, ancillary data, keys and mouse have items of their own; data and coded packets have none unless given.
   */
  readonly samples?: Readonly<Record<string, TestItems>>;
  /** Why it cannot be made on this machine (no device, no permission); `undefined` where it can. */
  readonly notHere?: string | undefined;
  /** Why it lives only in the thread of its handle; `undefined` if it lives anywhere. */
  readonly onlyHere?: string | undefined;
  /** Why there can only be one at a time; `undefined` if there may be many. */
  readonly single?: string | undefined;
  /** Checks that do not apply, by their id, each with the reason. */
  readonly except?: Readonly<Record<string, string>>;
}

/** What `conform.ts` at the root of a package exports as `conformance`. A package that needs none has no such file. */
export interface Conformance {
  /** By the name of the actor. */
  readonly actors?: Readonly<Record<string, ActorConformance>>;
  /** Clocks to check, by name; each makes a new one that beats by itself. */
  readonly clocks?: Readonly<Record<string, () => Clock | Promise<Clock>>>;
}
