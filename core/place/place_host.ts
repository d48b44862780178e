/**
 * The place's side: makes actors, links them, and tells home what happens.
 *
 * @module
 */
import process from "node:process";
import { messageOf, StreamError } from "../errors.ts";
import type { Message } from "../message/message.ts";
import { loadNative, nativeLibrary } from "../native.ts";
import type { SourceClock } from "../port/host.ts";
import type { Input } from "../port/input.ts";
import type { Output } from "../port/output.ts";
import { timeReads } from "../port/read_latency.ts";
import { profiler, setProfiling } from "../profile/profile.ts";
import { flushCalls, traceCalls, type TracedCall } from "../profile/trace.ts";
import type { Clock } from "../time/clock.ts";
import { Domain } from "../time/domain.ts";
import { adoptFixedTai } from "../time/now.ts";
import { SoftwareClock } from "../time/software_clock.ts";
import { Export } from "./export.ts";
import { isGone } from "./far_bells.ts";
import { ForeignSource } from "./foreign_source.ts";
import { HomeClock, Tickets } from "./home_clock.ts";
import { HostedCell } from "./hosted_cell.ts";
import { fromPlain, toPlain } from "./plain_error.ts";
import type { ActorPlan, ClockRef, DomainRef, FromPlace, SourceState, ToPlace } from "./protocol.ts";
import { SharedTaiClock } from "./shared_tai_clock.ts";
import { StatsFeed } from "./stats_feed.ts";
import { thisBell } from "../ring/this_bell.ts";

/** How often home learns what was profiled, ms. */
const PROFILE_MS = 1000;

/** Traced calls, with their frames and spans, in a message: a sandbox is ended for one of more than a MB. */
const TRACED_MAX = 500;

/** Of SCHED_FIFO: above ordinary threads, below those of the kernel and of audio servers. */
const REAL_TIME_PRIORITY = 40;

type MessageOf<K extends ToPlace["type"]> = ToPlace & { type: K };

/** The part of a domain that is in this place. */
interface DomainPart {
  readonly domain: Domain;
  /** Ticks and releases that home has sent for it. */
  received: number;
}

/** What is between an input or output of this place and another place. */
interface NearEnd {
  readonly host: { sourceClock(): SourceClock | undefined };
  readonly committed?: () => number;
  readonly seen?: () => number;
  readonly export?: Export<Message>;
  readonly source?: ForeignSource<Message>;
  cut(): void;
}

/** What a place is opened with. */
export interface PlaceInit {
  /** For messages. */
  readonly name: string;
  /** Throws if a value cannot be sent home. */
  readonly check: (value: unknown) => void;
  /** Whether its thread asks for real-time scheduling. */
  readonly isRealTime: boolean;
  /** Ends the place. */
  readonly exit: () => void;
}

/** Serves one home. */
export class PlaceHost {
  readonly #send: (message: FromPlace) => void;
  readonly #init: PlaceInit;
  readonly #tickets: Tickets;
  readonly #cells = new Map<number, Promise<HostedCell | undefined>>();
  readonly #ends = new Map<number, Promise<NearEnd | undefined>>();
  readonly #open = new Map<number, NearEnd>();
  readonly #domains = new Map<number, DomainPart>();
  readonly #stats: StatsFeed;
  /** Ends the measuring of reads that home has asked for. */
  #untime: (() => void) | undefined;
  /** Ends the tracing that home has asked for. */
  #untrace: (() => void) | undefined;

  /**
   * @param send Sends a message home.
   */
  constructor(send: (message: FromPlace) => void, init: PlaceInit) {
    this.#send = send;
    this.#init = init;
    this.#tickets = new Tickets(send);
    this.#stats = new StatsFeed(send);
  }

  /** A message from home. */
  receive(message: ToPlace): void {
    switch (message.type) {
      case "hello":
        return void this.#hello(message);
      case "make":
        return void this.#cells.set(message.plan.actor, this.#make(message.plan));
      case "stop":
        return void this.#stop(message.actor);
      case "control":
        return void this.#control(message);
      case "join":
        return this.#addEnd(message.link, this.#join(message));
      case "import":
        return this.#addEnd(message.link, this.#import(message));
      case "export":
        return this.#addEnd(message.link, this.#export(message));
      case "cut":
        return void this.#cut(message.link);
      case "ring":
        return void this.#addRing(message);
      case "got":
        return void this.#ends.get(message.link)?.then((end) => end?.export?.got());
      case "over":
        return void this.#ends.get(message.link)?.then((end) => end?.source?.end(message.reason));
      case "source":
        return void this.#ends.get(message.link)?.then((end) => {
          if (end?.source) this.#update(end.source, message.source);
        });
      case "tick":
        if (message.domain) this.#partOf(message.domain).received++;
        return this.#tickets.deliver(message.ticket, message.tick);
      case "no-tick":
        return this.#tickets.fail(message.ticket, fromPlain(message.error));
      case "release":
        return this.#release(message.domain);
      case "bell":
        return this.#send({ type: "bell", bell: thisBell(message.isShared) });
      case "time-reads":
        this.#untime?.();
        this.#untime = message.isOn ? timeReads() : undefined;
        return;
      case "trace":
        return this.#trace(message.oneOf);
      case "close":
        return this.#close();
    }
  }

  async #hello({ fixedTaiOffsetNs, isProfiling }: MessageOf<"hello">): Promise<void> {
    setProfiling(isProfiling);
    if (isProfiling) setInterval(() => this.#sendProfile(), PROFILE_MS).unref();
    const { reason } = await loadNative();
    if (!nativeLibrary()) {
      const error = new StreamError("native-missing", `Cannot open the place: it has no native library: ${reason}`);
      return this.#send({ type: "hello", error: toPlain(error) });
    }
    adoptFixedTai(fixedTaiOffsetNs);
    // With a bell the library learns of the end of this thread, and gives back what it holds.
    thisBell(false);
    if (this.#init.isRealTime && !nativeLibrary()!.native.setRealTime(REAL_TIME_PRIORITY)) {
      process.stderr.write(`streamlib: ${this.#init.name} runs without real-time scheduling: it is not permitted\n`);
    }
    this.#send({ type: "hello", error: undefined });
  }

  async #make(plan: ActorPlan): Promise<HostedCell | undefined> {
    const { actor } = plan;
    const gone = (): void => void this.#cells.delete(actor);
    try {
      const tell = {
        send: this.#send,
        check: (state: unknown) => this.#check(state, `Cannot keep the snapshot of ${plan.className} "${plan.id}"`),
      };
      const cell = await HostedCell.make(plan, this.#clockOf(plan.clock), tell, gone);
      cell.failures.isEndObserved = true;
      cell.events.on("state", ({ to }) => {
        if (to === "running") this.#send({ type: "running", actor });
      });
      this.#stats.add(actor, cell);
      cell.ready.then(() => this.#send({ type: "opened", actor }), () => {});
      const over = (): void => {
        this.#stats.remove(actor);
        this.#sendProfile();
        flushCalls();
        const error = cell.error?.cause;
        this.#send({
          type: "ended",
          actor,
          reason: cell.endReason,
          error: error === undefined ? undefined : toPlain(error),
          committed: this.#committedBy((host) => host === cell),
        });
      };
      cell.ended.then(over, over);
      cell.constructed();
      return cell;
    } catch (thrown) {
      gone();
      this.#send({ type: "ended", actor, reason: 0, error: toPlain(thrown), committed: [] });
      return undefined;
    }
  }

  async #stop(actor: number): Promise<void> {
    this.#send({ type: "stopping", actor });
    await (await this.#cells.get(actor))?.stop();
  }

  async #control({ actor, call, action, argument }: MessageOf<"control">): Promise<void> {
    let value: unknown;
    let error: unknown;
    try {
      const cell = await this.#cells.get(actor);
      if (!cell) throw new StreamError("actor-stopped", `Cannot call ${action}: the actor has ended`);
      value = await cell.control(action, argument);
      this.#check(value, `Cannot return the value of ${action} to another place`);
      this.#stats.flush();
      return this.#send({ type: "done", call, value, error: undefined });
    } catch (thrown) {
      error = thrown;
    }
    this.#send({ type: "done", call, value: undefined, error: toPlain(error) });
  }

  #check(value: unknown, what: string): void {
    try {
      this.#init.check(value);
    } catch (thrown) {
      throw new StreamError("place-refused", `${what}: ${messageOf(thrown)}; give what can be cloned`, {
        cause: thrown,
      });
    }
  }

  /** Keeps the near end of a link under its number; what goes wrong is told to home. */
  #addEnd(link: number, made: Promise<NearEnd | undefined>): void {
    const end = made.then((near) => {
      if (near) this.#open.set(link, near);
      this.#ping();
      return near;
    }, (thrown) => {
      if (!isGone(thrown)) this.#send({ type: "fault", link, error: toPlain(thrown) });
      return undefined;
    });
    this.#ends.set(link, end);
  }

  async #join({ from, output, to, input }: MessageOf<"join">): Promise<NearEnd | undefined> {
    const [source, target] = [await this.#cells.get(from), await this.#cells.get(to)];
    if (!source || !target) return undefined;
    const port = target.ports.inputNamed(input);
    port.connect(source.ports.outputs[output]);
    return { host: source, cut: () => port.unlink() };
  }

  async #import({ to, input, label, hostLabel, source }: MessageOf<"import">): Promise<NearEnd | undefined> {
    const port = await this.#inputOf(to, input);
    if (!port) return undefined;
    const foreign = new ForeignSource(label, hostLabel, port.type);
    this.#update(foreign, source);
    port.connect(foreign);
    return { host: foreign.host, seen: () => foreign.seen, source: foreign, cut: () => port.unlink() };
  }

  async #export(message: MessageOf<"export">): Promise<NearEnd | undefined> {
    const { link, from, isOrdered, depth, pins, bell, label } = message;
    const cell = await this.#cells.get(from);
    if (!cell) return undefined;
    const output: Output<Message> = cell.ports.outputs[message.output];
    const made = new Export({
      output,
      origin: from,
      needs: { isOrdered, depth, pins },
      input: undefined,
      bell,
      tell: (news) => this.#send({ type: "ring", link, news }),
      over: (reason) => this.#send({ type: "over", link, reason }),
    });
    output.addReader(made, label);
    made.notify();
    return { host: cell, committed: () => made.committed, export: made, cut: () => output.removeReader(made) };
  }

  async #inputOf(actor: number, name: string): Promise<Input<Message> | undefined> {
    return (await this.#cells.get(actor))?.ports.inputNamed(name);
  }

  async #cut(link: number): Promise<void> {
    const end = await this.#ends.get(link);
    this.#ends.delete(link);
    this.#open.delete(link);
    end?.cut();
  }

  async #addRing({ link, news }: MessageOf<"ring">): Promise<void> {
    const end = await this.#ends.get(link);
    try {
      end?.source?.add(news);
    } catch (thrown) {
      this.#send({ type: "fault", link, error: toPlain(thrown) });
    } finally {
      this.#send({ type: "got", link });
    }
  }

  #update(source: ForeignSource<Message>, { isAlive, clock }: SourceState): void {
    source.update(isAlive, clock && { ...clock, domain: clock.domain && this.#partOf(clock.domain).domain });
    this.#ping();
  }

  #clockOf(reference: ClockRef | undefined): Clock | undefined {
    if (!reference) return undefined;
    if (reference.kind === "software") return new SoftwareClock(reference.rate);
    if (reference.kind === "tai") return new SharedTaiClock(reference);
    return new HomeClock(reference, reference.domain && this.#partOf(reference.domain).domain, this.#tickets);
  }

  #partOf({ domain: number, lossless }: DomainRef): DomainPart {
    let part = this.#domains.get(number);
    if (!part) {
      part = { domain: new Domain(lossless, (joins) => this.#report(number, joins)), received: 0 };
      this.#domains.set(number, part);
    }
    return part;
  }

  #release(number: number): void {
    const part = this.#domains.get(number);
    if (!part) return;
    part.received++;
    if (!part.domain.releaseJoin()) part.domain.check();
  }

  #sendProfile(): void {
    if (profiler) this.#send({ type: "profile", rows: profiler.takeSnapshot() });
  }

  #trace(oneOf: number): void {
    // What was gathered until now goes home once: not to the next listener as well.
    flushCalls();
    const before = this.#untrace;
    const tell = (told: readonly TracedCall[]): void => {
      for (const calls of partsOf(told)) this.#send({ type: "traced", calls });
    };
    this.#untrace = oneOf > 0 ? traceCalls(oneOf, tell) : undefined;
    before?.();
  }

  #close(): void {
    this.#sendProfile();
    flushCalls();
    this.#init.exit();
  }

  /** Has every domain say that it is quiet as soon as it is. */
  #ping(): void {
    for (const { domain } of this.#domains.values()) domain.check();
  }

  /** What was committed for readers elsewhere, by link. */
  #committedBy(is: (host: NearEnd["host"]) => boolean): (readonly [number, number])[] {
    return [...this.#open].flatMap(([link, { host, committed }]) =>
      committed && is(host) ? [[link, committed()] as const] : []
    );
  }

  /** Nothing of this domain goes on here. */
  #report(number: number, joins: number): void {
    const part = this.#domains.get(number)!;
    const isIn = (host: NearEnd["host"]): boolean => host.sourceClock()?.domain === part.domain;
    const committed = this.#committedBy(isIn);
    const seen = [...this.#open].flatMap(([link, { host, seen }]) =>
      seen && isIn(host) ? [[link, seen()] as const] : []
    );
    this.#stats.flush();
    this.#send({ type: "quiet", report: { domain: number, received: part.received, joins, committed, seen } });
  }
}

function* partsOf(told: readonly TracedCall[]): Generator<readonly TracedCall[]> {
  let [calls, size]: [TracedCall[], number] = [[], 0];
  for (const call of told) {
    calls.push(call);
    size += 1 + call.frames.length + call.spans.length;
    if (size < TRACED_MAX) continue;
    yield calls;
    [calls, size] = [[], 0];
  }
  if (calls.length > 0) yield calls;
}
