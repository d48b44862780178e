/**
 * Frames on their way through the actors, as a file for Perfetto and Chrome's `about:tracing`.
 *
 * The format is the "Trace Event Format" in its JSON form: an actor is a thread of its place, arrows join the calls that
 * worked on one frame.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import process from "node:process";
import { messageOf, StreamError, traceCalls, type TracedCall } from "@streamlib/core";
import { wrong } from "./metrics_options.ts";
import { checkOneOf, placeOf, type TraceOptions } from "./trace_frames.ts";

const WHAT = "Cannot write a trace";

/** Which frames a file has. */
export interface TraceToOptions extends TraceOptions {
  /** Of how many frames one is followed, an integer from 1 to 1 000 000. Default 1: all of them. */
  readonly oneOf?: number;
  /** Calls at most, an integer from 1 to 10 000 000; later ones are left out and counted. Default 200 000. */
  readonly callsMax?: number;
}

/** A trace that is being gathered. */
export interface TraceFile extends Disposable {
  /** The file. */
  readonly path: string;
  /** Calls gathered so far. */
  readonly calls: number;
  /** Calls left out so far. */
  readonly omitted: number;
  /** Writes the file; a second call does nothing. The end of the process does it too, but no signal that ends it. */
  close(): void;
}

interface TraceEvent {
  readonly ph: "X" | "M" | "s" | "t";
  readonly name: string;
  readonly pid: number;
  readonly tid?: number;
  readonly ts?: number;
  readonly [field: string]: unknown;
}

/**
 * Gathers in memory what {@linkcode traceFrames} would tell, about 1 kB per call, and writes it to a file in the end. Open
 * it at https://ui.perfetto.dev or in Chrome's `about:tracing`.
 *
 * @param path The file; one that is there is overwritten, at once.
 * @throws {StreamError} `option-invalid` for an option that cannot be, `resource` if the file cannot be written.
 */
export function traceTo(path: string, options: TraceToOptions = {}): TraceFile {
  if (typeof path !== "string" || path === "") throw wrong(WHAT, "path", path, "the name of a file is right");
  const oneOf = checkOneOf(WHAT, options, 1, ["callsMax"]);
  const { callsMax = 200_000 } = options;
  if (!Number.isInteger(callsMax) || callsMax < 1 || callsMax > 1e7) {
    throw wrong(WHAT, "callsMax", callsMax, "an integer from 1 to 10000000 is right");
  }
  write(path, { traceEvents: [] });
  const calls: TracedCall[] = [];
  let omitted = 0;
  let isOpen = true;
  const end = traceCalls(oneOf, (told) => {
    for (const call of told) {
      if (calls.length < callsMax) calls.push(call);
      else omitted++;
    }
  });
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    process.removeListener("exit", close);
    end();
    write(path, traceOf(calls, omitted));
  };
  process.on("exit", close);
  return {
    path,
    get calls(): number {
      return calls.length;
    },
    get omitted(): number {
      return omitted;
    },
    close,
    [Symbol.dispose]: close,
  };
}

function write(path: string, content: object): void {
  try {
    writeFileSync(path, JSON.stringify(content));
  } catch (thrown) {
    throw new StreamError("resource", `${WHAT} to ${path}: ${messageOf(thrown)}`, { cause: thrown });
  }
}

/** Times in the file are microseconds from its first call on: those since 1970 are too long for a double. */
function traceOf(calls: readonly TracedCall[], omitted: number): object {
  const sorted = calls.toSorted((a, b) => a.startNs < b.startNs ? -1 : a.startNs > b.startNs ? 1 : 0);
  const startTaiNs = sorted[0]?.startNs ?? 0n;
  const events: TraceEvent[] = [];
  const places = new Map<string, number>();
  const actors = new Map<string, number>();
  const frames = new Map<bigint, number>();
  for (const call of sorted) {
    const place = placeOf(call);
    const pid = numberOf(places, place, (pid) => events.push(nameEvent("process_name", place, pid)));
    const key = `${place} ${call.actor}`;
    const tid = numberOf(actors, key, (tid) => events.push(nameEvent("thread_name", call.actor, pid, tid)));
    const ts = Number(call.startNs - startTaiNs) / 1e3;
    const shown = call.frames.map(({ instantNs, frameNumber, taiFrame, isCommitted }) => ({
      instantNs: String(instantNs),
      frameNumber,
      taiFrame: String(taiFrame),
      isCommitted,
    }));
    const { latenessNs, error, omitted } = call;
    const args = { frames: shown, latenessNs, error, ...(omitted > 0 ? { omitted } : {}) };
    events.push({ ph: "X", name: call.span, cat: "call", pid, tid, ts, dur: call.durationNs / 1e3, args });
    for (const { span, atNs, durationNs } of call.spans) {
      events.push({ ph: "X", name: span, cat: "span", pid, tid, ts: ts + atNs / 1e3, dur: durationNs / 1e3 });
    }
    for (const { instantNs } of call.frames) {
      const isFirst = !frames.has(instantNs);
      const id = numberOf(frames, instantNs, () => {});
      events.push({ ph: isFirst ? "s" : "t", name: "frame", cat: "frame", id, pid, tid, ts });
    }
  }
  return { traceEvents: events, displayTimeUnit: "ms", otherData: { startTaiNs: String(startTaiNs), omitted } };
}

function numberOf<K>(known: Map<K, number>, key: K, isNew: (number: number) => void): number {
  const before = known.get(key);
  if (before !== undefined) return before;
  const number = known.size + 1;
  known.set(key, number);
  isNew(number);
  return number;
}

function nameEvent(name: string, shown: string, pid: number, tid = 0): TraceEvent {
  return { ph: "M", name, pid, tid, args: { name: shown } };
}
