/**
 * A stream of ST 2110-30 with 64 channels in packets of 125 µs: CPU time of the native threads, punctuality and loss.
 *
 * L24 at 48 kHz: six samples of each channel are 1152 bytes, 8000 packets in a second. Blocks of 10 ms are handed to the
 * sender 20 ms before their first sample is due, and come out of the receiver in a ring. A packet is late by the time
 * from the instant of its first sample to the moment before it is given to the system; `batched` sends those of a
 * millisecond together, at the instant of the last, and counts from there. The sender counts in powers of two; what is
 * stated of percentiles is the upper end, the worst is exact. Everything is as this machine gave it, but for the loss,
 * which must be none.
 *
 * @module
 */
import process from "node:process";
import { loadNative } from "@streamlib/core";
import { load, type NativePacing, type NativeReceiver, type NativeSender } from "@streamlib/ffi";
import { bucketEndNs } from "./deviation.ts";
import { report } from "./figure.ts";

const BENCH = "st2110-30";
const RATE_HZ = 48_000;
const CHANNELS = 64;
const PACKET_SAMPLES = 6;
const BLOCK_SAMPLES = 480;
const BLOCK_NS = 10_000_000;
const LEAD_BLOCKS = 2;
const WARM_UP_BLOCKS = 50;
const BLOCKS = 400;
const SETTLE_NS = 300_000_000n;
const PRIORITY = 20;

await loadNative();
const native = load();

function sleepUntil(instantNs: bigint): void {
  while (native.time.monotonicNs() < instantNs) native.time.sleepUntil(instantNs);
}

/** Sends blocks in real time from block `first` on; the first sample of block 0 is due at `startNs`. */
function send(sender: NativeSender, block: Uint8Array, startNs: bigint, first: number, count: number): number {
  let refused = 0;
  for (let n = first; n < first + count; n++) {
    sleepUntil(startNs + BigInt((n - LEAD_BLOCKS) * BLOCK_NS));
    const job = { startNs: startNs + BigInt(n * BLOCK_NS), mediaClock: BigInt(n * BLOCK_SAMPLES) };
    if (sender.submit(block, { ...job, samples: BLOCK_SAMPLES }) !== 0) refused++;
  }
  return refused;
}

function measure(pacing: NativePacing, realTimePriority: number): void {
  const payloadBytes = BLOCK_SAMPLES * CHANNELS * Float32Array.BYTES_PER_ELEMENT;
  const ring = native.createRing({ slotCount: 4, readerMax: 1, payloadBytes, metadataBytes: 512, generation: 0 });
  const audio = { kind: "audio", encoding: "L24", rateHz: RATE_HZ, channels: CHANNELS } as const;
  const thread = { packetSamples: PACKET_SAMPLES, realTimePriority };
  const receiver = native.openReceiver({
    ...audio,
    ...thread,
    local: { address: "127.0.0.1", port: 0 },
    blockSamples: BLOCK_SAMPLES,
  });
  receiver.setRing(ring.handle, ring.openWriter());
  const to = { address: "127.0.0.1", port: receiver.localPort() };
  const sender = native.openSender({ ...audio, ...thread, to, payloadType: 97, ssrc: 1, pacing });
  try {
    run(sender, receiver, pacing, realTimePriority);
  } finally {
    sender.close();
    receiver.close();
    ring.detach();
  }
}

function run(sender: NativeSender, receiver: NativeReceiver, pacing: NativePacing, realTimePriority: number): void {
  const samples = Float32Array.from({ length: BLOCK_SAMPLES * CHANNELS }, (_, i) => Math.sin(i));
  const block = new Uint8Array(samples.buffer);
  const startNs = native.time.monotonicNs() + BigInt((LEAD_BLOCKS + 1) * BLOCK_NS);
  send(sender, block, startNs, 0, WARM_UP_BLOCKS);
  const before = { sender: sender.statistics(), receiver: receiver.statistics() };
  const refused = send(sender, block, startNs, WARM_UP_BLOCKS, BLOCKS);
  const after = { sender: sender.statistics(), receiver: receiver.statistics() };
  sleepUntil(native.time.monotonicNs() + SETTLE_NS);
  const last = { sender: sender.statistics(), receiver: receiver.statistics() };
  if (realTimePriority > 0 && !last.sender.isRealTime) return;
  const name = `${pacing}${realTimePriority > 0 ? ", SCHED_FIFO" : ""}`;
  const share = (side: "sender" | "receiver"): number =>
    (100 * (after[side].cpuNs - before[side].cpuNs)) / (BLOCKS * BLOCK_NS);
  report({ bench: BENCH, case: `${name}: CPU of the sender thread`, value: share("sender"), unit: "% of a core" });
  report({ bench: BENCH, case: `${name}: CPU of the receiver thread`, value: share("receiver"), unit: "% of a core" });
  const deviation = last.sender.deviation.map((count, i) => count - before.sender.deviation[i]);
  for (const percent of [50, 99]) {
    const value = bucketEndNs(deviation, percent) / 1000;
    report({ bench: BENCH, case: `${name}: late, P${percent}`, value, unit: "us" });
  }
  report({ bench: BENCH, case: `${name}: late, worst`, value: last.sender.worstLateNs / 1000, unit: "us" });
  const value = last.sender.octets / last.sender.packets;
  report({ bench: BENCH, case: `${name}: payload of a packet`, value, unit: "bytes", limit: 1152, ok: value === 1152 });
  const missing = refused + last.sender.refused + last.receiver.lost + last.receiver.silentSamples;
  const packets = last.receiver.packets;
  report({
    bench: BENCH,
    case: `${name}: lost of ${packets} packets`,
    value: missing,
    unit: "packets",
    limit: 0,
    ok: missing === 0,
  });
}

for (const pacing of ["strict", "batched"] as const) {
  for (const priority of [0, PRIORITY]) measure(pacing, priority);
}
process.exit(0);
