/**
 * Names of packages and actors.
 *
 * @module
 */
import { CreateError } from "./create_error.ts";
import { takenActors } from "./templates.gen.ts";

/** The scope of a package that was named without one; its owner changes it before publishing. */
export const SCOPE_OF_NOBODY = "@you";
/** Longest name of an actor. */
export const ACTOR_CHARACTERS_MAX = 24;

const PACKAGE = /^(?:@([a-z0-9][a-z0-9-]*)\/)?([a-z][a-z0-9-]*)$/;
const ACTOR = /^[A-Z][A-Za-z0-9]*$/;
const PACKAGE_CHARACTERS_MAX = 58;
/** What is ours, or would hide what every program imports. */
const TAKEN_PACKAGES: readonly string[] = [
  "streamlib",
  "create-streamlib",
  "zod",
  "typescript",
];

/** A package name in its parts. */
export interface PackageName {
  /** With `@`; `undefined` if there is none. */
  readonly scope: string | undefined;
  /** Without the scope. */
  readonly own: string;
}

/**
 * The parts of a package name.
 *
 * @throws {CreateError} `name` if npm or JSR would refuse it, or it is one of streamlib's.
 */
export function parsePackageName(name: string): PackageName {
  const [, scope, own] = PACKAGE.exec(name) ?? [];
  if (
    own === undefined || own.length < 2 || own.endsWith("-") ||
    own.length > PACKAGE_CHARACTERS_MAX
  ) {
    throw new CreateError(
      "name",
      `Cannot name the package "${name}": a letter, then letters, digits and "-" are right, all lower case, ` +
        `2 to ${PACKAGE_CHARACTERS_MAX} of them, before it a scope if you have one: "glow", "@me/glow"`,
    );
  }
  if (
    scope === "streamlib" || scope === undefined && TAKEN_PACKAGES.includes(own)
  ) {
    throw new CreateError(
      "name",
      `Cannot name the package "${name}": that name is taken; use a scope of your own`,
    );
  }
  return { scope: scope === undefined ? undefined : `@${scope}`, own };
}

/**
 * Checks the name of an actor.
 *
 * @throws {CreateError} `name` if the catalogue would refuse it, or an official package has it.
 */
export function checkActorName(actor: string): void {
  if (!ACTOR.test(actor) || actor.length > ACTOR_CHARACTERS_MAX) {
    throw new CreateError(
      "name",
      `Cannot name the actor "${actor}": a capital letter, then letters and digits are right, at most ` +
        `${ACTOR_CHARACTERS_MAX}: "Glow"; give it with --actor`,
    );
  }
  if (actor.endsWith("Actor")) {
    throw new CreateError(
      "name",
      `Cannot name the actor "${actor}": its class gets "Actor" by itself; leave it out`,
    );
  }
  const taken = takenActors.find((name) => name.toLowerCase() === actor.toLowerCase());
  if (taken !== undefined) {
    throw new CreateError(
      "name",
      `Cannot name the actor "${actor}": streamlib has an actor ${taken}; use another name`,
    );
  }
}

/** `SoftClip` of `soft-clip`. */
export function pascalOf(own: string): string {
  return own.split("-").map((part) => part.slice(0, 1).toUpperCase() + part.slice(1)).join("");
}

/** `soft_clip` of `SoftClip`. */
export function snakeOf(pascal: string): string {
  return pascal.replace(/([a-z0-9])([A-Z])/g, "$1_$2").replace(
    /([A-Z])([A-Z][a-z])/g,
    "$1_$2",
  ).toLowerCase();
}
