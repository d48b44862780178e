/**
 * The demo as a user runs it: a process of its own, on this runtime.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "@std/testing/bdd";
import { openMediaWriter } from "@streamlib/media";
import { testClip } from "../../plugins/media/testing/clip.ts";
import { hasProgram } from "../needs.ts";
import { ROOT } from "../setup.ts";

const MAIN = join(ROOT, "examples/demo/main.ts");
const RUN = process.versions.bun ? ["run", MAIN] : ["run", "-A", MAIN];
const LONG = { timeout: 120_000 };

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(given: readonly string[]): { child: ChildProcess; done: Promise<Finished>; stderr: () => string } {
  const child = spawn(process.execPath, [...RUN, ...given], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout!.on("data", (chunk) => stdout += chunk);
  child.stderr!.on("data", (chunk) => stderr += chunk);
  const done = new Promise<Finished>((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
  return { child, done, stderr: () => stderr };
}

/** Waits until the process has printed something that matches. */
async function printed(running: { done: Promise<Finished>; stderr: () => string }, pattern: RegExp): Promise<string> {
  let over = false;
  running.done.then(() => over = true);
  for (;;) {
    const found = pattern.exec(running.stderr());
    if (found) return found[1];
    if (over) throw new Error(`The demo ended before it printed ${pattern}: ${running.stderr()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What the demo itself printed: the codec library writes lines of its own, `[opus @ 0x…] …`. */
function ownLines(stderr: string): string[] {
  return stderr.trim().split("\n").filter((line) => !/^\[\w+ @ 0x[0-9a-f]+\]/.test(line));
}

interface Probed {
  readonly streams: readonly { codec_name: string; nb_read_frames: string; width?: number; height?: number }[];
}

function probe(path: string): Probed {
  const given = ["-v", "error", "-count_frames", "-show_streams", "-of", "json", path];
  const done = spawnSync("ffprobe", given, { encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr);
  assert.equal(done.stderr, "");
  return JSON.parse(done.stdout) as Probed;
}

describe("demo", () => {
  let folder = "";
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "streamlib-demo-test-"));
    await using sound = await openMediaWriter(join(folder, "sound.mp4"), {
      audio: { sampleRateHz: 48_000, channels: 1 },
    });
    sound.writeAudio(new Float32Array(48_000), 0n);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("shows bars, serves its page, writes a playable file and prints its summary", LONG, async () => {
    const out = join(folder, "bars.mp4");
    const running = start(["--seconds", "4", "--json", "--out", out]);
    const url = await printed(running, /(http:\/\/127\.0\.0\.1:\d+\/)/);
    const page = await fetch(url);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<canvas/);
    const { code, stdout, stderr } = await running.done;
    assert.equal(code, 0, stderr);
    const summary = JSON.parse(stdout.trim().split("\n").at(-1)!) as Record<string, number | string>;
    const keys = ["frames", "seconds", "fps", "frameMsP50", "frameMsP99", "jitterMs", "ticksMissed", "dropped", "out"];
    assert.deepEqual(Object.keys(summary), keys);
    assert.ok(Number(summary.frames) > 10);
    assert.equal(summary.out, out);
    if (!hasProgram("ffprobe", "that the demo's files play")) return;
    const { streams } = probe(out);
    assert.deepEqual(streams.map((stream) => stream.codec_name), ["h264", "opus"]);
    assert.deepEqual([streams[0].width, streams[0].height], [1920, 1080]);
    assert.equal(Number(streams[0].nb_read_frames), summary.frames);
  });

  it("ends with a playable file at an interrupt", LONG, async () => {
    const out = join(folder, "interrupted.mp4");
    const running = start(["--out", out]);
    await printed(running, /(\d+) frames/);
    // Not child.kill(): Deno then reports the signal as the cause of death, whatever the child did.
    process.kill(running.child.pid!, "SIGINT");
    const { code, stderr } = await running.done;
    assert.equal(code, 0, stderr);
    if (hasProgram("ffprobe", "that an interrupted demo's file plays")) assert.ok(probe(out).streams.length === 2);
  });

  it("shows a file to its end, passes its sound through, and accounts for every picture", LONG, async () => {
    const out = join(folder, "clip.mp4");
    const { code, stdout, stderr } = await start([await testClip(), "--json", "--out", out]).done;
    assert.equal(code, 0, stderr);
    const { frames, dropped } = JSON.parse(stdout.trim().split("\n").at(-1)!) as Record<string, number>;
    assert.ok(frames + dropped >= 150, `${frames} written and ${dropped} counted as lost of 150`);
    if (!hasProgram("ffprobe", "that the demo's files play")) return;
    const { streams } = probe(out);
    assert.deepEqual(streams.map((stream) => stream.codec_name), ["h264", "aac"]);
    assert.equal(Number(streams[0].nb_read_frames), frames);
  });

  it("shows a file without sound", LONG, async () => {
    const silent = join(folder, "silent.mp4");
    {
      const video = { width: 320, height: 180, rate: { num: 25, den: 1 } };
      await using writer = await openMediaWriter(silent, { video });
      for (let at = 0; at < 25; at++) {
        // What the coder has no room for is not taken; a few pictures are enough.
        writer.writeVideo(new Uint8Array((320 * 180 * 3) / 2).fill(at * 8), BigInt(at) * 40_000_000n);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    const { code, stdout, stderr } = await start([silent, "--json", "--out", join(folder, "shown.mp4")]).done;
    assert.equal(code, 0, stderr);
    const { frames, dropped } = JSON.parse(stdout.trim().split("\n").at(-1)!) as Record<string, number>;
    assert.ok(frames + dropped > 0);
  });

  const faults: [string, () => string[], RegExp][] = [
    ["a missing file", () => [join(folder, "none.mp4")], /FileReader .*none\.mp4.*(not|no such)/i],
    ["a directory", () => [folder], /FileReader .*directory/],
    ["a file without pictures", () => [join(folder, "sound.mp4")], /sound\.mp4.*no pictures/],
    ["a file that is no video", () => [join(folder, "text.mp4")], /FileReader .*text\.mp4/],
    ["an unwritable out path", () => ["--seconds", "1", "--out", "/proc/none/x.mp4"], /\/proc\/none/],
    [
      "an out path of unknown kind",
      () => ["--out", join(folder, "x.avi")],
      /option path.*\.mp4, \.mov, \.mkv or \.webm/,
    ],
    ["an unknown option", () => ["--loud"], /--loud/],
    ["a wrong number", () => ["--seconds", "soon"], /--seconds soon/],
    ["two files", () => ["a.mp4", "b.mp4"], /2 files/],
  ];
  for (const [name, given, message] of faults) {
    it(`refuses ${name} with one clear line and a code`, LONG, async () => {
      writeFileSync(join(folder, "text.mp4"), "this is no video\n".repeat(100));
      const { code, stdout, stderr } = await start([...given(), "--port", "0"]).done;
      assert.equal(code, 1);
      assert.equal(stdout, "");
      assert.match(stderr, message);
      assert.equal(ownLines(stderr).length, 1, stderr);
    });
  }

  it("refuses a port in use with one clear line and a code", LONG, async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const { code, stderr } = await start(["--port", String(port), "--out", join(folder, "y.mp4")]).done;
    await new Promise((resolve) => server.close(resolve));
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`WebDisplay .*${port}.*in use`));
    assert.equal(ownLines(stderr).length, 1, stderr);
  });
});
