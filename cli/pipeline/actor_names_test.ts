import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "@std/testing/bdd";
import { ACTOR_PACKAGES, kebab, longName, plainName } from "./actor_names.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Actors that a package's sources register, tests and their helpers left out. */
function actorsIn(folder: string): [string, string][] {
  const { name } = JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8")) as { name: string };
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.ts$/.test(file) && !/_test\.ts$|(^|\/)(node_modules|testdata|testing)\//.test(file));
  return files.flatMap((file) => {
    const registered = readFileSync(join(ROOT, folder, file), "utf8").matchAll(/^@registerActor\(\{ name: "(\w+)"/gm);
    return [...registered].map(([, actor]): [string, string] => [actor, name]);
  });
}

describe("ACTOR_PACKAGES", () => {
  it("says which package registers each of our actors", () => {
    const plugins = readdirSync(join(ROOT, "plugins")).map((plugin) => join("plugins", plugin));
    const registered = Object.fromEntries(["core", ...plugins].flatMap(actorsIn).sort());
    assert.ok("TestPattern" in registered);
    assert.deepEqual(
      Object.entries(ACTOR_PACKAGES).sort(),
      Object.entries(registered).sort(),
      "bring ACTOR_PACKAGES in cli/pipeline/actor_names.ts up to date",
    );
  });
});

describe("names of actors", () => {
  it("are the same in every spelling", () => {
    for (const name of ["TestPattern", "test-pattern", "testpattern", "TestPatternActor", "test_pattern"]) {
      assert.equal(plainName(name), "testpattern");
    }
    assert.equal(plainName("actor"), "actor");
  });

  it("kebab() is what is typed", () => {
    assert.equal(kebab("TestPattern"), "test-pattern");
    assert.equal(kebab("Lut3d"), "lut3d");
    assert.equal(kebab("GpuColorConvert"), "gpu-color-convert");
    assert.equal(kebab("VideoRTPSend"), "video-rtp-send");
    for (const name of Object.keys(ACTOR_PACKAGES)) assert.equal(plainName(kebab(name)), plainName(name));
  });

  it("longName(): a file is read at the beginning of a chain and written behind it", () => {
    assert.equal(longName("file", true), "FileReader");
    assert.equal(longName("file", false), "FileWriter");
    assert.equal(longName("toString", false), "toString");
  });
});
