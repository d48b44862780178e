/** Runs what the tutorial shows, and compares what it says is printed with what is printed. */
import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { scaffold } from "../../create/mod.ts";

const timeout = 60_000;
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "streamlib-tutorial-"));
const running = new Set<ChildProcess>();

/** Words that run a file of this repository on this runtime. */
function given(file: string): string[] {
  const allow = process.versions.deno === undefined ? [] : ["-A", "--no-check"];
  return ["run", ...allow, file];
}

/** The command, from the root of the repository as the tutorial has it. */
function streamlib(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [...given("cli/main.ts"), ...words], { cwd: ROOT, encoding: "utf8" });
}

/** The command about a running program, which can be looked into a moment after its first actor. */
async function look(pid: number, ...words: string[]): Promise<string> {
  for (let tries = 0;; tries++) {
    const { status, stdout, stderr } = streamlib(...words, "--pid", String(pid));
    if (status === 0) return stdout;
    assert.ok(tries < 20, stderr);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A program of the tutorial while it runs. */
interface Running {
  readonly pid: number;
  /** Waits until it has printed this, and gives what was found. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** As Ctrl-C does. @returns Its exit code, and the signal that ended it if one has. */
  interrupt(): Promise<{ code: number | null; signal: string | null }>;
}

function start(file: string): Running {
  const child = spawn(process.execPath, given(join("examples/tutorial", file)), {
    cwd: ROOT,
    // Programs that a test has started do not let themselves be looked into unless they are told to.
    env: { ...process.env, STREAMLIB_ATTACH: "on" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let text = "";
  const wake = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (piece) => {
      text += piece;
      for (const look of wake) look();
    });
  }
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on("close", (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
      for (const look of wake) look();
    });
  });
  return {
    pid: child.pid!,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(text);
          if (match) resolve(match);
          else if (running.has(child)) return;
          else reject(new Error(`${file} ended without ${pattern}: ${text}`));
          wake.delete(look);
        };
        wake.add(look);
        look();
      }),
    interrupt() {
      // The kill() of a child has Deno report the signal even where the program has ended by itself.
      process.kill(child.pid!, "SIGINT");
      return ended;
    },
  };
}

function read(name: string): string {
  return readFileSync(new URL(name, import.meta.url), "utf8");
}

describe("the tutorial", { timeout: 120_000 }, () => {
  after(() => {
    for (const child of running) child.kill("SIGKILL");
    rmSync(scratch, { recursive: true, force: true });
  });

  it("first_pipeline.ts serves a page, and can be looked into", { timeout }, async () => {
    const program = start("first_pipeline.ts");
    const [, url] = await program.printed(/^Open (http:\S+) and end with Ctrl-C$/m);
    const page = await (await fetch(url)).text();
    assert.match(page, /<canvas/);
    const top = await look(program.pid, "top", "--once");
    assert.match(top, /^TestPattern "testpattern-1" +running .*30 fps software$/m);
    assert.match(top, /video +WebDisplay "webdisplay-1" video +ring .* 0 B .*VideoFrame yuv422p10le 1280x720 30 fps$/m);
    const picture = join(scratch, "now.png");
    await look(program.pid, "tap", "testpattern-1.video", "--save", picture);
    assert.ok(statSync(picture).size > 1000);
    assert.match(await look(program.pid, "graph", "--format", "mermaid"), /^flowchart LR\n/);
    const { signal, code } = await program.interrupt();
    assert.ok(signal === "SIGINT" || code === 130, `${signal}, ${code}`);
  });

  it("first_actor.ts shows what its actor makes", { timeout }, async () => {
    const program = start("first_actor.ts");
    await program.printed(/^Open http:/m);
    await look(program.pid, "tap", "posterize-1.video", "--save", join(scratch, "few.png"));
    assert.ok(existsSync(join(scratch, "few.png")));
    await program.interrupt();
  });

  it("posterize.ts changes the levels, and ends in good order", { timeout }, async () => {
    const program = start("posterize.ts");
    await program.printed(/^8 levels$/m);
    assert.deepEqual(await program.interrupt(), { code: 0, signal: null });
  });

  it("the actor is a stage of a pipeline", { timeout }, () => {
    const pipeline = "test-pattern zone-plate pixelFormat=rgba8 width=320 height=180 | posterize 3 @thread | display";
    const words = ["--plugin", "./examples/tutorial/posterize_actor.ts", "--duration", "1s", "--stats"];
    const { status, stdout, stderr } = streamlib("run", ...words, pipeline);
    assert.equal(status, 0, stderr);
    assert.match(stderr, /^display: http:/m);
    assert.match(stdout, /^posterize\.video out +[1-9]\d* /m);
  });

  it("says what is wrong as it is printed", { timeout }, () => {
    const { status, stderr } = streamlib("check", "test-pattern widht=640 | dispaly");
    assert.equal(status, 2);
    assert.equal(stderr, read("./check_output.txt"));
  });

  it("explains the actor as it is printed", { timeout }, () => {
    const { stdout } = streamlib("inspect", "Posterize", "--plugin", "./examples/tutorial/posterize_actor.ts");
    const shown = read("./inspect_output.txt").replace("file:///home/me/streamlib/", pathToFileURL(ROOT).href);
    assert.equal(stdout, shown);
  });

  it("lists the files of the plugin", () => {
    const { files } = scaffold({ name: "@me/glow", folder: join(scratch, "glow") });
    assert.deepEqual(files.join("\n"), read("./plugin_files.txt").trim());
  });
});
