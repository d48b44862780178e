import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import process from "node:process";
import { Actor, type ActorSpec, type Input, input, registerActor, VideoFrame } from "@streamlib/core";
import { findTestGpu } from "../../ffi/testing/gpu.ts";
import { buildPipeline } from "./build_pipeline.ts";
import { checkPipeline } from "./check_pipeline.ts";
import { runPipeline } from "./run_pipeline.ts";
import { planJson, planText } from "./write_text.ts";
import "./testdata/pipeline_actors.ts";

const SLOW = { timeout: 60_000 };

async function check(given: string | object) {
  const isJson = typeof given !== "string";
  const text = isJson ? JSON.stringify(given) : given;
  const { plan, problems } = await checkPipeline({ text, name: undefined, isJson });
  return { plan, told: problems.map(({ code, message }) => `${code}: ${message}`) };
}

const BRIDGED = [
  { from: "pipe-live.video", to: "upload.video" },
  { from: "upload.video", to: "blur.video" },
  { from: "blur.video", to: "download.video" },
  { from: "download.video", to: "pipe-sink.video" },
];

/** Messages whose bridges are of packages that cannot be had. */
class LackingFrame extends VideoFrame {
  static override readonly typeName: "VideoFrame" = "LackingFrame" as "VideoFrame";
  static readonly bridges = { from: { VideoFrame: "PipeSinkActor of ./bridges_lacking.ts" } };
}

class BrokenFrame extends VideoFrame {
  static override readonly typeName: "VideoFrame" = "BrokenFrame" as "VideoFrame";
  static readonly bridges = { from: { VideoFrame: "BrokenActor of ./testdata/bridge_broken.ts" } };
}

class UnlockedFrame extends VideoFrame {
  static override readonly typeName: "VideoFrame" = "UnlockedFrame" as "VideoFrame";
  static readonly bridges = { from: { VideoFrame: "UnlockedActor of npm:@me/unlocked" } };
}

interface LackingTypes {
  inputs: { lacking: Input<VideoFrame>; broken: Input<VideoFrame>; unlocked: Input<VideoFrame> };
}

@registerActor({ name: "BridgeLacking", module: import.meta.url })
class BridgeLackingActor extends Actor<LackingTypes> {
  static readonly spec: ActorSpec<LackingTypes> = {
    description: "Takes what no bridge makes",
    inputs: { lacking: input(LackingFrame), broken: input(BrokenFrame), unlocked: input(UnlockedFrame) },
  };

  override process(): void {}
}

describe("bridges", SLOW, () => {
  it("that cannot be had are told with the reason, and are those of their package", SLOW, async () => {
    const folder = new URL(".", import.meta.url).pathname;
    const source = (port: string) => ({
      text: `pipe-live | bridge-lacking.${port} @bridge`,
      name: undefined,
      isJson: false,
    });
    const told = async (port: string): Promise<string> => {
      const { problems } = await checkPipeline(source(port), { folder, isFrozen: true });
      return problems.map(({ code, message }) => `${code}: ${message}`).join("\n");
    };
    assert.equal(BridgeLackingActor.spec.description, "Takes what no bridge makes");
    assert.match(await told("lacking"), /^plugin-missing: .*PipeSinkActor would come between, and cannot be had/);
    assert.match(
      await told("broken"),
      /^plugin-failed: .*bridge_broken\.ts cannot be imported: .*this bridge is broken/,
    );
    assert.match(await told("unlocked"), /^plugin-lock: .*npm:@me\/unlocked cannot be imported: .*has no entry for it/);
  });

  it(
    "come where a stage, or all, or a link in JSON allows it, and are stages that can be written down",
    SLOW,
    async () => {
      const stages = {
        "pipe-live": { actor: "PipeLive" },
        blur: { actor: "Blur" },
        "pipe-sink": { actor: "PipeSink" },
      };
      const links = [{ from: "pipe-live", to: "blur", bridge: true }, { from: "blur", to: "pipe-sink", bridge: true }];
      for (
        const given of [
          "pipe-live | blur @bridge | pipe-sink @bridge",
          "@bridge; pipe-live | blur | pipe-sink",
          { stages, links },
        ]
      ) {
        const { plan, told } = await check(given);
        assert.deepEqual(told, []);
        const json = planJson(plan!);
        assert.deepEqual(json.links, BRIDGED);
        assert.deepEqual(json.stages, { ...stages, upload: { actor: "Upload" }, download: { actor: "Download" } });
        const again = await check(planText(plan!));
        assert.deepEqual(planJson(again.plan!), json);
      }
    },
  );

  it("are not put in unasked: the message says which word does it", SLOW, async () => {
    const [first, second] = (await check("pipe-live | blur | s: pipe-sink")).told;
    assert.match(
      first,
      /^link-type: Cannot link pipe-live to blur: .*put upload between them, or write @bridge behind blur$/,
    );
    assert.match(second, /^link-type: .*put download between them, or write @bridge behind s$/);
    const stages = { a: { actor: "PipeLive" }, b: { actor: "Blur" } };
    const [told] = (await check({ stages, links: [{ from: "a", to: "b" }] })).told;
    assert.match(told, /put upload between them, or write "bridge": true in the link$/);
    const strange = (await check({ stages, links: [{ from: "a", to: "b", bridge: 1 }] })).told;
    assert.ok(strange.includes('pipeline-syntax: "bridge" is true or false'));
  });

  it("leave what fits as it is, and say what they cannot do", SLOW, async () => {
    const plain = await check("@bridge; pipe-live | pipe-pass | pipe-sink");
    assert.equal(plain.plan!.stages.length, 3);
    const twice = await check("upload: pipe-pass | pipe-sink ; pipe-live | upload ; upload | blur @bridge");
    assert.deepEqual(twice.told, []);
    assert.equal(twice.plan!.stages.at(-1)!.name, "upload-2", "a name that is free");
    assert.match((await check("pipe-live | buffer.audio @bridge")).told[0], /^link-type: .*wanted is AudioBuffer$/);
    assert.match(
      (await check("pipe-pair | blur @bridge")).told[0],
      /^link-ambiguous: .*pipe-pair\.left or pipe-pair\.right$/,
    );
    assert.match((await check("pipe-live | blur @bridge=2")).told[0], /^placement-unknown: @bridge has no value/);
  });

  it("live with the stage on the GPU's side", SLOW, async () => {
    const { plan } = await check("@loop @bridge; pipe-live | blur @thread=a | bloom @thread=b | pipe-sink");
    assert.deepEqual(plan!.stages.map(({ name, place }) => [name, place?.pool]), [
      ["pipe-live", undefined],
      ["blur", "a"],
      ["bloom", "b"],
      ["pipe-sink", undefined],
      ["upload", "a"],
      ["download", "b"],
    ]);
  });

  it("run", { ...SLOW, skip: findTestGpu() === undefined }, async () => {
    const earlier = process.env.STREAMLIB_GPU;
    process.env.STREAMLIB_GPU = findTestGpu()!.name;
    try {
      const { plan } = await check("@bridge; pipe-count x count=9 fps=20 | blur | pipe-sink");
      const built = await buildPipeline(plan!);
      const { reason, failures } = await runPipeline(plan!, built, { stop: new AbortController().signal });
      assert.deepEqual([reason, failures], ["ended", []]);
      assert.ok((built.actors[2].stats.counters.read ?? 0) > 0);
    } finally {
      if (earlier === undefined) delete process.env.STREAMLIB_GPU;
      else process.env.STREAMLIB_GPU = earlier;
    }
  });
});
