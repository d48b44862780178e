/**
 * `describe`, `it` and their hooks, the same on Deno and Bun: a stand-in for `@std/testing/bdd` over `node:test`, so
 * that one test file runs under `deno test` and `bun test` without reaching JSR.
 *
 * ```ts
 * import { describe, it } from "@streamlib/testing/bdd";
 * import assert from "node:assert/strict";
 *
 * describe("sum", () => {
 *   it("adds", () => assert.equal(1 + 1, 2));
 * });
 * ```
 *
 * @module
 */
export { after, after as afterAll, afterEach, before, before as beforeAll, beforeEach, describe, it } from "node:test";
