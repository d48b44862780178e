/** Draws a scene and a picture of it with each effect, as PNG, into a folder: those of the guide are made by it. */
import { type Actor, ManualClock, stopAll } from "@streamlib/core";
import {
  BloomActor,
  BlurActor,
  ChromaKeyActor,
  DistortionActor,
  DownloadActor,
  Lut3dActor,
  ScaleActor,
  ShaderEffectActor,
  VignetteActor,
} from "@streamlib/gpu";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { PngWriterActor } from "./png_writer_actor.ts";

// deno-lint-ignore no-explicit-any
type Filter = Actor<any>;

const folder = process.argv[2] ?? "effects";
const size = { width: 480, height: 270 };
const clock = new ManualClock(30);

function shader(name: string): string {
  return fileURLToPath(new URL(`./${name}.glsl`, import.meta.url));
}

function scene(uniforms = {}): ShaderEffectActor {
  return new ShaderEffectActor({ file: shader("scene"), ...size, rate: 30, clock, uniforms });
}

/** Warm lights and blue shadows; strong, so that it is seen. */
function warmTable(edge: number): number[] {
  const table: number[] = [];
  for (let i = 0; i < edge ** 3; i++) {
    const rgb = [i % edge, Math.floor(i / edge) % edge, Math.floor(i / edge ** 2)].map((step) => step / (edge - 1));
    const luma = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
    const tint = [0.1 + 1.05 * luma, 0.06 + 0.85 * luma, 0.25 + 0.4 * luma];
    table.push(...rgb.map((value, k) => Math.min(1, 0.35 * value + 0.65 * tint[k])));
  }
  return table;
}

const wipe = new ShaderEffectActor({ file: shader("wipe") });
const night = scene({ wall: [0.05, 0.06, 0.12], tiles: 0.3 });
night.outputs.video.pipe(wipe.inputs.image.at("next"));
const ripple = { file: shader("ripple"), uniforms: { height: 0.006, waves: 8, tint: [1, 1, 1] } };
const chains: Record<string, Filter[]> = {
  scene: [scene()],
  ripple: [scene(), new ShaderEffectActor(ripple)],
  wipe: [scene(), wipe],
  blur: [scene(), new BlurActor({ sigma: 5 })],
  bloom: [scene(), new BloomActor({ sigma: 10, intensity: 3, threshold: 0.9 })],
  vignette: [scene(), new VignetteActor({ amount: 0.85 })],
  distortion: [scene(), new DistortionActor({ lens: 0.25, wave: [3, 0], waveLength: 60 })],
  "chroma-key": [
    scene({ wall: [0.1, 0.7, 0.2], tiles: 0.02 }),
    new ChromaKeyActor({ key: [0.1, 0.7, 0.2], tolerance: 0.16 }),
    new ShaderEffectActor({ file: shader("over_tiles") }),
  ],
  "lut-3d": [scene(), new Lut3dActor({ table: warmTable(17) })],
  scale: [scene(), new ScaleActor({ width: 60, height: 34 }), new ScaleActor({ ...size, kernel: "box" })],
};

mkdirSync(folder, { recursive: true });
const actors: Filter[] = [night];
for (const [name, chain] of Object.entries(chains)) {
  const png = new PngWriterActor({ path: join(folder, `${name}.png`) });
  const all: Filter[] = [...chain, new DownloadActor({ alpha: "opaque" }), png];
  all.reduce((from, to) => from.pipe(to as Actor));
  actors.push(...all);
}
await Promise.all(actors.map((actor) => actor.ready));
await clock.advance(2);
await stopAll();
console.log(`${Object.keys(chains).length} pictures in ${folder}`);
