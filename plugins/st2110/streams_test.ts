import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  type Actor,
  audioFormat,
  isStreamError,
  loadNative,
  LockstepClock,
  taiNowNs,
  tap,
  udpPorts,
  videoFormat,
} from "@streamlib/core";
import {
  AncillaryRtpReceiveActor,
  AncillaryRtpSendActor,
  AudioRtpReceiveActor,
  AudioRtpSendActor,
  CompressedVideoRtpReceiveActor,
  CompressedVideoRtpSendActor,
  VideoRtpReceiveActor,
  VideoRtpSendActor,
} from "./mod.ts";
import { EarActor, freePort, HandActor, noise, until } from "./testing/hand_actor.ts";

const { library } = await loadNative();

async function stopAll(...actors: Actor[]): Promise<void> {
  for (const actor of actors) await actor.stop();
}

describe("sound over ST 2110-30", { skip: library === undefined }, () => {
  for (const [encoding, packetTimeMs] of [["L24", 1], ["L16", 1], ["L24", 0.125]] as const) {
    it(`comes back sample for sample: ${encoding}, ${packetTimeMs} ms`, { timeout: 60000 }, async () => {
      const port = await freePort();
      const format = audioFormat({ sampleRateHz: 48000, channels: 3, framesMax: 441 });
      const source = new HandActor();
      const sender = new AudioRtpSendActor({ address: "127.0.0.1", port, encoding, packetTimeMs, pacing: "none" });
      const receiver = new AudioRtpReceiveActor({
        address: "127.0.0.1",
        port,
        format: { channels: 3, encoding, packetTimeMs },
        blockMs: 5,
      });
      source.outputs.audio.pipe(sender.inputs.audio);
      await Promise.all([source, sender, receiver].map((actor) => actor.ready));
      const ear = new EarActor();
      receiver.outputs.audio.pipe(ear.inputs.audio);
      await ear.ready;
      const scale = encoding === "L16" ? 2 ** 15 : 2 ** 23;
      const sent: number[] = [];
      // The nearest whole second: what is more than one off is of another epoch.
      const beginNs = ((taiNowNs() + 500_000_000n) / 1_000_000_000n) * 1_000_000_000n;
      for (let block = 0, at = 0; block < 12; block++) {
        const frames = 441 - 7 * block;
        const loan = source.outputs.audio.loan(format)!;
        const bytes = noise(new Uint8Array(frames * 3 * 4), block + 1);
        const values = new Int32Array(bytes.buffer);
        for (let i = 0; i < frames * 3; i++) {
          loan.samples[i] = (((values[i] >> 8) % scale) | 0) / scale;
          sent.push(loan.samples[i]);
        }
        loan.commit({ frames, timestampNs: beginNs + (BigInt(at) * 1_000_000_000n) / 48_000n });
        at += frames;
        await until(() => sender.stats.counters.blocksSent === block + 1, "a block is sent");
      }
      const whole = Math.floor(sent.length / 3 / 240) * 240 * 3;
      let got: readonly number[] = [];
      let firstNs = 0n;
      for (let i = 0; i < 400 && got.length < whole - 720; i++) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        ({ samples: got, firstNs } = await ear.heard());
      }
      // A receiver begins with a block of its own grid.
      const skipped = Math.round(Number(firstNs - beginNs) * 48_000 / 1e9) * 3;
      assert.ok(skipped >= 0 && skipped < 720, `begins ${skipped} samples late`);
      assert.ok(got.length >= whole - 720, `${got.length} samples of ${whole} came`);
      assert.deepEqual(got, sent.slice(skipped, skipped + got.length));
      assert.equal(receiver.stats.counters.samplesSilent ?? 0, 0);
      assert.equal(sender.stats.counters.blocksOutOfStep ?? 0, 0);
      await stopAll(source, sender, receiver, ear);
    });
  }
});

describe("live streams", { skip: library === undefined }, () => {
  it("refuse virtual time", { timeout: 60000 }, async () => {
    const port = await freePort();
    const clock = new LockstepClock(25);
    const format = audioFormat({ sampleRateHz: 48000, channels: 1, framesMax: 480 });
    const source = new HandActor({ clock });
    const sender = new AudioRtpSendActor({ id: "out", address: "127.0.0.1", port });
    source.outputs.audio.pipe(sender.inputs.audio);
    await Promise.all([source.ready, sender.ready]);
    const ended = assert.rejects(sender.ended, {
      code: "actor-failed",
      message:
        /Cannot send TestHand "[^"]+" output audio from AudioRtpSend "out": .* virtual time, .* real clock is right$/,
    });
    source.outputs.audio.loan(format)!.commit({ frames: 480, timestampNs: 0n });
    await Promise.all([ended, clock.run({ seconds: 0.1 })]);
    const receiver = new AudioRtpReceiveActor({ id: "in", clock, port, format: { channels: 1 } });
    await assert.rejects(receiver.ready, {
      code: "actor-failed",
      message: /option clock = lockstep\/25\/1 of AudioRtpReceive "in" has virtual time, /,
    });
    await stopAll(source);
  });
});

describe("descriptions of coded pictures", { skip: library === undefined }, () => {
  it("say how H.264 is sent, as the description that was given does", { timeout: 60000 }, async () => {
    const header = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n";
    const sdpOf = (port: number, lines: string): string =>
      `${header}m=video ${port} RTP/AVP 96\r\nc=IN IP4 127.0.0.1\r\n${lines}\r\n`;
    const cases = [["", 0], ["packetization-mode=1; ", 1]] as const;
    const rate = { num: 25, den: 1 };
    for (const [mode, expected] of cases) {
      const source = new HandActor();
      const lines = `a=rtpmap:96 H264/90000\r\na=fmtp:96 ${mode}profile-level-id=42E01F`;
      const sender = new CompressedVideoRtpSendActor({ sdp: sdpOf(await freePort(), lines) });
      source.outputs.packets.pipe(sender.inputs.packets);
      await Promise.all([source.ready, sender.ready]);
      const loan = source.outputs.packets.loan({ codec: "avc1.42e01f", bytesMax: 1024, rate })!;
      loan.data.set([0, 0, 0, 1, 0x41, 1, 2, 3]);
      loan.commit({ bytes: 8, timestampNs: taiNowNs() });
      assert.match(await sender.sdp(), new RegExp(`packetization-mode=${expected};`));
      await stopAll(source, sender);
    }
    const source = new HandActor();
    const lines = "a=rtpmap:96 jxsv/90000\r\na=fmtp:96 packetmode=0";
    const sender = new CompressedVideoRtpSendActor({ id: "i", sdp: sdpOf(await freePort(), lines) });
    source.outputs.packets.pipe(sender.inputs.packets);
    await Promise.all([source.ready, sender.ready]);
    const ended = assert.rejects(sender.ended, (thrown: Error) => {
      assert.match(
        (thrown.cause as Error).message,
        /^Cannot send codec avc1\.42e01f from CompressedVideoRtpSend "i": option sdp announces jxsv$/,
      );
      return true;
    });
    source.outputs.packets.loan({ codec: "avc1.42e01f", bytesMax: 1024, rate })!
      .commit({ bytes: 8, timestampNs: taiNowNs() });
    await ended;
    await source.stop();
  });
});

describe("coded pictures over ST 2110-22", { skip: library === undefined }, () => {
  it("come back unit for unit: H.264", { timeout: 60000 }, async () => {
    const port = await freePort();
    const source = new HandActor();
    const sender = new CompressedVideoRtpSendActor({ address: "127.0.0.1", port, spreadPercent: 0 });
    const receiver = new CompressedVideoRtpReceiveActor({ address: "127.0.0.1", port, codec: "h264", fps: 25 });
    source.outputs.packets.pipe(sender.inputs.packets);
    await Promise.all([source, sender, receiver].map((actor) => actor.ready));
    const got: { bytes: Uint8Array; keyframe: boolean }[] = [];
    tap(receiver.outputs.packets, ({ data, keyframe }) => got.push({ bytes: data.slice(), keyframe }));
    const unit = (type: number, length: number, seed: number): number[] => {
      // No emulated start codes: no zeros.
      const bytes = noise(new Uint8Array(length), seed).map((byte) => byte | 1);
      return [0, 0, 0, 1, type, ...bytes];
    };
    const pictures = [
      [...unit(0x67, 20, 1), ...unit(0x68, 5, 2), ...unit(0x65, 9000, 3)],
      unit(0x41, 700, 4),
      [...unit(0x41, 1300, 5), ...unit(0x41, 3000, 6)],
    ];
    const format = { codec: "avc1.42e01f", bytesMax: 1 << 16, rate: { num: 25, den: 1 } };
    const frame = taiNowNs() / 40_000_000n;
    for (const [i, picture] of pictures.entries()) {
      const loan = source.outputs.packets.loan(format)!;
      loan.data.set(picture);
      loan.commit({ bytes: picture.length, keyframe: i === 0, timestampNs: (frame + BigInt(i)) * 40_000_000n });
      await until(() => got.length > i, `picture ${i} arrives: ${JSON.stringify(receiver.stats.counters)}`);
      assert.deepEqual([...got[i].bytes], picture);
      assert.equal(got[i].keyframe, i === 0);
    }
    assert.match(await sender.sdp(), /a=rtpmap:96 H264\/90000\r\na=fmtp:96 .*packetization-mode=1/);
    await stopAll(source, sender, receiver);
  });

  it("come back byte for byte: JPEG XS", { timeout: 60000 }, async () => {
    const port = await freePort();
    const source = new HandActor();
    const sender = new CompressedVideoRtpSendActor({ address: "127.0.0.1", port, spreadPercent: 0 });
    const receiver = new CompressedVideoRtpReceiveActor({ address: "127.0.0.1", port, codec: "jpeg-xs", fps: 25 });
    source.outputs.packets.pipe(sender.inputs.packets);
    await Promise.all([source, sender, receiver].map((actor) => actor.ready));
    const got: Uint8Array[] = [];
    tap(receiver.outputs.packets, ({ data }) => got.push(data.slice()));
    const format = { codec: "jxsm", bytesMax: 1 << 16, rate: { num: 25, den: 1 } };
    const frame = taiNowNs() / 40_000_000n;
    for (let i = 0; i < 3; i++) {
      const picture = noise(new Uint8Array(5000 + 3000 * i), i + 1);
      const loan = source.outputs.packets.loan(format)!;
      loan.data.set(picture);
      loan.commit({ bytes: picture.length, timestampNs: (frame + BigInt(i)) * 40_000_000n });
      await until(() => got.length > i, `picture ${i} arrives: ${JSON.stringify(receiver.stats.counters)}`);
      assert.deepEqual(got[i], picture);
    }
    await stopAll(source, sender, receiver);
  });
});

describe("ports that talk to the network", { skip: library === undefined }, () => {
  it("send to an address and receive from it, and end with their actors", { timeout: 60000 }, async () => {
    const port = await freePort();
    const format = videoFormat({ pixelFormat: "uyvy8", width: 64, height: 16, rate: 30 });
    const source = new HandActor();
    const target = new VideoRtpSendActor({ address: "127.0.0.1", port: await freePort() });
    await using received = await target.inputs.video.receiveFrom({ address: "127.0.0.1", port, format });
    const sent = await source.outputs.video.sendTo({ address: "127.0.0.1", port, pacing: "none" });
    assert.deepEqual([sent.address, sent.port, received.port], ["127.0.0.1", port, port]);
    await until(() => {
      source.outputs.video.loan(format)?.commit({ timestampNs: taiNowNs() });
      return (target.stats.counters.framesSent ?? 0) >= 2;
    }, "two frames come");
    await until(() => sent.sdp !== undefined, "the stream is described");
    assert.match(sent.sdp!, /width=64; height=16/);
    const owners = [source.outputs.video.label, target.label].sort();
    const held = (): string[] => udpPorts.list().map(({ owner }) => owner).filter((one) => owners.includes(one)).sort();
    assert.deepEqual(held(), owners);
    await source.stop();
    await sent.ended;
    await target.stop();
    await until(() => held().length === 0, "ports are given back");
  });
});

describe("what cannot be", { skip: library === undefined }, () => {
  async function failure(actor: Actor): Promise<Error> {
    const error = await actor.ready.then(() => undefined, (thrown: Error) => thrown);
    assert.ok(error, "it starts");
    return (error.cause ?? error) as Error;
  }

  it("is refused with one error that names actor, option and value", { timeout: 60000 }, async () => {
    const cases: [Actor, RegExp][] = [
      [new VideoRtpSendActor({ id: "a" }), /^Cannot start VideoRtpSend "a": give the option sdp or the option address/],
      [
        new VideoRtpReceiveActor({ id: "b", format: { width: 64, height: 16 } }),
        /^Cannot start VideoRtpReceive "b": RTP does not say what comes; .* pixelFormat, rate$/,
      ],
      [new AudioRtpReceiveActor({ id: "c" }), /^Cannot start AudioRtpReceive "c": .* format with channels$/],
      [
        new AncillaryRtpSendActor({ id: "h", address: "127.0.0.1", itemOf: "field" }),
        /^Cannot start AncillaryRtpSend "h": option itemOf is field, .* interlaced or psf$/,
      ],
      [new AncillaryRtpReceiveActor({ id: "d" }), /^Cannot start AncillaryRtpReceive "d": .*option fps$/],
      [new CompressedVideoRtpReceiveActor({ id: "e" }), /^Cannot start CompressedVideoRtpReceive "e": .*option codec$/],
      [
        new VideoRtpReceiveActor({
          id: "f",
          pixelFormat: "rgba8",
          format: { pixelFormat: "uyvy8", width: 64, height: 16, rate: 25 },
        }),
        /^Cannot start VideoRtpReceive "f": option pixelFormat is rgba8 \(RGB, 8 bits\), the stream has YCbCr-4:2:2/,
      ],
      [
        new VideoRtpReceiveActor({
          id: "g",
          address: "203.0.113.9",
          format: { pixelFormat: "uyvy8", width: 64, height: 16, rate: 25 },
        }),
        /^Cannot open a receiver at 203\.0\.113\.9 port 5004: .*address_not_local/,
      ],
    ];
    for (const [actor, message] of cases) assert.match((await failure(actor)).message, message);
  });

  it("is a port that somebody has", { timeout: 60000 }, async () => {
    const port = await freePort();
    const format = { pixelFormat: "uyvy8", width: 64, height: 16, rate: 25 } as const;
    const first = new VideoRtpReceiveActor({ address: "127.0.0.1", port, format });
    await first.ready;
    const second = await failure(new VideoRtpReceiveActor({ address: "127.0.0.1", port, format }));
    assert.match(second.message, new RegExp(`port ${port}: .*port_taken`));
    await first.stop();
    const third = new VideoRtpReceiveActor({ address: "127.0.0.1", port, format });
    await third.ready;
    await third.stop();
  });

  it("is a frame that the description does not announce", { timeout: 60000 }, async () => {
    const sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 5004 RTP/AVP 96\r\nc=IN IP4 127.0.0.1\r\n" +
      "a=rtpmap:96 raw/90000\r\na=fmtp:96 sampling=YCbCr-4:2:2; width=64; height=18; depth=8; exactframerate=25; " +
      "colorimetry=BT709; PM=2110GPM; SSN=ST2110-20:2017\r\n";
    const source = new HandActor();
    const sender = new VideoRtpSendActor({ id: "h", sdp });
    source.outputs.video.pipe(sender.inputs.video);
    await sender.ready;
    const format = videoFormat({ pixelFormat: "uyvy8", width: 64, height: 16, rate: 25 });
    source.outputs.video.loan(format)!.commit({ timestampNs: taiNowNs() });
    const error = await sender.ended.then(() => undefined, (thrown: Error) => thrown);
    assert.ok(isStreamError(error));
    assert.match(
      (error.cause as Error).message,
      /VideoRtpSend "h": option sdp announces height 18, the frames have 16$/,
    );
    await source.stop();
    assert.equal(udpPorts.list().some(({ owner }) => owner === sender.label), false);
  });
});
