/**
 * Supervision: what happens when an actor fails. After the supervisors of Erlang/OTP, with a growing wait before each
 * restart. The rules are in docs/internals/actors.md.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import { Backoff } from "./backoff.ts";
import { RestartWindow } from "./restart_window.ts";
import { Emitter } from "../emitter.ts";
import type { Supervised } from "./supervised.ts";
import { type Member, memberOf, SupervisedGroup } from "./supervised_group.ts";
import type { SupervisorEvents } from "./supervisor_events.ts";
import {
  type CompleteSupervisorOptions,
  parseSupervisorOptions,
  type SupervisorOptions,
} from "./supervisor_options.ts";

/**
 * `working`: restarts what fails. `escalating`: has given up and suspends its group. `suspended`: the supervisor above
 * decides. `stopped`: failures are final. `over`: has no children any more and takes none.
 */
type Mode = "working" | "escalating" | "suspended" | "stopped" | "over";

let made = 0;

/**
 * Restarts the actors that are put under it with their option `supervisor` when they fail.
 *
 * A restart is a fresh body of the same class and options; handle and links stay. Between a failure and the restart
 * there is a wait that grows from one to the next. More than `maxRestarts` restarts within `withinMs` are not made: the
 * supervisor gives up, its actors fail for good, or the supervisor above restarts the whole group.
 */
export class Supervisor implements Supervised {
  /** Marks supervisors of any copy of this package. */
  readonly "~streamlibSupervisor": true = true;
  /** The options, checked and complete. */
  readonly options: CompleteSupervisorOptions;
  /** `Supervisor "supervisor-1"`, for messages. */
  readonly label: string = `Supervisor "supervisor-${++made}"`;
  /** @internal Whom to tell that it gave up if there is no supervisor above. */
  "~onEscalate": ((error: Error) => void) | undefined = undefined;
  readonly #events: Emitter<SupervisorEvents> = new Emitter();
  readonly #group: SupervisedGroup = new SupervisedGroup();
  readonly #window: RestartWindow;
  readonly #backoff: Backoff;
  #mode: Mode = "working";
  /** Whether somebody already sees to those that are down. */
  #isBusy = false;
  /** The restart that has been announced and not begun. `dueAtMs` is known when the wait begins. */
  #pending: { readonly delayMs: number; dueAtMs: number | undefined } | undefined;
  #last: { readonly child: string; readonly error: Error } | undefined;
  #failures = 0;
  /** Time spent waiting before restarts: the window does not count it. */
  #waitedMs = 0;
  /** When a child last failed, or last ran again. */
  #quietSinceMs: number;
  /** What changes the group goes one after the other. */
  #queue: Promise<void> = Promise.resolve();

  /**
   * Makes a supervisor.
   *
   * @throws {StreamError} `option-invalid` naming each wrong option, its value, and what would be right; also if
   * `parent` has been stopped or has given up.
   */
  constructor(options: SupervisorOptions = {}) {
    this.options = parseSupervisorOptions(options);
    const { maxRestarts, withinMs, backoff, parent, timers } = this.options;
    this.#window = new RestartWindow(maxRestarts, withinMs);
    this.#backoff = new Backoff(backoff);
    this.#quietSinceMs = timers.nowMs();
    parent?.["~adopt"](this);
  }

  /** How often the snapshots of actors that have one are taken, ms; 0: never. */
  get snapshotMs(): number {
    return this.options.snapshotMs;
  }

  /** Labels of those under it, in the order in which they were put there. */
  get children(): readonly string[] {
    return this.#group.members.map(({ child }) => child.label);
  }

  /** Calls `listener` at every event of this name. @returns A function that takes the listener away. */
  on<K extends keyof SupervisorEvents>(name: K, listener: (event: SupervisorEvents[K]) => void): () => void {
    return this.#events.on(name, listener);
  }

  /**
   * No more restarts. Actors that run are not touched, but their failures are final from now on; those that wait for a
   * restart fail for good, and one whose restart has begun still gets it. Resolves when that is done.
   */
  stop(): Promise<void> {
    if (this.#takesChildren()) {
      this.#enter("stopped");
      this.options.parent?.["~forget"](this);
    }
    return this.#inTurn(() => this.#isIn("stopped") ? this.#abandonDown() : Promise.resolve());
  }

  /** {@linkcode Supervisor.stop}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * @internal Whether an actor can be put under it.
   *
   * @throws {StreamError} `option-invalid` if the supervisor restarts nothing any more.
   */
  "~check"(childLabel: string): void {
    if (this.#takesChildren()) return;
    const why = this.#isIn("stopped") ? "has been stopped" : "has given up";
    const message = `Cannot put ${childLabel} under ${this.label}: it ${why}; make another Supervisor`;
    throw new StreamError("option-invalid", message);
  }

  /** @internal `child`, which runs or starts, is under this supervisor from now on. Throws as `~check`. */
  "~adopt"(child: Supervised): void {
    this["~check"](child.label);
    this.#group.add(child);
  }

  /** @internal `child` has ended in good order, or is about to: it is no longer supervised. */
  "~forget"(child: Supervised): void {
    const member = this.#group.find(child);
    if (member) this.#group.remove(member);
  }

  /** @internal `child` has failed and waits for what this supervisor makes of it: `resume` or `abandon`. */
  "~failed"(child: Supervised, error: Error): void {
    this.#tell("failed", child.label, error);
    const member = this.#group.find(child);
    if (!member) void this.#group.abandon([memberOf(child)], () => error);
    else if (member.state === "up" || member.state === "resuming") this.#failed(member, error);
    else if (member.state === "down") this.#note(member, error);
  }

  /** @internal For the supervisor above: suspends the whole group, last adopted first. */
  suspend(): Promise<void> {
    if (this.#takesChildren()) this.#enter("suspended");
    return this.#inTurn(() => this.#suspendAllWhile("suspended"));
  }

  /**
   * @internal For the supervisor above: resumes the whole group in order, with its restarts forgotten. If one cannot
   * start, the group is suspended again and the promise rejects with the failure of that one.
   */
  resume(): Promise<void> {
    return this.#inTurn(() => this.#resumeGroup());
  }

  /** @internal For the supervisor above: the whole group ends for good, as failed with `error`. */
  abandon(error: Error): Promise<void> {
    this.#enter("over");
    return this.#inTurn(() => this.#group.abandon(this.#group.members, () => error));
  }

  /** A child that was well, or was starting, has failed. */
  #failed(member: Member, error: Error): void {
    const nowMs = this.options.timers.nowMs();
    const wasWell = this.#group.members.every(({ state }) => state === "up");
    if (wasWell && nowMs - this.#quietSinceMs > this.options.withinMs) this.#backoff.reset();
    this.#quietSinceMs = nowMs;
    this.#group.fail(member, error);
    this.#note(member, error);
    if (this.#isIn("stopped")) void this.#inTurn(() => this.#abandonDown());
    else this.#begin();
  }

  /** The failure of one that is down; it is part of the restart that is pending, if one is. */
  #note(member: Member, error: Error): void {
    member.failure = error;
    this.#failures++;
    this.#last = { child: member.child.label, error };
    if (!this.#pending) return;
    const { delayMs, dueAtMs } = this.#pending;
    const leftMs = dueAtMs === undefined ? delayMs : Math.max(0, dueAtMs - this.options.timers.nowMs());
    this.#tell("restarting", member.child.label, error, leftMs);
  }

  /** What has become of a child that was resumed. */
  #settled(member: Member, error: Error | undefined): void {
    if (error) {
      this.#tell("failed", member.child.label, error);
      this.#failed(member, error);
      return;
    }
    this.#quietSinceMs = this.options.timers.nowMs();
    if (this.options.strategy === "one-for-one" || !this.#isBusy) this.#tellRestarted(member);
  }

  #begin(): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    void this.#inTurn(() => this.#restart());
  }

  /** Restarts until nobody is down, or gives up. Unless it is working, others see to those that are down. */
  async #restart(): Promise<void> {
    const { timers } = this.options;
    while (this.#isIn("working") && this.#group.down.length > 0) {
      const nowMs = timers.nowMs() - this.#waitedMs;
      if (this.#window.admit(nowMs)) await this.#attempt(this.#backoff.next(timers.random()));
      else await this.#giveUp(this.#window.spanMs(nowMs));
    }
    this.#isBusy = false;
    this.#tellAllRestarted();
  }

  async #attempt(delayMs: number): Promise<void> {
    const group = this.#group;
    this.#pending = { delayMs, dueAtMs: undefined };
    for (const { child, failure } of group.down) {
      if (failure) this.#tell("restarting", child.label, failure, delayMs);
    }
    await group.suspend(() => this.#affected());
    await this.#wait(delayMs);
    // What has failed meanwhile may concern more of them.
    await group.suspend(() => this.#affected());
    this.#pending = undefined;
    if (!this.#isIn("working")) return;
    // They are independent: nobody waits until another one has started.
    if (this.options.strategy === "one-for-one") group.down.forEach((member) => this.#resume(member));
    else await this.#resumeInOrder();
  }

  /** Whom the strategy restarts together with those that are down. */
  #affected(): readonly Member[] {
    const { members } = this.#group;
    const first = members.findIndex(({ state }) => state === "down");
    if (first < 0 || !this.#isIn("working") || this.options.strategy === "one-for-one") return [];
    return this.options.strategy === "one-for-all" ? members : members.slice(first);
  }

  async #wait(delayMs: number): Promise<void> {
    const { timers } = this.options;
    const beganAtMs = timers.nowMs();
    if (this.#pending) this.#pending.dueAtMs = beganAtMs + delayMs;
    let isDue = false;
    const cancel = timers.setTimeout(() => {
      isDue = true;
      this.#group.signal();
    }, delayMs);
    await this.#group.until(() => isDue || !this.#isIn("working") || this.#group.down.length === 0);
    cancel();
    this.#waitedMs += timers.nowMs() - beganAtMs;
  }

  /** Resumes those that are down, one after the other; a failure calls for the next attempt. */
  async #resumeInOrder(): Promise<void> {
    const due = this.#group.down;
    const failures = this.#failures;
    const isBroken = () => failures !== this.#failures || !this.#isIn("working");
    for (const member of due) {
      if (member.state !== "down") continue;
      this.#resume(member);
      await this.#group.until(() => member.state !== "resuming" || isBroken());
      if (isBroken()) return;
    }
  }

  #resume(member: Member): void {
    member.attempt = this.#backoff.attempt;
    this.#group.resume(member, (error) => this.#settled(member, error));
  }

  async #giveUp(spanMs: number): Promise<void> {
    const { parent, maxRestarts, withinMs } = this.options;
    const { child, error } = this.#last!;
    const restarts = this.#window.count;
    const failure = new StreamError(
      "supervisor-gave-up",
      `Cannot restart ${child}: ${this.label} has made ${restarts} restart${restarts === 1 ? "" : "s"} within ` +
        `${Math.round(spanMs)} ms, waits not counted, and may make ${maxRestarts} within ${withinMs} ms; ` +
        `mend what failed last: ${error.message}`,
      { cause: error },
    );
    this.#enter(parent ? "escalating" : "over");
    const listeners = this.#tell("gave-up", child, failure);
    if (parent) {
      await this.#suspendAllWhile("escalating");
      // The supervisor above may have decided already, or the user may have stopped this one.
      if (!this.#isIn("escalating")) return;
      this.#enter("suspended");
      this.#tell("escalated", child, failure);
      parent["~failed"](this, failure);
      return;
    }
    await this.#group.abandon(this.#group.members, () => failure);
    const escalate = this["~onEscalate"];
    if (escalate) {
      this.#tell("escalated", child, failure);
      escalate(failure);
    } else if (listeners === 0) console.error(`streamlib: ${failure.message}`);
  }

  async #resumeGroup(): Promise<void> {
    if (!this.#isIn("suspended")) return;
    this.#enter("working");
    this.#isBusy = true;
    this.#window.clear();
    this.#backoff.reset();
    const due = this.#group.down;
    let rejected: Error | undefined;
    for (const member of due) {
      if (member.state !== "down") continue;
      member.attempt = 0;
      this.#group.resume(member, (error) => {
        rejected = error;
        this.#settled(member, error);
      });
      await this.#group.until(() => member.state !== "resuming" || !this.#isIn("working"));
      if (rejected || !this.#isIn("working")) break;
    }
    this.#isBusy = false;
    if (!this.#isIn("working")) return;
    if (rejected) {
      this.#enter("suspended");
      await this.#suspendAllWhile("suspended");
      throw rejected;
    }
    // One that has failed again since it ran is this supervisor's own to restart.
    this.#tellAllRestarted();
    this.#begin();
  }

  #suspendAllWhile(mode: Mode): Promise<void> {
    return this.#group.suspend(() => this.#isIn(mode) ? this.#group.members : []);
  }

  #abandonDown(): Promise<void> {
    return this.#group.abandon(this.#group.down, ({ child, failure }) => {
      const what = `Cannot resume ${child.label}: ${this.label} was stopped while this one waited for a restart`;
      return failure ?? new StreamError("supervisor-gave-up", what, { cause: this.#last?.error });
    });
  }

  #takesChildren(): boolean {
    return !this.#isIn("stopped") && !this.#isIn("over");
  }

  #isIn(mode: Mode): boolean {
    return this.#mode === mode;
  }

  #enter(mode: Mode): void {
    this.#mode = mode;
    this.#group.signal();
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => {});
    return done;
  }

  #tellAllRestarted(): void {
    for (const member of [...this.#group.members]) this.#tellRestarted(member);
  }

  #tellRestarted(member: Member): void {
    const { child, failure } = member;
    if (!failure || member.state !== "up") return;
    member.failure = undefined;
    this.#tell("restarted", child.label, failure, 0, member.attempt);
  }

  /** @returns How many listened. */
  #tell(
    name: keyof SupervisorEvents,
    child: string,
    error: Error,
    delayMs = 0,
    attempt: number = this.#backoff.attempt,
  ): number {
    const { strategy } = this.options;
    return this.#events.emit(name, { supervisor: this.label, strategy, child, error, attempt, delayMs });
  }
}
