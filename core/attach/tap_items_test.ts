import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { stopAll } from "../registry/local_registry.ts";
import { counting, put, SourceActor, until } from "../testdata/actors.ts";
import type { Message } from "../message/message.ts";
import type { Output } from "../port/output.ts";
import type { TappedItem } from "./protocol.ts";
import { frameOf, tapItems } from "./tap_items.ts";

const timeout = 60_000;

/** Notes what it gets. */
class Notes {
  readonly items: TappedItem[] = [];
  readonly frames: Uint8Array[] = [];
  readonly failures: unknown[] = [];
  isOver = false;
  full = false;

  isFull(): boolean {
    return this.full;
  }

  item(item: TappedItem): void {
    this.items.push(item);
  }

  frame(_frame: TappedItem, bytes: Uint8Array): void {
    this.frames.push(bytes);
  }

  over(): void {
    this.isOver = true;
  }

  failed(thrown: unknown): void {
    this.failures.push(thrown);
  }
}

function plain(output: unknown): Output<Message> {
  return output as Output<Message>;
}

afterEach(() => stopAll());

describe("tapItems()", { timeout }, () => {
  it("leaves out what comes while the reader is full, and counts it", { timeout }, async () => {
    const source = new SourceActor(counting());
    const notes = new Notes();
    const end = tapItems(plain(source.outputs.video), undefined, notes);
    await until(() => notes.items.length > 2, "items come");
    notes.full = true;
    const before = source.stats.ticks;
    await until(() => source.stats.ticks > before + 3, "more are made");
    notes.full = false;
    const known = notes.items.length;
    await until(() => notes.items.length > known, "items come again");
    const [last, next] = notes.items.slice(known - 1);
    assert.ok(next.skipped >= 3);
    assert.equal(next.sequence - last.sequence - 1, next.skipped);
    end();
    assert.deepEqual(source.outputs.video.targets, []);
  });

  it("tells the end, and hides no failure of the actor", { timeout }, async () => {
    const printed: string[] = [];
    const error = console.error;
    console.error = (line: string) => void printed.push(line);
    try {
      let made = 0;
      const source = new SourceActor({
        id: "breaks",
        process: (body) => {
          put(body.outputs.video, ++made);
          if (made === 5) throw new Error("the cable is out");
        },
      });
      const notes = new Notes();
      tapItems(plain(source.outputs.video), undefined, notes);
      await until(() => notes.isOver, "the end is told");
      await until(() => source.state === "failed", "the actor has failed");
      assert.deepEqual(printed.filter((line) => line.includes("breaks")), [
        'streamlib: TestScript "breaks" failed: the cable is out',
      ]);
    } finally {
      console.error = error;
    }
  });

  it("ends without harm to the writer if the reader throws", { timeout }, async () => {
    const source = new SourceActor(counting());
    const notes = new Notes();
    notes.item = () => {
      throw new Error("no room");
    };
    tapItems(plain(source.outputs.video), undefined, notes);
    await until(() => notes.failures.length > 0, "it is told");
    const before = source.stats.ticks;
    await until(() => source.stats.ticks > before + 2, "the writer goes on");
    assert.equal(notes.failures.length, 1);
    assert.deepEqual(source.outputs.video.targets, []);
  });
});

describe("frameOf()", { timeout }, () => {
  it("gives one copy: the newest if there is one", { timeout }, async () => {
    const source = new SourceActor({
      onStart: (body) => void put(body.outputs.video, 7),
    });
    await source.ready;
    const notes = new Notes();
    frameOf(plain(source.outputs.video), notes);
    assert.equal(notes.frames.length, 1);
    await until(() => source.outputs.video.targets.length === 0, "the tap has gone");
    assert.equal(new Uint32Array(notes.frames[0].buffer)[31], 7);
  });
});
