import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { GpuDispatcher, tap, videoFormat } from "@streamlib/core";
import { DownloadActor, ShaderEffectActor, UploadActor } from "@streamlib/gpu";
import { VideoRtpReceiveActor, VideoRtpSendActor } from "@streamlib/st2110";
import { TestPatternActor } from "@streamlib/video";
import { assertNothingLeft, findTestGpu } from "../../ffi/testing/gpu.ts";
import { freePort, until } from "../../plugins/st2110/testing/hand_actor.ts";

const info = findTestGpu();
const GROUP = "pgroup/YCbCr-4:2:2/10";
const RATE = { num: 25, den: 1 };
const SIZE = { width: 320, height: 180 };

describe("a picture from a GPU over ST 2110-20", { skip: info === undefined, timeout: 60000 }, () => {
  after(assertNothingLeft);

  it("arrives as the device has packed it, and only packed bytes came to the host", { timeout: 60000 }, async () => {
    const dispatcher = new GpuDispatcher({ device: { index: info!.index }, validate: true });
    const format = videoFormat({ pixelFormat: GROUP, ...SIZE, rate: RATE });
    const port = await freePort();
    const pattern = new TestPatternActor({ pattern: "moving-bar", ...SIZE, fps: 25 });
    const upload = new UploadActor({ dispatcher, pixelFormat: "rgba16-float" });
    const shader = new ShaderEffectActor({
      source: "vec4 effect(vec2 at) { return picture(vec2(1.0 - at.x, at.y)); }",
      dispatcher,
    });
    const download = new DownloadActor({ dispatcher, pixelFormat: GROUP });
    const sender = new VideoRtpSendActor({ address: "127.0.0.1", port });
    const receiver = new VideoRtpReceiveActor({
      address: "127.0.0.1",
      port,
      format,
      pixelFormat: GROUP,
      missing: "drop",
    });
    const actors = [pattern, upload, shader, download, sender, receiver];
    const packed = new Map<bigint, Uint8Array>();
    tap(download.outputs.video, ({ data, timestampNs }) => void packed.set(timestampNs, data.slice()));
    const arrived = new Map<bigint, Uint8Array>();
    tap(receiver.outputs.video, ({ data, timestampNs }) => void arrived.set(timestampNs, data.slice()));
    await receiver.ready;
    pattern.pipe(upload).pipe(shader).pipe(download).pipe(sender);
    await until(() => arrived.size >= 10, "ten pictures arrive");
    for (const actor of actors) await actor.stop();
    // Frames before the link was laid may be missing; whatever arrived must be what the device has packed.
    for (const [timestampNs, data] of arrived) assert.deepEqual(data, packed.get(timestampNs), String(timestampNs));
    const { bytesCopied, read, repeated } = download.stats.inputs.video;
    assert.equal(bytesCopied, packed.size * SIZE.width * SIZE.height * 5 / 2);
    // On a busy machine a picture may come late, and the one before is packed again.
    assert.ok(read + repeated >= packed.size);
    assert.equal(shader.stats.inputs.video.bytesCopied, 0);
  });
});
