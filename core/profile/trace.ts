/**
 * Single calls of actors, each with the frames that it worked on, so that a frame can be followed from actor to actor.
 *
 * Nobody passes anything along with a frame: its stamp names it, in every thread and process. Whether a frame is among
 * the one of N that are followed is decided by the stamp too, so all actors follow the same ones. Places are told by
 * their homes, and send what they have noted from time to time.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { messageOf } from "../errors.ts";
import type { Header } from "../message/message.ts";
import { originNs } from "../port/read_latency.ts";
import { taiNowNs } from "../time/now.ts";
import { PROFILE_SPANS } from "./spans.ts";
import { nowNs } from "./profiler.ts";

/** How long calls are gathered before they are told, ms, and how many. */
const GATHER_MS = 100;
const GATHER_MAX = 1000;
/** A call that reads more items than these is told with the first ones, and with how many are left out. */
const FRAMES_MAX = 16;
const SPANS_MAX = 256;
/** Characters of a span's name and of an error; a process that is not trusted may send home no more. */
const SPAN_CHARACTERS_MAX = 200;
const ERROR_CHARACTERS_MAX = 1000;

/** A frame, or another item, that a call worked on. */
export interface TracedFrame {
  /**
   * What names the frame: its `sourceTimestampNs`, TAI in ns; where that is a position in a file, its `timestampNs`.
   */
  readonly instantNs: bigint;
  /** TAI instant of the item, ns. */
  readonly timestampNs: bigint;
  /** Tick number of the source that made it. */
  readonly frameNumber: number;
  /** ⌊TAI · rate⌋ of that tick. */
  readonly taiFrame: bigint;
  /** Whether the call committed it; else it has read it. */
  readonly isCommitted: boolean;
}

/** A span within a call. */
export interface TracedSpan {
  /** One of {@linkcode PROFILE_SPANS}, or the name that was given to `profile`, its first 200 characters. */
  readonly span: string;
  /** When it began, ns after the call began. */
  readonly atNs: number;
  /** How long it took, ns. */
  readonly durationNs: number;
}

/** One call of an actor. */
export interface TracedCall {
  /** Where it ran: empty for this thread, else the name of the thread or process. */
  readonly place: string;
  /** Label of the actor, `Invert "invert-1"`. */
  readonly actor: string;
  /** `process`; of an actor that commits outside of it, `commit`. */
  readonly span: string;
  /** When it began, TAI in ns. */
  readonly startNs: bigint;
  /** How long it took, ns; an asynchronous one until it settled. */
  readonly durationNs: number;
  /** How late the tick came, ns; 0 of a call other than `process`. */
  readonly latenessNs: number;
  /** What it threw, in words, the first 1000 characters. */
  readonly error: string | undefined;
  /** The frames that it worked on and that are followed, at least one; those that it committed first. */
  readonly frames: readonly TracedFrame[];
  /** What it did, in order of the ends; nested ones overlap. */
  readonly spans: readonly TracedSpan[];
  /** Frames and spans that are left out, beyond 16 and 256. */
  readonly omitted: number;
}

/** What a followed item is stamped with. */
type Stamped = Pick<Header, "sourceTimestampNs" | "timestampNs" | "frameNumber" | "taiFrame">;

/** A call that goes on. */
class OpenCall {
  readonly actor: string;
  readonly frames = new Map<bigint, TracedFrame>();
  readonly spans: TracedSpan[] = [];
  readonly beganNs: number = nowNs();
  omitted = 0;
  isOpen = true;

  constructor(actor: string) {
    this.actor = actor;
  }

  addFrame(stamped: Stamped, isCommitted: boolean): void {
    const { timestampNs, frameNumber, taiFrame } = stamped;
    const instantNs = originNs(stamped);
    if (!isFollowed(instantNs, tracedOneOf)) return;
    const known = this.frames.get(instantNs);
    if (known && (known.isCommitted || !isCommitted)) return;
    if (!known && this.frames.size === FRAMES_MAX) {
      this.omitted++;
      if (!isCommitted || !this.#dropRead()) return;
    }
    this.frames.set(instantNs, { instantNs, timestampNs, frameNumber, taiFrame, isCommitted });
  }

  addSpan(span: string, startNs: number): void {
    if (!this.isOpen) return;
    if (this.spans.length === SPANS_MAX) return void this.omitted++;
    const name = span.slice(0, SPAN_CHARACTERS_MAX);
    this.spans.push({ span: name, atNs: startNs - this.beganNs, durationNs: nowNs() - startNs });
  }

  /** Makes room for a frame that is committed: the last one that was only read goes. @returns Whether there was one. */
  #dropRead(): boolean {
    const last = [...this.frames.values()].findLast(({ isCommitted }) => !isCommitted);
    return last !== undefined && this.frames.delete(last.instantNs);
  }
}

interface Listener {
  readonly oneOf: number;
  readonly tell: (calls: readonly TracedCall[]) => void;
}

/** Of how many frames of this thread's actors one is followed; 0 while nobody asks. */
export let tracedOneOf = 0;

const calls = new AsyncLocalStorage<OpenCall>();
const listeners = new Set<Listener>();
const changes = new Set<(oneOf: number) => void>();
/** What is read for a call is read before it begins where it is the item that drives. By actor. */
const readBefore = new Map<string, Stamped>();
let gathered: TracedCall[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;

/**
 * Tells the calls of `process` that work on one of `oneOf` frames, also those in the threads and processes where actors
 * of this thread live. Which frames they are follows from their instants, and is the same everywhere: where several ask,
 * whoever asks for fewer gets a part of the same ones. While nobody asks, a call, a read, a loan and a commit cost a
 * comparison each.
 *
 * @param oneOf An integer from 1, all frames, up.
 * @param tell Gets calls that have ended: those of this thread at most 100 ms old, others 200 ms, in no order between
 * places. What it throws is an uncaught error of this thread, from a microtask: neither the actor whose call was told nor
 * others who listen have anything to do with it.
 * @returns A function that ends it, after the calls of this thread that were not told yet; a second call does nothing.
 */
export function traceCalls(oneOf: number, tell: (calls: readonly TracedCall[]) => void): () => void {
  const listener = { oneOf, tell };
  listeners.add(listener);
  change();
  return () => {
    if (!listeners.has(listener)) return;
    flushCalls();
    listeners.delete(listener);
    change();
  };
}

/** Calls `listener` when another share of frames is followed. @returns A function that takes the listener away. */
export function onTracing(listener: (oneOf: number) => void): () => void {
  changes.add(listener);
  return () => void changes.delete(listener);
}

/** Tells calls, of this thread or of another one, to whoever has asked for their frames. */
export function tellCalls(told: readonly TracedCall[]): void {
  for (const { oneOf, tell } of [...listeners]) {
    const own = told.flatMap((call) => {
      const frames = call.frames.filter(({ instantNs }) => isFollowed(instantNs, oneOf));
      return frames.length > 0 ? [{ ...call, frames }] : [];
    });
    if (own.length > 0) tellSafely(tell, own);
  }
}

/** Whoever calls this may be an actor's own call, or a place that has more to say. */
function tellSafely(tell: Listener["tell"], own: readonly TracedCall[]): void {
  try {
    tell(own);
  } catch (thrown) {
    queueMicrotask(() => {
      throw thrown;
    });
  }
}

/** Tells what was gathered. */
export function flushCalls(): void {
  clearTimeout(timer);
  timer = undefined;
  const told = gathered;
  gathered = [];
  if (told.length > 0) tellCalls(told);
}

/** Whether a frame is the one of `oneOf`: by a hash, because what repeats every N frames would be met always or never. */
export function isFollowed(instantNs: bigint, oneOf: number): boolean {
  if (oneOf === 1) return true;
  return oneOf > 0 && hashOf(instantNs) < 2 ** 32 / oneOf;
}

/** Does a call of an actor; it is told if it works on a frame that is followed. */
export function traceCall<T>(actor: string, span: string, latenessNs: number, work: () => T): T {
  const call = new OpenCall(actor);
  const before = readBefore.get(actor);
  if (before && readBefore.delete(actor)) call.addFrame(before, false);
  const startNs = taiNowNs();
  const end = (thrown: string | undefined): void => {
    const durationNs = nowNs() - call.beganNs;
    call.isOpen = false;
    const frames = [...call.frames.values()].sort((a, b) => Number(b.isCommitted) - Number(a.isCommitted));
    if (frames.length === 0 || tracedOneOf === 0) return;
    const { spans, omitted } = call;
    const error = thrown?.slice(0, ERROR_CHARACTERS_MAX);
    gather({ place: "", actor, span, startNs, durationNs, latenessNs, error, frames, spans, omitted });
  };
  return settle(() => calls.run(call, work), end);
}

/**
 * Does a part of a call. A `commit` outside of any is a call of its own.
 *
 * @param actor Its label; empty where only the call that this is a part of knows it.
 */
export function traceSpan<T>(actor: string, span: string, work: () => T): T {
  const call = callOf(actor);
  if (!call) return span === PROFILE_SPANS.commit ? traceCall(actor, span, 0, work) : work();
  const startNs = nowNs();
  return settle(work, () => call.addSpan(span, startNs));
}

/** Begins a part of a call. @returns What ends it. */
export function beginSpan(span: string): () => void {
  const call = callOf("");
  const startNs = nowNs();
  return () => call?.addSpan(span, startNs);
}

/** An actor has read an item for the first time. */
export function noteRead(actor: string, header: Stamped): void {
  const call = callOf(actor);
  if (call) call.addFrame(header, false);
  else readBefore.set(actor, header);
}

/** An actor has committed an item. */
export function noteCommit(actor: string, stamped: Stamped): void {
  callOf(actor)?.addFrame(stamped, true);
}

/** A timer that was set in a call keeps its context, and so does whoever is woken by a commit. */
function callOf(actor: string): OpenCall | undefined {
  const call = calls.getStore();
  return call?.isOpen && (actor === "" || call.actor === actor) ? call : undefined;
}

function settle<T>(work: () => T, end: (error: string | undefined) => void): T {
  let result: T;
  try {
    result = work();
  } catch (thrown) {
    end(messageOf(thrown));
    throw thrown;
  }
  if (!(result instanceof Promise)) {
    end(undefined);
    return result;
  }
  return result.then((value) => {
    end(undefined);
    return value;
  }, (thrown) => {
    end(messageOf(thrown));
    throw thrown;
  }) as T;
}

function gather(call: TracedCall): void {
  gathered.push(call);
  if (gathered.length >= GATHER_MAX) return flushCalls();
  if (timer !== undefined) return;
  timer = setTimeout(flushCalls, GATHER_MS);
  timer.unref();
}

/** The smallest share includes the others. */
function change(): void {
  const oneOf = listeners.size === 0 ? 0 : Math.min(...[...listeners].map((listener) => listener.oneOf));
  if (oneOf === tracedOneOf) return;
  tracedOneOf = oneOf;
  if (oneOf === 0) readBefore.clear();
  for (const listener of changes) listener(oneOf);
}

/** 32 bits of an instant, all of them alike (the finaliser of MurmurHash3). */
function hashOf(instantNs: bigint): number {
  let bits = Number(BigInt.asUintN(32, instantNs)) ^
    Math.imul(Number(BigInt.asUintN(32, instantNs >> 32n)), 0x9e3779b1);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
