/** Pictures on the network, and what comes back from it. */
import { VideoDecoderActor, VideoEncoderActor } from "@streamlib/media";
import {
  CompressedVideoRtpReceiveActor,
  CompressedVideoRtpSendActor,
  VideoRtpReceiveActor,
  VideoRtpSendActor,
} from "@streamlib/st2110";
import { CompositorActor, TestPatternActor } from "@streamlib/video";
import type { Buffer } from "node:buffer";
import { byStamp, Catcher, type Caught, HERE, RTP_HEADER_BYTES } from "./catcher.ts";
import { sketch } from "./made.ts";
import { items, ready, until } from "./run.ts";
import { INKS, PICTURE, Sheet } from "./sheet.ts";

/** Part of a row in a packet of RFC 4175. */
interface Segment {
  readonly row: number;
  /** Column of its first pixel. */
  readonly offset: number;
  /** Brightness of its pixels, codes of ten bits. */
  readonly luma: readonly number[];
}

/** What a packet of 4:2:2 with ten bits carries. */
function segmentsOf(data: Buffer): Segment[] {
  const heads: { length: number; row: number; offset: number }[] = [];
  let at = RTP_HEADER_BYTES + 2;
  for (let goesOn = true; goesOn; at += 6) {
    const offset = data.readUInt16BE(at + 4);
    heads.push({ length: data.readUInt16BE(at), row: data.readUInt16BE(at + 2) & 0x7fff, offset: offset & 0x7fff });
    goesOn = (offset & 0x8000) !== 0;
  }
  return heads.map(({ length, row, offset }) => {
    const luma: number[] = [];
    // Five bytes hold Cb, Y0, Cr, Y1.
    for (const end = at + length; at < end; at += 5) {
      luma.push((data[at + 1] & 0x3f) << 4 | data[at + 2] >> 4, (data[at + 3] & 3) << 8 | data[at + 4]);
    }
    return { row, offset, luma };
  });
}

/** The brightness that packets carry, from red for the first to violet for the last. */
export async function videoRtpSend(): Promise<Sheet> {
  const catcher = new Catcher();
  const port = await catcher.open();
  // All of a picture fits into the socket, so that none of it is lost there.
  const [width, height] = [240, 136];
  new TestPatternActor({ width, height, fps: 25 }).pipe(new VideoRtpSendActor({ address: HERE, port }));
  const bytesOf = (list: readonly Caught[]): number => list.reduce((sum, { data }) => sum + data.length, 0);
  const whole = (): Caught[] | undefined =>
    byStamp(catcher.caught).slice(2, -1).find((list) => bytesOf(list) > 2.5 * width * height);
  await until(() => whole() !== undefined, "a whole picture");
  catcher.close();
  const small = new Sheet("", { width, height });
  const image = small.context.createImageData(width, height);
  const packets = whole()!;
  for (const [i, { data }] of packets.entries()) {
    for (const { row, offset, luma } of segmentsOf(data)) {
      luma.forEach((code, k) => paint(image.data, row * width + offset + k, code, 300 * i / packets.length));
    }
  }
  small.context.putImageData(image, 0, 0);
  const sheet = new Sheet("", PICTURE);
  sheet.context.imageSmoothingEnabled = false;
  sheet.context.drawImage(small.canvas, 0, 0, PICTURE.width, PICTURE.height);
  return sheet;
}

function paint(pixels: Uint8ClampedArray, at: number, code: number, hue: number): void {
  const light = 40 + 200 * Math.max(0, Math.min(1, (code - 64) / 876));
  const tint = [0, 120, 240].map((turn) => 0.65 + 0.35 * Math.cos((hue - turn) * Math.PI / 180));
  tint.forEach((part, k) => pixels[4 * at + k] = light * part);
  pixels[4 * at + 3] = 255;
}

/** A drawing that went over the network as RGB. */
export async function videoRtpReceive(): Promise<Sheet> {
  const drawn = sketch(undefined, "Camera 1");
  const opaque = new CompositorActor();
  const sender = new VideoRtpSendActor({ address: HERE });
  drawn.outputs.video.pipe(opaque.inputs.base);
  opaque.pipe(sender);
  const receiver = new VideoRtpReceiveActor({ sdp: await sender.sdp() });
  const frames = await items(receiver.outputs.video, 12);
  const sheet = new Sheet("", PICTURE);
  sheet.frame(frames[frames.length - 1], 0, 0, PICTURE.width, PICTURE.height);
  return sheet;
}

/** The packets of coded pictures, one over another. */
export async function compressedVideoRtpSend(): Promise<Sheet> {
  const catcher = new Catcher();
  const port = await catcher.open();
  const encoder = sketch(undefined, "Coded").pipe(new VideoEncoderActor({ bitrate: 1_500_000 }));
  encoder.pipe(new CompressedVideoRtpSendActor({ address: HERE, port, fps: 25 }));
  await until(() => byStamp(catcher.caught).length > 46, "46 coded pictures");
  catcher.close();
  const pictures = byStamp(catcher.caught).slice(14, 44).map((list) => list.map(({ data }) => data.length));
  const most = Math.max(...pictures.map((list) => list.reduce((sum, bytes) => sum + bytes)));
  const longest = Math.max(...pictures.flat());
  const sheet = new Sheet(`CompressedVideoRtpSend: packets of ${pictures.length} pictures`);
  const each = 880 / pictures.length;
  for (const [i, list] of pictures.entries()) {
    let ground = 450;
    for (const [k, bytes] of list.entries()) {
      const tall = 330 * bytes / most;
      sheet.box(40 + i * each, ground - tall, each - 5, Math.max(1, tall - 2), INKS[k % INKS.length]);
      ground -= tall;
    }
  }
  sheet.line(40, 452, 920, 452);
  sheet.remark(`most bytes of a packet: ${longest}`, 40, 500);
  return sheet;
}

/** A drawing that was coded, sent, received and decoded. */
export async function compressedVideoRtpReceive(): Promise<Sheet> {
  const encoder = sketch(undefined, "Camera 2").pipe(new VideoEncoderActor({ bitrate: 4_000_000 }));
  const sender = new CompressedVideoRtpSendActor({ address: HERE, fps: 25 });
  encoder.pipe(sender);
  await ready(sender);
  const receiver = new CompressedVideoRtpReceiveActor({ sdp: await sender.sdp() });
  const decoder = receiver.pipe(new VideoDecoderActor());
  const frames = await items(decoder.outputs.video, 20);
  const sheet = new Sheet("", PICTURE);
  sheet.frame(frames[frames.length - 1], 0, 0, PICTURE.width, PICTURE.height);
  return sheet;
}
