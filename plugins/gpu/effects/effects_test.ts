import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { spirvNames } from "../testing/spirv_names.ts";
import { spirvObjections } from "../testing/spirv_val.ts";
import { compileEffect, type Effect, type EffectFormat } from "./effect.ts";
import { EFFECTS } from "./effects.ts";

const SLOW = { timeout: 60_000 };
const FORMATS: readonly EffectFormat[] = ["rgba8", "rgba16", "rgba16-float", "rgba32-float"];
const COMPONENTS = { float: 1, int: 1, vec2: 2, vec3: 3 };

/** Names of the push constants of all passes. */
async function pushConstants(effect: Effect): Promise<Map<string, string[]>> {
  const compiled = await compileEffect(effect, "rgba8", false);
  return new Map(compiled.map(({ pass, shader }) => [pass.name, spirvNames(shader.words).membersOf("Parameters")]));
}

describe("effects", SLOW, () => {
  for (const effect of EFFECTS) {
    it(`${effect.name} becomes valid SPIR-V for every format`, SLOW, async () => {
      for (const format of FORMATS) {
        const compiled = await compileEffect(effect, format, false);
        assert.deepEqual(compiled.map(({ pass }) => pass), effect.passes);
        for (const [index, { shader, format: own }] of compiled.entries()) {
          assert.deepEqual(shader.warnings, []);
          assert.equal(own, index === compiled.length - 1 ? format : "rgba16-float");
          assert.equal(spirvObjections(shader.words), "");
        }
      }
    });

    it(`${effect.name} has push constants for what it says, and no others`, SLOW, async () => {
      const members = await pushConstants(effect);
      for (const pass of effect.passes) {
        const known = [...Object.keys(pass.constants ?? {}), ...effect.parameters.map(({ name }) => name)];
        for (const name of members.get(pass.name)!) assert.ok(known.includes(name), `${pass.name}: ${name}`);
        for (const name of Object.keys(pass.constants ?? {})) assert.ok(members.get(pass.name)!.includes(name), name);
      }
      const used = new Set([...members.values()].flat());
      for (const { name } of effect.parameters) assert.ok(used.has(name), name);
    });

    it(`${effect.name} has the bindings that its passes say`, SLOW, async () => {
      for (const { pass, shader } of await compileEffect(effect, "rgba8", false)) {
        const second = pass.other !== undefined || pass.table === true;
        assert.ok(!(pass.other !== undefined && pass.table === true), pass.name);
        assert.deepEqual(spirvNames(shader.words).bindings, second ? [0, 1, 2] : [0, 1], pass.name);
      }
    });

    it(`${effect.name} begins within its ranges, and its passes read what is there`, () => {
      assert.match(effect.name, /^[a-z][a-z0-9-]*$/);
      for (const { name, type, initial, min, max } of effect.parameters) {
        assert.equal(initial.length, COMPONENTS[type], name);
        for (const value of initial) assert.ok(value >= min && value <= max, name);
      }
      const there = ["input"];
      for (const { name, picture, other } of effect.passes) {
        assert.ok(there.includes(picture), `${name} reads ${picture}`);
        assert.ok(other === undefined || there.includes(other), `${name} reads ${other}`);
        assert.ok(!there.includes(name), `two passes ${name}`);
        there.push(name);
      }
    });
  }

  it("have names of their own", () => {
    assert.equal(new Set(EFFECTS.map(({ name }) => name)).size, EFFECTS.length);
  });
});
