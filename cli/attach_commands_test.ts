import { afterEach, describe, it } from "@std/testing/bdd";
import { formatGraph, type ProgramLook, type TappedItem } from "@streamlib/core";
import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { AttachedProgram } from "../core/attach/testdata/attached_program.ts";
import { type RuntimeName, runtimeNames } from "../ffi/testing/child.ts";
import { findOutput } from "./attach/find_output.ts";
import { itemLine } from "./attach/item_line.ts";
import { attach, findPrograms } from "./attach/programs.ts";
import { readRunningGraph } from "./attach/running_graph.ts";
import { decodePng } from "../plugins/video/png/testdata/decode_png.ts";
import type { Command, GivenOptions, Screen } from "./command.ts";
import { runCommandLine } from "./command_line.ts";
import { tap } from "./tap_command.ts";
import { top } from "./top_command.ts";

const timeout = 60_000;
const [own, other] = runtimeNames;
const earlier = process.env.XDG_RUNTIME_DIR;
let programs: AttachedProgram[] = [];

afterEach(async () => {
  if (earlier === undefined) delete process.env.XDG_RUNTIME_DIR;
  else process.env.XDG_RUNTIME_DIR = earlier;
  for (const program of programs) await program.end();
  programs = [];
});

/** A program that commands of this process find, beside what else the user runs. */
async function start(runtime: RuntimeName, what: string): Promise<AttachedProgram> {
  const program = new AttachedProgram(runtime, what);
  programs.push(program);
  process.env.XDG_RUNTIME_DIR = program.runtimeDirectory;
  await program.listening();
  return program;
}

interface Said {
  readonly code: number;
  readonly out: string[];
  readonly err: string[];
}

async function say(command: Command, given: GivenOptions, ...names: string[]): Promise<Said> {
  const [out, err]: [string[], string[]] = [[], []];
  const screen: Screen = { out: (line) => void out.push(line), err: (line) => void err.push(line) };
  try {
    return { code: await command.run(given, names, screen), out, err };
  } catch (thrown) {
    return { code: 1, out, err: [...err, (thrown as Error).message] };
  }
}

describe("top", { timeout }, () => {
  for (const runtime of [own, other]) {
    it(`shows a program on ${runtime}, in threads and processes`, { timeout }, async () => {
      const program = await start(runtime, "places");
      const pid = String(program.pid);
      const { code, out, err } = await say(top, { once: true, pid });
      assert.deepEqual([code, err], [0, []]);
      assert.match(
        out[0],
        new RegExp(`^attach_program\\.ts \\(${pid}\\), ${runtime} .*, cpu \\d+\\.\\d %, memory .* MB`),
      );
      assert.ok(
        out.some((line) => /^PlaceCounter "far" +running +\d.* process 1 +100 fps software$/.test(line)),
        out.join("\n"),
      );
      assert.ok(out.some((line) => /^PlaceAdd "add" video +PlaceAdd "last" video +thread +\d/.test(line)));
    });
  }

  it("writes JSON, and ends with the program", { timeout }, async () => {
    const program = await start(other, "ends");
    const { code, out } = await say(top, { json: true, every: "200ms", pid: String(program.pid) });
    assert.equal(code, 0);
    const looks = out.map((line) => JSON.parse(line) as ProgramLook & { pid: number });
    assert.ok(looks.length >= 2);
    assert.ok(looks.every(({ pid }) => pid === program.pid));
    assert.ok(looks.at(-1)!.atMs > looks[0].atMs);
  });

  it("lists programs, and removes what dead ones have left", { timeout }, async () => {
    const program = await start(other, "line");
    const folder = dirname(program.path);
    const [dead, fresh] = [join(folder, "999999999.sock"), join(folder, `${process.pid}.sock`)];
    for (const path of [dead, fresh]) writeFileSync(path, "");
    const { code, out } = await say(top, { list: true });
    assert.equal(code, 0);
    assert.match(out[0], /^ *PID {2}SINCE \(UTC\) +RUNTIME +COMMAND$/);
    assert.ok(out.some((line) => line.includes(`${program.pid}  20`) && line.endsWith("attach_program.ts line")));
    assert.deepEqual([existsSync(dead), existsSync(fresh), existsSync(program.path)], [false, true, true]);
    await program.child.kill();
    assert.ok(existsSync(program.path));
    await findPrograms();
    assert.equal(existsSync(program.path), false);
  });

  it("asks which of several, and says if there is none of that number", { timeout }, async () => {
    const program = await start(own, "line");
    const second = new AttachedProgram(other, "line", { XDG_RUNTIME_DIR: program.runtimeDirectory });
    programs.push(second);
    while ((await findPrograms()).programs.filter(({ path }) => dirname(path) === dirname(program.path)).length < 2);
    const { code, out, err } = await say(top, {});
    assert.deepEqual([code, err], [1, ["Several programs run; choose one with --pid"]]);
    assert.ok([program, second].every(({ pid }) => out.some((line) => line.includes(`${pid}  20`))));
    const none = await say(top, { pid: "999999999" });
    assert.equal(none.code, 1);
    assert.match(none.err[0], /^No streamlib program has process 999999999, or /);
  });

  it("does not look where others could have put something", { timeout }, async () => {
    const program = await start(other, "line");
    chmodSync(dirname(program.path), 0o755);
    const { code, err } = await say(top, { pid: String(program.pid) });
    assert.equal(code, 1);
    assert.ok(err.join("\n").includes(`Cannot look into ${dirname(program.path)}: others can enter it (mode 755)`));
  });

  it("exits with 2 for options that cannot be", async () => {
    for (const [given, part] of [[{ pid: "x" }, "--pid x:"], [{ every: "5ms" }, "--every 5ms:"]] as const) {
      const { code, err } = await say(top, given);
      assert.equal(code, 2);
      assert.ok(err[0].startsWith(`Cannot run top: ${part}`), err[0]);
    }
  });
});

describe("tap", { timeout }, () => {
  it("writes items as lines and as JSON until the actor ends", { timeout }, async () => {
    const program = await start(other, "ends");
    const pid = String(program.pid);
    const [lines, json] = await Promise.all([
      say(tap, { pid, hz: "5", age: true }, "finite.video"),
      say(tap, { pid, json: true }, "filter"),
    ]);
    assert.deepEqual([lines.code, json.code], [0, 0]);
    assert.match(
      lines.out[1],
      /^20\S+T\S+ #\d+ frame \d+, 128 B, -?[\d.]+ ms old, -?[\d.]+ m?s since its source, \d+ skipped so far$/,
    );
    assert.equal(lines.err.length, 1);
    const items = json.out.map((line) => JSON.parse(line) as TappedItem);
    assert.ok(items.length > 1 && items.every(({ payloadBytes }) => payloadBytes === 128));
  });

  for (const runtime of [own, other]) {
    it(`saves a frame of a program on ${runtime}`, { timeout }, async () => {
      const program = await start(runtime, "picture");
      const file = join(program.runtimeDirectory, "frame.png");
      const { code, out, err } = await say(tap, { pid: String(program.pid), save: file }, "source.video");
      assert.deepEqual([code, err], [0, []]);
      assert.ok(out[0].startsWith(`${file}: 640x360, from rgba8, 20`));
      const { width, height, pixels } = decodePng(readFileSync(file));
      assert.deepEqual([width, height], [640, 360]);
      const expected = Uint8Array.from({ length: 640 * 360 * 4 }, (_, at) => {
        const [x, y] = [(at >> 2) % 640, Math.floor((at >> 2) / 640)];
        return [x, y, x + y, 255][at & 3];
      });
      assert.ok(pixels.every((value, at) => value === expected[at]));
    });
  }

  for (const runtime of [own, other]) {
    it(`says how loud the sound of a program on ${runtime} is`, { timeout }, async () => {
      const program = await start(runtime, "sound");
      const connection = await attach(program.pid);
      const items: TappedItem[] = [];
      connection.ask({ ask: "look" });
      const looked = await connection.next();
      const found = looked.type === "look" ? findOutput("source.sound", looked.look) : "";
      assert.ok(typeof found === "object", found as string);
      connection.ask({ ask: "tap", actor: found.actor, output: "sound", hz: 10 });
      while (items.length < 3) {
        const answer = await connection.next();
        assert.ok(answer.type === "item");
        items.push(answer.item);
      }
      connection.close();
      const silence = { peakDbfs: null, rmsDbfs: null };
      for (const { levels } of items) assert.deepEqual(levels, [{ peakDbfs: -6.02, rmsDbfs: -9.03 }, silence]);
      assert.match(itemLine(items[0], false), /, 6\.4 kB, peak -6\.02 -inf, RMS -9\.03 -inf dBFS$/);
    });
  }

  it("says what is wrong with names, options and files", { timeout }, async () => {
    const program = await start(other, "line");
    const pid = String(program.pid);
    const wrong: [GivenOptions, string[], number, string][] = [
      [{ pid }, [], 2, "Cannot run tap: it needs the name of an output"],
      [{ pid, hz: "0" }, ["source.video"], 2, "Cannot run tap: --hz 0: 0.01 to 1000 is right"],
      [{ pid, save: "a.jpg" }, ["source.video"], 2, "Cannot run tap: --save a.jpg: a name ending in .png"],
      [{ pid }, ["sorce.video"], 1, "Cannot tap sorce.video: no actor sorce runs there; did you mean source?"],
      [
        { pid, save: "a.png" },
        ["source.data"],
        1,
        'Cannot save a.png: TestScript "source" output data gives DataMessage',
      ],
      [{ pid, save: "/absent/a.png" }, ["source.video"], 1, "Cannot save /absent/a.png: "],
    ];
    for (const [given, names, code, start] of wrong) {
      const said = await say(tap, given, ...names);
      assert.equal(said.code, code, start);
      assert.ok(said.err[0].startsWith(start), said.err[0]);
      assert.deepEqual(said.out, []);
    }
  });
});

describe("readRunningGraph()", { timeout }, () => {
  it("gives the graph of another process", { timeout }, async () => {
    const { pid } = await start(other, "line");
    assert.match(formatGraph(await readRunningGraph(pid)), /^2 actors, 1 link, at /);
  });
});

describe("the command line", () => {
  it("knows top and tap", async () => {
    const out: string[] = [];
    const screen = { out: (line: string) => void out.push(line), err: () => {} };
    assert.equal(await runCommandLine([top, tap], ["tap", "--help"], screen), 0);
    assert.ok(out[0].startsWith("Usage: streamlib tap ACTOR.OUTPUT"));
  });
});
