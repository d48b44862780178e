/** What is made without a device: patterns, drawings, compositions, sound. */
import { AudioGeneratorActor } from "@streamlib/audio";
import { type Clock, ManualClock, type VideoFrame } from "@streamlib/core";
import { DrawingActor } from "@streamlib/drawing";
import { CompositorActor, TestPatternActor, type TestPatternOptions } from "@streamlib/video";
import { frameAfter, items, ready } from "./run.ts";
import { INKS, PICTURE, Sheet } from "./sheet.ts";

/** Tiles of all patterns. */
export async function testPattern(): Promise<Sheet> {
  const sheet = new Sheet("", PICTURE);
  const size = { width: 160, height: 134 };
  const looks: TestPatternOptions[] = [
    { pattern: "smpte-bars" },
    { pattern: "gradient", from: "#1b2a6b", to: "#f2a65a" },
    { pattern: "gradient", direction: "vertical", from: "#0b3d2e", to: "#c8f169" },
    { pattern: "moving-bar", barPixels: 24, stepPixels: 5 },
    { pattern: "zone-plate" },
    { pattern: "solid", color: "#b0307a" },
  ];
  for (const [i, look] of looks.entries()) {
    const clock = new ManualClock(25);
    const source = new TestPatternActor({ ...size, fps: 25, clock, ...look });
    await ready(source);
    const frame = await frameAfter(source.outputs.video, () => clock.advance(12));
    sheet.frame(frame, (i % 3) * 160, Math.floor(i / 3) * 136, size.width, size.height);
  }
  return sheet;
}

/** A drawing of a few lines; also a layer and a source of other pictures. */
export function sketch(clock: Clock | undefined, title: string, fps: number = 25): DrawingActor {
  return new DrawingActor({
    ...PICTURE,
    fps,
    alpha: "straight",
    ...(clock ? { clock } : {}),
    parameters: { title },
    draw: (context, { frameNumber, timeSeconds, width, height, parameters }) => {
      context.fillStyle = "#22344f";
      context.fillRect(0, 0, width, height);
      for (let i = 0; i < 12; i++) {
        const turn = i * Math.PI / 6 + timeSeconds;
        context.fillStyle = `hsl(${30 * i} 75% 60%)`;
        context.beginPath();
        context.arc(width * 0.68 + 84 * Math.cos(turn), height / 2 + 84 * Math.sin(turn), 17, 0, 7);
        context.fill();
      }
      context.fillStyle = "white";
      context.font = "bold 34px Roboto";
      context.fillText(String(parameters.title), 24, 62);
      context.font = "24px Roboto";
      context.fillText(`frame ${frameNumber}`, 24, 104);
      context.fillText(`${timeSeconds.toFixed(2)} s`, 24, 138);
    },
  });
}

/** The drawing alone. */
export async function drawing(): Promise<Sheet> {
  const clock = new ManualClock(25);
  const actor = sketch(clock, "Drawing");
  await ready(actor);
  const frame = await frameAfter(actor.outputs.video, async () => {
    for (let i = 0; i < 20; i++) {
      await clock.advance(1);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  const sheet = new Sheet("", PICTURE);
  sheet.frame(frame, 0, 0, PICTURE.width, PICTURE.height);
  return sheet;
}

/** Bars with a zone plate and a drawing over them. */
export async function compositor(): Promise<Sheet> {
  const clock = new ManualClock(25);
  const base = new TestPatternActor({ ...PICTURE, fps: 25, clock });
  const plate = new TestPatternActor({ width: 160, height: 120, fps: 25, clock, pattern: "zone-plate" });
  const drawn = sketch(clock, "Layer");
  const mix = new CompositorActor({
    layers: { plate: { x: 28, y: 30, opacity: 0.6 }, drawn: { x: 210, y: 112, scale: 0.5 } },
  });
  base.outputs.video.pipe(mix.inputs.base);
  plate.outputs.video.pipe(mix.inputs.layer.at("plate"));
  drawn.outputs.video.pipe(mix.inputs.layer.at("drawn"));
  await ready(base, plate, drawn, mix);
  let frame: VideoFrame | undefined;
  for (let i = 0; i < 20; i++) {
    frame = await frameAfter(mix.outputs.video, () => clock.advance(1));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const sheet = new Sheet("", PICTURE);
  sheet.frame(frame!, 0, 0, PICTURE.width, PICTURE.height);
  return sheet;
}

/** Every signal of the generator. */
export async function audioGenerator(): Promise<Sheet> {
  const signals = ["tone", "white-noise", "pink-noise", "silence"] as const;
  const clock = new ManualClock(50);
  const generator = new AudioGeneratorActor({
    fps: 50,
    clock,
    channels: [
      { signal: "tone", levelDbfs: -6, frequencyHz: 250 },
      { signal: "white-noise", levelDbfs: -8 },
      { signal: "pink-noise", levelDbfs: -14 },
      { signal: "silence" },
    ],
  });
  await ready(generator);
  const block = items(generator.outputs.audio, 1);
  await clock.advance(1);
  const [{ samples }] = await block;
  const sheet = new Sheet("AudioGenerator");
  for (const [i, name] of signals.entries()) {
    const own = samples.filter((_, at) => at % signals.length === i);
    const middle = 142 + i * 110;
    sheet.words(name, 40, middle + 8);
    sheet.wave(own, 210, middle, 710, 48, INKS[i]);
  }
  return sheet;
}
