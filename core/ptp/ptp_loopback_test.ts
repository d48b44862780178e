import { after, afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { readdirSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { loadNative } from "../native.ts";

const timeout = 60_000;
const { library } = await loadNative();
const skip = library === undefined;
const program = fileURLToPath(new URL("../testdata/ptp_program.ts", import.meta.url));
const isDeno = "deno" in process.versions;
/** Deno and Bun may be tested at the same time. */
const ports = (isDeno ? 34_100 : 34_200) + (process.pid % 40) * 2;

interface Program {
  readonly child: ChildProcess;
  /** What it tells next; rejects if it has ended. */
  next(): Promise<Record<string, unknown>>;
}

const running: ChildProcess[] = [];

/**
 * @param tai A TAI that is not this machine's, nor that of another program.
 * @param aheadS Of a grandmaster: how far it is ahead of this machine.
 */
function start(what: string, tai: string, aheadS = 5): Program {
  const given = isDeno ? ["run", "-A", "--no-check", program] : [program];
  const child = spawn(process.execPath, [...given, what, String(ports), String(aheadS)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, STREAMLIB_TAI: `test-${tai}-${process.pid}` },
  });
  running.push(child);
  const lines = createInterface(child.stdout!)[Symbol.asyncIterator]();
  return {
    child,
    next: async () => {
      const { value, done } = await lines.next();
      assert.ok(!done, `${what} has ended with ${child.exitCode}`);
      return JSON.parse(value);
    },
  };
}

afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});
after(() => {
  if (skip) return;
  const isOurs = (name: string): boolean => /^streamlib-tai-test-[a-z]+-(\d+)/.exec(name)?.[1] === String(process.pid);
  for (const name of readdirSync("/dev/shm").filter(isOurs)) rmSync(`/dev/shm/${name}`);
});

describe("PTP between two processes on the loopback", { skip }, () => {
  it("locks a PTPClock, its actors in other places beat with it, and a holdover follows", { timeout }, async () => {
    const leader = start("leads", "leader");
    assert.deepEqual(await leader.next(), { leads: true });
    const follower = start("follows", "follower");
    const { before, frames, steps, ...locked } = await follower.next();
    assert.deepEqual(locked, {
      state: "locked",
      locked: true,
      isOwn: true,
      grandmaster: "02-00-00-FF-FE-00-00-01",
      timescale: "tai",
      portState: "slave",
      told: ["ptp", 100, true],
      events: ["master", "state", "timescale"],
    });
    // Whether the kernel's clock is disciplined is up to the machine.
    assert.ok(["software/50/1", "system-tai/50/1"].includes(before as string));
    assert.ok(frames as number > 0);
    // Five seconds, less what the two processes took them for.
    const [jump, ...others] = steps as number[];
    assert.ok(Math.abs(jump - 250) <= 1 && others.length === 0, `jumps of ${steps} frames`);
    assert.ok((await follower.next()).twins as number >= 10);
    leader.child.kill("SIGKILL");
    assert.deepEqual(await follower.next(), { state: "holdover", locked: true, using: "ptp/100/50/1" });
    const closed = once(follower.child, "close");
    assert.deepEqual(await follower.next(), { locked: false, state: "free" });
    assert.deepEqual(await closed, [0, null]);
  });

  it("goes back with a grandmaster that is behind, once, and frame numbers go on", { timeout }, async () => {
    const leader = start("leads", "behind", -5);
    await leader.next();
    const follower = start("locks", "back");
    const { steps, wrong } = await follower.next();
    const [jump, ...others] = steps as number[];
    assert.ok(Math.abs(jump + 250) <= 1 && others.length === 0, `jumps of ${steps} frames`);
    assert.equal(wrong, 0);
  });

  it("keeps a SystemTaiClock on the kernel's clock, locked or not", { timeout }, async () => {
    const { child, next } = start("kernel", "kernel");
    const closed = once(child, "close");
    const { state, ...told } = await next();
    assert.ok(["free", "locked"].includes(state as string));
    assert.deepEqual(told, { isLocked: true, isKnown: true, publisherPid: child.pid });
    assert.deepEqual(await next(), { locked: false, state: "free" });
    assert.deepEqual(await closed, [0, null]);
  });

  it("keeps no process alive", { timeout }, async () => {
    const { child, next } = start("leaves", "alone");
    const closed = once(child, "close");
    assert.deepEqual(await next(), { ticks: 1 });
    assert.deepEqual(await closed, [0, null]);
  });
});
