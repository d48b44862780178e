import {
  Actor,
  type ActorSpec,
  type Input,
  input,
  loadNative,
  registerActor,
  stopAll,
  ThreadPoolDispatcher,
  VideoFrame,
} from "@streamlib/core";
import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { checkRing } from "./ring_check.ts";
import { readSeal, seal } from "./seal.ts";
import { SealedSourceActor } from "./sealed_source_actor.ts";
import { SealReaderActor } from "./seal_reader_actor.ts";

const timeout = 60_000;
const { library } = await loadNative();

interface VandalTypes {
  inputs: { video: Input<VideoFrame> };
}

/** Writes into the slot that it reads: the fault that the checker is there for. */
@registerActor({ name: "TestVandal", module: import.meta.url })
class VandalActor extends Actor<VandalTypes> {
  static readonly spec: ActorSpec<VandalTypes> = {
    description: "Spoils every picture",
    inputs: { video: input(VideoFrame, { delivery: "ordered" }) },
  };

  override process(): void {
    for (const frame of this.inputs.video) frame.data[frame.data.length >> 1] ^= 1;
  }
}

describe("seal() and readSeal()", () => {
  it("show whether every byte is of one number", () => {
    for (const length of [8, 11, 4096]) {
      const bytes = new Uint8Array(length);
      for (const number of [0, 1, 77_777, 0xffffffff]) {
        seal(bytes, number);
        assert.equal(readSeal(bytes), number);
      }
      for (const at of [0, 4, length >> 1, length - 1]) {
        const torn = bytes.slice();
        torn[at] ^= 0x10;
        assert.notEqual(readSeal(torn), 0xffffffff, `byte ${at} of ${length}`);
      }
    }
  });

  it("show a payload of which one half is of the number before", () => {
    const bytes = new Uint8Array(4096);
    seal(bytes, 41);
    seal(bytes.subarray(0, 2048), 42);
    assert.equal(readSeal(bytes), undefined);
  });

  it("refuse too few bytes and numbers out of range", () => {
    assert.equal(readSeal(new Uint8Array(7)), undefined);
    assert.throws(() => seal(new Uint8Array(7), 1), /7 bytes: at least 8/);
    assert.throws(() => seal(new Uint8Array(8), -1), /Cannot seal with -1/);
  });
});

describe("checkRing()", () => {
  after(() => stopAll());

  it("finds the rings of this thread whole, also for a reader that holds pictures", { timeout }, async () => {
    const report = await checkRing({ source: { items: 60 } });
    assert.equal(report.committed + report.dropped, 60);
    assert.deepEqual(report.readers.map(({ order }) => order), ["latest", "ordered", "latest"]);
  });

  it("finds those to another thread whole", { timeout, skip: !library }, async () => {
    const dispatcher = new ThreadPoolDispatcher({ workers: 1 });
    const report = await checkRing({
      source: { items: 100, edge: 128 },
      readers: [{ dispatcher, order: "ordered" }, { dispatcher, holdEvery: 10 }],
    });
    assert.ok(report.readers[0].read > 0);
  });

  it("catches a reader that spoils what others read", { timeout }, async () => {
    const source = new SealedSourceActor({ items: 60 });
    const vandal = new VandalActor();
    const reader = new SealReaderActor({ holdEvery: 1, holdMs: 5 });
    source.outputs.video.pipe(vandal.inputs.video);
    source.outputs.video.pipe(reader.inputs.latest);
    await Promise.all([source.ended, vandal.ended, reader.ended]);
    assert.ok(reader.stats.counters.torn > 0, JSON.stringify(reader.stats.counters));
  });

  it("refuses options out of range by name", async () => {
    await assert.rejects(checkRing({ source: { items: 0 } }), /items = 0: must be an integer from 1/);
    await assert.rejects(checkRing({ readers: [{ holdMs: -1 }] }), /holdMs = -1/);
    await stopAll();
  });
});
