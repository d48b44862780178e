import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { readTestReport } from "./test_report.ts";

const DENO = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="3" failures="2" errors="0" time="0.239">
    <testsuite name="./core/a_test.ts" tests="1" disabled="0" errors="0" failures="1">
        <testcase name="A" classname="./core/a_test.ts" time="0.5" line="3" col="1">
            <failure message="1 test step failed">1 test step failed.</failure>
        </testcase>
        <testcase name="B" classname="./core/a_test.ts" time="0.25" line="3" col="1">
        </testcase>
    </testsuite>
    <testsuite name="ext:deno_node/testing.ts" tests="1" disabled="0" errors="0" failures="1">
        <testcase name="A &gt; fails" classname="ext:deno_node/testing.ts" time="0.002" line="1" col="21231">
        </testcase>
    </testsuite>
    <testsuite name="./core/b_test.ts" tests="1" disabled="0" errors="1" failures="0">
        <testcase name="B" classname="./core/b_test.ts" time="0.125" line="3" col="1">
        </testcase>
    </testsuite>
</testsuites>`;

const BUN = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="bun test" tests="2" assertions="0" failures="1" skipped="0" time="0.07">
  <testsuite name="core/a_test.ts" file="core/a_test.ts" tests="1" assertions="0" failures="1" skipped="0" time="1.5">
    <testsuite name="A" file="core/a_test.ts" line="3" tests="1" assertions="0" failures="1" skipped="0" time="1.5">
      <testcase name="fails" classname="A" time="1.5" file="core/a_test.ts" line="5" assertions="0">
        <failure type="AssertionError" message="1 !== 2">AssertionError</failure>
      </testcase>
    </testsuite>
  </testsuite>
  <testsuite name="core/b_test.ts" file="core/b_test.ts" tests="0" assertions="0" failures="0" skipped="0" time="0">
  </testsuite>
</testsuites>`;

describe("readTestReport()", () => {
  it("reads the report of Deno: failures and errors, tests summed", () => {
    assert.deepEqual(readTestReport(DENO), [
      { path: "core/a_test.ts", failures: 1, seconds: 0.75 },
      { path: "core/b_test.ts", failures: 1, seconds: 0.125 },
    ]);
  });

  it("reads the report of Bun: suites within a file are not files", () => {
    assert.deepEqual(readTestReport(BUN), [
      { path: "core/a_test.ts", failures: 1, seconds: 1.5 },
      { path: "core/b_test.ts", failures: 0, seconds: 0 },
    ]);
  });

  it("finds nothing in what is no report", () => {
    assert.deepEqual(readTestReport(""), []);
    assert.deepEqual(readTestReport(BUN.slice(0, 120)), []);
  });
});
