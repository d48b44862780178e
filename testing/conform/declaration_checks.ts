/**
 * Checks of what an actor class declares, without an instance.
 *
 * @module
 */
import { describeActor, findActor, toRate } from "@streamlib/core";
import { type ActorSubject, type Check, Inapplicable, must, mustBeNone } from "./check.ts";

const CAMEL = /^[a-z][a-zA-Z0-9]*$/;
const DESCRIPTION_CHARACTERS_MAX = 160;

function described({ registration }: ActorSubject): ReturnType<typeof describeActor> {
  return describeActor(registration.name);
}

/** The checks, in the order of the report. */
export const declarationChecks: readonly Check<ActorSubject>[] = [
  {
    id: "actor-name",
    title: "has a name in PascalCase without Actor at its end",
    run: ({ registration: { name } }) => {
      must(
        /^[A-Z][A-Za-z0-9]*$/.test(name),
        `the name is ${name}; a capital letter, then letters and digits are right`,
      );
      must(!name.endsWith("Actor"), `the name is ${name}; its class may end so, the name should not`);
    },
  },
  {
    id: "actor-exported",
    title: "has its class exported as NameActor",
    run: ({ registration: { name, actorClass }, exports }) => {
      const found = Object.entries(exports).find(([, value]) => value === actorClass)?.[0];
      must(found === `${name}Actor`, `the class is exported as ${found ?? "nothing"}; ${name}Actor is right`);
    },
  },
  {
    id: "actor-module",
    title: "is registered by the module that it names",
    run: async ({ registration: { name, module, actorClass } }) => {
      await import(module);
      must(findActor(name).actorClass === actorClass, `importing ${module} gives another class`);
    },
  },
  {
    id: "actor-description",
    title: "is described by one line that begins with a capital and has no full stop",
    run: (subject) => {
      const { description } = described(subject);
      must(
        description.length > 0 && description.length <= DESCRIPTION_CHARACTERS_MAX,
        `it has ${description.length} characters`,
      );
      must(/^[A-Z0-9]/.test(description) && !/[.\n]$|\n/.test(description), `it is "${description}"`);
    },
  },
  {
    id: "actor-ports",
    title: "has a port",
    run: (subject) => {
      const { inputs, outputs } = described(subject);
      must(inputs.length + outputs.length > 0, "it has neither inputs nor outputs");
    },
  },
  {
    id: "actor-port-names",
    title: "has ports in camelCase",
    run: (subject) => {
      const { inputs, outputs } = described(subject);
      const names = [...inputs, ...outputs].map(({ name }) => name.replace(/\.\*$/, ""));
      mustBeNone(names.filter((name) => !CAMEL.test(name)).map((name) => `${name} is not`));
    },
  },
  {
    id: "actor-port-descriptions",
    title: "describes every port",
    run: (subject) => {
      const { inputs, outputs } = described(subject);
      const bare = [
        ...inputs.map((port) => ["input", port] as const),
        ...outputs.map((port) => ["output", port] as const),
      ]
        .filter(([, { description }]) => description === "");
      mustBeNone(bare.map(([kind, { name }]) => `${kind} ${name} is not described`));
    },
  },
  {
    id: "actor-drivers",
    title: "says of at most one input that it drives",
    run: ({ registration: { actorClass } }) => {
      const inputs = Object.entries(actorClass.spec.inputs ?? {});
      const drivers = inputs.filter(([, spec]) => ("each" in spec ? spec.each : spec).drives).map(([name]) => name);
      must(drivers.length <= 1, `${drivers.join(" and ")} drive`);
    },
  },
  {
    id: "actor-rate",
    title: "has a rate that can be",
    run: ({ registration: { actorClass } }) => {
      const { rate } = actorClass.spec;
      if (rate === undefined) throw new Inapplicable("it declares none");
      toRate(rate);
    },
  },
  {
    id: "actor-finite",
    title: "is finite only as a source",
    run: ({ registration: { actorClass: { spec } } }) => {
      const follows = Object.keys(spec.inputs ?? {}).length > 0;
      must(!(spec.finite && follows && Object.keys(spec.outputs ?? {}).length === 0), "it is finite and has no output");
    },
  },
  {
    id: "actor-controls",
    title: "has controls in camelCase",
    run: (subject) =>
      mustBeNone(described(subject).controls.filter((name) => !CAMEL.test(name)).map((name) => `${name} is not`)),
  },
  {
    id: "actor-json",
    title: "explains itself as JSON, the same every time",
    run: (subject) => {
      const [one, other] = [described(subject), described(subject)].map((value) => JSON.stringify(value));
      must(one === other, "two descriptions differ");
      must(JSON.stringify(JSON.parse(one)) === one, "the description does not survive JSON");
    },
  },
];
