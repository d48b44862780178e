/** What goes on on a GPU. */
import { type ActorStats, ManualClock, pipe } from "@streamlib/core";
import {
  BlurActor,
  DownloadActor,
  GpuColorConvertActor,
  GpuCompositorActor,
  ShaderEffectActor,
  UploadActor,
  VignetteActor,
} from "@streamlib/gpu";
import { TestPatternActor } from "@streamlib/video";
import { fileURLToPath } from "node:url";
import { frameAfter, ready } from "./run.ts";
import { INKS, PICTURE, Sheet } from "./sheet.ts";

const FPS = 25;

function ripple(): ShaderEffectActor {
  return new ShaderEffectActor({
    file: fileURLToPath(new URL("../../../examples/gpu/ripple.glsl", import.meta.url)),
    uniforms: { height: 0.02 },
  });
}

/** The last pictures may still be under way. */
function bytesPerPicture({ inputs, outputs }: ActorStats): number {
  return inputs.video.bytesCopied / outputs.video.committed;
}

/** Bytes copied at each step from bars in memory to a picture in memory. */
async function copies(own: string): Promise<Sheet> {
  const clock = new ManualClock(FPS);
  const bars = new TestPatternActor({ ...PICTURE, fps: FPS, clock });
  const [upload, blur, vignette] = [new UploadActor(), new BlurActor({ sigma: 3 }), new VignetteActor()];
  const download = new DownloadActor({ alpha: "opaque" });
  pipe(bars, upload, blur, vignette, download);
  const chain = [upload, blur, vignette, download];
  await ready(bars, ...chain);
  const picture = await frameAfter(download.outputs.video, () => clock.advance(10));
  const names = new Map(chain.map((actor) => [actor.uri, actor.label.split(" ")[0]]));
  const copied = new Map(chain.map((actor) => [names.get(actor.uri)!, bytesPerPicture(actor.stats)]));
  const sheet = new Sheet(`${own}: bytes copied for a picture of 480 × 270`);
  const most = Math.max(...copied.values(), 1);
  for (const [i, [name, bytes]] of [...copied].entries()) {
    const y = 116 + 58 * i;
    sheet.words(name, 190, y + 28, { align: "right", bold: name === own });
    sheet.box(214, y, Math.max(3, 520 * bytes / most), 38, INKS[name === own ? 1 : 0]);
    sheet.words(`${Math.round(bytes / 1000)} kB`, 920, y + 28, { align: "right" });
  }
  sheet.frame(picture, 214, 362, 272, 153);
  sheet.remark("what came back", 510, 445);
  return sheet;
}

/** The way to the device. */
export function upload(): Promise<Sheet> {
  return copies("Upload");
}

/** The way back. */
export function download(): Promise<Sheet> {
  return copies("Download");
}

/** A gradient of which the right half has the codes of wider primaries. */
export async function gpuColorConvert(): Promise<Sheet> {
  const sheet = new Sheet("", PICTURE);
  for (const colorSpace of ["bt709", "bt2020"] as const) {
    const clock = new ManualClock(FPS);
    const bars = new TestPatternActor({ ...PICTURE, fps: FPS, clock });
    const convert = new GpuColorConvertActor({ colorSpace });
    const back = new DownloadActor({ alpha: "opaque" });
    pipe(bars, new UploadActor(), convert, back);
    await ready(bars, convert, back);
    const frame = await frameAfter(back.outputs.video, () => clock.advance(3));
    sheet.context.save();
    sheet.context.beginPath();
    const half = PICTURE.width / 2;
    sheet.context.rect(colorSpace === "bt709" ? 0 : half, 0, half, PICTURE.height);
    sheet.context.clip();
    sheet.frame(frame, 0, 0, PICTURE.width, PICTURE.height);
    sheet.context.restore();
  }
  return sheet;
}

/** A zone plate and a ripple over bars. */
export async function gpuCompositor(): Promise<Sheet> {
  const clock = new ManualClock(FPS);
  const size = { fps: FPS, clock };
  const bars = new TestPatternActor({ ...PICTURE, ...size });
  const plate = new TestPatternActor({ width: 160, height: 120, pattern: "zone-plate", ...size });
  const waved = new TestPatternActor({ width: 240, height: 136, ...size });
  const mix = new GpuCompositorActor({
    layers: { plate: { x: 28, y: 30, opacity: 0.6 }, waved: { x: 214, y: 112 } },
  });
  bars.pipe(new UploadActor()).outputs.video.pipe(mix.inputs.base);
  plate.pipe(new UploadActor()).outputs.video.pipe(mix.inputs.layer.at("plate"));
  waved.pipe(new UploadActor()).pipe(ripple()).outputs.video.pipe(mix.inputs.layer.at("waved"));
  const back = mix.pipe(new DownloadActor({ alpha: "opaque" }));
  await ready(bars, plate, waved, mix, back);
  const frame = await frameAfter(back.outputs.video, () => clock.advance(20));
  const sheet = new Sheet("", PICTURE);
  sheet.frame(frame, 0, 0, PICTURE.width, PICTURE.height);
  return sheet;
}
