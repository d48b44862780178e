/**
 * A clip for the tests: the shared one where it is, else one that is made like it.
 *
 * @module
 */
import { existsSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { openMediaWriter } from "../media_writer.ts";

const SHARED = fileURLToPath(new URL("../../../../shared/media/flower.mp4", import.meta.url));

/** 150 frames of 960x540 at 30000/1001, H.264, with five seconds of AAC, 48 kHz, stereo. */
export async function testClip(): Promise<string> {
  if (existsSync(SHARED)) return SHARED;
  made ??= makeClip();
  return await made;
}

let made: Promise<string> | undefined;

async function makeClip(): Promise<string> {
  const folder = await testFolder();
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "clip.mp4");
  const rate = { num: 30000, den: 1001 };
  await using writer = await openMediaWriter(path, {
    video: { width: 960, height: 540, rate, colorSpace: "bt601" },
    audio: { sampleRateHz: 48_000, channels: 2, codec: "aac" },
  });
  const sound = new Float32Array(1600 * 2);
  for (let frame = 0, at = 0; frame < 150; frame++) {
    await writer.room("video");
    writer.writeVideo(testPicture(960, 540, frame), BigInt(Math.round(frame * 1e9 * rate.den / rate.num)));
    for (; at < (frame + 1) * 1601.6; at += 1600) {
      for (let i = 0; i < sound.length; i++) sound[i] = 0.3 * Math.sin((2 * Math.PI * 440 * (at + (i >> 1))) / 48_000);
      await writer.room("audio");
      writer.writeAudio(sound, BigInt(Math.round(at * 1e9 / 48_000)));
    }
  }
  return path;
}

/** A fresh folder under the system's temporary one. */
export async function testFolder(): Promise<string> {
  return await mkdtemp(join(tmpdir(), "streamlib-media-test-"));
}

/** A soft `i420` picture whose content moves with `frame`. */
export function testPicture(width: number, height: number, frame: number): Uint8Array {
  const luma = width * height;
  const picture = new Uint8Array(luma + 2 * (width >> 1) * (height >> 1));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) picture[y * width + x] = 16 + ((x + 2 * y + 4 * frame) % 440) / 2;
  }
  picture.fill(110, luma, luma + (luma >> 2));
  picture.fill(150, luma + (luma >> 2));
  return picture;
}

/** Peak signal-to-noise ratio of the luma of two pictures, in dB. */
export function lumaPsnr(a: Uint8Array, b: Uint8Array, lumaBytes: number): number {
  let sum = 0;
  for (let i = 0; i < lumaBytes; i++) sum += (a[i] - b[i]) ** 2;
  return 10 * Math.log10((255 * 255 * lumaBytes) / Math.max(sum, 1e-9));
}
