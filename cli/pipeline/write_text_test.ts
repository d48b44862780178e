import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { checkPipeline } from "./check_pipeline.ts";
import { planDot, planMermaid } from "./draw.ts";
import { planSvg } from "./draw_svg.ts";
import type { Plan } from "./plan.ts";
import { planJson, planText } from "./write_text.ts";
import "./testdata/pipeline_actors.ts";

async function planOf(text: string): Promise<Plan> {
  const { plan, problems } = await checkPipeline({ text, name: undefined, isJson: /^\s*\{/.test(text) });
  assert.ok(plan, problems.map(({ message }) => message).join("\n"));
  return plan;
}

const PIPELINE =
  `s: pipe-count "it's \\"a\\" $$HOME\\n\\\\" fps=30000/1001 kind=striped loud=yes layers={"a":{"b":[1,"| ;"]}} @thread=one` +
  ` | mix ; t: pipe-count '60' @process @clock=30000/1001 | mix.layer.logo ; mix: pipe-mix @gpu='H 200' | p: pipe-pass ;` +
  ` p | pipe-sink ; p | b: buffer | mix.layer ; pipe-live @lockstep=25`;

describe("planText() and planJson()", { timeout: 60_000 }, () => {
  it("read again are the same plan", async () => {
    const plan = await planOf(PIPELINE);
    const json = planJson(plan);
    assert.equal(plan.stages[0].options.path, `it's "a" $HOME\n\\`);
    assert.equal(plan.stages[1].options.path, "60");
    assert.deepEqual(planJson(await planOf(planText(plan))), json);
    assert.deepEqual(planJson(await planOf(JSON.stringify(json))), json);
    assert.equal(planText(await planOf(planText(plan))), planText(plan));
  });

  it("keeps texts of every kind", async () => {
    for (
      const path of [
        "",
        " ",
        "true",
        "no",
        "5",
        "-",
        "a'b",
        'a"b',
        "$",
        "${A:-b}",
        "\\",
        "\\n",
        "a|b",
        "#",
        "@x",
        "{",
        "é😀",
      ]
    ) {
      const plan = await planOf(JSON.stringify({ stages: { a: { actor: "pipe-count", options: { path } } } }));
      assert.equal((await planOf(planText(plan))).stages[0].options.path, path, JSON.stringify(path));
    }
  });

  it("keeps the plugins that a pipeline names", async () => {
    const plan = await planOf("@plugin=@streamlib/video ; pipe-live | pipe-sink");
    assert.deepEqual(planJson(plan).plugins, ["@streamlib/video"]);
    assert.match(planText(plan), /^@plugin='@streamlib\/video'\npipe-live: /);
    assert.deepEqual(planJson(await planOf(planText(plan))), planJson(plan));
    assert.deepEqual(planJson(await planOf(JSON.stringify(planJson(plan)))), planJson(plan));
  });

  it("puts a stage on each line, then the links", async () => {
    assert.equal(
      planText(await planOf("pipe-count a.mp4 fps=25 | big: pipe-mix layers.a.x=1 @thread | pipe-sink")),
      "pipe-count: pipe-count path=a.mp4 fps=25\n" +
        'big:        pipe-mix layers={"a":{"x":1}} @thread\n' +
        "pipe-sink:  pipe-sink\n" +
        "pipe-count.video | big.base\n" +
        "big.video | pipe-sink.video\n",
    );
  });
});

describe("drawings", { timeout: 60_000 }, () => {
  it("planDot() has a box for each stage and an arrow for each link", async () => {
    const dot = planDot(await planOf(PIPELINE));
    assert.match(dot, /^digraph pipeline \{\n/);
    assert.match(dot, /^ {2}n0 \[label="s\\nPipeCount\\n@thread=one"\];$/m);
    assert.match(dot, /^ {2}n1 -> n2 \[label="video to layer\.logo"\];$/m);
    assert.equal(dot.match(/->/g)!.length, 6);
  });

  it("planMermaid() writes what is not plain as numbers", async () => {
    const mermaid = planMermaid(await planOf(PIPELINE));
    assert.match(mermaid, /^flowchart LR\n {2}n0\["s<br\/>PipeCount<br\/>#64;thread#61;one"\]\n/);
    assert.match(mermaid, /^ {2}n3 -->\|"video"\| n4$/m);
  });

  it("planSvg() puts every stage right of what flows into it, and a circle below", async () => {
    const plan = await planOf(PIPELINE);
    const svg = planSvg(plan);
    const boxes = [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"/g)].map((match) =>
      match.slice(1).map(Number)
    );
    assert.equal(boxes.length, plan.stages.length);
    const forward = plan.links.filter(({ from, to }) => boxes[from][0] + boxes[from][2] < boxes[to][0]);
    assert.equal(forward.length, plan.links.length - 1, "all but the one that closes the circle");
    assert.equal(svg.match(/marker-end/g)!.length, plan.links.length);
    assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
    assert.match(svg, /^<svg [^>]*viewBox="0 0 [\d.]+ [\d.]+"[^>]*>\n[\s\S]*<\/svg>\n$/);
  });
});
