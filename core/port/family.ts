/**
 * Families of inputs: made when asked for, by name.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import type { Message } from "../message/message.ts";
import type { PortHost } from "./host.ts";
import type { Input } from "./input.ts";
import type { InputFamilySpec } from "./spec.ts";

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** A family of inputs of one type, such as the layers of a compositor. */
export class Family<M extends Message> {
  /** Its name in `inputs`; members are called `name.member`. */
  readonly name: string;
  /** Its declaration. */
  readonly spec: InputFamilySpec<M>;
  readonly #host: PortHost;
  readonly #members = new Map<string, Input<M>>();
  readonly #make: (name: string) => Input<M>;
  readonly #changed: () => void;

  /** @internal Ports are made by the framework. */
  constructor(
    name: string,
    spec: InputFamilySpec<M>,
    make: (name: string) => Input<M>,
    host: PortHost,
    changed: () => void,
  ) {
    this.name = name;
    this.spec = spec;
    this.#make = make;
    this.#host = host;
    this.#changed = changed;
  }

  /**
   * The member called `member`, made now if there is none.
   *
   * @param member A letter, then letters, digits, `_` or `-`; at most 64 characters.
   * @throws {StreamError} `port-unknown` if the name is not such, or if the family is full.
   */
  at(member: string): Input<M> {
    const found = this.#members.get(member);
    if (found) return found;
    const what = `Cannot make input ${this.name}.${member} of ${this.#host.label}`;
    if (!NAME.test(member)) {
      throw new StreamError(
        "port-unknown",
        `${what}: a name begins with a letter and has letters, digits, _ and - only`,
      );
    }
    if (this.#members.size >= this.spec.max) {
      throw new StreamError("port-unknown", `${what}: it has ${this.#members.size} already, the most there may be`);
    }
    const made = this.#make(`${this.name}.${member}`);
    this.#members.set(member, made);
    this.#changed();
    return made;
  }

  /** Takes a member away and cuts its link. @returns Whether there was one. */
  delete(member: string): boolean {
    this.#members.get(member)?.unlink();
    const had = this.#members.delete(member);
    this.#changed();
    return had;
  }

  /** Members by name, in the order they were made. */
  entries(): IterableIterator<[string, Input<M>]> {
    return this.#members.entries();
  }

  /** Members in the order they were made. */
  [Symbol.iterator](): IterableIterator<Input<M>> {
    return this.#members.values();
  }
}
