/**
 * The catalogue: every actor class that was registered in this process, by name.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import type { JsonSchema } from "../options.ts";
import type { InputSpec } from "../port/spec.ts";
import type { Rate } from "../time/rate.ts";
import type { Actor } from "./actor.ts";
import { controlsOf } from "./control.ts";
import type { AnyActorSpec } from "./spec.ts";

/** A class of actors, as the framework uses it. */
export interface ActorClass<A extends Actor = Actor> {
  /** Makes a handle, which begins to live by itself. */
  // deno-lint-ignore no-explicit-any
  new (options?: any): A;
  /** What the class declares about itself. */
  readonly spec: AnyActorSpec;
}

/** What was said when a class was registered. */
export interface Registration {
  /** Name in catalogues, URIs and command lines: a letter, then letters and digits. */
  readonly name: string;
  /** `import.meta.url` of the module that registers it. */
  readonly module: string;
  /** The class as the decorator returned it: what `new` is called on. */
  readonly actorClass: ActorClass;
}

/** An actor class explained, as JSON. */
export interface ActorDescription {
  /** Name in catalogues, URIs and command lines. */
  readonly name: string;
  /** URL of the module that registers it. */
  readonly module: string;
  /** One sentence. */
  readonly description: string;
  /** Inputs in declared order; a family is one entry. */
  readonly inputs: readonly PortDescription[];
  /** Outputs in declared order. */
  readonly outputs: readonly PortDescription[];
  /** Names of its controls, sorted. */
  readonly controls: readonly string[];
  /** JSON Schema of the actor's own options, as they may be given. */
  readonly options: JsonSchema;
  /** The option that a value without a name means on a command line; absent if it declares none. */
  readonly positional?: string;
  /** Beats per second that it declares; absent if it declares none. */
  readonly rate?: number | Rate;
  /** Whether it makes a finite run of items. */
  readonly finite: boolean;
}

/** A port explained, as JSON. */
export interface PortDescription {
  /** Name; ends in `.*` for a family. */
  readonly name: string;
  /** Name of the message type, for example `VideoFrame`. */
  readonly type: string;
  /** One sentence; empty if none was given. */
  readonly description: string;
  /** Of an input: `latest` or `ordered`. */
  readonly delivery?: string;
  /** Of an ordered input: items that it may fall behind before it loses the oldest. */
  readonly depth?: number;
  /** Of a family: most members. */
  readonly max?: number;
  /** Of an output: slots of its ring, at least. */
  readonly slots?: number;
}

const KEY = Symbol.for("@streamlib/core/catalogue/1");
const shared = globalThis as { [KEY]?: Map<string, Registration> };
/** One catalogue per process, shared by all copies of this package. */
const entries: Map<string, Registration> = shared[KEY] ??= new Map();

/**
 * @internal Puts a class into the catalogue.
 *
 * @throws {StreamError} `catalogue-clash` if the name is another module's.
 */
export function enlist(registration: Registration): void {
  const known = entries.get(registration.name);
  const isOwn = (one: Registration): boolean => "~core" in one.actorClass;
  // Two copies of this package bring the same actors: each builds its own, and the catalogue lists those that came last.
  const isCopy = known !== undefined && isOwn(known) && isOwn(registration);
  if (known && known.module !== registration.module && !isCopy) {
    throw new StreamError(
      "catalogue-clash",
      `Cannot register actor ${registration.name} of ${registration.module}: ` +
        `${known.module} has registered that name; import only one of the two, or rename one`,
    );
  }
  entries.set(registration.name, registration);
}

/** Every registered class, sorted by name. */
export function catalogue(): readonly Registration[] {
  return [...entries.values()].sort((a, b) => a.name < b.name ? -1 : 1);
}

/**
 * The registered class called `name`.
 *
 * @throws {StreamError} `catalogue-unknown` with the names there are.
 */
export function findActor(name: string): Registration {
  const found = entries.get(name);
  if (found) return found;
  const known = catalogue().map((entry) => entry.name).join(", ");
  throw new StreamError(
    "catalogue-unknown",
    `Cannot find actor ${name}: ${known === "" ? "none is registered" : `registered are ${known}`}; ` +
      "import the package that registers it",
  );
}

/**
 * Everything a person or an agent needs to know to use the class called `name`, without an instance.
 *
 * @throws {StreamError} `catalogue-unknown` with the names there are.
 */
export function describeActor(name: string): ActorDescription {
  const { module, actorClass } = findActor(name);
  const { spec } = actorClass;
  return {
    name,
    module,
    description: spec.description,
    inputs: Object.entries(spec.inputs ?? {}).map(([port, declared]) =>
      "each" in declared
        ? { name: `${port}.*`, max: declared.max, ...describeInput(declared.each) }
        : { name: port, ...describeInput(declared) }
    ),
    outputs: Object.entries(spec.outputs ?? {}).map(([port, declared]) => ({
      name: port,
      type: declared.type.typeName,
      description: declared.description,
      slots: declared.slots,
    })),
    controls: controlsOf(actorClass.prototype as object),
    options: spec.options?.toJSONSchema() ?? { type: "object", properties: {} },
    ...(spec.positional === undefined ? {} : { positional: spec.positional }),
    ...(spec.rate === undefined ? {} : { rate: spec.rate }),
    finite: spec.finite ?? false,
  };
}

function describeInput(spec: InputSpec): Omit<PortDescription, "name"> {
  const { type, description, delivery, depth } = spec;
  return { type: type.typeName, description, delivery, ...(delivery === "ordered" ? { depth } : {}) };
}
