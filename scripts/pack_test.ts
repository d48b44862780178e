/** The packages as strangers install them: npm tarballs on both runtimes, and the sources as JSR gives them. */
import assert from "node:assert/strict";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { after, describe, it } from "@std/testing/bdd";
import { findRuntimes, ROOT } from "../tests/setup.ts";
import { installPacked, installSources, makeOutside, STRANGER } from "./outside.ts";
import { packAll, type PackedPackage } from "./pack.ts";
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
const PRINT = "console.log(JSON.stringify(answer));\n";

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

  it("are JavaScript with declarations and no install script", () => {
    for (const { folder, name } of packed) {
      assert.ok(existsSync(join(folder, "package.json")), name);
      const manifest = JSON.parse(runProgram("cat", [join(folder, "package.json")])) as Record<string, unknown>;
      assert.equal(manifest.scripts, undefined, name);
      assert.ok(!JSON.stringify(manifest).includes("workspace:"), name);
      assert.ok(existsSync(join(folder, "LICENSE")), name);
    }
    assert.ok(existsSync(join(packs, "core/mod.d.ts")));
    assert.ok(!existsSync(join(packs, "core/mod.ts")));
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
  }
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
