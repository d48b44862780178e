/**
 * Makes the pictures of actors that the documentation shows, each by running the actor.
 *
 * ```sh
 * deno run -A scripts/book/actor_pictures/main.ts                     # all, into docs/public/actors
 * deno run -A scripts/book/actor_pictures/main.ts FOLDER TestPattern  # only these
 * ```
 *
 * They need the native library, Chromium and, for those of the GPU, a device; a software one will do.
 *
 * @module
 */
import { stopAll } from "@streamlib/core";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { ROOT } from "../../../tests/setup.ts";
import { slugOf } from "../actor_page.ts";
import { webDisplay } from "./display.ts";
import { download, gpuColorConvert, gpuCompositor, upload } from "./gpu.ts";
import { audioGenerator, compositor, drawing, testPattern } from "./made.ts";
import { fileReader, fileWriter, videoDecoder, videoEncoder } from "./media.ts";
import { ancillaryRtpReceive, ancillaryRtpSend, audioRtpReceive, audioRtpSend } from "./network.ts";
import { compressedVideoRtpReceive, compressedVideoRtpSend, videoRtpReceive, videoRtpSend } from "./network_video.ts";
import type { Sheet } from "./sheet.ts";
import { align, buffer } from "./time.ts";

/** What draws the picture of an actor. @param scratch A folder that is removed afterwards. */
type DrawPicture = (scratch: string) => Promise<Sheet>;

/** Every actor that has a picture of its own, by name. */
const PICTURES: Readonly<Record<string, DrawPicture>> = {
  Align: align,
  AncillaryRtpReceive: ancillaryRtpReceive,
  AncillaryRtpSend: ancillaryRtpSend,
  AudioGenerator: audioGenerator,
  AudioRtpReceive: audioRtpReceive,
  AudioRtpSend: audioRtpSend,
  Buffer: buffer,
  Compositor: compositor,
  CompressedVideoRtpReceive: compressedVideoRtpReceive,
  CompressedVideoRtpSend: compressedVideoRtpSend,
  Download: download,
  Drawing: drawing,
  FileReader: fileReader,
  FileWriter: fileWriter,
  GpuColorConvert: gpuColorConvert,
  GpuCompositor: gpuCompositor,
  TestPattern: testPattern,
  Upload: upload,
  VideoDecoder: videoDecoder,
  VideoEncoder: videoEncoder,
  VideoRtpReceive: videoRtpReceive,
  VideoRtpSend: videoRtpSend,
  WebDisplay: webDisplay,
};

/** Makes pictures into a folder. @returns Bytes of each, by name. */
async function makePictures(
  folder: string,
  names: readonly string[] = Object.keys(PICTURES),
): Promise<ReadonlyMap<string, number>> {
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), "streamlib-pictures-"));
  const sizes = new Map<string, number>();
  try {
    for (const name of names) {
      const draw = PICTURES[name];
      if (draw === undefined) {
        const known = Object.keys(PICTURES).join(", ");
        throw new Error(`Cannot make a picture of "${name}": there is none of its own; there are ${known}`);
      }
      const png = await (await draw(scratch)).png();
      await stopAll();
      writeFileSync(join(folder, `${slugOf(name)}.png`), png);
      sizes.set(name, png.length);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return sizes;
}

const [folder = join(ROOT, "docs", "public", "actors"), ...names] = process.argv.slice(2);
for (const [name, bytes] of await makePictures(folder, names.length > 0 ? names : undefined)) {
  console.log(`${name}: ${(bytes / 1000).toFixed(1)} kB`);
}
