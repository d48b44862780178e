import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { newControlMemory, SessionControl, WORD } from "./session_control.ts";
import { newSlotQueueLayout, SlotQueue } from "./slot_queue.ts";

function makeEnds(slots: number, slotBytes: number): { writer: SlotQueue; reader: SlotQueue; words: Int32Array } {
  const { words } = new SessionControl(newControlMemory());
  const layout = newSlotQueueLayout(slots, slotBytes, WORD.videoWritten, WORD.videoRead);
  return { writer: new SlotQueue(words, layout), reader: new SlotQueue(words, layout), words };
}

describe("SlotQueue", () => {
  it("hands slots over in order and has no head when all are filled", () => {
    const { writer, reader } = makeEnds(4, 10);
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 4; i++) {
        const slot = writer.head()!;
        slot.numbers[0] = round * 4 + i;
        slot.bytes.fill(i);
        writer.publish();
      }
      assert.equal(writer.head(), undefined);
      for (let i = 0; i < 4; i++) {
        assert.equal(reader.tail()!.numbers[0], round * 4 + i);
        assert.deepEqual([...reader.tail()!.bytes], new Array(10).fill(i));
        reader.release();
      }
      assert.equal(reader.tail(), undefined);
    }
  });

  it("goes on when its counters wrap", () => {
    const { writer, reader, words } = makeEnds(4, 8);
    words[WORD.videoWritten] = words[WORD.videoRead] = 0x7fffffff;
    for (let i = 0; i < 10; i++) {
      writer.head()!.numbers[0] = i;
      writer.publish();
      assert.equal(reader.filled, 1);
      assert.equal(reader.tail()!.numbers[0], i);
      reader.release();
    }
  });
});
