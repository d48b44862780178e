/**
 * A program for tests of rings between processes: writes or reads a ring that another process has made, until the ring
 * ends or the program is killed. `ring_program.ts ROLE ADDRESS`; one line `ready`, and at the end a {@link RingReport}.
 *
 * @module
 */

import { writeSync } from "node:fs";
import process from "node:process";
import { load, type NativeRing, results, type RingReader } from "../mod.ts";
import { RingViews } from "./ring_views.ts";

/** What the program does; readers hold what they read for random times. */
export type RingRole = "write" | "latest" | "ordered";

/** What it has seen, as JSON on its standard output. */
export interface RingReport {
  readonly frames: number;
  /** Frames of which a word was not the one that the writer wrote. */
  readonly torn: number;
  /** Sequences that did not rise, and codes that must not come. */
  readonly disordered: number;
}

/** Every word of a frame is this one of its number: a frame that is of two is seen wherever it is torn. */
export function wordOf(frameNumber: bigint): number {
  return Number(BigInt.asUintN(32, frameNumber * 2654435761n + 1n));
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

function pause(ms: number): void {
  const until = native.time.monotonicNs() + BigInt(Math.round(ms * 1e6));
  native.time.sleepUntil(until);
}

function write(ring: NativeRing): RingReport {
  const views = new RingViews(ring);
  // The writer before this one was killed: its process may still be there for a moment.
  let writer = 0 as ReturnType<NativeRing["openWriter"]>;
  for (; writer === 0; pause(1)) {
    try {
      writer = ring.openWriter();
    } catch (error) {
      if ((error as { code?: string }).code !== "writer_taken") throw error;
    }
  }
  say("ready");
  let frames = 0;
  let disordered = 0;
  while (views.word("ended") === 0) {
    const slot = ring.loan(writer);
    if (slot < 0) {
      if (slot !== results.full && slot !== results.ended) disordered++;
      pause(0.2);
      continue;
    }
    const frameNumber = native.time.monotonicNs();
    views.bytes.setBigUint64(views.headerOffset(slot, "frameNumber"), frameNumber, true);
    views.payloads[slot].fill(wordOf(frameNumber));
    if (frames % 7 === 3) ring.abort(writer, slot);
    else if (ring.commit(writer, slot) !== 0) disordered++;
    frames++;
    if (frames % 5 === 0) pause(Math.random());
  }
  ring.closeWriter(writer);
  return { frames, torn: 0, disordered };
}

function read(ring: NativeRing, role: RingRole): RingReport {
  const views = new RingViews(ring);
  const reader: RingReader = ring.openReader();
  say("ready");
  let frames = 0;
  let torn = 0;
  let disordered = 0;
  let cursor = 0;
  while (true) {
    const seen = views.word("doorbell");
    const ended = views.word("ended") !== 0;
    const slot = role === "ordered" ? ring.pinNext(reader, cursor) : ring.pinLatest(reader, cursor);
    if (slot < 0) {
      if (slot !== results.empty) disordered++;
      if (ended) break;
      ring.wait(seen, 100);
      continue;
    }
    const sequence = views.sequenceOf(slot);
    if (sequence <= cursor) disordered++;
    cursor = sequence;
    if (frames % 3 === 0) pause(2 * Math.random());
    const word = wordOf(views.bytes.getBigUint64(views.headerOffset(slot, "frameNumber"), true));
    if (views.payloads[slot].some((found) => found !== word)) {
      torn++;
      say("torn");
    }
    ring.unpin(reader, slot);
    frames++;
  }
  ring.closeReader(reader);
  return { frames, torn, disordered };
}

const native = load();
if (process.argv[3] !== undefined) {
  const role = process.argv[2] as RingRole;
  const ring = native.openRing(JSON.parse(process.argv[3]));
  native.exitWithParent(process.ppid);
  const report = role === "write" ? write(ring) : read(ring, role);
  ring.detach();
  say(JSON.stringify(report));
  process.exit(0);
}
