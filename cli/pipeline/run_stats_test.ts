import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { Actor } from "@streamlib/core";
import { checkPipeline } from "./check_pipeline.ts";
import type { Plan } from "./plan.ts";
import { lossesOf, lossRemedy } from "./run_stats.ts";

async function planOf(text: string): Promise<Plan> {
  const { plan, problems } = await checkPipeline({ text, name: undefined, isJson: false });
  assert.ok(plan, JSON.stringify(problems));
  return plan;
}

/** What an actor with these counters, and nothing else, has done. */
function counting(counters: Record<string, number>): Actor {
  return { stats: { inputs: {}, outputs: {}, counters } } as unknown as Actor;
}

describe("lossesOf()", { timeout: 60_000 }, () => {
  it("adds what actors count as lost, and nothing else that they count", { timeout: 60_000 }, async () => {
    const plan = await planOf("file a.mp4 | buffer | copy: file b.mp4");
    const losses = lossesOf(plan, [
      counting({ picturesSkipped: 3, picturesLate: 9 }),
      counting({ "overrun.video": 2, "heldBack.video": 5 }),
      counting({ picturesTaken: 70, picturesRefused: 4, picturesOffGrid: 1 }),
    ]);
    assert.deepEqual(losses, [
      { port: "file.picturesSkipped", items: 3 },
      { port: "buffer.overrun.video", items: 2 },
      { port: "copy.picturesRefused", items: 4 },
      { port: "copy.picturesOffGrid", items: 1 },
    ]);
  });
});

describe("lossRemedy()", { timeout: 60_000 }, () => {
  it("is virtual time from files to files, and nothing elsewhere", { timeout: 60_000 }, async () => {
    assert.match(lossRemedy(await planOf("file a.mp4 | file b.mp4")) ?? "", /@lockstep/);
    assert.equal(lossRemedy(await planOf("@lockstep ; file a.mp4 | file b.mp4")), undefined);
    assert.equal(lossRemedy(await planOf("test-pattern | file b.mp4")), undefined);
    assert.equal(lossRemedy(await planOf("file a.mp4 | display")), undefined);
  });
});
