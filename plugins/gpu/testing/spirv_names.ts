/**
 * Names and bindings in a module, for tests.
 *
 * @module
 */

const OP_NAME = 5;
const OP_MEMBER_NAME = 6;
const OP_DECORATE = 71;
const DECORATION_BINDING = 33;

/** What {@linkcode spirvNames} finds. */
export interface SpirvNames {
  /** Numbers of bindings, ascending. */
  readonly bindings: readonly number[];
  /** Names of the members of a structure, by the name of the structure; none if there is no such structure. */
  membersOf(structure: string): string[];
}

/** Reads names and bindings of a module. */
export function spirvNames(words: Uint32Array): SpirvNames {
  const names = new Map<string, number>();
  const members: { readonly id: number; readonly name: string }[] = [];
  const bindings: number[] = [];
  for (let at = 5; at < words.length; at += words[at] >>> 16) {
    const [head, id, value, number] = words.subarray(at, at + 4);
    const text = (from: number): string =>
      new TextDecoder().decode(words.subarray(at + from, at + (head >>> 16))).replace(/\0.*$/s, "");
    if ((head & 0xffff) === OP_NAME) names.set(text(2), id);
    else if ((head & 0xffff) === OP_MEMBER_NAME) members.push({ id, name: text(3) });
    else if ((head & 0xffff) === OP_DECORATE && value === DECORATION_BINDING) bindings.push(number);
  }
  return {
    bindings: bindings.sort((a, b) => a - b),
    membersOf: (structure) => members.filter(({ id }) => id === names.get(structure)).map(({ name }) => name),
  };
}
