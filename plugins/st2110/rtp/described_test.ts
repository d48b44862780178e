import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { StreamError } from "@streamlib/core";
import { whenDescribed } from "./described.ts";

describe("whenDescribed()", () => {
  it("asks until there is a description", async () => {
    const answers = [undefined, undefined, "v=0", "v=1"];
    assert.equal(await whenDescribed(() => Promise.resolve(answers.shift())), "v=0");
    assert.deepEqual(answers, ["v=1"]);
  });

  it("asks one question at a time", async () => {
    let asked = 0;
    let open = 0;
    const text = await whenDescribed(async () => {
      assert.equal(open++, 0);
      await new Promise((resolve) => setTimeout(resolve, 30));
      open--;
      return ++asked === 3 ? "v=0" : undefined;
    });
    assert.deepEqual([text, asked], ["v=0", 3]);
  });

  it("ends with the error of the control", async () => {
    const answers = [Promise.resolve(undefined), Promise.reject(new StreamError("actor-stopped", "It has ended"))];
    answers[1].catch(() => {});
    await assert.rejects(whenDescribed(() => answers.shift()!), { code: "actor-stopped" });
    assert.equal(answers.length, 0);
  });
});
