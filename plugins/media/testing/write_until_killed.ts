/**
 * A program for tests: writes a file and tells its parent how far it is, until it is killed. Usage: FILE.
 *
 * @module
 */
import process from "node:process";
import { openMediaWriter } from "../media_writer.ts";
import { testPicture } from "./clip.ts";

const writer = await openMediaWriter(process.argv[2], {
  video: { width: 320, height: 180, rate: { num: 30, den: 1 } },
  audio: { sampleRateHz: 48_000, channels: 2 },
});
const sound = new Float32Array(1600 * 2);
for (let frame = 0;; frame++) {
  await writer.room("video");
  writer.writeVideo(testPicture(320, 180, frame), BigInt(Math.round(frame * 1e9 / 30)));
  await writer.room("audio");
  writer.writeAudio(sound, BigInt(Math.round(frame * 1e9 / 30)));
  if (frame === 200) process.send?.("ready");
}
