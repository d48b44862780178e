import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  type Actor,
  ancillaryFormat,
  type AncillaryPacket,
  ancillaryPacket,
  loadNative,
  taiNowNs,
  tap,
} from "@streamlib/core";
import { AncillaryRtpReceiveActor, AncillaryRtpSendActor, lintSdp } from "./mod.ts";
import { freePort, HandActor, noise, until } from "./testing/hand_actor.ts";

const { library } = await loadNative();

async function stopAll(...actors: Actor[]): Promise<void> {
  for (const actor of actors) await actor.stop();
}

describe("ancillary data over ST 2110-40", { skip: library === undefined }, () => {
  it("comes back packet for packet, with none and with many", { timeout: 60000 }, async () => {
    const port = await freePort();
    const format = ancillaryFormat({ rate: 25, bytesMax: 16384 });
    const source = new HandActor();
    const sender = new AncillaryRtpSendActor({ address: "127.0.0.1", port });
    const receiver = new AncillaryRtpReceiveActor({ address: "127.0.0.1", port, fps: 25, bytesMax: 16384 });
    source.outputs.ancillary.pipe(sender.inputs.ancillary);
    await Promise.all([source, sender, receiver].map((actor) => actor.ready));
    const got: { timestampNs: bigint; packets: AncillaryPacket[] }[] = [];
    tap(receiver.outputs.ancillary, ({ timestampNs, packets }) => {
      got.push({ timestampNs, packets: packets.map((packet) => ({ ...packet, words: packet.words.slice() })) });
    });
    const lists = [
      [ancillaryPacket({ did: 0x61, sdid: 0x02, data: [1, 2, 3], line: 9, horizontalOffset: 0 })],
      [],
      Array.from(
        { length: 20 },
        (_, i) =>
          ancillaryPacket({
            did: 0x60,
            sdid: 0x60,
            data: noise(new Uint8Array(200), i),
            line: 10 + i,
            streamNumber: i,
          }),
      ),
    ];
    const frame = taiNowNs() / 40_000_000n;
    for (const [i, packets] of lists.entries()) {
      const loan = source.outputs.ancillary.loan(format)!;
      loan.write(packets);
      loan.commit({ timestampNs: (frame + BigInt(i)) * 40_000_000n });
      await until(() => got.length > i, `item ${i} arrives: ${JSON.stringify(receiver.stats.counters)}`);
      assert.equal(got[i].timestampNs, (frame + BigInt(i)) * 40_000_000n);
      assert.deepEqual(got[i].packets, packets);
    }
    await stopAll(source, sender, receiver);
  });
});

describe("an item whose time is far off", { skip: library === undefined }, () => {
  it("is dropped and counted, and holds up none", { timeout: 60000 }, async () => {
    const port = await freePort();
    const source = new HandActor();
    const sender = new AncillaryRtpSendActor({ address: "127.0.0.1", port });
    const receiver = new AncillaryRtpReceiveActor({ address: "127.0.0.1", port, fps: 25 });
    source.outputs.ancillary.pipe(sender.inputs.ancillary);
    await Promise.all([source, sender, receiver].map((actor) => actor.ready));
    let items = 0;
    tap(receiver.outputs.ancillary, () => items++);
    const format = ancillaryFormat({ rate: 25 });
    const frameNs = (taiNowNs() / 40_000_000n) * 40_000_000n;
    for (const offsetNs of [3_600_000_000_000n, 0n, 40_000_000n]) {
      source.outputs.ancillary.loan(format)!.commit({ timestampNs: frameNs + offsetNs });
    }
    await until(() => items === 2, "the others arrive");
    const { itemsTooEarly, itemsSent } = sender.stats.counters;
    assert.deepEqual([itemsTooEarly, itemsSent], [1, 2]);
    await stopAll(source, sender, receiver);
  });
});

describe("fields of ancillary data", { skip: library === undefined }, () => {
  it("are sent on as they came, one by one", { timeout: 60000 }, async () => {
    const [first, second] = [await freePort(), await freePort()];
    const scan = "interlaced";
    const source = new HandActor();
    const sender = new AncillaryRtpSendActor({ address: "127.0.0.1", port: first, scan });
    const middle = new AncillaryRtpReceiveActor({ address: "127.0.0.1", port: first, fps: 25 });
    const again = new AncillaryRtpSendActor({ address: "127.0.0.1", port: second, scan, itemOf: "field" });
    const last = new AncillaryRtpReceiveActor({ address: "127.0.0.1", port: second, fps: 25 });
    source.outputs.ancillary.pipe(sender.inputs.ancillary);
    middle.outputs.ancillary.pipe(again.inputs.ancillary);
    await Promise.all([source, sender, middle, again, last].map((actor) => actor.ready));
    const got: [bigint, string[]][] = [];
    tap(last.outputs.ancillary, ({ timestampNs, packets }) => {
      got.push([timestampNs, packets.map(({ field }) => field)]);
    });
    const format = ancillaryFormat({ rate: 25 });
    const packet = ancillaryPacket({ did: 0x61, sdid: 2, data: [1] });
    const send = (timestampNs: bigint, packets: readonly AncillaryPacket[]): void => {
      source.outputs.ancillary.loan(format)?.write(packets).commit({ timestampNs });
    };
    // Everybody listens when something has come.
    let frame = taiNowNs() / 40_000_000n;
    await until(() => {
      const now = taiNowNs() / 40_000_000n;
      if (now > frame) send((frame = now) * 40_000_000n, []);
      return got.length > 0;
    }, "fields arrive");
    const lists = [[], [{ ...packet, field: "second" as const }], [{ ...packet, field: "first" as const }]];
    const firstNs = (frame + 1n) * 40_000_000n;
    for (const [i, packets] of lists.entries()) send(firstNs + BigInt(i) * 40_000_000n, packets);
    const fields = [[], [], [], ["second"], ["first"], []];
    const wanted = fields.map((each, i): [bigint, string[]] => [firstNs + BigInt(i) * 20_000_000n, each]);
    await until(() => got.at(-1)?.[0] === wanted[5][0], "the last field arrives");
    await stopAll(source, sender, middle, again, last);
    assert.deepEqual(got.slice(-6), wanted);
  });
});

describe("descriptions of ancillary data", { skip: library === undefined }, () => {
  it("name the address that packets leave from, and the transmission model", { timeout: 60000 }, async () => {
    for (const [model, SSN] of [[undefined, "2018"], ["CTM", "2023"], ["LLTM", "2023"]] as const) {
      const source = new HandActor();
      const options = { port: await freePort(), localAddress: "127.0.0.2", fps: 25, model };
      const sender = new AncillaryRtpSendActor({ address: "127.0.0.1", ...options });
      source.outputs.ancillary.pipe(sender.inputs.ancillary);
      await Promise.all([source.ready, sender.ready]);
      assert.equal(await sender.describe(), undefined);
      source.outputs.ancillary.loan(ancillaryFormat())!.commit({ timestampNs: taiNowNs() });
      const sdp = await sender.sdp();
      assert.match(sdp, /^o=- \d+ \d+ IN IP4 127\.0\.0\.2\r$/m);
      assert.match(sdp, new RegExp(`; SSN=ST2110-40:${SSN}|; TM=${model}`));
      assert.equal(sdp.includes("TM="), model !== undefined);
      assert.deepEqual(lintSdp(sdp).filter(({ severity }) => severity === "error"), [], sdp);
      const { batches, batchesLate = 0 } = sender.stats.counters;
      assert.ok(batches === undefined || batchesLate <= batches);
      await stopAll(source, sender);
    }
  });
});
