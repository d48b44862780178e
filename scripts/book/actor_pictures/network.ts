/** Sound and ancillary data on the network, and what comes back from it. */
import { AudioGeneratorActor } from "@streamlib/audio";
import { ancillaryFormat, type AncillaryPacket, type Rate } from "@streamlib/core";
import {
  AncillaryRtpReceiveActor,
  AncillaryRtpSendActor,
  AudioRtpReceiveActor,
  AudioRtpSendActor,
  captions708Packet,
  readTimecode,
  timecodePacket,
} from "@streamlib/st2110";
import { TestSourceActor } from "@streamlib/testing";
import type { Buffer } from "node:buffer";
import { Catcher, HERE, RTP_HEADER_BYTES } from "./catcher.ts";
import { items, until } from "./run.ts";
import { INKS, Sheet } from "./sheet.ts";

/** The samples of a packet of one channel, 24 bits each. */
function samplesOf(data: Buffer): number[] {
  const count = (data.length - RTP_HEADER_BYTES) / 3;
  return Array.from({ length: count }, (_, k) => data.readIntBE(RTP_HEADER_BYTES + 3 * k, 3) / 2 ** 23);
}

/** Samples in packets of 1 ms. */
export async function audioRtpSend(): Promise<Sheet> {
  const catcher = new Catcher();
  const port = await catcher.open();
  const tone = new AudioGeneratorActor({ fps: 50, channels: 1, frequencyHz: 400, levelDbfs: -3 });
  tone.pipe(new AudioRtpSendActor({ address: HERE, port, packetTimeMs: 1, encoding: "L24" }));
  await until(() => catcher.caught.length > 120, "120 packets");
  catcher.close();
  const packets = catcher.caught.slice(100, 108).map(({ data }) => data);
  const sheet = new Sheet("AudioRtpSend: L24, 48 kHz, 1 ms");
  const each = 880 / packets.length;
  for (const [i, data] of packets.entries()) {
    const samples = samplesOf(data);
    const x = 40 + i * each;
    if (i % 2 === 1) sheet.box(x, 110, each, 380, "#1f232b");
    // Up to the first sample of the next packet.
    const joined = [...samples, ...(i + 1 < packets.length ? samplesOf(packets[i + 1]).slice(0, 1) : [])];
    sheet.wave(joined, x, 300, each * joined.length / samples.length, 150, INKS[i % 2]);
    sheet.remark(`${data.readUInt16BE(2)}`, x + each / 2, 140, "center");
    sheet.remark(`${samples.length} samples`, x + each / 2, 480, "center");
  }
  return sheet;
}

/** Blocks of two channels. */
export async function audioRtpReceive(): Promise<Sheet> {
  const channels = [{ signal: "tone", levelDbfs: -3, frequencyHz: 120 }, {
    signal: "pink-noise",
    levelDbfs: -15,
  }] as const;
  const sender = new AudioRtpSendActor({ address: HERE });
  new AudioGeneratorActor({ fps: 50, channels }).pipe(sender);
  const receiver = new AudioRtpReceiveActor({ sdp: await sender.sdp(), blockMs: 10 });
  const blocks = (await items(receiver.outputs.audio, 16)).slice(-4);
  const sheet = new Sheet("AudioRtpReceive: blocks of 10 ms");
  const each = 880 / blocks.length;
  for (const [i, { samples }] of blocks.entries()) {
    const x = 40 + i * each;
    if (i % 2 === 1) sheet.box(x, 110, each, 390, "#1f232b");
    for (const channel of [0, 1]) {
      const own = samples.filter((_, at) => at % 2 === channel);
      sheet.wave(own, x, 210 + 190 * channel, each, 85, INKS[channel]);
    }
  }
  return sheet;
}

const RATE: Rate = { num: 25, den: 1 };

/** A time code and captions. */
function ancillaryOf(frame: number): AncillaryPacket[] {
  const time = { hours: 10, minutes: 20, seconds: 30, frames: frame % 25 };
  return [
    timecodePacket(time, 25, { line: 9, horizontalOffset: 0 }),
    captions708Packet({ rate: RATE, sequence: frame, triplets: [] }, { line: 11, horizontalOffset: 0 }),
  ];
}

function ancillarySource(): TestSourceActor {
  const format = ancillaryFormat({ rate: RATE });
  const ancillary = Array.from({ length: 25 }, (_, frame) => ({ format, packets: ancillaryOf(frame) }));
  return new TestSourceActor({ ancillary, fps: 25, loop: true });
}

/** A datagram in hexadecimal digits, its parts in colours. */
export async function ancillaryRtpSend(): Promise<Sheet> {
  const catcher = new Catcher();
  const port = await catcher.open();
  ancillarySource().outputs.ancillary.pipe(new AncillaryRtpSendActor({ address: HERE, port }).inputs.ancillary);
  await until(() => catcher.caught.length > 8, "eight datagrams");
  catcher.close();
  const { data } = catcher.caught[7];
  const parts = [
    { name: "RTP header", end: RTP_HEADER_BYTES, ink: INKS[0] },
    { name: "header of RFC 8331", end: RTP_HEADER_BYTES + 8, ink: INKS[1] },
    { name: "ancillary packets", end: data.length, ink: INKS[2] },
  ];
  const sheet = new Sheet(`AncillaryRtpSend: a datagram of ${data.length} bytes`);
  const columns = 20;
  const rows = 11;
  for (let i = 0; i < Math.min(data.length, columns * rows); i++) {
    const { ink } = parts.find(({ end }) => i < end) ?? parts[2];
    const digits = data[i].toString(16).padStart(2, "0");
    sheet.words(digits, 40 + 44 * (i % columns), 116 + 32 * Math.floor(i / columns), { ink });
  }
  parts.forEach(({ name, ink }, i) => sheet.words(name, 40 + 300 * i, 505, { ink }));
  return sheet;
}

/** What was read in the packets of a frame. */
export async function ancillaryRtpReceive(): Promise<Sheet> {
  const sender = new AncillaryRtpSendActor({ address: HERE });
  ancillarySource().outputs.ancillary.pipe(sender.inputs.ancillary);
  const receiver = new AncillaryRtpReceiveActor({ sdp: await sender.sdp() });
  const got = await items(receiver.outputs.ancillary, 8);
  const { packets } = got[got.length - 1];
  const [code, captions] = packets;
  const { hours, minutes, seconds, frames } = readTimecode(code, 25);
  const two = (value: number): string => String(value).padStart(2, "0");
  const sheet = new Sheet("AncillaryRtpReceive: packets of one frame");
  const hex = (value: number): string => `${value.toString(16).padStart(2, "0")}h`;
  const rows = [
    ["line", "DID", "SDID", "words", "what"],
    ...[code, captions].map((packet, i) => [
      String(packet.line),
      hex(packet.did),
      hex(packet.sdid),
      String(packet.words.length),
      i === 0 ? "time code, ST 12-2" : "captions, ST 334",
    ]),
  ];
  for (const [i, row] of rows.entries()) {
    const ink = i === 0 ? "#8a919e" : INKS[i];
    row.forEach((cell, k) => sheet.words(cell, 40 + 150 * k, 130 + 52 * i, { size: 26, ink }));
  }
  sheet.line(40, 148, 920, 148);
  const time = [hours, minutes, seconds, frames].map(two).join(":");
  sheet.words(time, 480, 420, { size: 110, bold: true, align: "center" });
  return sheet;
}
