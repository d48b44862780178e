/**
 * A place as the thread sees it that made its actors: home's end of one worker thread or child process.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import { loadNative } from "../native.ts";
import { mergeProfile, profiler } from "../profile/profile.ts";
import { onTracing, tellCalls, tracedOneOf } from "../profile/trace.ts";
import type { TimedTick } from "../time/clock.ts";
import type { Domain, DomainParty } from "../time/domain.ts";
import { isTimingReads, onTimingReads } from "../port/read_latency.ts";
import { fixedTaiOffsetNs } from "../time/now.ts";
import type { Rate } from "../time/rate.ts";
import { findClock, findDomain, refOfDomain } from "./clock_book.ts";
import type { CrossLink } from "./cross_link.ts";
import { fromPlain, toPlain } from "./plain_error.ts";
import type { NativeRef } from "../ring/native_ref.ts";
import type { DomainRef, FromPlace, QuietReport, ToPlace } from "./protocol.ts";
import type { RemoteLife } from "./remote_life.ts";

/** How long a place may take to close, ms. */
const CLOSE_MS_MAX = 2000;

/** How messages get to a place and back, and how it is ended. */
export interface Transport {
  /** Numbers places of one process alike; rings cross between them by handle. */
  readonly processKey: number;
  /** Throws if a value cannot be sent. */
  check(value: unknown): void;
  /** Sends a message of values that were checked. */
  send(message: ToPlace): void;
  /** Is told of every message, and once how the place ended: in words, or by the error that its actors fail by. */
  listen(onMessage: (message: FromPlace) => void, onExit: (cause: string | StreamError) => void): void;
  /** Ends the place whatever it does. Resolves when it is gone. */
  kill(): Promise<void>;
}

/** What a place does for a domain whose clock is at home. */
class PlaceParty implements DomainParty {
  readonly #release: () => void;
  joins = 0;
  sent = 0;
  received = 0;

  constructor(release: () => void) {
    this.#release = release;
  }

  get isQuiet(): boolean {
    return this.received === this.sent;
  }

  release(): void {
    this.sent++;
    this.joins = 0;
    this.#release();
  }
}

/** Numbers lives over all places: readers tell by it the items of one life from those of another. */
let nextActor = 1;

/** One place. */
export class Place {
  /** `thread 1` or `process 1`, for messages. */
  readonly name: string;
  readonly #transport: Transport;
  readonly #lives = new Map<number, RemoteLife>();
  readonly #links = new Map<number, CrossLink>();
  readonly #calls = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #tickets = new Map<number, AbortController>();
  readonly #parties = new Map<number, { readonly domain: Domain; readonly party: PlaceParty }>();
  readonly #bells: (PromiseWithResolvers<NativeRef> | undefined)[] = [];
  readonly #hello: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #gone: PromiseWithResolvers<string> = Promise.withResolvers();
  #isAlive = true;
  #wasOpen = false;
  #killedFor: string | undefined;
  #nextCall = 1;
  readonly #unlisten: (() => void)[] = [];

  constructor(name: string, transport: Transport) {
    this.name = name;
    this.#transport = transport;
    this.#hello.promise.catch(() => {});
    transport.listen((message) => this.#receive(message), (cause) => this.#died(cause));
    // The library's time is another one than that of the runtime: a place has it, so home must have it too.
    void loadNative().then(() => this.#greet());
  }

  /** Resolves when it takes actors; rejects if it ends before that. */
  get opened(): Promise<void> {
    return this.#hello.promise;
  }

  /** Resolves with the cause when it has ended. */
  get gone(): Promise<string> {
    return this.#gone.promise;
  }

  /** Whether it has not ended. */
  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Whether it has ever taken actors. */
  get wasOpen(): boolean {
    return this.#wasOpen;
  }

  /** Actors that live in it. */
  get actorCount(): number {
    return this.#lives.size;
  }

  /** Whether this and another place, or home, are in one process. */
  sharesProcessWith(other: Place | undefined): boolean {
    return this.#transport.processKey === (other ? other.#transport.processKey : 0);
  }

  /** Throws if a value cannot be sent there. */
  check(value: unknown): void {
    this.#transport.check(value);
  }

  /** Sends a message of values that were checked; nothing happens if the place is gone. */
  send(message: ToPlace): void {
    if (this.#isAlive) this.#transport.send(message);
  }

  /** A number for a new actor of this home. */
  addLife(life: RemoteLife): number {
    const actor = nextActor++;
    this.#lives.set(actor, life);
    return actor;
  }

  /** The actor has ended. */
  removeLife(actor: number): void {
    this.#lives.delete(actor);
  }

  /** A link has an end here, or both, which has this number. */
  addLink(id: number, link: CrossLink): void {
    this.#links.set(id, link);
  }

  /** The link is cut. */
  removeLink(id: number): void {
    if (this.#links.delete(id)) this.send({ type: "cut", link: id });
  }

  /** Runs a control of an actor. Rejects if the argument cannot be sent. */
  async control(actor: number, action: string, argument: unknown): Promise<unknown> {
    this.#transport.check(argument);
    const { call, result } = this.#call();
    this.send({ type: "control", actor, call, action, argument });
    return await result;
  }

  /** The bell of its event loop, for a writer in the same or in another process. */
  bell(isShared: boolean): Promise<NativeRef> {
    const slot = isShared ? 1 : 0;
    if (!this.#bells[slot]) {
      this.#bells[slot] = Promise.withResolvers();
      this.#bells[slot].promise.catch(() => {});
      this.send({ type: "bell", isShared });
    }
    return this.#bells[slot].promise;
  }

  /** What happens in this place for a domain counts from now on. */
  joinDomain(domain: Domain): DomainRef {
    const reference = refOfDomain(domain);
    const number = reference.domain;
    if (!this.#parties.has(number)) {
      const party = new PlaceParty(() => this.send({ type: "release", domain: number }));
      this.#parties.set(number, { domain, party });
      domain.addParty(party);
    }
    return reference;
  }

  /** Asks it to end, and ends it if it does not. Actors that live there fail. */
  async close(): Promise<void> {
    this.#killedFor ??= `${this.name} was closed`;
    this.send({ type: "close" });
    const timer = setTimeout(() => void this.#transport.kill(), CLOSE_MS_MAX);
    await this.gone;
    clearTimeout(timer);
  }

  /** Ends it whatever it does. @param cause What its actors fail by. */
  async kill(cause: string): Promise<void> {
    this.#killedFor ??= cause;
    await this.#transport.kill();
    await this.gone;
  }

  #greet(): void {
    const { name } = this;
    this.send({ type: "hello", name, fixedTaiOffsetNs: fixedTaiOffsetNs(), isProfiling: profiler !== undefined });
    if (!this.#isAlive) return;
    if (isTimingReads) this.send({ type: "time-reads", isOn: true });
    if (tracedOneOf > 0) this.send({ type: "trace", oneOf: tracedOneOf });
    this.#unlisten.push(
      onTimingReads((isOn) => this.send({ type: "time-reads", isOn })),
      onTracing((oneOf) => this.send({ type: "trace", oneOf })),
    );
  }

  #call(): { call: number; result: Promise<unknown> } {
    const call = this.#nextCall++;
    const pending = Promise.withResolvers<unknown>();
    this.#calls.set(call, pending);
    if (!this.#isAlive) pending.reject(this.#lost(`Cannot reach ${this.name}: it has ended`));
    return { call, result: pending.promise };
  }

  #lost(message: string): StreamError {
    return new StreamError("place-lost", message);
  }

  #receive(message: FromPlace): void {
    switch (message.type) {
      case "hello":
        if (message.error) return this.#hello.reject(fromPlain(message.error));
        this.#wasOpen = true;
        return this.#hello.resolve();
      case "opened":
        return this.#lives.get(message.actor)?.opened();
      case "running":
        return this.#lives.get(message.actor)?.running();
      case "stopping":
        return this.#lives.get(message.actor)?.stopping();
      case "ended":
        this.#hasCommitted(message.committed);
        return this.#lives.get(message.actor)?.ended(message.reason, message.error && fromPlain(message.error));
      case "stats":
        return this.#lives.get(message.actor)?.cell.learn(message.stats);
      case "snapshot":
        return this.#lives.get(message.actor)?.cell.keep(message.state);
      case "rate":
        return this.#lives.get(message.actor)?.cell.tickAt(message.rate);
      case "done":
        return this.#done(message.call, message.value, message.error && fromPlain(message.error));
      case "profile":
        return mergeProfile(this.name, message.rows);
      case "traced":
        return tellCalls(message.calls.map((call) => ({
          ...call,
          place: call.place === "" ? this.name : `${this.name}/${call.place}`,
        })));
      case "ring":
        return this.#links.get(message.link)?.ring(message.news);
      case "got":
        return this.#links.get(message.link)?.got();
      case "over":
        return this.#links.get(message.link)?.over(message.reason);
      case "fault":
        return this.#links.get(message.link)?.fault(fromPlain(message.error));
      case "next":
        return void this.#next(message.clock, message.rate, message.ticket, message.previous);
      case "leave":
        this.#tickets.get(message.ticket)?.abort(new Error("The actor no longer waits"));
        return void this.#tickets.delete(message.ticket);
      case "quiet":
        return this.#quiet(message.report);
      case "bell":
        return this.#bells["address" in message.bell ? 1 : 0]?.resolve(message.bell);
    }
  }

  #done(call: number, value: unknown, error: Error | undefined): void {
    const pending = this.#calls.get(call);
    this.#calls.delete(call);
    if (error) pending?.reject(error);
    else pending?.resolve(value);
  }

  async #next(number: number, rate: Rate, ticket: number, previous: TimedTick | undefined): Promise<void> {
    let controller = this.#tickets.get(ticket);
    if (!controller) this.#tickets.set(ticket, controller = new AbortController());
    try {
      const clock = findClock(number, rate);
      if (!clock) throw new StreamError("place-lost", `Cannot tick an actor of ${this.name}: its clock is gone`);
      const tick = await clock.nextTick(previous, controller.signal);
      const domain = clock.domain && this.joinDomain(clock.domain);
      const known = domain && this.#parties.get(domain.domain);
      if (known && this.#isAlive) known.party.sent++;
      this.send({ type: "tick", ticket, tick, domain });
    } catch (thrown) {
      if (!controller.signal.aborted) this.send({ type: "no-tick", ticket, error: toPlain(thrown) });
    }
  }

  #hasCommitted(committed: QuietReport["committed"]): void {
    for (const [link, sequence] of committed) this.#links.get(link)?.hasCommitted(sequence);
  }

  #quiet({ domain: number, received, joins, committed, seen }: QuietReport): void {
    this.#hasCommitted(committed);
    for (const [link, sequence] of seen) this.#links.get(link)?.hasSeen(sequence);
    const known = this.#parties.get(number);
    if (!known) return findDomain(number)?.check();
    known.party.received = received;
    known.party.joins = joins;
    known.domain.check();
  }

  #died(cause: string | StreamError): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    for (const unlisten of this.#unlisten) unlisten();
    const isPlain = typeof cause === "string" || this.#killedFor !== undefined;
    const error = isPlain ? this.#lost(this.#killedFor ?? `${this.name} died: ${cause}`) : cause;
    this.#hello.reject(error);
    for (const controller of this.#tickets.values()) controller.abort(error);
    for (const pending of this.#calls.values()) pending.reject(error);
    for (const pending of this.#bells) pending?.reject(error);
    for (const life of [...this.#lives.values()]) life.died(error);
    for (const { domain, party } of this.#parties.values()) domain.removeParty(party);
    for (const own of [this.#tickets, this.#calls, this.#links, this.#lives, this.#parties]) own.clear();
    this.#gone.resolve(error.message);
  }
}
