import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type AudioBuffer, type AudioFormat, audioFormat, loadNative, type Output } from "@streamlib/core";
import { BufferNotice } from "./buffer_notice.ts";
import type { Native } from "./native.ts";
import { ReceiveStream } from "./receive_stream.ts";
import { SendStream } from "./send_stream.ts";

const { library } = await loadNative();

/** What is said on standard error meanwhile. */
async function said(act: () => void | Promise<void>): Promise<string[]> {
  const lines: string[] = [];
  const { error } = console;
  console.error = (line: string) => void lines.push(line);
  try {
    await act();
  } finally {
    console.error = error;
  }
  return lines;
}

/** Stands for a system that gives 1000 bytes to every socket. */
const poor = {
  openSender: () => ({
    statistics: () => ({ trOffsetNs: 0, sendBufferBytes: 1000, packets: 0, refused: 0 }),
    local: () => ({ address: "127.0.0.1", port: 5006 }),
    close: () => {},
  }),
  openReceiver: () => ({
    statistics: () => ({ receiveBufferBytes: 1000, oddities: [] }),
    close: () => {},
  }),
} as unknown as Native;

describe("socket buffers", { skip: library === undefined }, () => {
  it("are no news as long as they are as long as asked", async () => {
    const lines = await said(() => {
      const notice = new BufferNotice("Twin", "receive");
      notice.look(undefined, 1);
      notice.look(1000, 1000);
      notice.look(1000, 2304);
    });
    assert.deepEqual(lines, []);
  });

  it("that are shorter are told once", async () => {
    const lines = await said(() => {
      const notice = new BufferNotice('VideoRtpReceive "in"', "receive");
      for (const given of [4096, 2000, 1000]) notice.look(4096, given);
    });
    assert.equal(lines.length, 1);
    assert.match(
      lines[0],
      /^streamlib: VideoRtpReceive "in": The receive buffer .* 2000 bytes .* 4096: .*rmem_max=4096/,
    );
  });

  it("of a sender are looked at each time it opens, and told once", async () => {
    const plan = {
      to: { address: "127.0.0.1", port: 5004 },
      hops: 1,
      payloadType: 97,
      medium: undefined,
    } as unknown as Parameters<typeof SendStream.make>[2];
    const options = { sendBufferBytes: 1 << 20 } as Parameters<typeof SendStream.make>[1];
    const lines = await said(async () => {
      const stream = await SendStream.make(poor, options, plan, 'AudioRtpSend "out"', () => {});
      const essence = { kind: "audio", rateHz: 48_000, channels: 2, encoding: "L24", packetSamples: 48 } as const;
      await stream.open(essence);
      await stream.open(essence);
      await stream.close();
    });
    assert.equal(lines.length, 1);
    assert.match(lines[0], /^streamlib: AudioRtpSend "out": The send buffer .* 1000 bytes instead of 1048576: /);
  });

  it("of a receiver are looked at each time it opens, and told once", async () => {
    const output = { feed: () => ({ close: () => {} }) } as unknown as Output<AudioBuffer>;
    const format: AudioFormat = audioFormat({ sampleRateHz: 48_000, channels: 2, framesMax: 480 });
    const stream = new ReceiveStream(output, 'AudioRtpReceive "in"', () => {});
    const lines = await said(() => {
      for (let i = 0; i < 2; i++) {
        stream.open(
          poor,
          { receiveBufferBytes: 1 << 20 },
          { local: { address: "127.0.0.1", port: 5004 }, source: undefined, payloadType: 97, medium: undefined },
          {
            kind: "audio",
            rateHz: 48_000,
            channels: 2,
            encoding: "L24",
            packetSamples: 48,
            blockSamples: 480,
            reorderNs: 0,
          },
          format,
        );
      }
      stream.close();
    });
    assert.equal(lines.length, 1);
    assert.match(lines[0], /^streamlib: AudioRtpReceive "in": The receive buffer .* 1000 bytes instead of 1048576: /);
  });
});
