import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { after, before, describe, it } from "@std/testing/bdd";
import { hasProgram } from "../../../tests/needs.ts";
import type { Essence } from "./essence.ts";
import { parseSdp } from "./parse.ts";
import { writeSdp } from "./write.ts";

const TIMEOUT = { timeout: 60_000 };
const run = promisify(execFile);
const hasFfmpeg = hasProgram("ffmpeg", "session descriptions against FFmpeg") &&
  hasProgram("ffprobe", "session descriptions against FFmpeg");

/** What FFmpeg sends, the description that we write of it, and what FFprobe then says of the stream. */
const STREAMS: readonly {
  readonly name: string;
  readonly source: readonly string[];
  readonly essence: Essence;
  readonly ptimeMs?: number;
  readonly probed: Readonly<Record<string, unknown>>;
}[] = [
  {
    name: "L24",
    source: ["-f", "lavfi", "-i", "sine=r=48000", "-af", "asetnsamples=n=48:p=0", "-ac", "2", "-c:a", "pcm_s24be"],
    essence: { kind: "pcm", encoding: "L24", sampleRateHz: 48000, channels: 2, channelOrder: ["ST"] },
    ptimeMs: 1,
    probed: { codec_name: "pcm_s24be", sample_rate: "48000", channels: 2 },
  },
  {
    name: "8-bit 4:2:2",
    source: ["-f", "lavfi", "-i", "testsrc=s=64x48:r=25", "-pix_fmt", "uyvy422", "-c:v", "rawvideo"],
    essence: raw("8"),
    probed: { codec_name: "rawvideo", pix_fmt: "uyvy422", width: 64, height: 48 },
  },
  {
    name: "10-bit 4:2:2",
    source: [
      "-f",
      "lavfi",
      "-i",
      "testsrc=s=64x48:r=25",
      "-pix_fmt",
      "yuv422p10",
      "-c:v",
      "bitpacked",
      "-strict",
      "-2",
    ],
    essence: raw("10"),
    probed: { codec_name: "bitpacked", pix_fmt: "yuv422p10le", width: 64, height: 48 },
  },
];

function raw(depth: "8" | "10"): Essence {
  return {
    kind: "raw",
    sampling: "YCbCr-4:2:2",
    depth,
    width: 64,
    height: 48,
    exactframerate: { num: 25, den: 1 },
    colorimetry: "BT709",
    TCS: "SDR",
    SSN: "ST2110-20:2017",
    TP: "2110TPW",
    PM: "2110GPM",
  };
}

/** Our description of a stream to `port` of this machine. */
function description(essence: Essence, port: number, ptimeMs: number | undefined): string {
  return writeSdp({
    origin: { username: "-", sessionId: "1", sessionVersion: "1", addressType: "IP4", address: "127.0.0.1" },
    name: "streamlib",
    timings: [{ start: 0, stop: 0 }],
    media: [{
      type: essence.kind === "pcm" ? "audio" : "video",
      port,
      protocol: "RTP/AVP",
      payloadType: essence.kind === "pcm" ? 97 : 96,
      connections: [{ addressType: "IP4", address: "127.0.0.1" }],
      essence,
      ...ptimeMs === undefined ? {} : { ptimeMs },
      referenceClocks: [{ kind: "localmac", mac: "00-00-5E-00-53-01" }],
      mediaClock: { kind: "direct", offset: 0 },
    }],
  });
}

async function evenPort(): Promise<number> {
  for (;;) {
    const socket = createSocket("udp4");
    const port = await new Promise<number>((resolve) =>
      socket.bind(0, "127.0.0.1", () => resolve(socket.address().port))
    );
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    if (port % 2 === 0) return port;
  }
}

(hasFfmpeg ? describe : describe.skip)("SDP and FFmpeg", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "streamlib-sdp-test-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const { name, source, essence, ptimeMs, probed } of STREAMS) {
    it(`FFmpeg receives ${name} by a description of ours, and we read that of FFmpeg`, TIMEOUT, async () => {
      const port = await evenPort();
      const ours = join(folder, `ours_${port}.sdp`);
      const theirs = join(folder, `theirs_${port}.sdp`);
      writeFileSync(ours, description(essence, port, ptimeMs));
      const sender: ChildProcess = spawn(
        "ffmpeg",
        ["-v", "error", "-re", ...source, "-f", "rtp", "-sdp_file", theirs, `rtp://127.0.0.1:${port}?pkt_size=1460`],
        { stdio: "ignore" },
      );
      const ended = new Promise((resolve) => sender.once("exit", resolve));
      try {
        const given = ["-v", "error", "-protocol_whitelist", "file,udp,rtp", "-show_streams", "-of", "json", ours];
        const { stdout } = await run("ffprobe", given);
        const { streams } = JSON.parse(stdout) as { streams: Record<string, unknown>[] };
        assert.equal(streams.length, 1);
        for (const [key, value] of Object.entries(probed)) assert.equal(streams[0][key], value, key);
      } finally {
        sender.kill("SIGKILL");
        await ended;
      }
      const { media } = parseSdp(readFileSync(theirs, "utf8"));
      assert.equal(media[0].port, port);
      const read = media[0].essence as unknown as Record<string, unknown>;
      for (const key of ["kind", "encoding", "sampleRateHz", "channels", "sampling", "depth", "width", "height"]) {
        assert.equal(read[key], (essence as unknown as Record<string, unknown>)[key], key);
      }
    });
  }
});
