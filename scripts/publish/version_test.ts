import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { ROOT } from "../../tests/setup.ts";
import { members, runProgram } from "../workspace.ts";
import { currentVersion, setVersion } from "./version.ts";

const TODAY = "2026-11-21";
const CHANGELOG = "# Changelog\n\n## Next\n\n- A new thing.\n\n## 0.1.0 (2026-01-01)\n\n- The first.\n";

describe("the version of all packages", { timeout: 60_000 }, () => {
  let root = "";
  const read = (file: string): string => readFileSync(join(root, file), "utf8");
  const git = (...words: string[]): string =>
    runProgram("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...words], { cwd: root });
  const commit = (): string => git("commit", "-qam", "change");

  /** The files of this checkout that say versions, as version 0.1.0 in a repository of their own. */
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "streamlib-version-"));
    const files = members().flatMap(({ folder }) => [`${folder}/deno.json`, `${folder}/package.json`]);
    const templates = ["actor-plugin", "native-plugin", "app"]
      .flatMap((name) => [`templates/${name}/deno.json`, `templates/${name}/package.json`]);
    for (const file of [...files, ...templates, "deno.json", "zig/build.zig.zon"]) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      cpSync(join(ROOT, file), join(root, file));
    }
    writeFileSync(join(root, "CHANGELOG.md"), CHANGELOG);
    git("init", "-q");
    git("add", ".");
    commit();
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("is one in this checkout", () => {
    assert.match(currentVersion(), /^\d+\.\d+\.\d+/);
  });

  it("is set everywhere, with a heading for what is new", () => {
    const before = currentVersion(root);
    setVersion("7.8.9-rc.1", TODAY, root);
    assert.equal(currentVersion(root), "7.8.9-rc.1");
    for (const file of ["core/deno.json", "core/package.json", "zig/build.zig.zon"]) {
      assert.ok(read(file).includes('"7.8.9-rc.1"') && !read(file).includes(`"${before}"`), file);
    }
    assert.match(read("templates/app/package.json"), /"@streamlib\/core": "\^7\.8\.9-rc\.1"/);
    assert.match(read("templates/app/deno.json"), /"npm:@streamlib\/core@\^7\.8\.9-rc\.1"/);
    assert.match(read("core/package.json"), /"@streamlib\/ffi": "workspace:\^"/);
    const heading = `## Next\n\n## 7.8.9-rc.1 (${TODAY})\n\n- A new thing.\n`;
    assert.equal(read("CHANGELOG.md"), CHANGELOG.replace("## Next\n\n- A new thing.\n", heading));
    commit();
    writeFileSync(join(root, "CHANGELOG.md"), read("CHANGELOG.md").replace("## Next\n", "## Next\n\n- More.\n"));
    commit();
    setVersion("7.8.9", TODAY, root);
    assert.equal(currentVersion(root), "7.8.9");
  });

  it("is refused, and nothing written, if it is not higher or not a version", () => {
    for (const version of ["0.0.1", currentVersion(root), `${currentVersion(root)}-rc.1`, "1", "v9.0.0", "9.0.0 "]) {
      assert.throws(() => setVersion(version, TODAY, root), /Cannot set version .*: it must be like 1\.2\.3/);
    }
    assert.equal(git("status", "--porcelain"), "");
  });

  it("is refused, and nothing written, over changes that are not committed", () => {
    writeFileSync(join(root, "note.txt"), "");
    assert.throws(() => setVersion("9.0.0", TODAY, root), /commit or put away these changes first:\n\?\? note\.txt/);
    assert.doesNotMatch(read("core/deno.json"), /9\.0\.0/);
  });

  it("is refused, and nothing written, if nothing is new", () => {
    writeFileSync(join(root, "CHANGELOG.md"), CHANGELOG.replace("- A new thing.\n\n", ""));
    commit();
    assert.throws(() => setVersion("9.0.0", TODAY, root), /CHANGELOG\.md has nothing under "## Next"/);
    assert.equal(git("status", "--porcelain"), "");
  });

  it("is refused if the packages disagree, naming them", () => {
    const path = join(root, "ffi/package.json");
    writeFileSync(path, read("ffi/package.json").replace(/"version": "[^"]+"/, '"version": "0.0.5"'));
    commit();
    assert.throws(() => setVersion("9.0.0", TODAY, root), /core\/deno\.json has .*, ffi\/package\.json has 0\.0\.5;/);
  });
});
