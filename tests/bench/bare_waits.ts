/**
 * The bare waits of the kernel, without anything of ours around them: what wake-ups are measured against.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { buildNative } from "../../zig/toolchain.ts";
import { type Core, pinTree } from "./cores.ts";

/** Thread to thread by futex, process to process by futex, thread to event loop by eventfd and epoll: at 60 Hz. */
export type BareHop = "hop-thread" | "hop-process" | "hop-loop";

/** What `streamlib-peers` prints. */
interface BareFigure {
  readonly sleepers?: number;
  readonly p50Ns: number;
}

let program: string | undefined;

/** Builds the program, so that this does not fall into a measurement. */
export function buildBareWaits(): string {
  return program ??= buildNative("peers");
}

async function measure(wakes: number, name: string, first: Core, others: Core): Promise<BareFigure[]> {
  const child = spawn(buildBareWaits(), [String(wakes), name], { stdio: ["ignore", "pipe", "inherit"] });
  const letGo = pinTree(child.pid!, first, others);
  let text = "";
  for await (const chunk of child.stdout!) text += chunk;
  letGo();
  return text.trim().split("\n").map((line) => JSON.parse(line) as BareFigure);
}

/** Median latency of so many wake-ups, µs. */
export async function bareHopUs(wakes: number, hop: BareHop, waker: Core, sleeper: Core): Promise<number> {
  const [figure] = await measure(wakes, hop, sleeper, waker);
  return figure.p50Ns / 1000;
}

/** What a futex wake costs the waker, µs, by the number of sleepers; 0 is the call alone. Each is the median. */
export async function bareWakeUs(wakes: number, waker: Core, sleepers: Core): Promise<Map<number, number>> {
  const figures = await measure(wakes, "wake", waker, sleepers);
  return new Map(figures.map(({ sleepers, p50Ns }) => [sleepers!, p50Ns / 1000]));
}
