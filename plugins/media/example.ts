// Writes a clip of two seconds, and plays it.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tap } from "@streamlib/core";
import { FileReaderActor, openMediaWriter } from "./mod.ts";

const folder = await mkdtemp(join(tmpdir(), "streamlib-media-example-"));
const path = join(folder, "clip.mp4");
const writer = await openMediaWriter(path, { video: { width: 320, height: 180, rate: { num: 25, den: 1 } } });
const picture = new Uint8Array(320 * 180 * 1.5);
for (let frame = 0; frame < 50; frame++) {
  await writer.room("video");
  writer.writeVideo(picture.fill(4 * frame), BigInt(frame) * 40_000_000n);
}
console.log(await writer.finish());

const reader = new FileReaderActor({ path });
let pictures = 0;
tap(reader.outputs.video, () => void pictures++);
await reader.ended;
console.log(`played ${pictures} pictures`);
await rm(folder, { recursive: true });
