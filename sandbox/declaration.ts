/**
 * What an actor class in another process declares about itself, as plain values, and back.
 *
 * @module
 */
import {
  AncillaryData,
  type AnyActorSpec,
  AudioBuffer,
  DataMessage,
  EncodedPacket,
  input,
  inputFamily,
  type InputSpec,
  type JsonSchema,
  KeyEvent,
  type Message,
  type MessageType,
  MouseEvent,
  output,
  type Rate,
  StreamError,
  toRate,
  VideoFrame,
} from "@streamlib/core";

/** An input, as plain values. */
interface PlainInput {
  readonly name: string;
  readonly type: string;
  readonly delivery: "latest" | "ordered";
  readonly depth: number;
  readonly pins: number;
  readonly drives: boolean;
  readonly description: string;
  /** Of a family: most members. */
  readonly max?: number;
}

/** An output, as plain values. */
interface PlainOutput {
  readonly name: string;
  readonly type: string;
  readonly slots: number;
  readonly history: number;
  readonly description: string;
}

/** A declaration, as plain values. */
export interface Declaration {
  /** Name that the class is registered under. */
  readonly name: string;
  readonly description: string;
  readonly rate?: Rate;
  readonly finite: boolean;
  readonly ends?: "driver" | "all" | "never";
  readonly buffers: boolean;
  readonly inputs: readonly PlainInput[];
  readonly outputs: readonly PlainOutput[];
  readonly schema: JsonSchema;
  /** The options that were given, complete. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Kinds of messages that go between processes. */
const TYPES: ReadonlyMap<string, MessageType> = new Map(
  ([
    VideoFrame,
    AudioBuffer,
    EncodedPacket,
    AncillaryData,
    DataMessage,
    KeyEvent,
    MouseEvent,
  ] as unknown as MessageType[])
    .map((type) => [type.typeName, type]),
);

const NAME = /^[A-Za-z][A-Za-z0-9]{0,63}$/;
const PORT = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const TEXT_CHARACTERS_MAX = 1000;
const PORTS_MAX = 64;

/** The declaration of a class, as it is in the process that has it. */
export function declarationOf(
  name: string,
  spec: AnyActorSpec,
  options: Readonly<Record<string, unknown>>,
): Declaration {
  return {
    name,
    description: spec.description,
    ...(spec.rate === undefined ? {} : { rate: toRate(spec.rate) }),
    finite: spec.finite ?? false,
    ...(spec.ends === undefined ? {} : { ends: spec.ends }),
    buffers: spec.buffers ?? false,
    inputs: Object.entries(spec.inputs ?? {}).map(([port, declared]) =>
      "each" in declared ? { ...plainInput(port, declared.each), max: declared.max } : plainInput(port, declared)
    ),
    outputs: Object.entries(spec.outputs ?? {}).map(([port, { type, slots, history, description }]) => ({
      name: port,
      type: type.typeName,
      slots,
      history,
      description,
    })),
    schema: spec.options?.toJSONSchema() ?? { type: "object", properties: {}, additionalProperties: false },
    options,
  };
}

function plainInput(name: string, { type, delivery, depth, pins, drives, description }: InputSpec): PlainInput {
  return { name, type: type.typeName, delivery, depth, pins, drives, description };
}

/**
 * The declaration as home has it, of values that nobody vouches for.
 *
 * @throws {StreamError} `sandbox-refused` for what no class declares, or cannot cross.
 */
export function specOf(declaration: Declaration): AnyActorSpec {
  const { name, description, rate, finite, ends, buffers, inputs, outputs, schema, options } = declaration;
  need(typeof name === "string" && NAME.test(name), "its name");
  need(ends === undefined || ["driver", "all", "never"].includes(ends), "ends");
  need(typeof finite === "boolean" && typeof buffers === "boolean", "finite or buffers");
  need(isPlain(schema) && isPlain(options), "its options");
  for (const ports of [inputs, outputs]) need(Array.isArray(ports) && ports.length <= PORTS_MAX, "its ports");
  return {
    description: textOf(description),
    ...(rate === undefined ? {} : { rate: rateOf(rate) }),
    finite,
    ...(ends === undefined ? {} : { ends }),
    buffers,
    inputs: Object.fromEntries(inputs.map((port) => [portName(port), inputOf(port)])),
    outputs: Object.fromEntries(outputs.map((port) => [
      portName(port),
      output(typeOf(port), { slots: port.slots, history: port.history, description: textOf(port.description) }),
    ])),
    // Each life checks them again, where the schema is.
    options: { validate: () => ({ value: options }), toJSONSchema: () => schema },
  };
}

function inputOf(port: PlainInput): ReturnType<typeof input> | ReturnType<typeof inputFamily> {
  const { delivery, depth, pins, drives, description, max } = port;
  need(delivery === "latest" || delivery === "ordered", `delivery of ${port.name}`);
  const init = { delivery, depth, pins, drives: drives === true, description: textOf(description) };
  return max === undefined ? input<Message>(typeOf(port), init) : inputFamily<Message>(typeOf(port), { ...init, max });
}

function portName({ name }: { readonly name: string }): string {
  need(typeof name === "string" && PORT.test(name) && !(name in {}), "the name of a port");
  return name;
}

function typeOf({ name, type }: { readonly name: string; readonly type: string }): MessageType {
  const found = TYPES.get(type);
  if (found) return found;
  refuse(
    `its port ${name} is of ${String(type).slice(0, 64)}, which cannot cross; ${[...TYPES.keys()].join(", ")} can`,
  );
}

function textOf(value: unknown): string {
  need(typeof value === "string" && value.length <= TEXT_CHARACTERS_MAX, "a description");
  return value as string;
}

function rateOf(value: Rate): Rate {
  need(isPlain(value), "rate");
  return toRate(value);
}

function isPlain(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function need(isRight: boolean, what: string): void {
  if (!isRight) refuse(`it declares ${what} in a way that no actor does`);
}

function refuse(why: string): never {
  throw new StreamError("sandbox-refused", `Cannot make an actor of the text: ${why}`);
}
