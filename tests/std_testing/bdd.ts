/**
 * Stand-in for `@std/testing/bdd`, the one of `@streamlib/testing`: the workspace's tests ask for it under this name.
 * `deno task test:jsr` runs them with the real package instead.
 *
 * @module
 */
export { after, afterAll, afterEach, before, beforeAll, beforeEach, describe, it } from "../../testing/bdd.ts";
