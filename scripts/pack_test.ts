/** The packages as strangers install them: npm tarballs on both runtimes, and the sources as JSR gives them. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import ts from "typescript";
import { after, describe, it } from "@std/testing/bdd";
import { nativePlatforms, platformPackage } from "../ffi/locate.ts";
import { findProgram, findRuntimes, ROOT } from "../tests/setup.ts";
import { installPacked, installSources, makeOutside, STRANGER } from "./outside.ts";
import { packAll, type PackedPackage } from "./pack.ts";
import { writeJavaScript } from "./publish/javascript.ts";
import { findZig } from "../zig/toolchain.ts";
import { runProgram } from "./workspace.ts";

/** Actors here, in a thread and in a process, a thread of the drawing package, and the native library. */
const PROGRAM = `
import { catalogue, nativeState, ProcessPoolDispatcher, stopAll, tap, ThreadPoolDispatcher } from "@streamlib/core";
import { DrawingActor } from "@streamlib/drawing";
import { CompositorActor, TestPatternActor } from "@streamlib/video";

const processes = new ProcessPoolDispatcher({ workers: 1 });
const threads = new ThreadPoolDispatcher({ workers: 1 });
const bars = new TestPatternActor({ width: 64, height: 36, fps: 50, pixelFormat: "rgba8", dispatcher: processes });
const compositor = new CompositorActor({ width: 64, height: 36, dispatcher: threads });
const drawing = new DrawingActor({ width: 64, height: 36, fps: 50, draw: "function draw(c) { c.fillRect(0, 0, 9, 9); }" });
bars.outputs.video.pipe(compositor.inputs.base);
drawing.outputs.video.pipe(compositor.inputs.layer.at("drawn"));
let drawn = 0;
let frames = 0;
tap(drawing.outputs.video, () => void drawn++);
await new Promise<void>((resolve) => {
  tap(compositor.outputs.video, () => {
    frames++;
    if (frames >= 5 && drawn >= 2) resolve();
  });
});
await stopAll();
const answer: Record<string, unknown> = {
  frames,
  library: nativeState()?.library?.native.library.path ?? nativeState()?.reason,
  actors: catalogue().map((entry) => entry.name),
};
`;
/** A thread of the media package, which needs its codec library in node_modules. */
const CODECS = `
import { inspectCodecs } from "@streamlib/media";
answer.codecs = (await inspectCodecs()).flatMap((provider) => provider.encode);
`;
/** Compilers of shaders, which find their WebAssembly by themselves. */
const SHADERS = `
import { compileShader } from "@streamlib/gpu";
const glsl = { source: "layout(local_size_x = 1) in; void main() {}", language: "glsl" } as const;
const wgsl = { source: "@compute @workgroup_size(1) fn main() {}", language: "wgsl" } as const;
const shaders = [glsl, wgsl].map((given) => compileShader({ ...given, stage: "compute", cache: false }));
answer.shaders = (await Promise.all(shaders)).map(({ entryPoint }) => entryPoint);
`;
/** A plugin whose own copy of core is not the program's; it is compiled like our packages. */
const FOREIGN_PLUGIN = `
import { Actor, type Input, input, type Output, output, registerActor, VideoFrame } from "@streamlib/core";
export { nativeState as foreignNative, VideoFrame as ForeignFrame } from "@streamlib/core";
@registerActor({ name: "Foreign", module: import.meta.url })
export class ForeignActor extends Actor<
  { inputs: { video: Input<VideoFrame> }; outputs: { video: Output<VideoFrame> } }
> {
  static readonly spec: {
    description: string;
    inputs: { video: ReturnType<typeof input<VideoFrame>> };
    outputs: { video: ReturnType<typeof output<VideoFrame>> };
  } = { description: "Passes on", inputs: { video: input(VideoFrame) }, outputs: { video: output(VideoFrame) } };
  override process(): void {
    const frame = this.inputs.video.readLatest();
    const out = frame && this.outputs.video.loan(frame.format);
    if (!frame || !out) return;
    out.data.set(frame.data);
    out.commit({ stampFrom: frame });
  }
}
`;
const TWO_COPIES = `
import { nativeState, readGraph, stopAll, tap, ThreadPoolDispatcher, VideoFrame } from "@streamlib/core";
import { TestPatternActor } from "@streamlib/video";
import { ForeignActor, ForeignFrame, foreignNative } from "./foreign/plugin.js";
const bars = new TestPatternActor({ width: 64, height: 36, fps: 50, pixelFormat: "rgba8" });
const foreign = new ForeignActor();
bars.outputs.video.pipe(foreign.inputs.video);
let frames = 0;
await new Promise((resolve) => tap(foreign.outputs.video, () => ++frames === 5 && resolve()));
const actors = readGraph().actors.length;
let refusal;
try {
  new ForeignActor({ dispatcher: new ThreadPoolDispatcher({ workers: 1 }) });
} catch (thrown) {
  refusal = thrown;
}
await stopAll();
console.log(JSON.stringify({
  isCopied: VideoFrame !== ForeignFrame,
  actors,
  states: [bars.state, foreign.state],
  native: [nativeState()?.library !== undefined, foreignNative()?.library !== undefined],
  refusal: [refusal.code, refusal.message],
}));
process.exit(0);
`;
/** A library that speaks another ABI. */
const OTHER_ABI = `
export fn sl_abi_version() u32 {
    return 1;
}
export fn sl_abi_hash() u64 {
    return 0x123;
}
`;
/** The most that core, ffi and a native library may take on a disk, unpacked. */
const MINIMAL_BYTES = 15_000_000;
const PRINT = "console.log(JSON.stringify(answer));\n";

interface Manifest {
  readonly version: string;
  readonly description: string;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly scripts?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

/** A port that nobody listens to now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

interface Answer {
  readonly frames: number;
  readonly library: string;
  readonly actors: readonly string[];
  readonly codecs?: readonly string[];
  readonly shaders: readonly string[];
}

function check(output: string): Answer {
  const answer = JSON.parse(output.trim().split("\n").at(-1)!) as Answer;
  assert.ok(answer.frames >= 5);
  assert.deepEqual(answer.shaders, ["main", "main"]);
  for (const name of ["Compositor", "Drawing", "TestPattern"]) assert.ok(answer.actors.includes(name), name);
  return answer;
}

describe("packed packages, outside the repository", { timeout: 180_000 }, () => {
  const runtimes = findRuntimes();
  let packs: string;
  let outside: string;
  let packed: PackedPackage[];

  after(() => {
    for (const folder of [packs, outside]) rmSync(folder, { recursive: true, force: true });
  });

  it("install with npm, without scripts", { timeout: 180_000 }, () => {
    packs = makeOutside("packs");
    outside = makeOutside("outside");
    packed = packAll(packs);
    writeFileSync(join(outside, "package.json"), JSON.stringify({ name: "stranger", private: true, type: "module" }));
    writeFileSync(join(outside, "program.ts"), PROGRAM + CODECS + SHADERS + PRINT);
    installPacked(outside, packed);
    for (const { name } of packed) assert.ok(existsSync(join(outside, "node_modules", name)), name);
  });

  it("are JavaScript with declarations, complete, and no install script", () => {
    for (const { folder, name } of packed) {
      const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
      assert.equal(manifest.scripts, undefined, name);
      assert.ok(!JSON.stringify(manifest).includes("workspace:"), name);
      assert.ok(manifest.description.length > 10, name);
      const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
      for (const file of ["LICENSE", "README.md"]) assert.ok(files.includes(file), `${name} has no ${file}`);
      assert.deepEqual(files.filter((file) => /_test\.|(?<!\.d)\.ts$|(^|\/)testdata(\/|$)/.test(file)), [], name);
      const doors = Object.values(manifest.exports).flatMap((door) =>
        typeof door === "string" ? [door] : [...Object.values(door)]
      );
      for (const file of [...doors, ...Object.values(manifest.bin ?? {})]) {
        assert.ok(files.includes(file.replace("./", "")), `${name} names ${file}`);
      }
    }
  });

  it("ask for every platform's library, which asks for its platform", () => {
    const read = (name: string): Manifest =>
      JSON.parse(readFileSync(join(packed.find((one) => one.name === name)!.folder, "package.json"), "utf8"));
    const { version, optionalDependencies } = read("@streamlib/ffi");
    const wanted = nativePlatforms.map((platform) => [`@streamlib/native-${platform}`, version]);
    assert.deepEqual(optionalDependencies, Object.fromEntries(wanted));
    const { os, cpu, libc } = read(platformPackage());
    assert.deepEqual([os, cpu], [[process.platform], [process.arch]]);
    assert.deepEqual(libc, [platformPackage().endsWith("-musl") ? "musl" : "glibc"]);
  });

  it("are small: core, ffi and the native library, which need nothing else", () => {
    const minimal = ["@streamlib/core", "@streamlib/ffi", platformPackage()];
    let bytes = 0;
    for (const { folder, name } of packed.filter((one) => minimal.includes(one.name))) {
      const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
      for (const needed of Object.keys(manifest.dependencies ?? {})) {
        assert.ok(minimal.includes(needed), `${name}: ${needed}`);
      }
      for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
        const entry = statSync(join(folder, file));
        if (entry.isFile()) bytes += entry.size;
      }
    }
    assert.ok(bytes > 1_000_000 && bytes < MINIMAL_BYTES, `${bytes} bytes`);
  });

  it("have declarations that are right by themselves", { timeout: 120_000 }, () => {
    const program = ts.createProgram([join(outside, "program.ts")], {
      strict: true,
      noEmit: true,
      target: ts.ScriptTarget.ESNext,
      module: ts.ModuleKind.NodeNext,
      lib: ["lib.esnext.d.ts"],
      typeRoots: [join(ROOT, "node_modules/@types")],
      types: ["node"],
    });
    const own = program.getSourceFiles().filter(({ fileName }) => fileName.includes("/@streamlib/"));
    assert.ok(own.length > 50, `${own.length} files`);
    const wrong = own.flatMap((file) => program.getSemanticDiagnostics(file));
    assert.deepEqual(wrong.map(({ file, messageText }) => `${file?.fileName}: ${JSON.stringify(messageText)}`), []);
  });

  for (const [name, given] of [["deno", ["run", "-A", "--check"]], ["bun", ["run"]]] as const) {
    it(`run on ${name} with the packed native library, threads and types`, { timeout: 120_000 }, () => {
      const output = runProgram(runtimes[name], [...given, "program.ts"], { cwd: outside, env: STRANGER });
      const { library, codecs } = check(output);
      assert.ok(codecs?.includes("h264"), codecs?.join());
      assert.ok(library.startsWith(outside), library);
      assert.ok(library.includes("node_modules/@streamlib/native-"), library);
    });

    it(`give every module of every package on ${name}`, { timeout: 120_000 }, () => {
      const modules = packed.filter(({ name }) => name.startsWith("@streamlib/")).flatMap(({ folder, name }) => {
        const { exports, bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
        const programs = Object.values(bin ?? {});
        return Object.entries(exports)
          .filter(([, door]) => typeof door !== "string" && !programs.includes(door.default))
          .map(([door]) => join(name, door));
      });
      assert.ok(modules.length >= 12, modules.join());
      const text = modules.map((module) => `import "${module}";`).join("\n") + '\nconsole.log("imported");\n';
      writeFileSync(join(outside, "modules.ts"), text);
      const output = runProgram(runtimes[name], ["run", ...given.slice(1, 2), "modules.ts"], {
        cwd: outside,
        env: STRANGER,
      });
      assert.match(output, /^imported$/m);
    });

    it(`run the program of the README on ${name}`, { timeout: 120_000 }, async () => {
      const [, program] = /```ts\n([^]+?)```/.exec(readFileSync(join(ROOT, "README.md"), "utf8"))!;
      const port = await freePort();
      assert.ok(program.includes("port: 8080"));
      writeFileSync(join(outside, "readme.ts"), program.replace("port: 8080", `port: ${port}`));
      const child = spawn(runtimes[name], [...given.filter((word) => word !== "--check"), "readme.ts"], {
        cwd: outside,
        env: { ...process.env, ...STRANGER },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let said = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => said += part);
      const ended = once(child, "close");
      try {
        let page = "";
        while (child.exitCode === null && page === "") {
          page = await fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.text(), () => "");
          await delay(50);
        }
        assert.match(page, /<html/, said);
        assert.doesNotMatch(said, /error|failed|without the native library/i);
      } finally {
        child.kill("SIGKILL");
        await ended;
      }
    });

    it(`give the streamlib command on ${name}`, { timeout: 120_000 }, () => {
      const command = join(outside, "node_modules/@streamlib/cli/main.js");
      const output = runProgram(runtimes[name], [
        "run",
        ...given.slice(1, 2),
        command,
        "inspect",
        "TestPattern",
        "--json",
      ], {
        cwd: outside,
        env: STRANGER,
      });
      const [actor] = JSON.parse(output) as { name: string }[];
      assert.equal(actor.name, "TestPattern");
    });

    it(`give the streamlib command to Node, which hands it over to ${name}`, { timeout: 120_000 }, () => {
      const run = ["run", "--duration", "200ms", "--json", "test-pattern | display"];
      const { status, stdout, stderr } = onNode(onlyPath(name), run);
      assert.equal(status, 0, stderr);
      const { event } = JSON.parse(stdout.trim().split("\n").at(-1)!) as { event: string };
      assert.equal(event, "ended");
      assert.equal(onNode(onlyPath(name), ["run", "dispaly"]).status, 2);
    });
  }

  it("give the streamlib command to Node alone, where it says what it needs", { timeout: 120_000 }, () => {
    const { status, stderr } = onNode(onlyPath(), ["run", "test-pattern | display"]);
    assert.equal(status, 2);
    assert.match(stderr, /^Cannot run streamlib on Node: it needs Bun or Deno, and neither is on PATH; .*\n$/);
  });

  /** A folder for PATH with nothing but Node and these. */
  function onlyPath(...names: ("deno" | "bun")[]): string {
    const folder = mkdtempSync(join(outside, "path-"));
    for (const name of names) symlinkSync(runtimes[name], join(folder, name));
    symlinkSync(findProgram("node")!, join(folder, "node"));
    return folder;
  }

  function onNode(path: string, words: readonly string[]): { status: number | null; stdout: string; stderr: string } {
    const command = join(outside, "node_modules/.bin/streamlib");
    const env = { ...process.env, ...STRANGER, PATH: path };
    return spawnSync(command, words, { cwd: outside, env, encoding: "utf8" });
  }
});

describe("two copies of core in one program", { timeout: 180_000 }, () => {
  const runtimes = findRuntimes();
  let outside: string;
  let foreign: string;

  after(() => rmSync(outside, { recursive: true, force: true }));

  it("are installed, each in a folder of its own", { timeout: 120_000 }, () => {
    const packs = makeOutside("packs");
    outside = makeOutside("copies");
    foreign = join(outside, "foreign");
    const packed = packAll(packs);
    for (const folder of [outside, foreign]) {
      for (const { name, folder: from } of packed.filter(({ name }) => /(core|ffi|native-.*|video)$/.test(name))) {
        cpSync(from, join(folder, "node_modules", name), { recursive: true });
      }
      cpSync(join(ROOT, "node_modules/zod"), join(folder, "node_modules/zod"), { recursive: true, dereference: true });
      writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "copies", private: true, type: "module" }));
    }
    mkdirSync(join(outside, "source"));
    writeFileSync(join(outside, "source/plugin.ts"), FOREIGN_PLUGIN);
    writeJavaScript(join(outside, "source"), ["plugin.ts"], foreign);
    writeFileSync(join(outside, "program.js"), TWO_COPIES);
    rmSync(packs, { recursive: true, force: true });
  });

  function run(name: "deno" | "bun"): Record<string, unknown> & { readonly refusal: readonly [string, string] } {
    const given = name === "deno" ? ["run", "-A"] : ["run"];
    const output = runProgram(runtimes[name], [...given, "program.js"], { cwd: outside, env: STRANGER });
    return JSON.parse(output.trim().split("\n").at(-1)!);
  }

  for (const name of ["deno", "bun"] as const) {
    it(`link, are seen and stop together, and refuse each other's places, on ${name}`, { timeout: 120_000 }, () => {
      const { refusal: [code, message], ...answer } = run(name);
      assert.deepEqual(answer, { isCopied: true, actors: 2, states: ["stopped", "stopped"], native: [true, true] });
      assert.equal(code, "version-clash");
      assert.match(
        message,
        /foreign\/plugin\.js uses another copy of @streamlib\/core than the program, .*one version/,
      );
    });
  }

  it("work together also where the library of one speaks another ABI, which is said once", { timeout: 120_000 }, () => {
    const library = join(foreign, "node_modules", platformPackage(), "libstreamlib.so");
    writeFileSync(join(outside, "streamlib.zig"), OTHER_ABI);
    const words = ["build-lib", "-dynamic", "-Osmall", "streamlib.zig", `-femit-bin=${library}`];
    runProgram(findZig(), [...words, "--cache-dir", join(outside, "cache")], { cwd: outside });
    for (const name of ["deno", "bun"] as const) {
      const { native, states } = run(name);
      assert.deepEqual([native, states], [[true, false], ["stopped", "stopped"]]);
    }
  });
});

describe("sources as JSR gives them, outside the repository", { timeout: 180_000 }, () => {
  it("run on deno through an import map", { timeout: 120_000 }, () => {
    const outside = makeOutside("jsr");
    try {
      installSources(outside);
      writeFileSync(join(outside, "program.ts"), PROGRAM + SHADERS + PRINT);
      const library = join(ROOT, "zig/zig-out/lib/libstreamlib.so");
      const output = runProgram(findRuntimes().deno, ["run", "-A", "--no-lock", "program.ts"], {
        cwd: outside,
        env: { ...STRANGER, STREAMLIB_LIBRARY: library },
      });
      assert.equal(check(output).library, library);
    } finally {
      rmSync(outside, { recursive: true, force: true });
    }
  });
});
