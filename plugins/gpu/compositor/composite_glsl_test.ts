import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { GPU_PIXEL_FORMATS } from "@streamlib/core";
import { COMPOSITOR_LAYERS_MAX } from "@streamlib/video";
import { spirvObjections } from "../testing/spirv_val.ts";
import { compileComposite, COMPOSITE_PICTURES } from "./composite_glsl.ts";

describe("compileComposite", () => {
  it("gives valid SPIR-V for results of every format", { timeout: 60_000 }, async () => {
    for (const format of GPU_PIXEL_FORMATS) {
      const { words } = await compileComposite(format);
      assert.equal(spirvObjections(words), "", format);
    }
  });

  it("takes a base and as many layers as a compositor may have", () => {
    assert.equal(COMPOSITE_PICTURES, 1 + COMPOSITOR_LAYERS_MAX);
  });
});
