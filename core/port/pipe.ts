/**
 * Linking actors as wholes.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import type { Message } from "../message/message.ts";
import type { Input } from "./input.ts";
import type { Output } from "./output.ts";

/** Something whose ports can be linked as a whole. */
export interface Pipeable {
  readonly label: string;
  readonly freeInputs: readonly Input<Message>[];
  readonly allOutputs: readonly Output<Message>[];
}

/**
 * Links every message type that has exactly one output on one side and exactly one free input on the other.
 *
 * @throws {StreamError} `link-ambiguous` naming the candidates if a type has several on either side, `link-none` if no
 * type fits. Nothing is linked then.
 */
export function linkAll(from: Pipeable, to: Pipeable): void {
  const pairs: [Output<Message>, Input<Message>][] = [];
  for (const typeName of new Set(from.allOutputs.map((port) => port.type.typeName))) {
    const outputs = from.allOutputs.filter((port) => port.type.typeName === typeName);
    const inputs = to.freeInputs.filter((port) => port.type.typeName === typeName);
    if (inputs.length === 0) continue;
    if (outputs.length > 1 || inputs.length > 1) {
      throw new StreamError(
        "link-ambiguous",
        `Cannot pipe ${from.label} to ${to.label}: ${typeName} could go from ${names(outputs)} to ${names(inputs)}; ` +
          `link the ports by name, for example a.outputs.${outputs[0].name}.pipe(b.inputs.${inputs[0].name})`,
      );
    }
    pairs.push([outputs[0], inputs[0]]);
  }
  if (pairs.length === 0) {
    throw new StreamError(
      "link-none",
      `Cannot pipe ${from.label} to ${to.label}: the one gives ${types(from.allOutputs)}, ` +
        `the other has free inputs for ${types(to.freeInputs)}`,
    );
  }
  for (const [output, input] of pairs) output.pipe(input);
}

function names(ports: readonly { name: string }[]): string {
  return ports.map((port) => port.name).join(" or ");
}

function types(ports: readonly { type: { typeName: string } }[]): string {
  return ports.length === 0 ? "nothing" : [...new Set(ports.map((port) => port.type.typeName))].join(", ");
}
