import { ManualClock, stopAll, tap } from "@streamlib/core";
import { BlurActor, DownloadActor, ShaderEffectActor } from "./mod.ts";

const source = `uniform float rings = 3.0;

vec4 effect(vec2 at) {
  vec2 from = (at - 0.5) * vec2(resolution.x / resolution.y * 0.5, 1.0);
  float bright = 0.5 + 0.5 * cos(6.2832 * (2.0 * rings * length(from) - time));
  return vec4(vec3(bright), 1.0);
}
`;
const clock = new ManualClock(30);
const rings = new ShaderEffectActor({ source, width: 72, height: 24, rate: 30, clock });
const download = rings.pipe(new BlurActor({ sigma: 1 })).pipe(new DownloadActor());
await Promise.all([rings.ready, download.ready]);

tap(download.outputs.video, (frame) => {
  const { width, height, strides } = frame.format;
  for (let y = 0; y < height; y++) {
    const row = Array.from({ length: width }, (_, x) => " .:-=+*#%@"[frame.data[y * strides[0] + 4 * x] * 10 >> 8]);
    console.log(row.join(""));
  }
});
await clock.advance();
await rings.set({ rings: 1 });
await clock.advance();

const wrong = new ShaderEffectActor({ source: source.replace("bright)", "brihgt)"), width: 8, height: 8, rate: 30 });
console.log(await wrong.ready.catch((error) => error.cause.message));
await stopAll();
