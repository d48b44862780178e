import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "@std/testing/bdd";
import { cliVersion } from "./version.ts";

describe("cliVersion()", () => {
  it("is that of the package", () => {
    const { version } = JSON.parse(readFileSync(new URL("./deno.json", import.meta.url), "utf8")) as {
      readonly version: string;
    };
    assert.equal(cliVersion(), version);
  });

  it("is in the address of a module from the network", () => {
    assert.equal(cliVersion("https://jsr.io/@streamlib/cli/1.2.3-rc.1/version.ts"), "1.2.3-rc.1");
    assert.equal(cliVersion("https://esm.sh/@streamlib/cli@1.2.3/version.js"), "1.2.3");
  });
});
