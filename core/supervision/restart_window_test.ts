import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { seeded } from "../../tests/conformance/ring.ts";
import { RestartWindow } from "./restart_window.ts";

describe("RestartWindow", () => {
  it("admits so many within the window and not one more", () => {
    const window = new RestartWindow(3, 5000);
    assert.deepEqual([0, 10, 20, 30].map((nowMs) => window.admit(nowMs)), [true, true, true, false]);
    assert.equal(window.count, 3);
    assert.equal(window.spanMs(30), 30);
  });

  it("forgets a restart when it is longer ago than the window", () => {
    const window = new RestartWindow(1, 1000);
    assert.equal(window.admit(0), true);
    assert.equal(window.admit(1000), false, "1000 ms later is within 1000 ms");
    assert.equal(window.admit(1000.5), true);
    assert.equal(window.admit(1001), false);
  });

  it("admits none if none is allowed", () => {
    const window = new RestartWindow(0, 1000);
    assert.equal(window.admit(0), false);
    assert.equal(window.admit(1e9), false);
    assert.equal(window.spanMs(1e9), 0);
  });

  it("clear() forgets all", () => {
    const window = new RestartWindow(1, 1000);
    assert.equal(window.admit(0), true);
    window.clear();
    assert.equal(window.count, 0);
    assert.equal(window.admit(1), true);
  });

  it("agrees with counting all restarts so far, for 500 sequences", () => {
    const random = seeded(11);
    for (let round = 0; round < 500; round++) {
      const maxRestarts = Math.floor(random() * 6);
      const withinMs = 1 + random() * 100;
      const window = new RestartWindow(maxRestarts, withinMs);
      const admitted: number[] = [];
      let nowMs = 0;
      for (let step = 0; step < 100; step++) {
        nowMs += random() * withinMs * 0.6;
        const recent = admitted.filter((atMs) => nowMs - atMs <= withinMs);
        assert.equal(window.admit(nowMs), recent.length < maxRestarts, `round ${round}, step ${step}`);
        if (recent.length < maxRestarts) admitted.push(nowMs);
      }
    }
  });
});
