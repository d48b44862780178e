import { describe, it } from "@std/testing/bdd";
import {
  Actor,
  type ActorSpec,
  type Input,
  input,
  type Output,
  output,
  registerActor,
  type SupervisorEvent,
  VideoFrame,
} from "@streamlib/core";
import assert from "node:assert/strict";
import { buildPipeline } from "./build_pipeline.ts";
import { checkPipeline } from "./check_pipeline.ts";
import { runPipeline } from "./run_pipeline.ts";
import { planJson, planText } from "./write_text.ts";
import "./testdata/pipeline_actors.ts";

const SLOW = { timeout: 60_000 };
let lives = 0;

interface FlakyTypes {
  inputs: { video: Input<VideoFrame> };
  outputs: { video: Output<VideoFrame> };
}

/** Fails at the third picture of its first life. */
@registerActor({ name: "RestartFlaky", module: import.meta.url })
class RestartFlakyActor extends Actor<FlakyTypes> {
  static readonly spec: ActorSpec<FlakyTypes> = {
    description: "Fails once",
    inputs: { video: input(VideoFrame, { delivery: "ordered", depth: 100 }) },
    outputs: { video: output(VideoFrame, { slots: 100 }) },
  };
  #life = 0;
  #seen = 0;

  override onStart(): void {
    this.#life = ++lives;
  }

  override process(): void {
    for (const frame of this.inputs.video) {
      if (this.#life === 1 && ++this.#seen === 3) throw new Error("the cable is out");
      this.outputs.video.loan(frame.format)?.commit();
    }
  }
}

async function check(text: string) {
  const { plan, problems } = await checkPipeline({ text, name: undefined, isJson: text.startsWith("{") });
  return { plan, told: problems.map(({ message }) => message) };
}

describe("@restart", SLOW, () => {
  it("is read, as a default too, and written down", SLOW, async () => {
    const { plan, told } = await check("@restart; pipe-live | pipe-pass @restart=7 | pipe-sink");
    assert.deepEqual(told, []);
    assert.deepEqual(plan!.stages.map(({ restarts }) => restarts), [3, 7, 3]);
    const json = planJson(plan!);
    assert.deepEqual(json.stages["pipe-pass"], { actor: "PipePass", restart: 7 });
    for (const again of [planText(plan!), JSON.stringify(json)]) {
      assert.deepEqual(planJson((await check(again)).plan!), json);
    }
    assert.equal((await check("pipe-live | pipe-sink")).plan!.stages[0].restarts, undefined);
    const whole =
      '{"stages":{"a":{"actor":"PipeLive","restart":true},"b":{"actor":"PipeSink"}},"links":[{"from":"a","to":"b"}]}';
    assert.deepEqual((await check(whole)).plan!.stages.map(({ restarts }) => restarts), [3, undefined]);
  });

  it("refuses what is no number of restarts", SLOW, async () => {
    for (const wrong of ["0", "1001", "x", "1.5", "-1"]) {
      assert.deepEqual((await check(`pipe-live | pipe-sink @restart=${wrong}`)).told, [
        `Cannot restart "${wrong}" times: 1 to 1000 restarts within 5 s are right: @restart=3`,
      ]);
    }
    const [told] = (await check('{"stages":{"a":{"actor":"PipeLive","restart":"often"}}}')).told;
    assert.equal(told, '"restart" is true, or how often: 3');
    const [hint] = (await check("pipe-live supervisor=x | pipe-sink")).told;
    assert.match(hint, /has no option supervisor: @restart makes it anew when it fails$/);
  });

  it("makes a stage anew, and the pipeline goes on", SLOW, async () => {
    assert.ok(RestartFlakyActor.spec.inputs);
    const { plan } = await check("pipe-count x count=30 fps=60 | restart-flaky @restart=1 | s: pipe-sink");
    const built = await buildPipeline(plan!);
    const events: SupervisorEvent[] = [];
    built.supervisors.get(1)!.on("restarting", (event) => events.push(event));
    const { reason, failures } = await runPipeline(plan!, built, { stop: new AbortController().signal });
    assert.deepEqual([reason, failures], ["ended", []]);
    assert.deepEqual(events.map(({ attempt, error }) => [attempt, /the cable is out/.test(error.message)]), [[
      1,
      true,
    ]]);
    assert.deepEqual(built.actors.map(({ stats }) => stats.restarts), [0, 1, 0]);
    assert.ok((built.actors[2].stats.counters.read ?? 0) > 2);
  });

  it("ends the pipeline when there were too many", SLOW, async () => {
    const { plan } = await check("pipe-count x fail=true @restart=1 | pipe-sink");
    const built = await buildPipeline(plan!);
    built.supervisors.get(0)!.on("gave-up", () => {});
    const told: string[] = [];
    const { reason } = await runPipeline(plan!, built, {
      stop: new AbortController().signal,
      onFailure: ({ stage, error }) => told.push(`${stage}: ${error.message}`),
    });
    assert.equal(reason, "failed");
    assert.equal(told.length, 1);
    assert.match(told[0], /^pipe-count: .*has made 1 restart .*asked to fail$/);
  });
});
