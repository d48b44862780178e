/** A worker thread that reads a ring and checks every word of every item; see `ring_threads_test.ts`. */
import { parentPort } from "node:worker_threads";
import { loadNative } from "../../native.ts";
import { type RingConfig, SLOT } from "../layout.ts";
import { NativeRing } from "../native_ring.ts";
import { EMPTY, type Ring } from "../ring.ts";
import { SharedRing } from "../shared_ring.ts";
import { SlotTable } from "../slot_table.ts";

/** What the worker is told. */
export interface ReaderTask {
  readonly config: RingConfig;
  /** The ring: its memory, or its handle in the library. */
  readonly memory?: SharedArrayBuffer;
  readonly handle?: number;
  readonly order: "latest" | "ordered";
  /** Items to read. */
  readonly items: number;
  /** Of these, how many are held until the writer has gone round the ring twice. */
  readonly held: number;
}

/** What the worker found. */
export interface ReaderReport {
  readonly read: number;
  /** Items with a word that is not the one of their sequence. */
  readonly torn: number;
  /** Items whose sequence is not above that of the item before. */
  readonly outOfOrder: number;
  /** Items passed over. */
  readonly missed: number;
  /** Items held while the writer went round. */
  readonly held: number;
}

async function open(task: ReaderTask): Promise<Ring> {
  if (task.memory) return SharedRing.attach(task.memory);
  const { library } = await loadNative();
  return NativeRing.attach(library!, task.handle!, task.config);
}

function isWhole(payload: Uint8Array, sequence: number): boolean {
  const words = new Uint32Array(payload.buffer, payload.byteOffset, payload.length >> 2);
  const want = Math.imul(sequence, 0x9e3779b1) >>> 0;
  return words.every((word) => word === want);
}

async function read(task: ReaderTask): Promise<ReaderReport> {
  const ring = await open(task);
  const table = new SlotTable(ring);
  const reader = ring.openReader();
  let [count, torn, outOfOrder, missed, held, last] = [0, 0, 0, 0, 0, 0];
  while (count < task.items) {
    const seen = ring.doorbell();
    const slot = task.order === "latest" ? ring.pinLatest(reader, last) : ring.pinNext(reader, last);
    if (slot === EMPTY) {
      ring.wait(seen, 20);
      continue;
    }
    const sequence = table.sequence(slot);
    if (sequence <= last) outOfOrder++;
    if (last > 0) missed += Math.max(0, sequence - last - 1);
    last = sequence;
    if (held < task.held) {
      const until = table.headSequence + 2 * task.config.slotCount;
      while (table.headSequence < until) ring.wait(ring.doorbell(), 20);
      held++;
    }
    const stamp = Number(table.instant(slot, SLOT.timestampNs));
    if (stamp !== sequence || !isWhole(table.payload(slot), sequence)) torn++;
    count++;
    ring.unpin(reader, slot);
  }
  ring.closeReader(reader);
  ring.close();
  return { read: count, torn, outOfOrder, missed, held };
}

parentPort!.on("message", async (task: ReaderTask) => {
  parentPort!.postMessage("ready");
  parentPort!.postMessage(await read(task));
});
