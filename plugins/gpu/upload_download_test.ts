import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  Actor,
  type Clock,
  convertFrame,
  frameBytes,
  GpuDispatcher,
  loadNative,
  LockstepClock,
  ManualClock,
  type PixelFormat,
  StreamError,
  tap,
  type VideoFormat,
  videoFormat,
  type VideoFormatInit,
  type VideoFrame,
} from "@streamlib/core";
import { load } from "../../ffi/mod.ts";
import { assertNothingLeft, findTestGpu } from "../../ffi/testing/gpu.ts";
import { createPattern } from "../video/pattern/catalogue.ts";
import { DownloadActor, type DownloadOptions } from "./download_actor.ts";
import { psnr, randomOf, readSamples } from "./testing/edge_reference.ts";
import { FrameSource, type GivenFrame, giving } from "./testing/frame_source.ts";
import { UploadActor, type UploadOptions } from "./upload_actor.ts";

const info = findTestGpu();
const { library } = await loadNative();
const SLOW = { timeout: 120_000 };
const running: Actor[] = [];

// deno-lint-ignore no-explicit-any
function keep<A extends Actor<any>>(actor: A): A {
  running.push(actor as unknown as Actor);
  return actor;
}

function formatOf(pixelFormat: PixelFormat, more: Partial<VideoFormatInit> = {}): VideoFormat {
  return videoFormat({ pixelFormat, width: 48, height: 20, rate: 60, ...more });
}

function noise(format: VideoFormat, seed = 1): GivenFrame {
  const random = randomOf(seed);
  return { format, data: Uint8Array.from({ length: frameBytes(format) }, () => Math.floor(256 * random())) };
}

/** By the CPU. */
function converted(from: GivenFrame, pixelFormat: PixelFormat): GivenFrame {
  const { width, height } = from.format;
  const format = formatOf(pixelFormat, { width, height, ...(pixelFormat === "rgba8" ? { alpha: "opaque" } : {}) });
  const data = new Uint8Array(frameBytes(format));
  convertFrame(from, { data, format });
  return { data, format };
}

function array(values: Float64Array): number[] {
  return [...values];
}

interface Passage {
  readonly source: FrameSource;
  readonly upload: UploadActor;
  readonly download: DownloadActor;
  readonly frames: VideoFrame[];
  /** Lets virtual time go on until the download has ended. */
  run(): Promise<void>;
}

/** Source, upload, download, and copies of what comes out. */
function passage(
  give: (index: number) => GivenFrame | undefined,
  options: { upload?: UploadOptions; download?: DownloadOptions; clock?: Clock } = {},
): Passage {
  const dispatcher = new GpuDispatcher({ device: { index: info!.index }, validate: true });
  const clock = options.clock ?? new LockstepClock(60);
  const source = keep(new FrameSource({ id: giving(give), clock }));
  const upload = keep(new UploadActor({ dispatcher, ...options.upload }));
  const download = keep(new DownloadActor({ dispatcher, ...options.download }));
  const frames: VideoFrame[] = [];
  tap(download.outputs.video, (frame) => void frames.push(frame.copy()));
  source.pipe(upload).pipe(download);
  return { source, upload, download, frames, run: () => runUntil(download.ended, clock) };
}

async function runUntil(ended: Promise<void>, clock: Clock): Promise<void> {
  const ran = clock instanceof LockstepClock ? clock.run() : Promise.resolve();
  try {
    await ended;
  } finally {
    await Promise.all(running.map((actor) => actor.stop()));
    await ran;
  }
}

/** What comes out for these frames. */
async function passed(
  given: readonly GivenFrame[],
  options: Parameters<typeof passage>[1] = {},
): Promise<VideoFrame[]> {
  const { frames, run } = passage((index) => given[index], options);
  await run();
  return frames;
}

/** Why the actor fails. */
async function failure(ended: Promise<void>): Promise<{ code: unknown; message: string }> {
  try {
    await ended;
  } catch (thrown) {
    const cause = (thrown as Error).cause as { code: unknown; message: string };
    return { code: cause.code, message: cause.message };
  }
  throw new Error("It has not failed");
}

describe("UploadActor and DownloadActor", { ...SLOW, skip: info === undefined }, () => {
  afterEach(async () => {
    await Promise.all(running.splice(0).map((actor) => actor.stop()));
    assertNothingLeft();
  });

  it("pass frames with their stamps, and lose none in lockstep", SLOW, async () => {
    const format = formatOf("rgba8", { alpha: "opaque" });
    const given = Array.from({ length: 30 }, (_, i) => noise(format, i + 1));
    for (const frame of given) for (let at = 3; at < frame.data.length; at += 4) frame.data[at] = 255;
    for (const depth of [1, 2, 8]) {
      const { source, upload, download, frames, run } = passage((index) => given[index], { download: { depth } });
      const stamps: unknown[] = [];
      tap(source.outputs.video, ({ header }) => {
        const { timestampNs, sourceTimestampNs, frameNumber, taiFrame, clockId } = header;
        stamps.push({ timestampNs, sourceTimestampNs, frameNumber, taiFrame, clockId });
      });
      await run();
      assert.deepEqual(frames.map(({ data }) => data), given.map(({ data }) => data));
      assert.deepEqual(
        frames.map(({ header: { timestampNs, sourceTimestampNs, frameNumber, taiFrame, clockId } }) => ({
          timestampNs,
          sourceTimestampNs,
          frameNumber,
          taiFrame,
          clockId,
        })),
        stamps,
      );
      assert.equal(upload.stats.inputs.video.bytesCopied, 30 * frameBytes(format));
      assert.equal(download.stats.inputs.video.bytesCopied, 30 * frameBytes(format));
      assert.deepEqual({ ...frames[0].format, rate: 0 }, { ...format, rate: 0 });
    }
  });

  it("give the CPU's pictures of test patterns, both ways", { ...SLOW, skip: library === undefined }, async () => {
    const [width, height] = [192, 108];
    for (const name of ["smpte-bars", "zone-plate", "gradient"] as const) {
      const words = new Uint16Array(width * height * 2);
      createPattern(name, { width, height }, {}).render(7, words);
      const pattern = { data: new Uint8Array(words.buffer), format: formatOf("yuv422p10le", { width, height }) };
      const rgba = converted(pattern, "rgba8");
      for (const pixelFormat of ["yuv422p10le", "i420", "pgroup/YCbCr-4:2:2/10"] as const) {
        const [up] = await passed([converted(pattern, pixelFormat)]);
        const want = converted(converted(pattern, pixelFormat), "rgba8");
        assert.ok(psnr(up.data, want.data, 255) > 60, `${name} of ${pixelFormat}`);
        const [down] = await passed([rgba], { download: { pixelFormat } });
        const packed = converted(rgba, pixelFormat);
        const [got, codes] = [down, packed].map(({ data, format }) =>
          readSamples(format, data).components.flatMap(array)
        );
        assert.ok(psnr(got, codes, pixelFormat === "i420" ? 255 : 1023) > 60, `${name} in ${pixelFormat}`);
      }
    }
  });

  it("are within 50 dB of the CPU's pictures of noise", { ...SLOW, skip: library === undefined }, async () => {
    for (const pixelFormat of ["nv12", "v210", "pgroup/YCbCr-4:2:2/10", "pgroup/RGB/8"] as const) {
      const from = noise(formatOf(pixelFormat, { colorSpace: "bt2020" }));
      const want = new Uint8Array(48 * 20 * 4);
      convertFrame(from, { data: want, format: formatOf("rgba8") });
      const [frame] = await passed([from]);
      assert.ok(psnr(frame.data, want, 255) > 50, pixelFormat);
      assert.deepEqual([frame.format.alpha, frame.format.colorSpace], ["opaque", "bt2020"]);
    }
  });

  it("bring 10 bits back within a code, through half floats too", SLOW, async () => {
    const format = formatOf("yuv422p10le");
    const random = randomOf(3);
    const codes = Uint16Array.from({ length: frameBytes(format) / 2 }, () => 64 + Math.floor(877 * random()));
    const given = { format, data: new Uint8Array(codes.buffer) };
    const differences: Record<string, number> = {};
    for (const pixelFormat of [undefined, "rgba32-float"] as const) {
      const download = { pixelFormat: "yuv422p10le", chroma: "sited" } as const;
      const [frame] = await passed([given], { upload: { pixelFormat }, download });
      const got = new Uint16Array(frame.data.slice().buffer);
      differences[pixelFormat ?? "default"] = Math.max(...got.map((code, at) => Math.abs(code - codes[at])));
    }
    assert.equal(differences["rgba32-float"], 0);
    assert.ok(differences.default <= 1, `${differences.default} codes`);
  });

  it("multiply with straight alpha, and divide by it", SLOW, async () => {
    const format = formatOf("rgba8", { width: 2, height: 2 });
    const data = Uint8Array.of(200, 100, 50, 128, 255, 255, 255, 0, 10, 20, 30, 255, 80, 60, 40, 51);
    const options = { upload: { pixelFormat: "rgba16-float" } } as const;
    const [straight] = await passed([{ format, data }], options);
    assert.equal(straight.format.alpha, "straight");
    assert.deepEqual([...straight.data], [200, 100, 50, 128, 0, 0, 0, 0, 10, 20, 30, 255, 80, 60, 40, 51]);
    const [premultiplied] = await passed([{ format, data }], { ...options, download: { alpha: "premultiplied" } });
    assert.deepEqual([...premultiplied.data], [100, 50, 25, 128, 0, 0, 0, 0, 10, 20, 30, 255, 16, 12, 8, 51]);
    const [opaque] = await passed([{ format, data }], { ...options, download: { alpha: "opaque" } });
    assert.deepEqual([...opaque.data], [100, 50, 25, 255, 0, 0, 0, 255, 10, 20, 30, 255, 16, 12, 8, 255]);
    const [over] = await passed([{ format, data }], { ...options, download: { pixelFormat: "pgroup/RGB/8" } });
    assert.deepEqual([...over.data], [100, 50, 25, 0, 0, 0, 10, 20, 30, 16, 12, 8]);
    const multiplied = {
      format: formatOf("bgra8", { width: 2, height: 2, alpha: "premultiplied" }),
      data: premultiplied.data,
    };
    const [again] = await passed([multiplied], { ...options, download: { pixelFormat: "bgra8" } });
    assert.deepEqual([...again.data].slice(0, 4), [199, 100, 50, 128]);
  });

  it("go on when size and format change in mid-stream", SLOW, async () => {
    const formats = [
      formatOf("rgba8", { alpha: "opaque" }),
      formatOf("pgroup/YCbCr-4:2:2/10", { width: 66, height: 7, scan: "psf" }),
      formatOf("i420", { width: 130, height: 90, range: "full" }),
      formatOf("rgba8", { width: 3, height: 5, strides: [19] }),
    ];
    const given = Array.from({ length: 24 }, (_, i) => noise(formats[Math.floor(i / 3) % 4], i));
    const frames = await passed(given, { download: { pixelFormat: "bgra8" } });
    assert.deepEqual(
      frames.map(({ format: { width, height, scan, alpha } }) => [width, height, scan, alpha]),
      given.map(({ format: { width, height, alpha } }) => [width, height, "progressive", alpha]),
    );
    for (const [i, { data }] of frames.entries()) {
      if (i % 12 >= 3) continue;
      const want = given[i].data.map((_, at) => at % 4 === 3 ? 255 : given[i].data[at % 2 === 1 ? at : at ^ 2]);
      assert.deepEqual(data, want, `frame ${i}`);
    }
  });

  it("give pictures in order while several are under way, and the last ones at the end", SLOW, async () => {
    const format = formatOf("rgba8", { alpha: "opaque" });
    const clock = new ManualClock(60);
    const { source, upload, download, frames } = passage(
      (index) => index < 40 ? { format, data: new Uint8Array(frameBytes(format)).fill(index) } : undefined,
      { clock, download: { depth: 4 } },
    );
    await Promise.all([source, upload, download].map((actor) => actor.ready));
    for (let i = 0; i < 41; i++) await clock.advance(1);
    await download.ended;
    const { read } = download.stats.inputs.video;
    assert.equal(frames.length, read);
    assert.ok(read > 10, `${read} read`);
    const values = frames.map(({ data }) => data[0]);
    assert.deepEqual(values, frames.map(({ frameNumber }) => frameNumber));
    assert.deepEqual(values, values.toSorted((a, b) => a - b));
    assert.equal(new Set(values).size, values.length);
  });

  it("fail by what goes wrong with a picture under way, without another tick", SLOW, async () => {
    const format = formatOf("rgba8", { alpha: "opaque" });
    const clock = new ManualClock(60);
    const given = { format, data: new Uint8Array(frameBytes(format)) };
    const { source, upload, download } = passage(() => given, { clock });
    const { video } = download.outputs;
    video.loan = () => {
      throw new StreamError("resource", "Cannot make a ring: no memory is left");
    };
    await Promise.all([source, upload, download].map((actor) => actor.ready));
    const ended = assert.rejects(download.ended, /Download ".*" failed: Cannot make a ring: no memory is left/);
    await clock.advance(1);
    await ended;
    assert.equal(source.stats.ticks, 1);
  });

  it("are put between actors that do not fit, where one asks for it", SLOW, async () => {
    const clock = new LockstepClock(60);
    const format = formatOf("uyvy8");
    const cpu = keep(
      new FrameSource({ id: giving((i) => i < 3 ? noise(format, i) : undefined), clock }),
    );
    const back = keep(new DownloadActor({ pixelFormat: "uyvy8" }));
    assert.throws(() => cpu.pipe(back), { message: /UploadActor of @streamlib\/gpu/ });
    cpu.pipe(back, { bridge: true });
    let count = 0;
    tap(back.outputs.video, () => void count++);
    await runUntil(back.ended, clock);
    assert.equal(count, 3);
  });

  it("refuse frames that cannot be, and say why", SLOW, async () => {
    const cases: [VideoFormat, DownloadOptions, "upload" | "download", RegExp][] = [
      [
        formatOf("rgba8", { scan: "interlaced" }),
        {},
        "upload",
        /^Cannot upload to a GPU in Upload ".+": the frames are interlaced, .+; deinterlace them before$/,
      ],
      [
        formatOf("pgroup/XYZ/12"),
        {},
        "upload",
        /^Cannot upload to a GPU in Upload ".+": pgroup\/XYZ\/12 is neither R'G'B' nor Y'CbCr, .+ stays as it is/,
      ],
      [formatOf("pgroup/KEY/8"), {}, "upload", /pgroup\/KEY\/8 is neither/],
      [
        formatOf("rgba8", { width: 5 }),
        { pixelFormat: "uyvy8" },
        "download",
        /^Cannot download from a GPU in Download ".+": Cannot use video width 5: .+ multiple of 2 for uyvy8$/,
      ],
    ];
    for (const [format, options, which, message] of cases) {
      const clock = new LockstepClock(60);
      const { upload, download } = passage(() => noise(format), { clock, download: options });
      const actor = which === "upload" ? upload : download;
      const found = await failure(runUntil(actor.ended, clock));
      assert.equal(found.code, "format-invalid");
      assert.match(found.message, message);
      running.length = 0;
    }
  });

  it("name an option that cannot be", () => {
    const cases: [() => unknown, RegExp][] = [
      [() => new UploadActor({ pixelFormat: "rgb" as never }), /Cannot make Upload ".+": option pixelFormat = "rgb"/],
      [() => new UploadActor({ depth: 2 } as never), /Cannot make Upload ".+"/],
      [() => new DownloadActor({ pixelFormat: "rgb" as never }), /option pixelFormat = "rgb": Cannot use pixel format/],
      [
        () => new DownloadActor({ pixelFormat: "pgroup/ICtCp-4:2:2/10" }),
        /option pixelFormat = "pgroup\/ICtCp.+is neither/,
      ],
      [() => new DownloadActor({ depth: 9 }), /option depth = 9/],
      [
        () => new DownloadActor({ alpha: "straight", pixelFormat: "v210" }),
        /option alpha = "straight": v210 has no alpha/,
      ],
      [() => new DownloadActor({ range: "wide" as never }), /option range = "wide"/],
      [() => new DownloadActor({ chroma: "none" as never }), /option chroma = "none"/],
    ];
    for (const [make, message] of cases) assert.throws(make, { code: "option-invalid", message });
  });

  it("keep the memory of the device as it is over 10 000 frames", SLOW, async () => {
    const format = formatOf("pgroup/YCbCr-4:2:2/10", { width: 16, height: 8 });
    const given = noise(format);
    const dispatcher = new GpuDispatcher({ device: { index: info!.index }, inFlight: 16 });
    const clock = new ManualClock(60);
    const source = keep(new FrameSource({ id: giving((index) => index < 10_000 ? given : undefined), clock }));
    const upload = keep(new UploadActor({ dispatcher }));
    const download = keep(new DownloadActor({ dispatcher, pixelFormat: "pgroup/YCbCr-4:2:2/10", depth: 8 }));
    const seen: { allocatedBytes: number; usedCount: number; resources: number }[] = [];
    let count = 0;
    tap(upload.outputs.video, (frame) => {
      if (++count % 1000 !== 0) return;
      const device = load().gpu.attach(frame.format.device.handle);
      seen.push(device.statistics());
      assert.ok(device.tryClose());
    });
    source.pipe(upload).pipe(download);
    await Promise.all([source, upload, download].map((actor) => actor.ready));
    await clock.advance(10_001);
    await download.ended;
    assert.equal(download.stats.outputs.video.committed, 10_000);
    assert.equal(seen.length, 10);
    // How many buffers are in use at a time is a matter of luck, up to 4 of the upload and 8 of the download.
    for (const { allocatedBytes, usedCount, resources } of seen) {
      assert.equal(allocatedBytes, seen[0].allocatedBytes);
      assert.ok(usedCount <= seen[0].usedCount + 12, `${usedCount} buffers and images after ${seen[0].usedCount}`);
      assert.ok(resources <= seen[0].resources + 12, `${resources} resources after ${seen[0].resources}`);
    }
  });
});
