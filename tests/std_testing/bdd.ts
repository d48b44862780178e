/**
 * Stand-in for `@std/testing/bdd` over `node:test`, so that the same test file runs under `deno test` and `bun test`
 * without reaching JSR. `deno task test:jsr` runs the tests with the real package instead.
 *
 * @module
 */
export { after, after as afterAll, afterEach, before, before as beforeAll, beforeEach, describe, it } from "node:test";
