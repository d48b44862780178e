/**
 * 1080p to the pixel groups of ST 2110-20 and back: GB/s beside memcpy, and the same bits moved by FFmpeg.
 *
 * A conversion reads and writes different numbers of bytes. Its GB/s are half of their sum by its CPU time, and memcpy
 * beside it copies as many bytes, which it reads and writes.
 *
 * The peer is FFmpeg's `bitpacked` encoder and decoder: its scaler (libswscale) knows no format that lies as pixel
 * groups do. Its figure is CPU time per frame of the conversion alone: that of a program that converts, less that of one
 * which only passes the same frames on, both without their start.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import {
  convertFrame,
  type FrameBytes,
  frameBytes,
  loadNative,
  type PixelFormat,
  pixelFormatInfo,
  type PlainPixelFormat,
  videoFormat,
} from "@streamlib/core";
import { median, report } from "./figure.ts";

const [WIDTH, HEIGHT] = [1920, 1080];
const ROUNDS = 40;
const CALLS = 4;
const WARM_UP_ROUNDS = 5;
const RATIO_MIN = 1 / 3;
const PEER_ROUNDS = 3;
const PEER_FRAMES = 60;

function frameOf(pixelFormat: PixelFormat): FrameBytes {
  const format = videoFormat({ pixelFormat, width: WIDTH, height: HEIGHT, rate: 60, range: "full" });
  const data = new Uint8Array(frameBytes(format));
  for (let i = 0; i < data.length; i++) data[i] = (i * 31) ^ (i >> 7);
  if (pixelFormat.endsWith("10le")) { for (let i = 1; i < data.length; i += 2) data[i] &= 3; }
  return { data, format };
}

/** CPU milliseconds of one call, of several in a row: the machine may be busy. */
function timeMs(call: () => void): number {
  const before = process.cpuUsage();
  for (let i = 0; i < CALLS; i++) call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / CALLS;
}

/** Milliseconds of each conversion, and of memcpy in the same round. */
function measure(source: FrameBytes, target: FrameBytes): { ownMs: number; gigabytes: number; ratio: number } {
  const bytes = (source.data.length + target.data.length) / 2;
  const [from, to] = [new Uint8Array(bytes).fill(1), new Uint8Array(bytes)];
  const rounds: { ownMs: number; copyMs: number }[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    const copyMs = timeMs(() => to.set(from));
    const ownMs = timeMs(() => convertFrame(source, target));
    if (round >= WARM_UP_ROUNDS) rounds.push({ ownMs, copyMs });
  }
  const ownMs = median(rounds.map((one) => one.ownMs));
  return { ownMs, gigabytes: bytes / ownMs / 1e6, ratio: median(rounds.map((one) => one.copyMs / one.ownMs)) };
}

function reportCopy(name: string, { gigabytes: value, ratio }: ReturnType<typeof measure>): void {
  const ok = ratio >= RATIO_MIN;
  report({ bench: "pgroup", case: name, value, unit: "GB/s", peer: "memcpy", ratio, limit: RATIO_MIN, ok });
}

/** CPU seconds of a shell command, all its threads. */
function cpuSeconds(command: string): number {
  const done = spawnSync("bash", ["-c", `${command} >/dev/null 2>&1 || exit 1; times`], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`Cannot run the peer: ${command}`);
  const children = done.stdout.trim().split("\n").at(-1)!.split(" ");
  return children.map((text) => /(\d+)m([\d.]+)s/.exec(text)!).reduce(
    (sum, [, m, s]) => sum + Number(m) * 60 + Number(s),
    0,
  );
}

/** CPU milliseconds per frame: three times as many frames minus once as many, so that the start does not count. */
function peerMs(command: (frames: number) => string): number {
  return ((cpuSeconds(command(PEER_FRAMES * 3)) - cpuSeconds(command(PEER_FRAMES))) * 1000) / (PEER_FRAMES * 2);
}

function reportPeer(
  name: string,
  ownMs: number,
  peer: string,
  command: (frames: number, does: boolean) => string,
): void {
  const rounds = Array.from({ length: PEER_ROUNDS }, () => {
    return peerMs((frames) => command(frames, true)) - peerMs((frames) => command(frames, false));
  });
  const value = median(rounds);
  report({ bench: "pgroup", case: `${name}: CPU per frame of ${peer}`, value, unit: "ms" });
  report({ bench: "pgroup", case: `${name}: per frame`, value: ownMs, unit: "ms", peer, ratio: value / ownMs });
}

if (!(await loadNative()).library) throw new Error("Cannot measure: the native library is missing");
const formats: readonly PlainPixelFormat[] = ["yuv422p10le", "v210", "uyvy8", "rgba8"];
const ownMs: Record<string, number> = {};
for (const name of formats) {
  const group = pixelFormatInfo(name).counterparts[0];
  for (const [from, to] of [[name, group], [group, name]] as const) {
    const measured = measure(frameOf(from), frameOf(to));
    ownMs[`${from} to ${to}`] = measured.ownMs;
    reportCopy(`${from} to ${to}`, measured);
  }
}

const folder = mkdtempSync(join(tmpdir(), "streamlib-bench-"));
const [planar, wire] = [frameOf("yuv422p10le"), frameOf("pgroup/YCbCr-4:2:2/10")];
convertFrame(planar, wire);
const size = `-video_size ${WIDTH}x${HEIGHT} -framerate 60`;
const planarFile = join(folder, "planar.raw");
const wireFile = join(folder, "wire.raw");
writeFileSync(planarFile, planar.data);
writeFileSync(wireFile, wire.data);
const quiet = "ffmpeg -v error -nostdin";
const raw = `-f rawvideo -pixel_format yuv422p10le ${size} -i ${planarFile}`;
const bitpacked = `-f bitpacked -pixel_format yuv422p10 ${size} -i ${wireFile}`;
// One decoded frame again and again, so that the encoder alone is what differs.
const encode = (frames: number, does: boolean): string =>
  `${quiet} ${raw} -vf loop=loop=${frames - 1}:size=1 -frames:v ${frames} ${does ? "-c:v bitpacked" : ""} -f null -`;
const decode = (frames: number, does: boolean): string =>
  `${quiet} -stream_loop ${frames - 1} ${bitpacked} ${does ? "" : "-c copy"} -f null -`;
try {
  const options = { maxBuffer: 1 << 26 };
  const theirs = spawnSync("bash", ["-c", `${quiet} ${raw} -c:v bitpacked -f rawvideo -`], options).stdout;
  report({
    bench: "pgroup",
    case: "bytes that differ from FFmpeg",
    value: wire.data.reduce((sum, byte, at) => sum + (byte === theirs[at] ? 0 : 1), 0),
    unit: "bytes",
    limit: 0,
    ok: theirs.length === wire.data.length && wire.data.every((byte, at) => byte === theirs[at]),
  });
  const [packs, unpacks] = Object.keys(ownMs);
  reportPeer(packs, ownMs[packs], "FFmpeg bitpacked encoder", encode);
  reportPeer(unpacks, ownMs[unpacks], "FFmpeg bitpacked decoder", decode);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
