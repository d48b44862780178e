/**
 * The children of a supervisor: their order, how each is doing, and what can be done with them one after the other.
 * Whom to restart and when is the supervisor's to decide.
 *
 * @module
 */
import { messageOf } from "../errors.ts";
import type { Supervised } from "./supervised.ts";

/**
 * How a child is doing. `up`: it runs, or starts for the first time; `down`: failed or suspended; `resuming`: its new
 * body starts; `gone`: it is no longer supervised.
 */
export type MemberState = "up" | "down" | "resuming" | "gone";

/** One child. Only the group writes `state` and `turn`. */
export interface Member {
  readonly child: Supervised;
  state: MemberState;
  /** Counts the changes of `state`: what was begun in an earlier turn no longer matters. */
  turn: number;
  /** Why it failed, until it runs again; `undefined` if it is down for the sake of others. */
  failure: Error | undefined;
  /** Number of its last restart; 0 for none. */
  attempt: number;
}

/** A child that nothing has happened to. */
export function memberOf(child: Supervised): Member {
  return { child, state: "up", turn: 0, failure: undefined, attempt: 0 };
}

/** The children of one supervisor, in the order of adoption. */
export class SupervisedGroup {
  readonly #members: Member[] = [];
  #changed: PromiseWithResolvers<void> = Promise.withResolvers();

  /** All children, in the order of adoption. */
  get members(): readonly Member[] {
    return this.#members;
  }

  /** Those that are down, in the order of adoption. */
  get down(): Member[] {
    return this.#members.filter((member) => member.state === "down");
  }

  find(child: Supervised): Member | undefined {
    return this.#members.find((member) => member.child === child);
  }

  add(child: Supervised): void {
    this.#members.push(memberOf(child));
  }

  remove(member: Member): void {
    const at = this.#members.indexOf(member);
    if (at >= 0) this.#members.splice(at, 1);
    this.#set(member, "gone");
  }

  /** The child has failed: it is down until it is resumed. */
  fail(member: Member, error: Error): void {
    member.failure = error;
    this.#set(member, "down");
  }

  /** Who waits with `until` looks again. */
  signal(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Waits until this is so. Every change of a child, and `signal`, has it looked at again. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await this.#changed.promise;
  }

  /** Suspends those of `chosen` that are not down, last adopted first. `chosen` is asked again before each. */
  async suspend(chosen: () => readonly Member[]): Promise<void> {
    for (;;) {
      const member = chosen().findLast(({ state }) => state === "up" || state === "resuming");
      if (!member) return;
      this.#set(member, "down");
      await this.#told(() => member.child.suspend(), `suspend ${member.child.label}`);
    }
  }

  /**
   * Begins to resume one that is down. When it runs, or cannot start, its state is `up` or `down` and `settled` is
   * called, unless something else has become of it first.
   */
  resume(member: Member, settled: (error: Error | undefined) => void): void {
    const turn = this.#set(member, "resuming");
    const { child } = member;
    new Promise<void>((resolve) => resolve(child.resume())).then(() => {
      if (member.turn !== turn) return;
      this.#set(member, "up");
      settled(undefined);
    }, (thrown) => {
      if (member.turn !== turn) return;
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      this.fail(member, error);
      settled(error);
    });
  }

  /** Ends those of `chosen` for good, last adopted first. They are no longer supervised. */
  async abandon(chosen: readonly Member[], errorOf: (member: Member) => Error): Promise<void> {
    for (const member of [...chosen].reverse()) {
      if (member.state === "gone") continue;
      const error = errorOf(member);
      this.#set(member, "gone");
      await this.#told(() => member.child.abandon(error), `abandon ${member.child.label}`);
      this.remove(member);
    }
  }

  #set(member: Member, state: MemberState): number {
    member.state = state;
    member.turn++;
    this.signal();
    return member.turn;
  }

  /** One that breaks its promise to end does not keep the others from their turn. */
  async #told(work: () => Promise<void>, what: string): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      console.error(`streamlib: Cannot ${what}: ${messageOf(thrown)}`);
    }
  }
}
