import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { ringConfig } from "../../tests/conformance/ring.ts";
import { loadNative } from "../native.ts";
import { CONTROL_BYTES, READER, READER_BYTES, type RingConfig, SLOT } from "./layout.ts";
import { NativeRing } from "./native_ring.ts";
import { FULL, type Ring } from "./ring.ts";
import { SharedRing } from "./shared_ring.ts";
import { SlotTable } from "./slot_table.ts";
import type { ReaderReport, ReaderTask } from "./testdata/ring_reader.ts";

const { library } = await loadNative();
const timeout = 60_000;

/** One thread for all tests: it takes a task after the other. */
let worker: Worker | undefined;

after(() => worker?.terminate());

interface Written {
  readonly report: ReaderReport;
  readonly committed: number;
  readonly full: number;
}

/** Writes until the worker has read what it was told to read. */
async function writeFor(ring: Ring, task: ReaderTask, loan: () => number = () => ring.loan()): Promise<Written> {
  const reader = worker ??= new Worker(new URL("./testdata/ring_reader.ts", import.meta.url));
  let report: ReaderReport | undefined;
  let failure: unknown;
  let isReady = false;
  const onMessage = (message: ReaderReport | "ready"): void => {
    if (message === "ready") isReady = true;
    else report = message;
  };
  const onError = (thrown: unknown): void => void (failure = thrown);
  reader.on("message", onMessage).on("error", onError);
  reader.postMessage(task);
  ring.openWriter();
  const table = new SlotTable(ring);
  const payloads = Array.from({ length: ring.config.slotCount }, (_, slot) => {
    const bytes = table.payload(slot);
    return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  });
  let [committed, full] = [0, 0];
  while (!report && !failure) {
    for (let i = 0; isReady && i < 40; i++) {
      const slot = loan();
      if (slot === FULL) {
        full++;
        continue;
      }
      const sequence = ++committed;
      payloads[slot].fill(Math.imul(sequence, 0x9e3779b1) >>> 0);
      table.setInstant(slot, SLOT.timestampNs, BigInt(sequence));
      ring.commit(slot);
    }
    await setImmediate();
  }
  reader.off("message", onMessage).off("error", onError);
  ring.close();
  if (failure) throw failure;
  return { report: report!, committed, full };
}

const makers: [string, ((config: RingConfig) => { ring: Ring; place: Partial<ReaderTask> }) | undefined][] = [
  ["SharedRing", (config) => {
    const ring = SharedRing.create(config);
    return { ring, place: { memory: ring.memory } };
  }],
  [
    "NativeRing",
    library && ((config) => {
      const ring = NativeRing.create(library, config);
      return { ring, place: { handle: ring.handle } };
    }),
  ],
];

for (const [name, make] of makers) {
  describe(`${name}, read by another thread`, { skip: !make }, () => {
    for (const order of ["latest", "ordered"] as const) {
      it(`gives whole items in order, read ${order}, also to a reader that holds them`, { timeout }, async () => {
        const config = ringConfig({ slotCount: order === "latest" ? 3 : 8, payloadBytes: 16 * 1024 });
        const { ring, place } = make!(config);
        const { report, committed, full } = await writeFor(ring, { config, ...place, order, items: 3000, held: 5 });
        assert.deepEqual(
          { torn: report.torn, outOfOrder: report.outOfOrder, held: report.held, read: report.read },
          { torn: 0, outOfOrder: 0, held: 5, read: 3000 },
        );
        assert.equal(full, 0, "one pinned slot leaves the writer others");
        assert.ok(report.read + report.missed <= committed);
      });
    }
  });
}

describe("the checker of whole items", () => {
  it("catches a ring whose writer ignores pins", { timeout }, async () => {
    const config = ringConfig({ slotCount: 3, payloadBytes: 16 * 1024 });
    const ring = SharedRing.create(config);
    const words = new Uint32Array(ring.memory);
    const pinBlindLoan = (): number => {
      for (let reader = 0; reader < config.readerMax; reader++) {
        const pins = (CONTROL_BYTES + reader * READER_BYTES + READER.pins) >> 2;
        for (let mask = 0; mask < 8; mask++) Atomics.store(words, pins + mask, 0);
      }
      return ring.loan();
    };
    const task: ReaderTask = { config, memory: ring.memory, order: "latest", items: 200, held: 5 };
    const { report } = await writeFor(ring, task, pinBlindLoan);
    assert.ok(report.torn >= 5, `only ${report.torn} torn items found`);
  });
});
