import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import process from "node:process";
import { cpuSecondsOf, excessOf, fieldOf, Heart, type Usage, usageOf } from "./watchdog.ts";

const GRANT = { memoryBytes: 200 << 20, cpuSeconds: 3, wallMsPerTick: 1000, threads: 40, read: [] };
const MODEST: Usage = { memoryBytes: 100 << 20, cpuSeconds: 1, threads: 10 };

describe("excessOf()", () => {
  it("names the entry of the grant, what was taken and what was granted", () => {
    assert.equal(excessOf(MODEST, GRANT), undefined);
    assert.equal(
      excessOf({ ...MODEST, memoryBytes: 201 << 20 }, GRANT),
      "it took 201 MB of memory, and grant.memoryBytes is 200 MB",
    );
    assert.equal(
      excessOf({ ...MODEST, cpuSeconds: 3 }, GRANT),
      "it took 3.0 s of processor time, and grant.cpuSeconds is 3",
    );
    assert.equal(excessOf({ ...MODEST, cpuSeconds: 3e6 }, { ...GRANT, cpuSeconds: 0 }), undefined);
    assert.equal(excessOf({ ...MODEST, threads: 41 }, GRANT), "it has 41 threads, and grant.threads is 40");
  });
});

describe("usageOf()", () => {
  it("reads what the kernel says of a process", { skip: process.platform !== "linux" }, () => {
    const usage = usageOf(process.pid)!;
    assert.ok(usage.memoryBytes > 10 << 20, `${usage.memoryBytes}`);
    assert.ok(usage.threads >= 1 && usage.cpuSeconds >= 0);
    assert.equal(usageOf(0x7fff_fff0), undefined);
  });

  it("is not misled by the name of a program", () => {
    const stat = "7 (a) (b 1 2) S 1 7 7 0 -1 4194304 1 0 0 0 250 50 0 0 20 0 9 0 1 2 3";
    assert.equal(cpuSecondsOf(stat), 3);
    assert.equal(fieldOf("Name:\tVmRSS: 9\nVmRSS:\t   12 kB\n", "VmRSS"), 12);
    assert.equal(fieldOf("Name:\tx\n", "VmRSS"), 0);
  });
});

describe("Heart", () => {
  it("stands still after so many beats without an answer", () => {
    const heart = new Heart(2);
    assert.deepEqual([heart.beat(), heart.beat(), heart.beat()], [true, true, false]);
    heart.answered();
    assert.equal(heart.beat(), true);
  });
});
