/**
 * One end of a stream of 1080p in a process of its own, for wire.ts: `send ADDRESS PORT WARM_UP FRAMES` or
 * `receive ADDRESS PORT`. At each line that it reads it goes on, and says one when it has: the sender when it has warmed
 * up, then what it took; the receiver when it is open, when it counts, then what it took.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { loadNative } from "@streamlib/core";
import { load, type Native } from "@streamlib/ffi";
import { GROUPS } from "./video_picture.ts";
import { VideoSink } from "./video_sink.ts";
import { VideoSource } from "./video_source.ts";
import type { EndCost } from "./wire.ts";

const PACKETS_PER_FRAME = 4320;
/** Frames that wait for the sender's thread, so that it never does. */
const AHEAD = 8;
const POLL_MS = 10;

/** What was counted at an instant. */
interface Count {
  readonly processNs: number;
  readonly threadNs: number;
  readonly packets: number;
  readonly lost: number;
}

const [way, address, port, warmUp, frames] = process.argv.slice(2);
const picture = { width: 1920, height: 1080, pixelFormat: GROUPS };
const to = { address, port: Number(port) };

const words = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Says something and waits until it is told to go on. */
async function wordAfter(said: string): Promise<void> {
  console.log(said);
  await words.next();
}

function processNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

function costOf(before: Count, after: Count): EndCost {
  const packets = after.packets - before.packets;
  const perFrame = (ns: number): number => (ns / 1e6 / packets) * PACKETS_PER_FRAME;
  const lost = after.lost - before.lost;
  return {
    processMs: perFrame(after.processNs - before.processNs),
    threadMs: perFrame(after.threadNs - before.threadNs),
    lostShare: lost / (packets + lost),
  };
}

async function send(native: Native): Promise<EndCost> {
  const source = new VideoSource(native, { ...picture, hasRuns: true, pacing: "none" }, to);
  const count = (): Count => {
    const { cpuNs, packets, refused } = source.sender.statistics();
    return { processNs: processNs(), threadNs: cpuNs, packets, lost: refused };
  };
  const run = async (wanted: number): Promise<void> => {
    for (let i = 0; i < wanted; i++) {
      while (source.count - source.sender.doneCount() >= AHEAD) await sleep(POLL_MS);
      source.submit(0n);
    }
    while (source.sender.doneCount() < source.count) await sleep(POLL_MS);
  };
  await run(Number(warmUp));
  await wordAfter("warm");
  const before = count();
  await run(Number(frames));
  const cost = costOf(before, count());
  source.close();
  return cost;
}

async function receive(native: Native): Promise<EndCost> {
  const sink = new VideoSink(native, { ...picture, isGrouped: true }, to);
  const count = (): Count => {
    const { cpuNs, packets, kernelDropped } = sink.receiver.statistics();
    return { processNs: processNs(), threadNs: cpuNs, packets, lost: kernelDropped };
  };
  await wordAfter("open");
  const before = count();
  await wordAfter("counting");
  const cost = costOf(before, count());
  sink.close();
  return cost;
}

await loadNative();
console.log(JSON.stringify(await (way === "send" ? send : receive)(load())));
process.exit(0);
