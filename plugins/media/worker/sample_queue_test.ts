import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { newSampleQueueLayout, SampleQueue } from "./sample_queue.ts";
import { newControlMemory, SessionControl, WORD } from "./session_control.ts";

describe("SampleQueue", () => {
  it("gives the frames back in order, over its end and over a wrap of its counters", () => {
    const { words } = new SessionControl(newControlMemory());
    words[WORD.audioWritten] = words[WORD.audioRead] = 0x7ffffff0;
    const layout = newSampleQueueLayout(16, 2, WORD.audioWritten, WORD.audioRead);
    const [writer, reader] = [new SampleQueue(words, layout), new SampleQueue(words, layout)];
    const into = new Float32Array(32);
    for (let at = 0; at < 200; at += 10) {
      assert.equal(writer.write(Float32Array.from({ length: 20 }, (_, i) => at * 2 + i)), 10);
      assert.equal(reader.read(into, 10), 10);
      assert.deepEqual([...into.subarray(0, 20)], Array.from({ length: 20 }, (_, i) => at * 2 + i));
    }
  });

  it("takes only what there is room for and gives only what there is", () => {
    const { words } = new SessionControl(newControlMemory());
    const queue = new SampleQueue(words, newSampleQueueLayout(16, 1, WORD.audioWritten, WORD.audioRead));
    assert.equal(queue.write(new Float32Array(20)), 16);
    assert.equal(queue.write(new Float32Array(1)), 0);
    assert.equal(queue.read(new Float32Array(40), 40), 16);
    assert.equal(queue.read(new Float32Array(40), 40), 0);
  });
});
