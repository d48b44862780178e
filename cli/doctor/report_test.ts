import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { linesOf } from "../doctor_command.ts";
import type { Facts } from "./facts.ts";
import { limitFact, soundFact } from "./gather.ts";
import { doctorReport, type Finding, TESTED_RUNTIMES } from "./report.ts";

const COMPLETE: Facts = {
  runtime: { name: "deno", version: TESTED_RUNTIMES.deno, platform: "linux-x64" },
  native: { path: "/lib/libstreamlib.so", abiVersion: 1, cpuLevel: 3 },
  time: { source: "kernel", state: "free", errorNs: 40, taiUtcSeconds: 37, publisherPid: 0, isShared: true },
  codecs: { providers: [{ name: "one", licence: "MIT", encode: ["h264", "opus"], decode: ["h264", "aac"] }] },
  display: { browser: "/usr/bin/chromium" },
  gpu: { devices: [{ name: "A fast one", type: "discrete" }] },
  sharedMemory: { works: true, shmBytes: 2 ** 31 },
  network: { receiveBytesMax: 2 ** 25, sendBytesMax: 2 ** 24 },
  limits: { lockedBytesMax: -1, realtimePriorityMax: 95 },
  sound: { cards: ["HDA Intel"] },
};

function find(facts: Partial<Facts>, subject: string): { finding: Finding; ok: boolean } {
  const { findings, ok } = doctorReport({ ...COMPLETE, ...facts });
  return { finding: findings.find((one) => one.subject === subject)!, ok };
}

describe("doctorReport()", () => {
  it("finds everything on a complete machine", () => {
    const { ok, findings } = doctorReport(COMPLETE);
    assert.equal(ok, true);
    assert.deepEqual(findings.filter(({ state }) => state !== "found"), []);
    assert.ok(findings.every(({ mend }) => mend === undefined));
  });

  it("gives every thing that is not found a purpose and what mends it", () => {
    const { findings } = doctorReport({
      runtime: { name: "other", version: "20.0.0", platform: "darwin-arm64" },
      native: { reason: "Cannot find libstreamlib" },
      time: undefined,
      codecs: { reason: "not installed" },
      display: { reason: "not installed" },
      gpu: { reason: "no Vulkan" },
      sharedMemory: { works: false },
      network: {},
      limits: {},
      sound: { cards: [] },
    });
    assert.deepEqual(findings.filter(({ state }) => state === "found"), []);
    for (const { subject, purpose, mend } of findings) assert.ok(purpose.length > 0 && mend, subject);
  });

  const missing: readonly [string, Partial<Facts>, RegExp][] = [
    ["runtime", { runtime: { name: "other", version: "20.1.0", platform: "linux-x64" } }, /deno@/],
    ["native library", { native: { reason: "Cannot find libstreamlib; run: deno task build" } }, /deno task build/],
    ["codecs", { codecs: { reason: "not a dependency" } }, /@streamlib\/media/],
    ["shared memory", { sharedMemory: { works: false, reason: "EMFILE" } }, /memfd_create/],
  ];
  for (const [subject, facts, remedy] of missing) {
    it(`is not ok without ${subject}`, () => {
      const { finding, ok } = find(facts, subject);
      assert.equal(finding.state, "missing");
      assert.match(finding.mend ?? "", remedy);
      assert.equal(ok, false);
    });
  }

  it("is ok without a GPU, a browser, sound, large buffers and real-time priority", () => {
    const { ok } = doctorReport({
      ...COMPLETE,
      display: { reason: "not installed" },
      gpu: { reason: "no Vulkan" },
      network: { receiveBytesMax: 212992, sendBytesMax: 212992 },
      limits: { lockedBytesMax: 65536, realtimePriorityMax: 0 },
      sound: { cards: [] },
    });
    assert.equal(ok, true);
  });

  it("says that codecs are missing when pictures or sound cannot be written", () => {
    const providers = [{ name: "one", licence: "MIT", encode: ["h264"], decode: [] }];
    const { finding, ok } = find({ codecs: { providers } }, "codecs");
    assert.match(finding.detail, /opus cannot be written/);
    assert.equal(ok, false);
  });

  it("takes another patch of the tested runtime, and tells another series", () => {
    const runtime = { name: "bun", platform: "linux-x64" } as const;
    const patch = `${TESTED_RUNTIMES.bun.split(".").slice(0, 2).join(".")}.99`;
    assert.equal(find({ runtime: { ...runtime, version: patch } }, "runtime").finding.state, "found");
    const older = find({ runtime: { ...runtime, version: "1.2.0" } }, "runtime");
    assert.equal(older.finding.state, "limited");
    assert.match(older.finding.mend ?? "", new RegExp(`bun@${TESTED_RUNTIMES.bun}`));
    assert.equal(older.ok, true);
  });

  it("names only the socket limits that are too small", () => {
    const { finding } = find({ network: { receiveBytesMax: 212992, sendBytesMax: 2 ** 24 } }, "network");
    assert.equal(finding.mend, "sysctl -w net.core.rmem_max=33554432");
  });

  it("says what the kernel does for UDP", () => {
    const sizes = { receiveBytesMax: 2 ** 25, sendBytesMax: 2 ** 22 };
    const saying = (offloads: readonly string[]): string =>
      find({ network: { ...sizes, offloads } }, "network").finding.detail;
    assert.equal(saying(["GSO", "GRO"]), "receive 32.0 MiB, send 4.0 MiB at most; the kernel has GSO, GRO");
    assert.match(saying([]), /no offloads for UDP$/);
  });

  it("says where TAI comes from, how good it is, and who tells it", () => {
    const ptp = { ...COMPLETE.time!, source: "ptp", state: "locked", errorNs: 1420, publisherPid: 4711 } as const;
    const locked = find({ time: ptp }, "time").finding;
    assert.equal(locked.state, "found");
    assert.equal(locked.detail, "TAI from PTP, locked, may be off by 1.42 µs, told by process 4711");
    const orphaned = find({ time: { ...ptp, state: "holdover", publisherPid: 0 } }, "time").finding;
    assert.equal(orphaned.state, "limited");
    assert.equal(orphaned.detail, "TAI from PTP, holdover, may be off by 1.42 µs, the process that told it has ended");
    const kernel = find(
      { time: { ...ptp, source: "kernel-followed", isShared: false, refusal: "permission" } },
      "time",
    );
    assert.match(kernel.finding.detail, /kernel's disciplined clock, locked.*; not shared by processes.*permission$/);
    const system = find({ time: { ...COMPLETE.time!, source: "system" } }, "time").finding;
    assert.equal(system.state, "limited");
    assert.equal(
      system.detail,
      "TAI is UTC + 37 s from the system clock, read to 40 ns; nobody follows a reference",
    );
    assert.match(system.mend ?? "", /streamlib ptp/);
  });

  it("tells a Vulkan driver without a device from a device", () => {
    const gpu: Facts["gpu"] = {
      devices: [{ name: "llvmpipe", type: "cpu" }, { name: "old", type: "discrete", lack: "timelines" }],
    };
    assert.equal(find({ gpu }, "GPU").finding.state, "limited");
  });
});

describe("linesOf()", () => {
  it("aligns the details and ends with the verdict", () => {
    const lines = linesOf(doctorReport({ ...COMPLETE, native: { reason: "Cannot find it\n  a: no such file" } }));
    const heads = lines.filter((line) => /^(found|missing|limited)/.test(line));
    const columns = new Set(heads.map((line) => /^\S+\s+.+?\s{2,}(?=\S)/.exec(line)?.[0].length));
    assert.equal(columns.size, 1);
    assert.equal(lines.at(-1), "Needed and missing: native library.");
    assert.ok(lines.every((line) => !line.includes("\n")));
  });
});

describe("facts of the kernel's files", () => {
  it("limitFact() reads soft limits", () => {
    const text = "Max locked memory         8388608              unlimited            bytes\n" +
      "Max realtime priority     unlimited            0\n";
    assert.deepEqual(limitFact(text), { lockedBytesMax: 8388608, realtimePriorityMax: -1 });
    assert.deepEqual(limitFact(""), { lockedBytesMax: undefined, realtimePriorityMax: undefined });
  });

  it("soundFact() reads cards", () => {
    const text =
      " 0 [PCH            ]: HDA-Intel - HDA Intel PCH\n                      HDA Intel PCH at 0xb4 irq 33\n";
    assert.deepEqual(soundFact(text).cards, ["HDA-Intel - HDA Intel PCH"]);
    assert.deepEqual(soundFact("--- no soundcards ---\n").cards, []);
  });
});
