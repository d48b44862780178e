/**
 * Linking actors as wholes.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import type { Message } from "../message/message.ts";
import { type Bridge, bridgeHint, bridgeOf, layBridge } from "./bridge.ts";
import type { Input } from "./input.ts";
import type { Output } from "./output.ts";

/** Something whose ports can be linked as a whole. */
export interface Pipeable {
  readonly label: string;
  readonly freeInputs: readonly Input<Message>[];
  readonly allOutputs: readonly Output<Message>[];
}

/** How actors are linked as wholes. */
export interface PipeOptions {
  /**
   * Whether a registered bridge may be put between types that do not fit; see `registerBridge`. It is an actor like any
   * other, and ends when it is no longer linked on both sides or the actor before it has ended. Default false.
   */
  bridge?: boolean;
}

/** An output and an input to be linked, and what comes between them. */
interface Pair {
  readonly output: Output<Message>;
  readonly input: Input<Message>;
  readonly bridge?: Bridge | undefined;
}

/**
 * Links every message type that has exactly one output on one side and exactly one free input on the other; if it is
 * asked for, then those that a bridge leads to.
 *
 * @throws {StreamError} `link-ambiguous` naming the candidates if a type has several on either side, `link-none` if no
 * type fits, or a bridge that is asked for is not registered. Nothing is linked then.
 */
export function linkAll(from: Pipeable, to: Pipeable, { bridge = false }: PipeOptions = {}): void {
  const what = `Cannot pipe ${from.label} to ${to.label}`;
  const direct = directPairs(from, to, what);
  const pairs = bridge ? [...direct, ...bridgedPairs(from, to, direct, what)] : direct;
  if (pairs.length === 0) {
    const hints = bridge ? [] : hintsOf(from.allOutputs, to.freeInputs);
    const remedy = hints.length > 0 ? `; ${hints.join(", ")}: put it between, or pipe with { bridge: true }` : "";
    throw nothingFits(from, to, what, bridge ? "; no bridge between these is registered" : remedy);
  }
  for (const { output, input, bridge } of pairs) {
    if (bridge) layBridge(bridge, output, input, what);
    else output.pipe(input);
  }
}

function directPairs(from: Pipeable, to: Pipeable, what: string): Pair[] {
  return typesOf(from.allOutputs).flatMap((typeName) => {
    const outputs = from.allOutputs.filter((port) => port.type.typeName === typeName);
    const inputs = to.freeInputs.filter((port) => port.type.typeName === typeName);
    return inputs.length === 0 ? [] : [onlyPair(outputs, inputs, what)];
  });
}

/** Pairs of what is left when `direct` is linked. */
function bridgedPairs(from: Pipeable, to: Pipeable, direct: readonly Pair[], what: string): Pair[] {
  const left = (port: { type: { typeName: string } }): boolean =>
    !direct.some(({ output }) => output.type.typeName === port.type.typeName);
  const [outputs, inputs] = [from.allOutputs.filter(left), to.freeInputs.filter(left)];
  const pairs = typesOf(inputs).flatMap((typeName): Pair[] => {
    const wanted = inputs.filter((port) => port.type.typeName === typeName);
    const given = outputs.filter((port) => bridgeOf(port.type, wanted[0].type));
    if (given.length > 0) {
      const pair = onlyPair(given, wanted, what);
      return [{ ...pair, bridge: bridgeOf(pair.output.type, pair.input.type) }];
    }
    const [hint] = hintsOf(outputs, wanted);
    if (hint) throw nothingFits(from, to, what, `; ${hint}: import its package, which registers it`);
    return [];
  });
  for (const { output } of pairs) {
    const inputs = pairs.filter((pair) => pair.output === output).map(({ input }) => input);
    if (inputs.length > 1) throw ambiguous([output], inputs, what);
  }
  return pairs;
}

function onlyPair(outputs: readonly Output<Message>[], inputs: readonly Input<Message>[], what: string): Pair {
  if (outputs.length > 1 || inputs.length > 1) throw ambiguous(outputs, inputs, what);
  return { output: outputs[0], input: inputs[0] };
}

/** What would make the wanted types out of the given ones, each once. */
function hintsOf(outputs: readonly Output<Message>[], inputs: readonly Input<Message>[]): string[] {
  const hints = outputs.flatMap((output) => inputs.map((input) => bridgeHint(output.type, input.type)));
  return [...new Set(hints.filter((hint) => hint !== undefined))];
}

function ambiguous(
  outputs: readonly Output<Message>[],
  inputs: readonly Input<Message>[],
  what: string,
): StreamError {
  const isDirect = outputs[0].type.typeName === inputs[0].type.typeName;
  const remedy = isDirect
    ? `link the ports by name, for example a.outputs.${outputs[0].name}.pipe(b.inputs.${inputs[0].name})`
    : "make the actor that comes between, and link its ports by name";
  return new StreamError(
    "link-ambiguous",
    `${what}: ${types(outputs)} could go from ${names(outputs)} to ${names(inputs)}; ${remedy}`,
  );
}

function nothingFits(from: Pipeable, to: Pipeable, what: string, remedy: string): StreamError {
  return new StreamError(
    "link-none",
    `${what}: the one gives ${types(from.allOutputs)}, the other has free inputs for ${types(to.freeInputs)}${remedy}`,
  );
}

function names(ports: readonly { name: string }[]): string {
  return ports.map((port) => port.name).join(" or ");
}

function typesOf(ports: readonly { type: { typeName: string } }[]): string[] {
  return [...new Set(ports.map((port) => port.type.typeName))];
}

function types(ports: readonly { type: { typeName: string } }[]): string {
  return ports.length === 0 ? "nothing" : typesOf(ports).join(", ");
}
