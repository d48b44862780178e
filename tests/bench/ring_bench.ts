/**
 * A 1080p RGBA frame from one place to the next: by our ring, and by `postMessage`.
 *
 * @module
 */
import process from "node:process";
import { loadNative, videoFormat, VideoFrame } from "@streamlib/core";
import type { PortHost } from "../../core/port/host.ts";
import { Input } from "../../core/port/input.ts";
import { Output } from "../../core/port/output.ts";
import { input, output } from "../../core/port/spec.ts";
import { median, report } from "./figure.ts";

const FRAMES = 20_000;
const PEER_FRAMES = 200;
const FORMAT = videoFormat({ pixelFormat: "rgba8", width: 1920, height: 1080, rate: 60 });
const BYTES = 1920 * 1080 * 4;

/** The least that ports need of an actor. */
function host(label: string): PortHost {
  return {
    label,
    alive: true,
    isWorking: true,
    buffers: false,
    joined: undefined,
    sourceClock: () => undefined,
    stamp: () => ({ timestampNs: 1n, frameNumber: 1, taiFrame: 1n, clockId: 1, flags: 0 }),
    wake: () => {},
    fail: (thrown) => console.error(thrown),
    relinked: () => {},
    upstream: () => [],
  };
}

function collect(): void {
  (globalThis as { gc?: () => void }).gc?.();
}

await loadNative();
const writer = new Output<VideoFrame>("video", output(VideoFrame), host("writer"));
const reader = new Input<VideoFrame>("video", input(VideoFrame), host("reader"));
writer.pipe(reader);

/** One hop; `fill` touches every pixel, as the peers do. */
function hop(fill: number | undefined): void {
  const loan = writer.loan(FORMAT)!;
  if (fill !== undefined) loan.data.fill(fill);
  loan.commit();
  reader.readLatest();
  reader.endProcess();
}

// A million small objects per second let V8 grow its young generation at first, then it keeps that size.
for (let round = 0; round < 12; round++) {
  for (let i = 0; i < FRAMES; i++) hop(undefined);
  collect();
}
const rssBefore = process.memoryUsage().rss;
const costs: number[] = [];
for (let round = 0; round < 20; round++) {
  const start = performance.now();
  for (let i = 0; i < FRAMES / 20; i++) hop(undefined);
  costs.push(((performance.now() - start) * 1000) / (FRAMES / 20));
}
collect();
const growthMb = (process.memoryUsage().rss - rssBefore) / 1e6;
const hopUs = median(costs);
report({ bench: "ring", case: "hop without touching pixels", value: hopUs, unit: "us", limit: 20, ok: hopUs < 20 });
report({
  bench: "ring",
  case: "RSS growth over 20000 frames",
  value: growthMb,
  unit: "MB",
  limit: 5,
  ok: growthMb < 5,
});
const slots = writer.stats().slots;
report({ bench: "ring", case: "slots, made once", value: slots, unit: "slots", limit: 3, ok: slots === 3 });

async function timeEach(run: (frame: number) => void | Promise<void>): Promise<number> {
  for (let i = 0; i < 10; i++) await run(i);
  const times: number[] = [];
  for (let i = 0; i < PEER_FRAMES; i++) {
    const start = performance.now();
    const done = run(i);
    if (done) await done;
    times.push((performance.now() - start) * 1000);
  }
  return median(times);
}

/** Sends through a message channel and waits for what comes out. */
function channel(): { send: (data: Uint8Array, transfer: ArrayBuffer[]) => Promise<Uint8Array>; close: () => void } {
  const { port1, port2 } = new MessageChannel();
  let arrived: (data: Uint8Array) => void = () => {};
  port2.onmessage = (event) => arrived(event.data);
  const send = (data: Uint8Array, transfer: ArrayBuffer[]): Promise<Uint8Array> =>
    new Promise((resolve) => {
      arrived = resolve;
      port1.postMessage(data, transfer);
    });
  return { send, close: () => port1.close() };
}

const { send, close } = channel();
const source = new Uint8Array(BYTES);
let travelling = new Uint8Array(BYTES);
const fillUs = await timeEach((i) => void source.fill(i & 255));
const ringUs = await timeEach((i) => hop(i & 255));
const copyUs = await timeEach(async (i) => void await send(source.fill(i & 255), []));
const transferUs = await timeEach(async (i) => {
  travelling.fill(i & 255);
  travelling = await send(travelling, [travelling.buffer]) as Uint8Array<ArrayBuffer>;
});
close();
report({ bench: "ring", case: "fill alone", value: fillUs, unit: "us" });
report({ bench: "ring", case: "fill and hand over, ring", value: ringUs, unit: "us" });
report({
  bench: "ring",
  case: "fill and hand over, copy",
  value: copyUs,
  unit: "us",
  peer: "ring",
  ratio: ringUs / copyUs,
});
report({
  bench: "ring",
  case: "fill and hand over, transfer",
  value: transferUs,
  unit: "us",
  peer: "ring",
  ratio: ringUs / transferUs,
});
const ratio = (copyUs - fillUs) / hopUs;
report({
  bench: "ring",
  case: "hand-over alone",
  value: hopUs,
  unit: "us",
  peer: "postMessage copy",
  ratio,
  limit: 50,
  ok: ratio >= 50,
});
