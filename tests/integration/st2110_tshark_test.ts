/**
 * What tshark, which we have not written, reads in the packets that we send.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createSocket } from "node:dgram";
import { afterEach, describe, it } from "@std/testing/bdd";
import { ancillaryFormat, ancillaryPacket, audioFormat, stopAll, taiNowNs } from "@streamlib/core";
import {
  AncillaryRtpSendActor,
  AudioRtpSendActor,
  CompressedVideoRtpSendActor,
  VideoRtpReceiveActor,
  VideoRtpSendActor,
} from "@streamlib/st2110";
import { hasProgram, isRoot } from "../needs.ts";
import { codePictures } from "./st2110/coded_pictures.ts";
import { assertSame } from "./st2110/content.ts";
import { Listener } from "./st2110/listener.ts";
import { GiverActor } from "./st2110/media_actors.ts";
import { PICTURE_CASES } from "./st2110/picture_cases.ts";
import { freePort } from "./st2110/ports.ts";
import { Capture, type Row } from "./st2110/tshark.ts";
import { until } from "./st2110/wait.ts";
import { ancillaryPayload, pictureOf } from "./st2110/wire.ts";

const TIMEOUT = { timeout: 60_000 };
const SSRC = 0x2110_0001;
const FRAME_NS = 40_000_000n;
/** What it says of parts of NAL units, which it does not put together. */
const PART = "[Not decoded yet]";
/** Said of any datagram from a port between 33434 and 33534, which the system may choose. */
const TRACEROUTE = /^Possible traceroute: hop #\d+, attempt #\d+/;
/** Ticks of 90 kHz in a frame. */
const FRAME_TICKS = 3600n;
const FIELDS = [
  "udp.srcport",
  "udp.dstport",
  "udp.length",
  "ip.dsfield.dscp",
  "rtp.version",
  "rtp.p_type",
  "rtp.ssrc",
  "rtp.seq",
  "rtp.timestamp",
  "rtp.marker",
  "rtp.payload",
  "h264.nal_unit_hdr",
  "h264.start.bit",
  "h264.end.bit",
  "rtcp.pt",
  "rtcp.senderssrc",
  "rtcp.sender.packetcount",
  "rtcp.sender.octetcount",
  "rtcp.sdes.text",
  "rtcp.ssrc.identifier",
  "rtcp.ssrc.cum_nr",
  "rtcp.ssrc.ext_high",
  "_ws.malformed",
  "_ws.expert.message",
] as const;
type Field = typeof FIELDS[number];
type RtpRow = Row<Field>;

const isThere = hasProgram("tshark", "ST 2110 packets as tshark reads them") &&
  isRoot("to capture ST 2110 packets, as tshark reads them");

/** Captures what goes to a port and to the one above it, which is that of RTCP. */
function captureStream(port: number, ...decodeAs: readonly string[]): Promise<Capture<Field>> {
  return Capture.start({
    filter: `udp and portrange ${port}-${port + 1}`,
    fields: FIELDS,
    decodeAs: [`udp.port==${port},rtp`, `udp.port==${port + 1},rtcp`, ...decodeAs],
  });
}

/** Waits for the goodbye of a source; returns RTP and RTCP up to it, of which nothing may be malformed. */
async function untilBye(capture: Capture<Field>, port: number): Promise<[RtpRow[], RtpRow[]]> {
  const rows = await capture.until((all) => all.some(isBye), "a BYE comes");
  for (const row of rows) {
    assert.equal(row["_ws.malformed"], "");
    const message = row["_ws.expert.message"];
    const rest = message.replace(TRACEROUTE, "").replace(/^,/, "");
    assert.ok(["", PART].includes(rest), message);
  }
  const [rtp, rtcp] = [port, port + 1].map((one) => rows.filter((row) => row["udp.dstport"] === String(one)));
  return [rtp, rtcp];
}

function isBye(row: RtpRow): boolean {
  return row["rtcp.pt"].split(",").includes("203");
}

function numbersOf(rows: readonly RtpRow[], field: Field): number[] {
  return rows.map((row) => Number(row[field]));
}

function payloadOf(row: RtpRow): Buffer {
  return Buffer.from(row["rtp.payload"].replaceAll(":", ""), "hex");
}

/** One source and one payload type, sequence numbers without a gap, no datagram above the standard limit. */
function assertOneStream(rows: readonly RtpRow[], payloadType: number): void {
  const sequence = numbersOf(rows, "rtp.seq");
  assert.deepEqual(sequence, sequence.map((_, i) => (sequence[0] + i) % 65_536));
  assert.deepEqual(new Set(numbersOf(rows, "rtp.version")), new Set([2]));
  assert.deepEqual(new Set(numbersOf(rows, "rtp.p_type")), new Set([payloadType]));
  assert.deepEqual(new Set(numbersOf(rows, "rtp.ssrc")), new Set([SSRC]));
  assert.ok(numbersOf(rows, "udp.length").every((bytes) => bytes <= 1460));
}

/** A goodbye with the totals of the stream, and one canonical name in all reports. */
function assertReports(rtcp: readonly RtpRow[], rtp: readonly RtpRow[]): void {
  const last = rtcp.at(-1)!;
  assert.equal(last["rtcp.pt"], "200,202,203");
  assert.equal(Number(last["rtcp.senderssrc"]), SSRC);
  assert.equal(Number(last["rtcp.sender.packetcount"]), rtp.length);
  const octets = numbersOf(rtp, "udp.length").reduce((sum, bytes) => sum + bytes - 8 - 12, 0);
  assert.equal(Number(last["rtcp.sender.octetcount"]), octets);
  assert.match(last["rtcp.sdes.text"], /^[^@,]+@[^@,]+$/);
  assert.equal(new Set(rtcp.map((row) => row["rtcp.sdes.text"])).size, 1);
}

/** Time stamps of frames of 25 per second from a frame on: frame n since 1970 is at n * 90000 / 25. */
function frameStamps(first: bigint, count: number): number[] {
  return Array.from({ length: count }, (_, n) => Number((first + BigInt(n)) * FRAME_TICKS % 2n ** 32n));
}

/** Positions of the last packet of each time stamp. */
function lastsOf(rows: readonly RtpRow[]): number[] {
  return rows.flatMap((row, i) => row["rtp.timestamp"] === rows[i + 1]?.["rtp.timestamp"] ? [] : [i]);
}

function markedOf(rows: readonly RtpRow[]): number[] {
  return rows.flatMap((row, i) => row["rtp.marker"] === "1" ? [i] : []);
}

/** Number of the frame of 25 per second that is now. */
function frameNow(): bigint {
  return taiNowNs() / FRAME_NS;
}

(isThere ? describe : describe.skip)("ST 2110 as tshark reads it", () => {
  afterEach(() => stopAll());

  it("has pictures in order, with exact time stamps, and says goodbye", TIMEOUT, async () => {
    const port = await freePort();
    await using _listener = await Listener.open(port);
    await using capture = await captureStream(port);
    const giver = new GiverActor();
    const options = { address: "127.0.0.1", port, pacing: "none", ssrc: SSRC, dscp: 46 } as const;
    // Runs of packets that the kernel cuts would be captured uncut.
    const sender = new VideoRtpSendActor({ ...options, segmentOffload: false });
    giver.outputs.video.pipe(sender.inputs.video);
    await sender.ready;
    const [, { format, make, groupsOf }] = PICTURE_CASES;
    const first = frameNow();
    for (let n = 0; n < 4; n++) {
      giver.giveVideo(format, make(n), (first + BigInt(n)) * FRAME_NS);
      await capture.until((rows) => markedOf(rows).length > n, `frame ${n} comes`);
    }
    await sender.stop();
    const [rtp, rtcp] = await untilBye(capture, port);
    assertOneStream(rtp, 96);
    assertReports(rtcp, rtp);
    assert.equal(rtp.length, sender.stats.counters.packets);
    assert.deepEqual(new Set(numbersOf(rtp, "ip.dsfield.dscp")), new Set([46]));
    assert.deepEqual([...new Set(numbersOf(rtp, "rtp.timestamp"))], frameStamps(first, 4));
    assert.deepEqual(markedOf(rtp), lastsOf(rtp));
    const third = rtp.filter((row) => Number(row["rtp.timestamp"]) === frameStamps(first, 4)[2]);
    assertSame(pictureOf(third.map(payloadOf), format.width, format.height), groupsOf(make(2)), "picture 2");
  });

  it("has sound in packets of 125 µs, one after another without a drift", TIMEOUT, async () => {
    const port = await freePort();
    await using _listener = await Listener.open(port);
    await using capture = await captureStream(port);
    const giver = new GiverActor();
    const options = { address: "127.0.0.1", port, pacing: "none", ssrc: SSRC, segmentOffload: false } as const;
    const sender = new AudioRtpSendActor({ ...options, encoding: "L24", packetTimeMs: 0.125 });
    giver.outputs.audio.pipe(sender.inputs.audio);
    await sender.ready;
    const format = audioFormat({ sampleRateHz: 48_000, channels: 3, framesMax: 1001 });
    const begin = taiNowNs() / 1_000_000_000n;
    for (let n = 0; n < 6; n++) {
      const instantNs = begin * 1_000_000_000n + BigInt(Math.round(n * 1001 * 1e9 / 48_000));
      giver.giveAudio(format, new Float32Array(1001 * 3), instantNs);
      await until(() => sender.stats.counters.blocksSent === n + 1, "the block is sent", () => sender.stats);
    }
    await capture.until((rows) => rows.filter((row) => row["rtp.seq"] !== "").length >= 1001, "1001 packets come");
    await sender.stop();
    const [rtp, rtcp] = await untilBye(capture, port);
    assertOneStream(rtp, 97);
    assertReports(rtcp, rtp);
    assert.equal(rtp.length, 1001);
    const start = begin * 48_000n;
    const wanted = rtp.map((_, i) => Number((start + 6n * BigInt(i)) % 2n ** 32n));
    assertSame(numbersOf(rtp, "rtp.timestamp"), wanted, "time stamps");
    assert.deepEqual(new Set(numbersOf(rtp, "udp.length")), new Set([8 + 12 + 6 * 3 * 3]));
  });

  it("has H.264 in parts, the last of a picture marked", TIMEOUT, async () => {
    const port = await freePort();
    await using _listener = await Listener.open(port);
    await using capture = await captureStream(port, "rtp.pt==96,h264");
    const { format, pictures } = await codePictures(3, 5);
    const giver = new GiverActor();
    const sender = new CompressedVideoRtpSendActor({ address: "127.0.0.1", port, ssrc: SSRC, segmentOffload: false });
    giver.outputs.packets.pipe(sender.inputs.packets);
    await sender.ready;
    const first = frameNow();
    for (const [n, { data, keyframe }] of pictures.entries()) {
      giver.givePacket(format, data, keyframe, (first + BigInt(n)) * FRAME_NS);
      await capture.until((rows) => markedOf(rows).length > n, `picture ${n} comes`);
    }
    await sender.stop();
    const [rtp, rtcp] = await untilBye(capture, port);
    assertOneStream(rtp, 96);
    assertReports(rtcp, rtp);
    assert.deepEqual([...new Set(numbersOf(rtp, "rtp.timestamp"))], frameStamps(first, 3));
    assert.deepEqual(markedOf(rtp), lastsOf(rtp));
    // FU-A: every begin is followed by its end.
    const parts = rtp.filter((row) => row["h264.start.bit"] !== "");
    assert.ok(parts.length > 3 * pictures.length, `${parts.length} parts`);
    const edges = parts.flatMap((row) => row["h264.start.bit"] === "1" ? "(" : row["h264.end.bit"] === "1" ? ")" : "");
    assert.match(edges.join(""), /^(\(\))+$/);
  });

  it("has ancillary data as RFC 8331 lays it out, and a packet for frames without any", TIMEOUT, async () => {
    const port = await freePort();
    await using _listener = await Listener.open(port);
    await using capture = await captureStream(port);
    const giver = new GiverActor();
    const sender = new AncillaryRtpSendActor({ address: "127.0.0.1", port, ssrc: SSRC });
    giver.outputs.ancillary.pipe(sender.inputs.ancillary);
    await sender.ready;
    const packets = [
      { line: 9, horizontalOffset: 0, did: 0x60, sdid: 0x60, data: [0x10, 0x20, 0x30, 0x40, 0x50] },
      { line: 11, horizontalOffset: 40, did: 0x41, sdid: 0x05, data: [0, 1, 0xff, 0x7f] },
    ];
    const items = [packets, [], packets.slice(1)];
    const first = frameNow();
    for (const [n, item] of items.entries()) {
      giver.giveAncillary(ancillaryFormat({ rate: 25 }), item.map(ancillaryPacket), (first + BigInt(n)) * FRAME_NS);
      await capture.until((rows) => markedOf(rows).length > n, `item ${n} comes`);
    }
    await sender.stop();
    const [rtp, rtcp] = await untilBye(capture, port);
    assertOneStream(rtp, 100);
    assertReports(rtcp, rtp);
    assert.deepEqual(numbersOf(rtp, "rtp.timestamp"), frameStamps(first, 3));
    assert.deepEqual(markedOf(rtp), [0, 1, 2]);
    assert.deepEqual(
      rtp.map((row) => payloadOf(row).toString("hex")),
      items.map((item) => {
        return ancillaryPayload(item).toString("hex");
      }),
    );
  });

  it("has reports of our receiver to the sender", TIMEOUT, async () => {
    const port = await freePort();
    const local = await freePort();
    await using capture = await captureStream(local);
    const [{ format, make }] = PICTURE_CASES;
    const receiver = new VideoRtpReceiveActor({ address: "127.0.0.1", port, format, rtcp: true });
    await receiver.ready;
    const giver = new GiverActor();
    const to = { address: "127.0.0.1", port, localPort: local, ssrc: SSRC };
    const sender = new VideoRtpSendActor({ ...to, segmentOffload: false });
    giver.outputs.video.pipe(sender.inputs.video);
    await sender.ready;
    giver.giveVideo(format, make(0), frameNow() * FRAME_NS);
    await until(() => receiver.stats.counters.items === 1, "the picture comes", () => receiver.stats.counters);
    // Only who has reported says goodbye.
    await capture.until((all) => all.some(isReport), "a report comes");
    await receiver.stop();
    const rows = await capture.until(
      (all) => all.some((row) => isReport(row) && isBye(row)),
      "a receiver says goodbye",
    );
    const last = rows.filter(isReport).at(-1)!;
    assert.equal(last["rtcp.pt"], "201,202,203");
    assert.equal(last["_ws.malformed"], "");
    assert.equal(last["udp.dstport"], String(local + 1));
    assert.match(last["rtcp.sdes.text"], /^[^@,]+@[^@,]+$/);
    assert.deepEqual([Number(last["rtcp.ssrc.identifier"].split(",")[0]), last["rtcp.ssrc.cum_nr"]], [SSRC, "0"]);
    const sequence = numbersOf(rows.filter((row) => row["udp.srcport"] === String(local) && row["rtp.seq"]), "rtp.seq");
    assert.equal(Number(last["rtcp.ssrc.ext_high"]) % 65_536, sequence.at(-1));
  });

  it("reads our descriptions", TIMEOUT, async () => {
    const port = await freePort();
    const fields = [
      "sdp.media.port",
      "sdp.connection_info.address",
      "sdp.media_attribute.field",
      "_ws.malformed",
    ] as const;
    const filter = `udp dst port ${port}`;
    await using capture = await Capture.start({ filter, fields, decodeAs: [`udp.port==${port},sap`] });
    await using _listener = await Listener.open(port);
    const giver = new GiverActor();
    const sender = new VideoRtpSendActor({ address: "239.77.1.9", port: 5004, interface: "lo", hops: 1 });
    giver.outputs.video.pipe(sender.inputs.video);
    const [{ format, make }] = PICTURE_CASES;
    giver.giveVideo(format, make(0), taiNowNs());
    // An announcement (RFC 2974): version 1, IPv4, a hash, the source, the type of what follows.
    const head = Buffer.from([0x20, 0, 0x21, 0x10, 127, 0, 0, 1]);
    const socket = createSocket("udp4");
    const announcement = Buffer.concat([head, Buffer.from(`application/sdp\0${await sender.sdp()}`)]);
    await new Promise((done) => socket.send(announcement, port, "127.0.0.1", done));
    await new Promise<void>((done) => socket.close(() => done()));
    const [row] = await capture.until((rows) => rows.length > 0, "the announcement comes");
    assert.deepEqual(row, {
      "sdp.media.port": "5004",
      "sdp.connection_info.address": "239.77.1.9",
      "sdp.media_attribute.field": "rtpmap,fmtp,source-filter,ts-refclk,mediaclk",
      "_ws.malformed": "",
    });
  });
});

function isReport(row: RtpRow): boolean {
  return row["rtcp.pt"].split(",").includes("201");
}
