/** Files and codecs. */
import { AudioGeneratorActor } from "@streamlib/audio";
import { type AudioBuffer, LockstepClock, ManualClock, tap, type VideoFrame } from "@streamlib/core";
import { FileReaderActor, FileWriterActor, VideoDecoderActor, VideoEncoderActor } from "@streamlib/media";
import { statSync } from "node:fs";
import { join } from "node:path";
import { sketch } from "./made.ts";
import { items, ready, until } from "./run.ts";
import { frameCanvas, INKS, PICTURE, Sheet } from "./sheet.ts";

/** Writes a clip of drawings with a tone. @returns The size of the file after every tenth of a second. */
async function writeClip(path: string, seconds: number): Promise<number[]> {
  const clock = new LockstepClock();
  const drawn = sketch(clock, "Clip");
  const tone = new AudioGeneratorActor({ fps: 25, clock, channels: 1, frequencyHz: 60, levelDbfs: -4 });
  const file = new FileWriterActor({ path });
  drawn.pipe(file);
  tone.pipe(file);
  await ready(drawn, tone, file);
  const sizes: number[] = [];
  for (let i = 0; i < 10 * seconds; i++) {
    await clock.run({ seconds: 0.1 });
    sizes.push(statSync(path).size);
  }
  await Promise.all([drawn.stop(), tone.stop()]);
  await file.stop();
  return sizes;
}

/** Three pictures of a file and its sound. */
export async function fileReader(scratch: string): Promise<Sheet> {
  const path = join(scratch, "clip.mp4");
  await writeClip(path, 2);
  const reader = new FileReaderActor({ path });
  const frames: VideoFrame[] = [];
  const blocks: AudioBuffer[] = [];
  tap(reader.outputs.audio, (block) => void blocks.push(block.copy()));
  tap(reader.outputs.video, (frame) => void frames.push(frame.copy()));
  await until(() => frames.length > 40 && blocks.length > 12, "40 pictures and their sound");
  const sheet = new Sheet("", PICTURE);
  [4, 14, 24].forEach((at, i) => sheet.frame(frames[at], 12 + 155 * i, 16, 146, 82));
  const [{ samples, format }] = blocks.slice(8);
  const own = samples.filter((_, at) => at % format.channels === 0).slice(0, format.sampleRateHz / 20);
  sheet.wave(own, 12, 178, 456, 56, INKS[1]);
  const lengthMs = own.length / format.sampleRateHz * 1000;
  sheet.words(`audio, ${format.sampleRateHz / 1000} kHz, ${lengthMs.toFixed(0)} ms`, 12, 258, { size: 14 });
  return sheet;
}

/** How a file grows. */
export async function fileWriter(scratch: string): Promise<Sheet> {
  const seconds = 6;
  const sizes = await writeClip(join(scratch, "growing.mp4"), seconds);
  const sheet = new Sheet("FileWriter: bytes in the file");
  const most = Math.max(...sizes);
  const each = 850 / sizes.length;
  for (const [i, size] of sizes.entries()) {
    sheet.box(70 + i * each, 460 - 330 * size / most, each - 2, 330 * size / most, INKS[0]);
    if (i % 10 === 0) sheet.remark(`${i / 10}`, 70 + i * each, 495, "center");
  }
  sheet.line(70, 461, 920, 461);
  sheet.remark(`${Math.round(most / 1000)} kB`, 920, 110, "right");
  sheet.remark("seconds of media", 920, 525, "right");
  return sheet;
}

/** Bytes of each picture. */
export async function videoEncoder(): Promise<Sheet> {
  const encoder = sketch(undefined, "Coded").pipe(new VideoEncoderActor({ bitrate: 1_500_000 }));
  const packets = await items(encoder.outputs.packets, 60);
  const sheet = new Sheet("VideoEncoder: H.264, 1.5 Mbit/s, 25 pictures per second");
  sheet.bars(
    packets.map(({ data, keyframe }) => ({ value: data.length, ink: INKS[keyframe ? 1 : 0] })),
    40,
    450,
    880,
    320,
  );
  const most = Math.max(...packets.map(({ data }) => data.length));
  sheet.words("key picture", 40, 500, { ink: INKS[1] });
  sheet.words("others", 190, 500, { ink: INKS[0] });
  sheet.remark(`highest: ${(most / 1000).toFixed(1)} kB`, 920, 500, "right");
  return sheet;
}

/** A picture that went through both, and what that cost. */
export async function videoDecoder(): Promise<Sheet> {
  const clock = new ManualClock(25);
  const drawn = sketch(clock, "Decoded");
  const coded = drawn.pipe(new VideoEncoderActor({ bitrate: 1_000_000 })).pipe(new VideoDecoderActor());
  await ready(drawn, coded);
  const originals = new Map<bigint, VideoFrame>();
  const decoded: VideoFrame[] = [];
  tap(drawn.outputs.video, (frame) => void originals.set(frame.timestampNs, frame.copy()));
  tap(coded.outputs.video, (frame) => void decoded.push(frame.copy()));
  for (let i = 0; i < 400 && decoded.length < 12; i++) {
    await clock.advance(1);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  const shown = decoded.at(-1)!;
  const original = originals.get(shown.timestampNs)!;
  const sheet = new Sheet("", PICTURE);
  sheet.frame(shown, 0, 0, PICTURE.width, PICTURE.height);
  const [before, after] = [original, shown].map((frame) =>
    frameCanvas(frame).getContext("2d").getImageData(0, 0, PICTURE.width, PICTURE.height).data
  );
  const half = PICTURE.width / 2;
  const image = sheet.context.createImageData(half, PICTURE.height);
  for (let y = 0; y < PICTURE.height; y++) {
    for (let x = 0; x < half; x++) {
      const [to, from] = [4 * (y * half + x), 4 * (y * PICTURE.width + half + x)];
      for (let k = 0; k < 3; k++) image.data[to + k] = 128 + 8 * (after[from + k] - before[from + k]);
      image.data[to + 3] = 255;
    }
  }
  sheet.context.putImageData(image, half, 0);
  return sheet;
}
