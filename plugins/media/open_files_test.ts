import assert from "node:assert/strict";
import { linkSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "@std/testing/bdd";
import { BufferActor } from "@streamlib/core";
import { FileReaderActor, FileWriterActor, openMediaReader, openMediaWriter } from "./mod.ts";
import { testPicture } from "./testing/clip.ts";

const folder = mkdtempSync(join(tmpdir(), "streamlib-open-files-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const video = { width: 64, height: 36, rate: { num: 50, den: 1 } };

async function clip(name: string): Promise<string> {
  const path = join(folder, name);
  await using writer = await openMediaWriter(path, { video });
  for (let frame = 0; frame < 10; frame++) {
    await writer.room("video");
    writer.writeVideo(testPicture(64, 36, frame), BigInt(frame) * 20_000_000n);
  }
  return path;
}

describe("openMediaWriter()", { timeout: 60_000 }, () => {
  it("does not touch a file that is being read, by no name", { timeout: 60_000 }, async () => {
    const path = await clip("read.mp4");
    const before = readFileSync(path);
    const [soft, hard] = [join(folder, "soft.mp4"), join(folder, "hard.mp4")];
    symlinkSync(path, soft);
    linkSync(path, hard);
    const reader = await openMediaReader(path);
    for (const name of [path, soft, hard]) {
      await assert.rejects(openMediaWriter(name, { video }), { reason: "unwritable", message: /it is being read as/ });
    }
    await reader.close();
    assert.deepEqual(readFileSync(path), before);
    await clip("read.mp4");
  });

  it("does not touch a file that another one writes", { timeout: 60_000 }, async () => {
    const path = join(folder, "twice.mp4");
    const first = await openMediaWriter(path, { video });
    await assert.rejects(openMediaWriter(path, { video }), {
      reason: "unwritable",
      message: /another writer writes it/,
    });
    await first.finish();
    await clip("twice.mp4");
  });
});

describe("openMediaWriter(), refused", { timeout: 60_000 }, () => {
  it("leaves the path to the next one at once", { timeout: 60_000 }, async () => {
    const path = join(folder, "odd.mp4");
    const odd = { video: { ...video, width: 63 } };
    for (let time = 0; time < 5; time++) await assert.rejects(openMediaWriter(path, odd), { reason: "option-invalid" });
    await clip("odd.mp4");
  });
});

describe("FileWriterActor", { timeout: 60_000 }, () => {
  it("fails on the file that a reader reads, which stays as it is", { timeout: 60_000 }, async () => {
    const path = await clip("same.mp4");
    const before = readFileSync(path);
    const reader = new FileReaderActor({ path, loop: true });
    const writer = new FileWriterActor({ path });
    reader.outputs.video.pipe(writer.inputs.video);
    await assert.rejects(writer.ended, /it is being read/);
    await reader.stop();
    assert.deepEqual(readFileSync(path), before);
  });

  it("fails if it has written nothing, and says what it waited for", { timeout: 60_000 }, async () => {
    const reader = new FileReaderActor({ path: await clip("silent.mp4"), loop: true });
    const buffer = new BufferActor({ id: "held" });
    const writer = new FileWriterActor({ path: join(folder, "never.mp4") });
    reader.outputs.video.pipe(buffer.inputs.video);
    buffer.outputs.video.pipe(writer.inputs.video);
    buffer.outputs.audio.pipe(writer.inputs.audio);
    while (!writer.inputs.video.source?.format) await new Promise((resolve) => setTimeout(resolve, 10));
    const failure = assert.rejects(
      writer.ended,
      /nothing ever came from Buffer "held" output audio to its input audio/,
    );
    await writer.stop().catch(() => {});
    await failure;
    await Promise.all([buffer.stop(), reader.stop()]);
  });
});
