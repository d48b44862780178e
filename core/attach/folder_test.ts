import { after, before, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { isRoot } from "../../tests/needs.ts";
import { folderProblem, openProgramFolder, programFolders } from "./folder.ts";

const earlier = process.env.XDG_RUNTIME_DIR;
let base = "";

before(() => {
  base = mkdtempSync(join(tmpdir(), "streamlib-folder-"));
});

after(() => {
  rmSync(base, { recursive: true, force: true });
  if (earlier === undefined) delete process.env.XDG_RUNTIME_DIR;
  else process.env.XDG_RUNTIME_DIR = earlier;
});

describe("programFolders()", () => {
  it("prefers the user's runtime directory, and takes no other's", () => {
    const common = `/tmp/streamlib-${process.getuid!()}`;
    process.env.XDG_RUNTIME_DIR = base;
    assert.deepEqual(programFolders(), [join(base, "streamlib"), common]);
    for (const wrong of ["", "relative", join(base, "absent")]) {
      process.env.XDG_RUNTIME_DIR = wrong;
      assert.deepEqual(programFolders(), [common], wrong);
    }
  });
});

describe("openProgramFolder()", () => {
  it("makes a folder that only the user can enter", () => {
    process.env.XDG_RUNTIME_DIR = base;
    assert.deepEqual(openProgramFolder(), { folder: join(base, "streamlib") });
    assert.equal(statSync(join(base, "streamlib")).mode & 0o777, 0o700);
  });

  it("passes over one that others can enter", () => {
    process.env.XDG_RUNTIME_DIR = base;
    chmodSync(join(base, "streamlib"), 0o755);
    assert.notDeepEqual(openProgramFolder(), { folder: join(base, "streamlib") });
    chmodSync(join(base, "streamlib"), 0o700);
  });
});

describe("folderProblem()", () => {
  it("has nothing against what is not there, or is the user's own", () => {
    assert.equal(folderProblem(join(base, "nothing")), undefined);
    mkdirSync(join(base, "own"), { mode: 0o700 });
    assert.equal(folderProblem(join(base, "own")), undefined);
  });

  it("refuses links, files, and what others can enter", () => {
    symlinkSync(join(base, "own"), join(base, "link"));
    assert.equal(folderProblem(join(base, "link")), "it is not a folder; remove it");
    writeFileSync(join(base, "file"), "");
    assert.equal(folderProblem(join(base, "file")), "it is not a folder; remove it");
    for (const mode of [0o710, 0o701, 0o770, 0o777]) {
      chmodSync(join(base, "own"), mode);
      assert.equal(
        folderProblem(join(base, "own")),
        `others can enter it (mode ${mode.toString(8)}); chmod 700 is right`,
      );
    }
  });

  it("refuses another user's folder", () => {
    if (!isRoot("folders of another user")) return;
    const theirs = join(base, "theirs");
    mkdirSync(theirs, { mode: 0o700 });
    chownSync(theirs, 12345, 12345);
    assert.equal(folderProblem(theirs), "it belongs to user 12345, not to 0; have it removed");
    assert.ok(existsSync(theirs));
  });
});
