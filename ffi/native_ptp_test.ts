import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { load, type NativePtp, type NativePtpConfig, type NativePtpStatistics } from "./mod.ts";
import { Child, runtimeNames } from "./testing/child.ts";
import { ptpOnLoopback } from "./testing/ptp_loopback.ts";

const native = load();
const isDeno = process.versions.bun === undefined;

/** Ports of this file; the two runtimes may run at once. */
const firstPort = isDeno ? 33600 : 33700;

async function until(ptp: NativePtp, is: (statistics: NativePtpStatistics) => boolean): Promise<NativePtpStatistics> {
  while (true) {
    const statistics = ptp.statistics();
    if (is(statistics)) return statistics;
    await setTimeout(20);
  }
}

function refused(config: NativePtpConfig): string {
  try {
    native.openPtp(config).close();
  } catch (error) {
    return String(error);
  }
  return "nothing";
}

describe("NativePtp", () => {
  it("locks to a master and tells of it", { timeout: 60000 }, async () => {
    const config = ptpOnLoopback(firstPort);
    const master = native.openPtp({ ...config, identity: 0xaa00_0000_0000_0001n, grandmaster: { priority1: 7 } });
    const slave = native.openPtp({ ...config, clockError: { ppb: 20_000 } });
    const seen = await until(slave, ({ clockState }) => clockState === "locked");
    assert.equal(seen.portState, "slave");
    assert.equal(seen.fault, undefined);
    assert.equal(seen.stamps, "software");
    assert.equal(seen.domain, 100);
    assert.equal(seen.isPublisher, false);
    assert.equal(seen.identity, 2n);
    assert.equal(seen.portNumber, 1);
    assert.ok(Math.abs(seen.frequencyPpb + 20_000) < 10_000, `${seen.frequencyPpb}`);
    const parent = seen.parent;
    assert.equal(parent?.identity, 0xaa00_0000_0000_0001n);
    assert.equal(parent?.grandmasterIdentity, 0xaa00_0000_0000_0001n);
    assert.equal(parent?.priority1, 7);
    assert.equal(parent?.clockClass, 248);
    assert.equal(parent?.timescale, "tai");
    assert.equal(parent?.utcOffsetS, 37);
    assert.equal(parent?.syncLogInterval, -5);
    assert.deepEqual(parent?.flags, ["utc-offset-valid", "ptp-timescale"]);
    assert.ok(seen.offsets !== undefined && seen.offsets.count >= 8 && seen.offsets.p99Ns <= seen.offsets.maxNs);
    assert.ok(seen.pathDelayNs !== undefined && seen.pathDelayNs >= 0);
    assert.ok(seen.syncHeardNs !== undefined && seen.syncHeardNs > seen.openedNs);
    assert.equal(seen.holdoverSinceNs, undefined);
    assert.ok(seen.messagesIn.sync > 8 && seen.messagesOut.delayReq > 0 && seen.counters.sendStamps > 0);
    assert.equal(seen.counters.malformed, 0);
    const masters = slave.masters();
    assert.equal(masters.length, 1);
    assert.ok(masters[0].isParent && masters[0].isQualified);
    assert.equal(masters[0].domain, 100);
    assert.match(masters[0].address, /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/);
    const histogram = slave.histogram();
    assert.equal(histogram.limitsNs.length, 132);
    assert.deepEqual(histogram.limitsNs.slice(0, 9), [0, 1, 2, 3, 4, 5, 6, 7, 9]);
    const counted = [...histogram.ahead, ...histogram.behind].reduce((sum, count) => sum + count, 0);
    assert.ok(counted >= seen.offsets.count);
    assert.equal(master.statistics().portState, "master");
    assert.equal(master.statistics().leadsUntraceable, true);
    master.close();
    const held = await until(slave, ({ clockState }) => clockState === "holdover");
    assert.ok(held.holdoverSinceNs !== undefined && held.holdoverSinceNs > seen.monotonicNs);
    slave.close();
    slave.close();
    assert.equal(slave.statistics().portState, "initializing");
    assert.throws(() => slave.masters(), { code: "bad_handle" });
  });

  it("tells every process of the machine its TAI; when it dies another one goes on", { timeout: 60000 }, async () => {
    const name = `test-ptp-${process.pid}`;
    const environment = { STREAMLIB_TAI: name };
    const read = async (): Promise<Record<string, unknown>> => {
      const reader = new Child(runtimeNames[0], "ptp_reader.ts", [], environment);
      const line = await reader.line("{");
      await reader.ended();
      return JSON.parse(line);
    };
    const master = native.openPtp({ ...ptpOnLoopback(firstPort + 10), identity: 1n, grandmaster: {} });
    const first = new Child(runtimeNames[1], "ptp_program.ts", [String(firstPort + 10)], environment);
    await first.line("publishes");
    const second = new Child(runtimeNames[0], "ptp_program.ts", [String(firstPort + 10)], environment);
    await second.line("locked");
    const before = await read();
    await first.kill();
    await second.line("publishes");
    const after = await read();
    await second.kill();
    master.close();
    for (const file of readdirSync("/dev/shm")) if (file.includes(name)) rmSync(`/dev/shm/${file}`);
    // The master's TAI and 100 s.
    const told = { source: "ptp", parent: "1", aheadS: 100 };
    assert.deepEqual(before, { ...told, pid: first.process.pid, steps: before.steps });
    assert.deepEqual(after, { ...told, pid: second.process.pid, steps: before.steps });
  });

  it("closes what a worker left open that was terminated", { timeout: 60000 }, async () => {
    const count = async (wanted: number): Promise<void> => {
      const threads = (): number => readdirSync("/proc/self/task").filter((task) => nameOf(task) === "sl-ptp").length;
      while (threads() !== wanted) await setTimeout(10);
    };
    // Those of clients that were closed may end a moment later.
    await count(0);
    const worker = new Worker(new URL("./testing/ptp_worker.ts", import.meta.url), { workerData: firstPort + 20 });
    await once(worker, "message");
    await count(1);
    await worker.terminate();
    await count(0);
  });

  it("names the option that cannot be", () => {
    const config = ptpOnLoopback(firstPort + 30);
    const cases: readonly (readonly [Partial<NativePtpConfig>, RegExp])[] = [
      [{ interface: "eth0 " }, /interface is "eth0 ", it must be the name of a network interface/],
      [{ domain: 256 }, /domain is 256, it must be an integer from 0 to 255/],
      [{ syncLogInterval: -8 }, /syncLogInterval is -8, it must be an integer from -7 to 4/],
      [{ announceReceiptTimeout: 1 }, /announceReceiptTimeout is 1, it must be an integer from 2 to 10/],
      [{ profile: "aes67" as "default" }, /profile is "aes67", it must be one of default, st2059-2:2015/],
      [{ unicastMasters: ["::1"] }, /unicastMasters\[0\] is "::1", it must be of IPv4/],
      [{ unicastMasters: ["clock"] }, /Cannot use the address "clock"/],
      [{ unicastMasters: Array(9).fill("192.0.2.1") }, /unicastMasters has 9 addresses, it must have at most 8/],
      [{ identity: 1n << 64n }, /identity is 18446744073709551616, it must be a bigint of 64 bits/],
      [{ grandmaster: { priority1: 300 } }, /grandmaster.priority1 is 300/],
      [{ clockError: { stepNs: -1 } }, /clockError.stepNs is -1/],
      [{ freeRunning: 1 as unknown as boolean }, /freeRunning is 1, it must be true or false/],
    ];
    for (const [wrong, message] of cases) assert.match(refused({ ...config, ...wrong }), message);
  });

  it("says why the system refuses", () => {
    const config = ptpOnLoopback(firstPort + 40);
    assert.match(refused({ ...config, interface: "no-one" }), /no such network interface/);
    assert.match(refused({ ...config, interface: "192.0.2.99" }), /none of this machine's/);
    assert.match(
      refused({ interface: "lo", eventPort: config.eventPort!, generalPort: config.generalPort! }),
      /give an identity \(no_clock_identity\)/,
    );
    assert.match(refused({ ...config, stamps: "hardware" }), /\(no_hardware_stamps\)/);
  });
});

function nameOf(task: string): string {
  try {
    return readFileSync(`/proc/self/task/${task}/comm`, "utf8").trim();
  } catch {
    return ""; // It has just ended.
  }
}
