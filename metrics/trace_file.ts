/**
 * Calls in the "Trace Event Format", in its JSON form: an actor is a thread of its place, arrows join the calls that
 * worked on one frame.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { closeSync, openSync, writeSync } from "node:fs";
import type { TracedCall } from "@streamlib/core";
import { placeOf } from "./trace_frames.ts";

/** Characters that are written at a time: the whole can be longer than a string may be. */
const CHUNK_CHARACTERS = 1 << 16;

interface TraceEvent {
  readonly ph: "X" | "M" | "s" | "t";
  readonly name: string;
  readonly pid: number;
  readonly tid?: number;
  readonly ts?: number;
  readonly [field: string]: unknown;
}

/** How many events a call is in the file. */
export function eventCountOf({ frames, spans }: TracedCall): number {
  return 1 + frames.length + spans.length;
}

/**
 * Writes a file, event by event.
 *
 * @param calls Sorted by their beginnings in place.
 * @param omitted How many calls are left out.
 * @throws What the file system says; the file ends where that happened.
 */
export function writeTrace(path: string, calls: TracedCall[], omitted: number): void {
  calls.sort((a, b) => a.startNs < b.startNs ? -1 : a.startNs > b.startNs ? 1 : 0);
  const startTaiNs = calls[0]?.startNs ?? 0n;
  const otherData = { startTaiNs: String(startTaiNs), omitted };
  const file = openSync(path, "w");
  try {
    let text = `{"displayTimeUnit":"ms","otherData":${JSON.stringify(otherData)},"traceEvents":[`;
    let separator = "\n";
    for (const event of eventsOf(calls, startTaiNs)) {
      text += separator + JSON.stringify(event);
      separator = ",\n";
      if (text.length < CHUNK_CHARACTERS) continue;
      writeAll(file, text);
      text = "";
    }
    writeAll(file, `${text}\n]}\n`);
  } finally {
    closeSync(file);
  }
}

/** Times in the file are microseconds from its first call on: those since 1970 are too long for a double. */
function* eventsOf(calls: readonly TracedCall[], startTaiNs: bigint): Generator<TraceEvent> {
  const places = new Map<string, number>();
  const actors = new Map<string, number>();
  const frames = new Map<bigint, number>();
  for (const call of calls) {
    const place = placeOf(call);
    const [pid, isNewPlace] = numberOf(places, place);
    if (isNewPlace) yield nameEvent("process_name", place, pid);
    const [tid, isNewActor] = numberOf(actors, `${place} ${call.actor}`);
    if (isNewActor) yield nameEvent("thread_name", call.actor, pid, tid);
    const ts = Number(call.startNs - startTaiNs) / 1e3;
    const shown = call.frames.map(({ instantNs, frameNumber, taiFrame, isCommitted }) => ({
      instantNs: String(instantNs),
      frameNumber,
      taiFrame: String(taiFrame),
      isCommitted,
    }));
    const { latenessNs, error, omitted } = call;
    const args = { frames: shown, latenessNs, error, ...(omitted > 0 ? { omitted } : {}) };
    yield { ph: "X", name: call.span, cat: "call", pid, tid, ts, dur: call.durationNs / 1e3, args };
    for (const { span, atNs, durationNs } of call.spans) {
      yield { ph: "X", name: span, cat: "span", pid, tid, ts: ts + atNs / 1e3, dur: durationNs / 1e3 };
    }
    for (const { instantNs } of call.frames) {
      const [id, isFirst] = numberOf(frames, instantNs);
      yield { ph: isFirst ? "s" : "t", name: "frame", cat: "frame", id, pid, tid, ts };
    }
  }
}

function numberOf<K>(known: Map<K, number>, key: K): [number: number, isNew: boolean] {
  const before = known.get(key);
  if (before !== undefined) return [before, false];
  const number = known.size + 1;
  known.set(key, number);
  return [number, true];
}

function nameEvent(name: string, shown: string, pid: number, tid = 0): TraceEvent {
  return { ph: "M", name, pid, tid, args: { name: shown } };
}

/** The system may take a part only. */
function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}
