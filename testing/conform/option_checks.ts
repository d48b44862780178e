/**
 * Checks of an actor's options.
 *
 * @module
 */
import { isStreamError, type JsonSchema, localActors, type OptionIssue, type OptionsSchema } from "@streamlib/core";
import { deepEqual } from "./deep_equal.ts";
import { type ActorSubject, type Check, Inapplicable, must, mustBeNone, Skip } from "./check.ts";

/** What every actor has, so that none may have an option of that name. */
const COMMON: readonly string[] = ["id", "clock", "dispatcher", "supervisor"];
const UNKNOWN = "notAnOptionOfAnyActor";
const FUZZ_ROUNDS = 300;

type Properties = Readonly<Record<string, JsonSchema>>;

function schemaOf({ registration: { actorClass } }: ActorSubject): OptionsSchema {
  const { options } = actorClass.spec;
  if (options === undefined) throw new Inapplicable("it has no options");
  return options;
}

function propertiesOf(subject: ActorSubject): Properties {
  return schemaOf(subject).toJSONSchema().properties as Properties | undefined ?? {};
}

/** Options that the schema takes; skips if nobody has said any. */
function goodOptions(subject: ActorSubject): Record<string, unknown> {
  if (subject.options === undefined) throw new Skip("it needs options that the package's conform.ts does not give");
  return { ...subject.options };
}

function issuesOf(schema: OptionsSchema, given: unknown): readonly OptionIssue[] {
  const result = schema.validate(given);
  return "issues" in result ? result.issues : [];
}

function isRefused(schema: OptionsSchema, given: unknown, name: string): boolean {
  return issuesOf(schema, given).some(({ path }) => path === name || path.startsWith(`${name}.`));
}

/** Every option with a value that it must refuse, as far as `wrongFor` knows one. */
function refusals(subject: ActorSubject, wrongFor: (property: JsonSchema) => readonly unknown[]): void {
  const schema = schemaOf(subject);
  const good = goodOptions(subject);
  const tried = Object.entries(propertiesOf(subject)).flatMap(([name, property]) =>
    wrongFor(property).map((value) => ({ name, value }))
  );
  if (tried.length === 0) throw new Inapplicable("no option has such a limit");
  mustBeNone(
    tried.filter(({ name, value }) => !isRefused(schema, { ...good, [name]: value }, name))
      .map(({ name, value }) => `option ${name} = ${JSON.stringify(value)} is not refused by its name`),
  );
}

/** A value of a type that the property does not name; none where any type may be right. */
function wrongTypes({ type }: JsonSchema): readonly unknown[] {
  const wrong: Readonly<Record<string, readonly unknown[]>> = {
    number: ["seven", true],
    integer: ["seven", 1.5],
    string: [7, {}],
    boolean: ["yes", 1],
    array: ["list", 7],
    object: ["object", 7],
  };
  return typeof type === "string" ? wrong[type] ?? [] : [];
}

function outOfRange({ type, minimum, maximum, exclusiveMinimum }: JsonSchema): readonly unknown[] {
  if (type !== "number" && type !== "integer") return [];
  const isReal = (bound: unknown): bound is number => typeof bound === "number" && Math.abs(bound) < 2 ** 53 - 1;
  return [
    ...(isReal(minimum) ? [minimum - 1] : []),
    ...(isReal(exclusiveMinimum) ? [exclusiveMinimum] : []),
    ...(isReal(maximum) ? [maximum + 1] : []),
  ];
}

/** Something that nobody meant, the same for the same number. */
function nonsense(seed: number, depth: number = 0): unknown {
  const mixed = Math.imul(seed ^ seed >>> 15, 0x2c1b3c6d) >>> 0;
  const kinds = [null, undefined, true, NaN, Infinity, -1, 0.5, 1e308, "", "\u0000", "x".repeat(300), 1n, Symbol("s")];
  if (mixed % 4 !== 0 || depth > 2) return kinds[mixed % kinds.length];
  const parts = Array.from({ length: mixed % 3 }, (_, index) => nonsense(mixed + index + 1, depth + 1));
  return mixed % 8 === 0 ? parts : Object.fromEntries(parts.map((part, index) => [`k${index}`, part]));
}

/** The checks, in the order of the report. */
export const optionChecks: readonly Check<ActorSubject>[] = [
  {
    id: "option-schema",
    title: "explains its options as a JSON Schema of an object",
    run: (subject) => {
      const schema = schemaOf(subject).toJSONSchema();
      must(schema.type === "object", `its type is ${JSON.stringify(schema.type)}; "object" is right`);
      const text = JSON.stringify(schema);
      must(deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(schemaOf(subject).toJSONSchema()))), "two differ");
    },
  },
  {
    id: "option-closed",
    title: "says that there are no others",
    run: (subject) =>
      must(schemaOf(subject).toJSONSchema().additionalProperties === false, "additionalProperties is not false"),
  },
  {
    id: "option-names",
    title: "has options in camelCase that are no common ones",
    run: (subject) => {
      const names = Object.keys(propertiesOf(subject));
      mustBeNone([
        ...names.filter((name) => !/^[a-z][a-zA-Z0-9]*$/.test(name)).map((name) => `${name} is not in camelCase`),
        ...names.filter((name) => COMMON.includes(name)).map((name) => `every actor has ${name}`),
      ]);
    },
  },
  {
    id: "option-descriptions",
    title: "describes every option",
    run: (subject) => {
      const bare = Object.entries(propertiesOf(subject)).filter(([, { description }]) => !description);
      mustBeNone(bare.map(([name]) => `option ${name} is not described`));
    },
  },
  {
    id: "option-positional",
    title: "has the option that a bare value means",
    run: (subject) => {
      const { positional } = subject.registration.actorClass.spec as { positional?: string };
      if (positional === undefined) throw new Inapplicable("it declares none");
      must(positional in propertiesOf(subject), `there is no option ${positional}`);
    },
  },
  {
    id: "option-required",
    title: "refuses to be without what it requires, naming it",
    run: (subject) => {
      const schema = schemaOf(subject);
      const required = schema.toJSONSchema().required as readonly string[] | undefined ?? [];
      if (required.length === 0) throw new Inapplicable("it requires none");
      mustBeNone(required.filter((name) => !isRefused(schema, {}, name)).map((name) => `${name} may be left out`));
    },
  },
  {
    id: "option-good",
    title: "takes good options and makes them complete",
    run: (subject) => {
      const issues = issuesOf(schemaOf(subject), goodOptions(subject));
      mustBeNone(issues.map(({ path, message }) => `option ${path}: ${message}`));
    },
  },
  {
    id: "option-defaults",
    title: "fills in the defaults that it tells",
    run: (subject) => {
      const good = goodOptions(subject);
      const result = schemaOf(subject).validate(good);
      const value = ("value" in result ? result.value : {}) as Record<string, unknown>;
      const told = Object.entries(propertiesOf(subject)).filter(([name, property]) =>
        "default" in property && !(name in good)
      );
      if (told.length === 0) throw new Inapplicable("it tells none");
      mustBeNone(
        told.filter(([name, property]) => !deepEqual(value[name], property.default))
          .map(([name, property]) =>
            `${name} becomes ${JSON.stringify(value[name])}, told is ${JSON.stringify(property.default)}`
          ),
      );
    },
  },
  {
    id: "option-idempotent",
    title: "takes complete options and leaves them as they are",
    run: (subject) => {
      const schema = schemaOf(subject);
      const first = schema.validate(goodOptions(subject));
      if (!("value" in first)) throw new Skip("good options are refused");
      const again = schema.validate(first.value);
      must("value" in again, `complete options are refused: ${JSON.stringify("issues" in again ? again.issues : "")}`);
      must(deepEqual(first.value, again.value), "complete options are changed");
    },
  },
  {
    id: "option-untouched",
    title: "does not change what is given",
    run: (subject) => {
      const given = goodOptions(subject);
      const before = Object.entries(given);
      schemaOf(subject).validate(Object.freeze(given));
      must(deepEqual(Object.fromEntries(before), given), "the given object was changed");
    },
  },
  {
    id: "option-unknown",
    title: "refuses an unknown option by its name",
    run: (subject) => {
      const issues = issuesOf(schemaOf(subject), { ...goodOptions(subject), [UNKNOWN]: 1 });
      must(
        issues.some(({ path, message }) => path === UNKNOWN || message.includes(UNKNOWN)),
        `${UNKNOWN} = 1 is ${issues.length === 0 ? "taken" : `refused, but not by name: ${JSON.stringify(issues)}`}`,
      );
    },
  },
  {
    id: "option-type",
    title: "refuses values of a wrong type by the option's name",
    run: (subject) => refusals(subject, wrongTypes),
  },
  {
    id: "option-range",
    title: "refuses numbers outside of the range that it tells",
    run: (subject) => refusals(subject, outOfRange),
  },
  {
    id: "option-choice",
    title: "refuses what is none of the choices that it tells",
    run: (subject) => refusals(subject, (property) => Array.isArray(property.enum) ? ["none-of-them"] : []),
  },
  {
    id: "option-nonsense",
    title: "answers any nonsense with issues, and never throws",
    run: (subject) => {
      const schema = schemaOf(subject);
      const names = Object.keys(propertiesOf(subject));
      for (const given of [null, undefined, 7, "text", [], () => {}]) schema.validate(given);
      for (let round = 0; round < FUZZ_ROUNDS; round++) {
        const given = Object.fromEntries(names.map((name, index) => [name, nonsense(round * 31 + index)]));
        schema.validate({ ...(round % 2 === 0 ? subject.options : {}), ...given });
      }
    },
  },
  {
    id: "option-error",
    title: "is not made with a wrong option: one error that names actor and option, and nothing is left running",
    run: (subject) => {
      const { actorClass, name } = subject.registration;
      const before = localActors().length;
      let thrown: unknown;
      try {
        void new actorClass({ ...subject.options, [UNKNOWN]: 1 }).stop();
      } catch (error) {
        thrown = error;
      }
      must(isStreamError(thrown), `what is thrown is ${String(thrown)}; a StreamError is right`);
      must(thrown.code === "option-invalid", `its code is ${thrown.code}; option-invalid is right`);
      must(thrown.message.includes(name) && thrown.message.includes(UNKNOWN), `it says: ${thrown.message}`);
      must(localActors().length === before, "an actor runs all the same");
    },
  },
];
