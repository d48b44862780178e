import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isStreamError, stopAll, Supervisor, videoFormat } from "@streamlib/core";
import { picture, TestSinkActor, TestSourceActor } from "@streamlib/testing";
import { reportAbsence } from "../tests/needs.ts";
import { actorFromSource } from "./actor_from_source.ts";
import { sandboxProblem } from "./grant.ts";

const timeout = 60_000;
const problem = await sandboxProblem();
if (problem !== undefined) reportAbsence(`a sandbox: ${problem}`);

afterEach(() => stopAll());

const INVERT = `
import { Actor, type ActorSpec, control, type Input, input, type Output, output, registerActor, VideoFrame } from "@streamlib/core";

interface Types {
  inputs: { video: Input<VideoFrame> };
  outputs: { video: Output<VideoFrame> };
}

@registerActor({ name: "TextInvert", module: import.meta.url })
export class TextInvert extends Actor<Types> {
  static readonly spec: ActorSpec<Types> = {
    description: "Turns bright into dark.",
    inputs: { video: input(VideoFrame, { delivery: "ordered", depth: 16 }) },
    outputs: { video: output(VideoFrame, { slots: 20 }) },
  };
  #by = 255;

  override process(): void {
    for (;;) {
      const frame = this.inputs.video.read();
      if (!frame) return;
      const loan = this.outputs.video.loan(frame.format);
      if (!loan) return;
      for (let i = 0; i < loan.data.length; i++) loan.data[i] = this.#by - frame.data[i];
      loan.commit({ stampFrom: frame });
      this.count("turned");
    }
  }

  @control()
  set_white({ value }: { value: number }): number {
    return this.#by = value;
  }

  @control()
  hang(): void {
    for (;;);
  }
}
`;

const FORMAT = videoFormat({ pixelFormat: "rgba8", width: 16, height: 2, rate: 60 });

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; !condition(); i++) {
    assert.ok(i < 1000, `never: ${what}`);
    await sleep(20);
  }
}

describe("actorFromSource()", { skip: problem !== undefined }, () => {
  it("gives an actor like any other: pictures in and out, controls, counters, stop", { timeout }, async () => {
    const invert = await actorFromSource(INVERT, { id: "here" });
    assert.equal(invert.uri, "actor://local/TextInvert/here");
    const source = new TestSourceActor({
      video: Array.from({ length: 10 }, (_, i) => picture(FORMAT, [i, 10, 20, 255])),
      loop: true,
    } as never);
    const sink = new TestSinkActor();
    source.pipe(invert).pipe(sink);
    await Promise.all([source.ready, invert.ready, sink.ready]);
    await until(() => sink.video.length > 3, "three pictures have come back");
    assert.deepEqual([...sink.video.at(-1)!.data.subarray(1, 4)], [245, 235, 0]);
    assert.equal(await invert.sendControlMessage({ action: "set_white", value: 100 }), 100);
    await until(() => sink.video.at(-1)!.data[1] === 90, "the control has worked");
    await until(() => (invert.stats.counters.turned ?? 0) > 3, "its counters have come");
    await invert.stop();
    assert.equal(invert.state, "stopped");
  });

  it("is restarted by its supervisor in a new process, linked as before", { timeout }, async () => {
    const supervisor = new Supervisor({ backoff: { firstMs: 1 } });
    const invert = await actorFromSource(INVERT, { supervisor, grant: { wallMsPerTick: 1000 } });
    const source = new TestSourceActor({ video: [picture(FORMAT, [1, 2, 3, 255])], loop: true } as never);
    const sink = new TestSinkActor();
    source.pipe(invert).pipe(sink);
    await invert.ready;
    await until(() => sink.video.length > 0, "a picture has come back");
    await assert.rejects(
      invert.sendControlMessage({ action: "hang" }),
      (thrown) =>
        isStreamError(thrown) && thrown.code === "sandbox-killed" && /grant\.wallMsPerTick/.test(thrown.message),
    );
    const before = sink.video.length;
    await until(() => sink.video.length > before, "a picture has come back from the next life");
    assert.equal(invert.stats.restarts, 1);
  });

  it("says what is wrong with a text, an option or a grant", { timeout }, async () => {
    const cases: [string, Parameters<typeof actorFromSource>[1], string, RegExp][] = [
      ["export {", {}, "sandbox-refused", /Cannot make an actor of the text: it fails when imported/],
      ["throw new Error('no');", {}, "sandbox-refused", /it fails when imported: no/],
      ["export const a = 1;", {}, "sandbox-refused", /it registers none; put @registerActor/],
      [INVERT, { name: "Other" }, "sandbox-refused", /it registers TextInvert; say which by the option name/],
      [INVERT, { options: { colour: 1 } }, "option-invalid", /Cannot make TextInvert: option colour/],
      [INVERT, { options: { f: () => {} } }, "option-invalid", /its options: a function cannot be cloned/],
      [INVERT, { options: { id: "a" } }, "option-invalid", /options\.id: put it beside options/],
      [INVERT, { grant: { memoryBytes: 5 } }, "option-invalid", /grant\.memoryBytes = 5: an integer from 134217728/],
      [INVERT, { grant: { network: true } as never }, "option-invalid", /grant\.network = true: the network cannot/],
      [INVERT, { grant: { write: [] } as never }, "option-invalid", /grant\.write: nothing of that name/],
      ["x".repeat(500_001), {}, "option-invalid", /it is 500001 characters/],
    ];
    for (const [code, given, wanted, message] of cases) {
      await assert.rejects(actorFromSource(code, given), (thrown) => {
        assert.ok(isStreamError(thrown), String(thrown));
        assert.equal(thrown.code, wanted, thrown.message);
        assert.match(thrown.message, message);
        return true;
      });
    }
  });

  it("refuses, and runs nothing, where the kernel cannot enforce it", { timeout }, () => {
    const program = fileURLToPath(new URL("./testdata/refused_program.ts", import.meta.url));
    const how = process.versions.bun ? ["run"] : ["run", "-A", "--no-check", "--quiet"];
    const done = spawnSync(process.execPath, [...how, program], { encoding: "utf8" });
    assert.match(
      done.stdout,
      /^sandbox-refused: .* does not have Landlock .*, nor filters of system calls .*; nothing was run\n$/,
      done.stderr,
    );
  });
});
