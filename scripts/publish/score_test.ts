/** What JSR scores, as far as files decide it; slow types and comments on symbols are steps of the gate. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "@std/testing/bdd";
import { ROOT } from "../../tests/setup.ts";
import { doorsOf, members, publishedFiles } from "../workspace.ts";
import { descriptionOf } from "./manifest.ts";

describe("each package", () => {
  for (const member of members()) {
    const read = (file: string): string => readFileSync(join(ROOT, member.folder, file), "utf8");

    it(`${member.deno.name} says what it is, with an example, and publishes no tests`, () => {
      assert.ok(existsSync(join(ROOT, member.folder, "README.md")), `${member.folder}/README.md is missing`);
      assert.match(read("README.md"), /```(ts|sh)/, `${member.folder}/README.md:1: has no example`);
      assert.ok(descriptionOf(member).length > 20);
      assert.equal(member.deno.license, "MIT");
      const files = publishedFiles(member);
      assert.deepEqual(files.filter((file) => /_test\.ts$|(^|\/)(testdata|node_modules)\//.test(file)), []);
      for (const door of Object.values(doorsOf(member.deno.exports))) {
        assert.ok(files.includes(door.replace("./", "")), `${member.folder}: ${door} is not published`);
        const [comment = ""] = /^(?:#![^\n]*\n)?\/\*\*[^]*?\*\//.exec(read(door)) ?? [];
        assert.match(comment, /@module/, `${member.folder}/${door}:1: begins with no comment about the module`);
      }
    });
  }
});
