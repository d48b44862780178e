import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { seeded } from "../../tests/conformance/ring.ts";
import { Backoff, backoffMs, type BackoffOptions } from "./backoff.ts";

const DEFAULTS: BackoffOptions = { firstMs: 100, maxMs: 5000, factor: 2, jitter: 0.2 };

describe("backoffMs()", () => {
  it("grows by the factor up to the maximum", () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8, 1000].map((attempt) => backoffMs(DEFAULTS, attempt, 0));
    assert.deepEqual(waits, [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
  });

  it("takes off up to the fraction `jitter`, also at the maximum", () => {
    assert.equal(backoffMs(DEFAULTS, 1, 0.5), 90);
    assert.equal(backoffMs(DEFAULTS, 1, 1), 80);
    assert.equal(backoffMs(DEFAULTS, 50, 1), 4000);
    assert.equal(backoffMs({ ...DEFAULTS, jitter: 1 }, 3, 1), 0);
  });

  it("waits not at all if the first wait is 0, however late", () => {
    for (const attempt of [1, 2, 100_000]) assert.equal(backoffMs({ ...DEFAULTS, firstMs: 0 }, attempt, 0.3), 0);
  });

  it("keeps between the bounds and never shrinks without jitter, for 2000 options", () => {
    const random = seeded(7);
    for (let round = 0; round < 2000; round++) {
      const firstMs = random() * 1000;
      const options = { firstMs, maxMs: firstMs + random() * 10_000, factor: 1 + random() * 9, jitter: random() };
      let before = 0;
      for (let attempt = 1; attempt <= 40; attempt++) {
        const full = backoffMs(options, attempt, 0);
        const wait = backoffMs(options, attempt, random());
        const what = `${JSON.stringify(options)} at ${attempt}: ${wait} of ${full}`;
        assert.ok(full >= before && full >= options.firstMs && full <= options.maxMs, what);
        assert.ok(wait <= full && wait >= full * (1 - options.jitter), what);
        before = full;
      }
    }
  });
});

describe("Backoff", () => {
  it("counts attempts, and begins anew after a reset", () => {
    const backoff = new Backoff(DEFAULTS);
    assert.equal(backoff.attempt, 0);
    assert.deepEqual([backoff.next(0), backoff.next(0), backoff.attempt], [100, 200, 2]);
    backoff.reset();
    assert.deepEqual([backoff.attempt, backoff.next(0), backoff.attempt], [0, 100, 1]);
  });
});
