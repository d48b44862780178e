import { describe, it } from "@std/testing/bdd";
import { Actor, type ActorSpec, control, type Output, output, registerActor, VideoFrame } from "@streamlib/core";
import assert from "node:assert/strict";
import { buildPipeline } from "../pipeline/build_pipeline.ts";
import { checkPipeline } from "../pipeline/check_pipeline.ts";
import { runPipeline } from "../pipeline/run_pipeline.ts";
import { ProgressLine } from "./progress_line.ts";
import "../pipeline/testdata/pipeline_actors.ts";

const SLOW = { timeout: 60_000 };

interface ClipTypes {
  outputs: { video: Output<VideoFrame> };
}

/** Says its length as a file reader does: two seconds at 25 Hz; gives the first one. */
@registerActor({ name: "ProgressClip", module: import.meta.url })
class ProgressClipActor extends Actor<ClipTypes> {
  static readonly spec: ActorSpec<ClipTypes> = {
    description: "A file for tests",
    finite: true,
    outputs: { video: output(VideoFrame) },
  };
  #made = 0;

  override onStart(): void {
    this.tickAt(25);
  }

  @control()
  info(): Promise<{ durationNs: number }> {
    return Promise.resolve({ durationNs: 2e9 });
  }

  override process(): void {
    if (++this.#made === 25) this.finish();
  }
}

async function build(text: string) {
  const { plan, problems } = await checkPipeline({ text, name: undefined, isJson: false });
  assert.ok(plan, problems.map(({ message }) => message).join("\n"));
  return { plan, built: await buildPipeline(plan) };
}

describe("ProgressLine", SLOW, () => {
  it("says how long it lasts, how fast each stage ticks, and what was lost", SLOW, async () => {
    const { plan, built } = await build("pipe-count x count=20 fps=100 | s: pipe-sink");
    const progress = new ProgressLine(plan, built.actors, 1000);
    assert.equal(progress.line(62_000), "0:01:01  pipe-count 0.0/s  s 0.0/s  0 lost");
    await runPipeline(plan, built, { stop: new AbortController().signal });
    assert.match(progress.line(63_000), /^0:01:02 {2}pipe-count 20\.0\/s {2}s \d+\.0\/s {2}0 lost$/);
  });

  it("says how far a file is, where its length is known", SLOW, async () => {
    assert.ok(ProgressClipActor.spec.finite);
    const { plan, built } = await build("@lockstep; clip: progress-clip | s: pipe-sink");
    const progress = new ProgressLine(plan, built.actors, 0);
    await runPipeline(plan, built, { stop: new AbortController().signal });
    assert.match(progress.line(1000), /^0:00:01 {2}clip 0:00:01\/0:00:02 25\.0\/s {2}s /);
  });
});
