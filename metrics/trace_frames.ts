/**
 * Frames on their way through the actors, as spans of OpenTelemetry, which the program's own SDK exports.
 *
 * The trace of a frame is named by the frame's stamp. So nothing has to travel with a frame, spans may come in any order
 * and from any thread, process or machine, and whoever knows the stamp knows the trace.
 *
 * The types are those of `@opentelemetry/api` as far as they are needed, so that this package does not ask for it.
 *
 * @module
 */
import { StreamError, TAI_MINUS_UTC_S, traceCalls, type TracedCall, type TracedFrame } from "@streamlib/core";
import { wrong } from "./metrics_options.ts";

const WHAT = "Cannot trace frames";
const SCOPE = "@streamlib/metrics";
const UTC_BEHIND_NS = BigInt(TAI_MINUS_UTC_S) * 1_000_000_000n;
/** `TraceFlags.SAMPLED` and `SpanStatusCode.ERROR`. */
const SAMPLED = 1;
const ERROR = 2;
/** 64-bit constants of SplitMix64, and the salt that makes a span's id of an instant another one than its trace's. */
const [GAMMA, MIX_1, MIX_2, SALT] = [
  0x9e3779b97f4a7c15n,
  0xbf58476d1ce4e5b9n,
  0x94d049bb133111ebn,
  0x73747265616d6c62n,
];

/** Seconds and nanoseconds since 1970-01-01 UTC. */
export type SpanTime = [seconds: number, nanoseconds: number];

/** What names a span to others. */
export interface FrameSpanContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** 1: sampled. */
  readonly traceFlags: number;
  /** Whether somebody else made it. */
  readonly isRemote: boolean;
}

/** What a span is begun with. */
export interface FrameSpanOptions {
  /** When it began. */
  readonly startTime: SpanTime;
  /** What is known of it. */
  readonly attributes: Record<string, string | number | boolean>;
  /** The other frames that the same call worked on. */
  readonly links?: { context: FrameSpanContext }[];
}

/** The parts of OpenTelemetry's `Span` that are used. */
export interface FrameSpan {
  /** Says how it went. */
  setStatus(status: { code: number; message: string }): unknown;
  /** Ends it. */
  end(endTime: SpanTime): void;
}

/** The parts of OpenTelemetry's `Tracer` that are used. */
export interface FrameTracer<C, S extends FrameSpan> {
  /** Begins a span within a context. */
  startSpan(name: string, options: FrameSpanOptions, context: C): S;
}

/** The parts of `@opentelemetry/api` that are used: its whole namespace, `import * as api`, is one. */
export interface TracingApi<C, S extends FrameSpan> {
  /** Its entry to tracing. */
  readonly trace: {
    /** The tracer of a library. */
    getTracer(name: string): FrameTracer<C, S>;
    /** A context whose span is somebody else's. */
    setSpanContext(context: C, spanContext: FrameSpanContext): C;
    /** A context whose span is this one. */
    setSpan(context: C, span: S): C;
  };
  /** The context without a span. */
  readonly ROOT_CONTEXT: C;
}

/** How frames are traced. */
export interface TraceOptions {
  /** Of how many frames one is followed, an integer from 1 to 1 000 000. Default 100. */
  readonly oneOf?: number;
}

/**
 * Makes a span of every call of `process` that works on one of `oneOf` frames, in every thread and process where actors
 * of this thread live, with spans for `loan`, `commit`, `convert`, `network` and those of `profile()` within.
 *
 * @param api `import * as api from "@opentelemetry/api"`, with a tracer provider registered.
 * @returns Disposing of it ends it; spans of other threads and processes that are younger than 200 ms are lost then,
 * unless their actors have been stopped.
 * @throws {StreamError} `option-invalid` for an option that cannot be, or if `api` is none.
 */
export function traceFrames<C, S extends FrameSpan>(api: TracingApi<C, S>, options: TraceOptions = {}): Disposable {
  if (typeof api?.trace?.setSpanContext !== "function" || !("ROOT_CONTEXT" in api)) {
    throw new StreamError(
      "option-invalid",
      `${WHAT}: ${String(api)} is no API of OpenTelemetry; the namespace of @opentelemetry/api is right`,
    );
  }
  const oneOf = checkOneOf(WHAT, options, 100);
  const tracer = api.trace.getTracer(SCOPE);
  const end = traceCalls(oneOf, (calls) => {
    for (const call of calls) for (const frame of call.frames) addSpans(api, tracer, call, frame);
  });
  return { [Symbol.dispose]: end };
}

/**
 * The id of the trace of a frame: its instant in 16 hexadecimal digits, and 16 that follow from these and are spread, for
 * whoever samples or distributes by them.
 *
 * @param instantNs The frame's `sourceTimestampNs`; of one from a file, where that is a position, its `timestampNs`.
 */
export function traceIdOf(instantNs: bigint): string {
  return hex(instantNs) + hex(mixed(instantNs));
}

/** `oneOf`, checked. `others` are right beside it. */
export function checkOneOf(
  what: string,
  given: TraceOptions,
  byDefault: number,
  others: readonly string[] = [],
): number {
  const known = ["oneOf", ...others];
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const right = known.length === 1 ? "oneOf is" : `${known.join(", ")} are`;
    throw new StreamError("option-invalid", `${what}: there is no option ${unknown}; ${right} right`);
  }
  const { oneOf = byDefault } = given;
  if (Number.isInteger(oneOf) && oneOf >= 1 && oneOf <= 1e6) return oneOf;
  throw wrong(what, "oneOf", oneOf, "an integer from 1 to 1000000 is right");
}

/** Class and id of `Invert "invert-1"`. */
export function namesOf(label: string): { readonly className: string; readonly id: string } {
  const [, className, id] = /^(\S+) "(.*)"$/s.exec(label) ?? ["", "", label];
  return { className, id };
}

/** Place of a call, as metrics have it. */
export function placeOf({ place }: TracedCall): string {
  return place === "" ? "event-loop" : place;
}

/** The call and its parts in the trace of one of its frames. */
function addSpans<C, S extends FrameSpan>(
  { trace, ROOT_CONTEXT }: TracingApi<C, S>,
  tracer: FrameTracer<C, S>,
  call: TracedCall,
  frame: TracedFrame,
): void {
  const { className, id } = namesOf(call.actor);
  const actor = { class: className, actor: id, place: placeOf(call) };
  const { instantNs } = frame;
  const others = call.frames.filter((other) => other !== frame);
  const options: FrameSpanOptions = {
    startTime: timeOf(call.startNs),
    attributes: {
      ...actor,
      "frame.number": frame.frameNumber,
      "frame.tai_frame": String(frame.taiFrame),
      "frame.instant_ns": String(instantNs),
      "frame.timestamp_ns": String(frame.timestampNs),
      "frame.committed": frame.isCommitted,
      "tick.lateness_ns": call.latenessNs,
      ...(call.omitted > 0 ? { "omitted": call.omitted } : {}),
    },
    links: others.map((other) => ({ context: rootOf(other.instantNs) })),
  };
  const name = className === "" ? call.span : `${className} ${call.span}`;
  const span = tracer.startSpan(name, options, trace.setSpanContext(ROOT_CONTEXT, rootOf(instantNs)));
  const within = trace.setSpan(ROOT_CONTEXT, span);
  for (const part of call.spans) {
    const startNs = call.startNs + BigInt(Math.round(part.atNs));
    const child = tracer.startSpan(part.span, { startTime: timeOf(startNs), attributes: actor }, within);
    child.end(timeOf(startNs + BigInt(Math.round(part.durationNs))));
  }
  if (call.error !== undefined) span.setStatus({ code: ERROR, message: call.error });
  span.end(timeOf(call.startNs + BigInt(Math.round(call.durationNs))));
}

/** What all spans of a frame are within: the frame itself, a span that nobody makes. */
function rootOf(instantNs: bigint): FrameSpanContext {
  return {
    traceId: traceIdOf(instantNs),
    spanId: hex(mixed(instantNs ^ SALT)),
    traceFlags: SAMPLED,
    isRemote: true,
  };
}

function timeOf(taiNs: bigint): SpanTime {
  const utcNs = taiNs - UTC_BEHIND_NS;
  return [Number(utcNs / 1_000_000_000n), Number(utcNs % 1_000_000_000n)];
}

/** 64 bits of an instant, all of them alike and never 0 (SplitMix64). */
function mixed(instantNs: bigint): bigint {
  let bits = BigInt.asUintN(64, instantNs + GAMMA);
  bits = BigInt.asUintN(64, (bits ^ (bits >> 30n)) * MIX_1);
  bits = BigInt.asUintN(64, (bits ^ (bits >> 27n)) * MIX_2);
  return (bits ^ (bits >> 31n)) || 1n;
}

function hex(bits: bigint): string {
  return BigInt.asUintN(64, bits).toString(16).padStart(16, "0");
}
