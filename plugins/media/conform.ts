/** What the checks of conformance must know of this package. */
import type { Conformance } from "@streamlib/testing/conform";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createCodecProvider } from "./codec/ffmpeg_provider.ts";
import { openMediaWriter } from "./mod.ts";
import { testPicture } from "./testing/clip.ts";

const folder = mkdtempSync(join(tmpdir(), "streamlib-media-conform-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

async function makeClip(path: string): Promise<string> {
  await using writer = await openMediaWriter(path, { video: { width: 64, height: 36, rate: { num: 50, den: 1 } } });
  for (let frame = 0; frame < 50; frame++) {
    await writer.room("video");
    writer.writeVideo(testPicture(64, 36, frame), BigInt(frame) * 20_000_000n);
  }
  await writer.finish();
  return path;
}

/** A clip of one second, a file to write, and the codecs that come with the package. */
export const conformance: Conformance = {
  actors: {
    FileReader: { options: { path: await makeClip(join(folder, "clip.mp4")) } },
    FileWriter: { options: { path: join(folder, "written.mp4") }, single: "a file has one writer" },
  },
  codecProviders: { "node-webcodecs": { make: createCodecProvider } },
};
