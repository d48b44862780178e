/** Runs the examples that the guide quotes, each as a program of its own. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { after, describe, it } from "@std/testing/bdd";

const scratch = mkdtempSync(join(tmpdir(), "streamlib-examples-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

function run(example: string, ...given: string[]): string {
  return runWith({}, example, ...given).stdout;
}

function runWith(
  settings: Readonly<Record<string, string>>,
  example: string,
  ...given: string[]
): { stdout: string; stderr: string } {
  const path = fileURLToPath(new URL(example, import.meta.url));
  const allow = process.versions.deno === undefined ? [] : ["-A", "--no-check"];
  const done = spawnSync(process.execPath, ["run", ...allow, path, ...given], {
    encoding: "utf8",
    cwd: scratch,
    env: { ...process.env, ...settings },
  });
  assert.equal(done.status, 0, done.stderr);
  return done;
}

describe("examples", { timeout: 120_000 }, () => {
  it("render_bars.ts writes every picture, and copy_file.ts copies the file", { timeout: 120_000 }, () => {
    const bars = join(scratch, "bars.mp4");
    assert.match(run("./render_bars.ts", bars), /bars\.mp4: 60 pictures, 0 dropped/);
    assert.ok(statSync(bars).size > 10_000);
    const copy = join(scratch, "copy.mkv");
    assert.match(run("./copy_file.ts", bars, copy), /copy\.mkv: [1-9]\d* pictures/);
    assert.ok(existsSync(copy));
  });

  it("profile_darken.ts shows where the time went", { timeout: 60_000 }, () => {
    const { stderr } = runWith({ STREAMLIB_PROFILE: "1" }, "./profile_darken.ts");
    for (const span of ["commit", "halve", "loan", "look", "process", "tick"]) {
      assert.match(stderr, new RegExp(`^Darken "darken-1" ${span} +[1-9]\\d* `, "m"));
    }
  });

  it("lost_genlock.ts falls back and returns", { timeout: 60_000 }, () => {
    const stdout = run("./lost_genlock.ts");
    assert.match(
      stdout,
      /^genlock\/blackburst\/50\/1: better\nsoftware\/50\/1: lost\ngenlock\/blackburst\/50\/1: better\n/,
    );
    assert.match(stdout, /\n[1-9]\d* pictures, \d+ missed, [1-9]\d* changes of clock\n$/);
  });

  it("places/main.ts: a slow actor holds up its event loop, and nobody from elsewhere", { timeout: 60_000 }, () => {
    const lines = [
      ...run("./places/main.ts").matchAll(/^(\w+): the source missed (\d+) of \d+ ticks, [1-9]\d* were/gm),
    ];
    assert.deepEqual(lines.map(([, place]) => place), ["loop", "thread", "process"]);
    const [loop, thread, child] = lines.map(([, , missed]) => Number(missed));
    assert.ok(loop > thread && loop > child, `missed ${loop}, ${thread}, ${child}`);
  });

  it(
    "supervision/main.ts: what crashes comes back with what it knew, and the rest goes on",
    { timeout: 60_000 },
    () => {
      const printed = run("./supervision/main.ts");
      assert.match(printed, /^Flaky "flaky-1" failed: process 1 died: it was ended by SIGKILL$/m);
      assert.match(printed, /^restarted it, attempt 1$/m);
      const counted = [...printed.matchAll(/the source is running, the flaky one \w+; (\d+) pictures/g)].map(([, n]) =>
        Number(n)
      );
      assert.equal(counted.length, 4);
      assert.ok(counted[3] > 50, `${counted} pictures counted`);
      assert.match(printed, /^the source made [1-9]\d* pictures .*; the flaky one is stopped$/m);
    },
  );

  it("broadcast.ts describes its pictures, and receives them and the sound", { timeout: 60_000 }, () => {
    const printed = run("./broadcast.ts");
    assert.match(printed, /^m=video 5104 RTP\/AVP 96\r?$/m);
    assert.match(printed, /^a=fmtp:96 sampling=YCbCr-4:2:2; depth=10; width=1280; height=720; exactframerate=50;/m);
    assert.match(printed, /^[1-9]\d* pictures, [1-9]\d* blocks of sound; \d+ packets lost, \d+ incomplete$/m);
  });

  it("align.ts gives pictures with the sound of their instants", { timeout: 60_000 }, () => {
    const printed = run("./align.ts");
    assert.match(printed, /^before: pictures are -?\d+ ms old, sound -?\d+ ms$/m);
    const counts = /^after: (\d+) of (\d+) pictures have the sound of their instant, \d+ samples silent$/m.exec(
      printed,
    );
    const [together, pictures] = (counts ?? assert.fail(printed)).slice(1).map(Number);
    // A tap of sound may lose some while the machine is busy.
    assert.ok(together > 0 && 2 * together > pictures, printed);
  });

  it("graph.ts prints what is linked to what", { timeout: 60_000 }, () => {
    const printed = run("./graph.ts");
    assert.match(printed, /^3 actors, 3 links, at \d{4}-/);
    assert.match(printed, /^TestPattern "testpattern-1": running, event-loop, software\/30\/1 at 30 fps$/m);
    assert.match(
      printed,
      /^ {2}video -> Compositor "compositor-1" layer\.logo, VideoFrame .* 160x90 30 fps, by ring$/m,
    );
    assert.match(printed, /^ {2}video -> Compositor "compositor-1" base, VideoFrame .* 640x360 30 fps, by thread$/m);
    assert.match(printed, / [1-9]\S* MB copied, /);
    assert.match(run("./graph.ts", "mermaid"), /^flowchart LR\n/);
  });

  it("brightness.ts measures the bars", { timeout: 60_000 }, () => {
    const printed = run("./brightness.ts");
    assert.match(printed, /^yuv422p10le, narrow range, strides 1280,640,640$/m);
    assert.match(printed, /^picture 0: \{"brightness":0\.408285\d+\}$/m);
  });

  it("watch_output.ts counts pictures", { timeout: 60_000 }, () => {
    assert.match(run("./watch_output.ts"), /[1-9]\d* pictures, \d+ missed[\s\S]*3 slots, 2\.\d MB/);
  });
});
