import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  Actor,
  GpuDispatcher,
  type GpuFormat,
  LockstepClock,
  tap,
  videoFormat,
  type VideoFormatInit,
} from "@streamlib/core";
import { assertNothingLeft, findTestGpu } from "../../ffi/testing/gpu.ts";
import { DownloadActor } from "./download_actor.ts";
import { primariesMatrix } from "./edge/color_convert.ts";
import { GpuColorConvertActor, type GpuColorConvertOptions } from "./gpu_color_convert_actor.ts";
import { FrameSource, giving } from "./testing/frame_source.ts";
import { UploadActor } from "./upload_actor.ts";

const info = findTestGpu();
const SLOW = { timeout: 60_000 };
const running: Actor[] = [];

// deno-lint-ignore no-explicit-any
function keep<A extends Actor<any>>(actor: A): A {
  running.push(actor as unknown as Actor);
  return actor;
}

/** Pixels of 16 bits that come of pixels of 8, and their format on the device. */
async function converted(
  pixels: readonly number[],
  options: GpuColorConvertOptions,
  init: Partial<VideoFormatInit> = {},
): Promise<{ format: GpuFormat; codes: number[] }> {
  const dispatcher = new GpuDispatcher({ device: { index: info!.index }, validate: true });
  const clock = new LockstepClock(60);
  const format = videoFormat({ pixelFormat: "rgba8", width: pixels.length / 8, height: 2, rate: 60, ...init });
  const data = Uint8Array.from(pixels);
  const source = keep(new FrameSource({ id: giving((i) => i === 0 ? { format, data } : undefined), clock }));
  const upload = keep(new UploadActor({ dispatcher, pixelFormat: "rgba32-float" }));
  const convert = keep(new GpuColorConvertActor({ dispatcher, ...options }));
  const download = keep(new DownloadActor({ dispatcher, pixelFormat: "pgroup/RGB/16" }));
  const formats: GpuFormat[] = [];
  const codes: number[] = [];
  tap(convert.outputs.video, (frame) => void formats.push(frame.format));
  tap(download.outputs.video, ({ data }) => {
    for (let at = 0; at < data.length; at += 2) codes.push(data[at] * 256 + data[at + 1]);
  });
  source.pipe(upload).pipe(convert).pipe(download);
  const ran = clock.run();
  await download.ended;
  await ran;
  return { format: formats[0], codes };
}

function assertNear(got: readonly number[], want: readonly number[], allowed: number): void {
  assert.equal(got.length, want.length);
  assert.ok(got.every((code, i) => Math.abs(code - want[i]) <= allowed), `${got} for ${want}`);
}

const COLOURS = [255, 0, 0, 255, 10, 200, 90, 255, 255, 255, 255, 255, 0, 0, 0, 255];

describe("primariesMatrix()", () => {
  it("has the numbers of BT.2087 from BT.709 to BT.2020, and keeps white", () => {
    const matrix = primariesMatrix("bt709", "bt2020");
    const want = [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.088, 0.8956]];
    matrix.forEach((row, i) => row.forEach((value, k) => assert.ok(Math.abs(value - want[i][k]) < 1e-4)));
    for (const from of ["bt601", "bt709", "bt2020"] as const) {
      for (const to of ["bt601", "bt709", "bt2020"] as const) {
        for (const row of primariesMatrix(from, to)) assert.ok(Math.abs(row[0] + row[1] + row[2] - 1) < 1e-9);
      }
    }
  });
});

describe("GpuColorConvertActor", { ...SLOW, skip: info === undefined }, () => {
  afterEach(async () => {
    await Promise.all(running.splice(0).map((actor) => actor.stop()));
    assertNothingLeft();
  });

  it("changes the pixel format and nothing else", SLOW, async () => {
    for (const [pixelFormat, allowed] of [["rgba8", 0], ["rgba16-float", 16], ["rgba32-float", 0]] as const) {
      const { format, codes } = await converted(COLOURS, { pixelFormat });
      assert.deepEqual([format.pixelFormat, format.colorSpace, format.alpha], [pixelFormat, "bt709", "premultiplied"]);
      assertNear(codes, COLOURS.filter((_, i) => i % 4 < 3).map((value) => value * 257), allowed);
    }
  });

  it("converts primaries in linear light, and back", SLOW, async () => {
    const { format, codes } = await converted(COLOURS, { colorSpace: "bt2020" });
    assert.deepEqual([format.colorSpace, format.pixelFormat], ["bt2020", "rgba32-float"]);
    const light = (code: number): number => code < 0.081 ? code / 4.5 : ((code + 0.099) / 1.099) ** (1 / 0.45);
    const code = (value: number): number => value < 0.018 ? 4.5 * value : 1.099 * value ** 0.45 - 0.099;
    const matrix = primariesMatrix("bt709", "bt2020");
    const want = [];
    for (let at = 0; at < COLOURS.length; at += 4) {
      const [r, g, b] = COLOURS.slice(at, at + 3).map((value) => light(value / 255));
      want.push(...matrix.map((row) => 65535 * code(row[0] * r + row[1] * g + row[2] * b)));
    }
    assertNear(codes, want, 3);
    // A red of BT.2020 lies outside of BT.709: what is cut off is only cut off at the end.
    const narrow = await converted(COLOURS, { colorSpace: "bt709" }, { colorSpace: "bt2020" });
    assert.deepEqual(narrow.codes.slice(0, 3), [65535, 0, 0]);
    assertNear(narrow.codes.slice(6), [65535, 65535, 65535, 0, 0, 0], 3);
  });

  it("divides by alpha before, and puts pictures over black where one asks for it", SLOW, async () => {
    // Inside of both, so that nothing is cut off.
    const soft = COLOURS.map((value, i) => i % 4 === 3 ? 255 : 40 + (value >> 1));
    const half = soft.map((value, i) => i % 4 === 3 ? 128 : value);
    const whole = await converted(soft, { colorSpace: "bt601" });
    const mixed = await converted(half, { colorSpace: "bt601" });
    assertNear(mixed.codes, whole.codes.map((code) => code * 128 / 255), 3);
    assert.equal(mixed.format.alpha, "premultiplied");
    const opaque = await converted(half, { alpha: "opaque" });
    assert.equal(opaque.format.alpha, "opaque");
    assertNear(opaque.codes, soft.filter((_, i) => i % 4 < 3).map((value) => value * 257 * 128 / 255), 1);
  });

  it("names an option that cannot be", () => {
    for (
      const [options, message] of [
        [{ pixelFormat: "rgb" }, /Cannot make GpuColorConvert ".+": option pixelFormat = "rgb"/],
        [{ colorSpace: "srgb" }, /option colorSpace = "srgb"/],
        [{ alpha: "straight" }, /option alpha = "straight"/],
      ] as const
    ) {
      assert.throws(() => new GpuColorConvertActor(options as never), { code: "option-invalid", message });
    }
  });
});
