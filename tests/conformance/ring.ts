/**
 * What every ring must do, whatever keeps its memory.
 *
 * @module
 */
import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { isStreamError } from "../../core/errors.ts";
import { CONTROL, ENDED, FORMAT_OFFSET, RING_MAGIC, type RingConfig, SLOT } from "../../core/ring/layout.ts";
import { EMPTY, FULL, type Ring } from "../../core/ring/ring.ts";
import { SlotTable } from "../../core/ring/slot_table.ts";

/** Makes a ring of one kind. */
export type RingMaker = (config: RingConfig) => Ring;

/** A small configuration; `changes` say what a test needs else. */
export function ringConfig(changes: Partial<RingConfig> = {}): RingConfig {
  return {
    slotCount: 3,
    readerMax: 4,
    payloadBytes: 64,
    metadataBytes: 64,
    generation: 1,
    descriptor: "{}",
    ...changes,
  };
}

/** Expects a StreamError of this code whose message matches. */
export function throwsCode(run: () => unknown, code: string, message: RegExp): void {
  assert.throws(run, (thrown: Error & { code?: string }) => {
    assert.ok(isStreamError(thrown), `not a StreamError: ${thrown}`);
    assert.equal(thrown.code, code);
    assert.match(thrown.message, message);
    return true;
  });
}

/** Fills and commits one slot: every payload byte and the stamp are `value`. Returns the slot, or FULL. */
export function write(ring: Ring, table: SlotTable, value: number): number {
  const slot = ring.loan();
  if (slot === FULL) return FULL;
  table.payload(slot).fill(value & 0xff);
  table.setInstant(slot, SLOT.timestampNs, BigInt(value));
  table.setWord(slot, SLOT.payloadBytes, table.payload(slot).length);
  ring.commit(slot);
  return slot;
}

/** Adds the suite for rings that `makeRing` makes; `name` is what is tested, for example `SharedRing`. */
export function describeRing(name: string, makeRing: RingMaker): void {
  describe(`${name}, one ring`, () => {
    const open: Ring[] = [];

    function make(changes: Partial<RingConfig> = {}): { ring: Ring; table: SlotTable } {
      const ring = makeRing(ringConfig(changes));
      open.push(ring);
      ring.openWriter();
      return { ring, table: new SlotTable(ring) };
    }

    afterEach(() => {
      for (const ring of open.splice(0)) ring.close();
    });

    it("loan(), commit() and pinLatest() hand one item over", () => {
      const { ring, table } = make();
      const reader = ring.openReader();
      assert.equal(ring.pinLatest(reader, 0), EMPTY);
      const slot = write(ring, table, 7);
      assert.equal(ring.pinLatest(reader, 0), slot);
      assert.equal(table.sequence(slot), 1);
      assert.equal(table.headSequence, 1);
      assert.equal(table.instant(slot, SLOT.timestampNs), 7n);
      assert.deepEqual([...table.payload(slot)], new Array(64).fill(7));
    });

    it("commit() rings the doorbell and abort() publishes nothing", () => {
      const { ring, table } = make();
      const reader = ring.openReader();
      const before = ring.doorbell();
      const slot = ring.loan();
      ring.abort(slot);
      assert.equal(ring.doorbell(), before);
      assert.equal(table.headSequence, 0);
      assert.equal(ring.pinLatest(reader, 0), EMPTY);
      assert.equal(ring.pinNext(reader, 0), EMPTY);
      write(ring, table, 1);
      assert.notEqual(ring.doorbell(), before);
      assert.equal(table.headSequence, 1);
    });

    it("pinLatest() gives nothing that is not newer than what was seen", () => {
      const { ring, table } = make();
      const reader = ring.openReader();
      const slot = write(ring, table, 1);
      assert.equal(ring.pinLatest(reader, 1), EMPTY);
      assert.equal(ring.pinLatest(reader, 0), slot);
    });

    it("pinLatest() that finds nothing newer lets an older pin of the same slot stand", () => {
      const { ring, table } = make({ slotCount: 2 });
      const reader = ring.openReader();
      const held = write(ring, table, 1);
      assert.equal(ring.pinLatest(reader, 0), held);
      assert.equal(ring.pinLatest(reader, 1), EMPTY);
      write(ring, table, 2);
      assert.equal(write(ring, table, 3), FULL, "the pinned slot was given to the writer");
      assert.equal(table.payload(held)[0], 1);
    });

    it("pinNext() gives what is kept in order, each once", () => {
      const { ring, table } = make({ slotCount: 8 });
      const reader = ring.openReader();
      for (let value = 1; value <= 5; value++) write(ring, table, value);
      const seen: number[] = [];
      for (let cursor = 0, slot = ring.pinNext(reader, 0); slot !== EMPTY; slot = ring.pinNext(reader, cursor)) {
        cursor = table.sequence(slot);
        seen.push(table.payload(slot)[0]);
        ring.unpin(reader, slot);
      }
      assert.deepEqual(seen, [1, 2, 3, 4, 5]);
    });

    it("pinNext() goes on with the oldest kept one after an overrun", () => {
      const { ring, table } = make({ slotCount: 4 });
      const reader = ring.openReader();
      for (let value = 1; value <= 10; value++) write(ring, table, value);
      const slot = ring.pinNext(reader, 2);
      assert.equal(table.sequence(slot), 7);
    });

    it("pinAt() gives the newest kept one that is not later", () => {
      const { ring, table } = make({ slotCount: 8 });
      const reader = ring.openReader();
      for (const value of [10, 20, 30]) write(ring, table, value);
      const at = (instantNs: bigint): number => {
        const slot = ring.pinAt(reader, instantNs);
        if (slot === EMPTY) return 0;
        const value = table.payload(slot)[0];
        ring.unpin(reader, slot);
        return value;
      };
      assert.deepEqual([9n, 10n, 19n, 20n, 25n, 30n, 1n << 60n].map(at), [0, 10, 10, 20, 20, 30, 30]);
    });

    it("loan() never takes the newest or a pinned slot, and counts what it drops", () => {
      const { ring, table } = make();
      const [first, second] = [ring.openReader(), ring.openReader()];
      const pinned = write(ring, table, 1);
      assert.equal(ring.pinLatest(first, 0), pinned);
      const other = write(ring, table, 2);
      assert.equal(ring.pinLatest(second, 0), other);
      const newest = write(ring, table, 3);
      assert.equal(new Set([pinned, other, newest]).size, 3);
      assert.equal(table.droppedCount, 0);
      assert.equal(write(ring, table, 4), FULL);
      assert.equal(write(ring, table, 5), FULL);
      assert.equal(table.droppedCount, 2);
      assert.deepEqual([pinned, other, newest].map((slot) => table.payload(slot)[0]), [1, 2, 3]);
      ring.unpin(first, pinned);
      assert.equal(write(ring, table, 6), pinned);
      assert.equal(table.sequence(pinned), 4, "dropped items have no sequence");
    });

    it("loan() takes empty slots first, then the oldest", () => {
      const { ring, table } = make({ slotCount: 4 });
      const slots = [1, 2, 3, 4].map((value) => write(ring, table, value));
      assert.equal(new Set(slots).size, 4);
      assert.deepEqual([5, 6, 7, 8].map((value) => write(ring, table, value)), slots);
    });

    it("loan() clears what the header said of the item before", () => {
      const { ring, table } = make({ slotCount: 2 });
      const reader = ring.openReader();
      for (const value of [1, 2]) {
        const slot = ring.loan();
        for (const field of [SLOT.flags, SLOT.clockId, SLOT.payloadBytes, SLOT.metadataBytes]) {
          table.setWord(slot, field, value);
        }
        for (const field of [SLOT.timestampNs, SLOT.sourceTimestampNs, SLOT.frameNumber, SLOT.taiFrame]) {
          table.setInstant(slot, field, BigInt(value));
        }
        ring.commit(slot);
      }
      const slot = ring.loan();
      ring.commit(slot);
      assert.equal(ring.pinLatest(reader, 0), slot);
      for (const field of [SLOT.flags, SLOT.clockId, SLOT.payloadBytes, SLOT.metadataBytes]) {
        assert.equal(table.word(slot, field), 0);
      }
      for (const field of [SLOT.timestampNs, SLOT.sourceTimestampNs, SLOT.frameNumber, SLOT.taiFrame]) {
        assert.equal(table.instant(slot, field), 0n);
      }
    });

    it("refuses a second writer until the first has closed", () => {
      const { ring } = make();
      throwsCode(() => ring.openWriter(), "writer-taken", /^Cannot write to the ring: .*close that/);
      ring.closeWriter();
      ring.openWriter();
    });

    it("refuses a loan without a writer, and closeWriter() aborts the loan that is out", () => {
      const { ring, table } = make();
      ring.loan();
      ring.closeWriter();
      assert.equal(table.headSequence, 0);
      throwsCode(() => ring.loan(), "ring-invalid", /^Cannot loan a slot: open the writer first$/);
      ring.openWriter();
      assert.ok(write(ring, table, 1) >= 0);
    });

    it("refuses a second loan, and a commit or abort of what is not on loan", () => {
      const { ring, table } = make();
      const slot = ring.loan();
      throwsCode(() => ring.loan(), "ring-invalid", /^Cannot loan a slot/);
      throwsCode(() => ring.commit((slot + 1) % 3), "ring-invalid", /^Cannot commit slot/);
      throwsCode(() => ring.abort((slot + 1) % 3), "ring-invalid", /^Cannot abort slot/);
      ring.commit(slot);
      throwsCode(() => ring.commit(slot), "ring-invalid", /^Cannot commit slot/);
      throwsCode(() => ring.abort(slot), "ring-invalid", /^Cannot abort slot/);
      assert.equal(table.headSequence, 1);
    });

    it("refuses a reader too many and gives the place of a closed one again, without its pins", () => {
      const { ring, table } = make({ slotCount: 2, readerMax: 2 });
      const first = ring.openReader();
      ring.openReader();
      throwsCode(() => ring.openReader(), "ring-full", /^Cannot read from the ring: /);
      write(ring, table, 1);
      ring.pinLatest(first, 0);
      write(ring, table, 2);
      assert.equal(write(ring, table, 3), FULL);
      ring.closeReader(first);
      assert.ok(write(ring, table, 3) >= 0);
      const third = ring.openReader();
      assert.equal(table.payload(ring.pinLatest(third, 0))[0], 3);
    });

    it("pins a slot once however often it is asked to", () => {
      const { ring, table } = make({ slotCount: 2 });
      const reader = ring.openReader();
      const slot = write(ring, table, 1);
      assert.equal(ring.pinLatest(reader, 0), slot);
      assert.equal(ring.pinNext(reader, 0), slot);
      assert.equal(ring.pinAt(reader, 1n), slot);
      write(ring, table, 2);
      ring.unpin(reader, slot);
      assert.equal(write(ring, table, 3), slot);
    });

    it("end() tells the first reason and wakes a wait; the last item stays", () => {
      const { ring, table } = make();
      const reader = ring.openReader();
      write(ring, table, 1);
      const seen = ring.doorbell();
      assert.equal(table.ended, ENDED.open);
      ring.end(ENDED.finished);
      assert.equal(table.ended, ENDED.finished);
      assert.equal(ring.wait(seen, 100), true);
      ring.end(ENDED.failed);
      assert.equal(table.ended, ENDED.finished);
      assert.ok(ring.pinLatest(reader, 0) >= 0);
      throwsCode(() => ring.loan(), "ring-invalid", /^Cannot loan a slot: .*ended/);
    });

    it("wait() says when nothing came", () => {
      const { ring, table } = make();
      assert.equal(ring.wait(ring.doorbell(), 1), false);
      const seen = ring.doorbell();
      write(ring, table, 1);
      assert.equal(ring.wait(seen, 100), true);
    });

    it("setSuccessor() writes the word once", () => {
      const { ring } = make();
      const words = new Uint32Array(ring.memory, 0, 64);
      ring.setSuccessor(5);
      ring.setSuccessor(6);
      assert.equal(words[CONTROL.successor >> 2], 5);
    });

    it("has 256 slots, each of which can be pinned", () => {
      const { ring, table } = make({ slotCount: 256, payloadBytes: 1 });
      const reader = ring.openReader();
      for (let value = 1; value <= 256; value++) write(ring, table, value);
      const slots = new Set<number>();
      for (let cursor = 0; cursor < 256; cursor++) slots.add(ring.pinNext(reader, cursor));
      assert.equal(slots.size, 256);
      assert.ok(!slots.has(EMPTY));
      assert.equal(write(ring, table, 257), FULL);
      for (const slot of [31, 32, 255, 0]) {
        ring.unpin(reader, slot);
        const isHead = table.sequence(slot) === table.headSequence;
        assert.equal(write(ring, table, 1), isHead ? FULL : slot);
        assert.equal(ring.pinLatest(reader, 0) >= 0, true);
      }
    });

    it("keeps payloads of odd sizes apart", () => {
      for (const payloadBytes of [1, 63, 4095, 4096, 4097, 10007]) {
        const { ring, table } = make({ slotCount: 5, payloadBytes, metadataBytes: 128 });
        const reader = ring.openReader();
        for (let value = 1; value <= 5; value++) write(ring, table, value);
        for (let slot = 0; slot < 5; slot++) table.metadata(slot).fill(0xee);
        for (let cursor = 0; cursor < 5; cursor++) {
          const payload = table.payload(ring.pinNext(reader, cursor));
          assert.equal(payload.length, payloadBytes);
          assert.ok(payload.every((byte) => byte === cursor + 1), `payload of ${payloadBytes} bytes`);
        }
      }
    });

    it("writes the control block as the layout says", () => {
      const descriptor = '{"type":"Vidéo"}';
      const { ring } = make({ slotCount: 7, readerMax: 9, payloadBytes: 100, generation: 3, descriptor });
      const words = new Uint32Array(ring.memory, 0, 1024);
      const get = (offset: number): number => words[offset >> 2];
      const bytes = new TextEncoder().encode(descriptor);
      assert.equal(get(CONTROL.magic), RING_MAGIC);
      assert.equal(get(CONTROL.slotCount), 7);
      assert.equal(get(CONTROL.readerMax), 9);
      assert.equal(get(CONTROL.payloadBytes), 100);
      assert.equal(get(CONTROL.generation), 3);
      assert.equal(get(CONTROL.formatBytes), bytes.length);
      assert.deepEqual(new Uint8Array(ring.memory, FORMAT_OFFSET, bytes.length).slice(), bytes);
    });

    it("refuses configurations out of range, naming field, value and range", () => {
      const cases: [Partial<RingConfig>, RegExp][] = [
        [{ slotCount: 1 }, /slotCount 1: it must be an integer from 2 to 256/],
        [{ slotCount: 257 }, /slotCount 257: /],
        [{ slotCount: 2.5 }, /slotCount 2.5: /],
        [{ readerMax: 0 }, /readerMax 0: it must be an integer from 1 to 64/],
        [{ readerMax: 65 }, /readerMax 65: /],
        [{ payloadBytes: 0 }, /payloadBytes 0: /],
        [{ payloadBytes: 0xffff_ffff }, /payloadBytes 4294967295: /],
        [{ payloadBytes: 1 << 30, slotCount: 8 }, /exceed 4 GiB/],
        [{ metadataBytes: 65 }, /metadataBytes 65: it must be a multiple of 64/],
        [{ descriptor: "x".repeat(3073) }, /a descriptor of 3073 bytes: at most 3072 fit/],
      ];
      for (const [changes, message] of cases) throwsCode(() => makeRing(ringConfig(changes)), "ring-invalid", message);
    });

    it("closes: the memory is empty afterwards", () => {
      const { ring } = make();
      ring.loan();
      ring.close();
      assert.equal(ring.memory.byteLength, 0);
      ring.close();
    });

    it("does what a model does, over 4000 random steps", () => {
      const slotCount = 5;
      const { ring, table } = make({ slotCount, readerMax: 3 });
      const random = seeded(0x51a7);
      const readers = [0, 1, 2].map(() => ({ id: ring.openReader(), pins: new Map<number, number>() }));
      const kept = new Map<number, number>();
      let sequence = 0;
      let dropped = 0;
      for (let step = 0; step < 4000; step++) {
        const reader = readers[Math.floor(random() * 3)];
        const isPinned = (slot: number): boolean => readers.some((one) => one.pins.has(slot));
        const choice = random();
        if (choice < 0.35) {
          const free = [...Array(slotCount).keys()].filter((slot) => !isPinned(slot) && kept.get(slot) !== sequence);
          if (sequence === 0) free.splice(0, free.length, ...Array(slotCount).keys());
          const oldest = Math.min(...free.map((slot) => kept.get(slot) ?? 0));
          const slot = ring.loan();
          if (free.length === 0) {
            assert.equal(slot, FULL, `step ${step}`);
            dropped++;
            continue;
          }
          assert.ok(free.includes(slot), `step ${step}: slot ${slot} of ${free}`);
          assert.equal(kept.get(slot) ?? 0, oldest, `step ${step}: not the oldest`);
          kept.delete(slot);
          if (random() < 0.1) {
            ring.abort(slot);
            continue;
          }
          sequence++;
          table.payload(slot).fill(sequence & 0xff);
          table.setInstant(slot, SLOT.timestampNs, BigInt(sequence * 10));
          ring.commit(slot);
          kept.set(slot, sequence);
        } else if (choice < 0.75) {
          const cursor = Math.floor(random() * (sequence + 2));
          const verb = random();
          const entries = [...kept];
          let want: [number, number] | undefined;
          let got: number;
          if (verb < 0.34) {
            want = entries.find(([, at]) => at === sequence && at > cursor);
            got = ring.pinLatest(reader.id, cursor);
          } else if (verb < 0.67) {
            want = entries.filter(([, at]) => at > cursor).sort((a, b) => a[1] - b[1])[0];
            got = ring.pinNext(reader.id, cursor);
          } else {
            want = entries.filter(([, at]) => at * 10 <= cursor * 10 + 3).sort((a, b) => b[1] - a[1])[0];
            got = ring.pinAt(reader.id, BigInt(cursor * 10 + 3));
          }
          assert.equal(got, want?.[0] ?? EMPTY, `step ${step}`);
          if (want) reader.pins.set(want[0], want[1]);
        } else {
          const [slot] = [...reader.pins.keys()];
          if (slot === undefined) continue;
          reader.pins.delete(slot);
          ring.unpin(reader.id, slot);
        }
        for (const one of readers) {
          for (const [slot, at] of one.pins) {
            assert.equal(table.payload(slot)[0], at & 0xff, `step ${step}: a pinned slot was written to`);
            assert.equal(table.sequence(slot), at);
          }
        }
      }
      assert.equal(table.headSequence, sequence);
      assert.equal(table.droppedCount, dropped);
      assert.ok(dropped > 10 && sequence > 500, `a dull run: ${sequence} items, ${dropped} dropped`);
    });
  });
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
