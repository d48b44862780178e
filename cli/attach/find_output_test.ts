import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { findOutput } from "./find_output.ts";
import { lookAt } from "./testdata/looks.ts";

const look = lookAt(0);

function found(name: string): string {
  const output = findOutput(name, look);
  return typeof output === "string" ? output : `${output.actor} ${output.port}`;
}

describe("findOutput()", () => {
  it("finds an actor by id, label, and class if there is one of it; and its only output", () => {
    for (
      const name of ["camera.front.video", "camera.front", 'Camera "camera.front".video', "Camera.video", "Camera"]
    ) {
      assert.equal(found(name), 'Camera "camera.front" video', name);
    }
    assert.equal(found("mix-1.data"), 'Mix "mix-1" data');
  });

  it("suggests what was perhaps meant", () => {
    assert.equal(found("mix1.data"), "Cannot tap mix1.data: no actor mix1 runs there; did you mean mix-1 or mix-2?");
    assert.equal(
      found("zzzzz.data"),
      "Cannot tap zzzzz.data: no actor zzzzz runs there; running are camera.front, mix-1, mix-2",
    );
    assert.equal(found("mix-1.vidoe"), 'Cannot tap mix-1.vidoe: Mix "mix-1" has no output vidoe; did you mean video?');
    assert.equal(
      found("mix-1.qqqqqq"),
      'Cannot tap mix-1.qqqqqq: Mix "mix-1" has no output qqqqqq; its outputs are video, data',
    );
  });

  it("does not choose", () => {
    assert.equal(
      found("mix-1"),
      'Cannot tap mix-1: Mix "mix-1" has the outputs video, data; add one: mix-1.video',
    );
    assert.equal(found("Mix.data"), 'Cannot tap Mix.data: it can be Mix "mix-1" or Mix "mix-2"; name one by its id');
    assert.equal(found("mix-2.video"), 'Cannot tap mix-2.video: Mix "mix-2" has no outputs');
  });
});
