import { loadNative } from "@streamlib/core";
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { after, describe, it } from "@std/testing/bdd";
import type { Screen } from "./command.ts";
import { runCommandLine } from "./command_line.ts";
import { commands } from "./commands.ts";
import type { PtpLook } from "./ptp/ptp_look.ts";
import { showSession } from "./ptp/ptp_show.ts";
import { viewLines } from "./ptp/ptp_view.ts";
import { openPair, untilLocked } from "./testdata/ptp_pair.ts";

const timeout = 60_000;
const { library } = await loadNative();
const skip = library === undefined;
const isDeno = "deno" in process.versions;
/** Deno and Bun may be tested at the same time. */
const port = (isDeno ? 34_400 : 34_500) + (process.pid % 20) * 4;
const tai = `test-cli-${process.pid}`;

function programOf(path: string, given: readonly string[]): readonly string[] {
  const file = fileURLToPath(new URL(path, import.meta.url));
  return ["run", ...(isDeno ? ["-A", "--no-check"] : []), file, ...given];
}

function start(path: string, ...given: string[]): ChildProcess {
  const env = { ...process.env, STREAMLIB_TAI: tai };
  return spawn(process.execPath, programOf(path, given), { stdio: ["pipe", "pipe", "inherit"], env });
}

function linesOf(child: ChildProcess): AsyncIterator<string> {
  return createInterface(child.stdout!)[Symbol.asyncIterator]();
}

after(() => {
  for (const owner of ["", `-${process.getuid?.()}`]) rmSync(`/dev/shm/streamlib-tai-${tai}${owner}`, { force: true });
});

describe("streamlib ptp", () => {
  it("exits with 2 and says what would be right for an option that cannot be", async () => {
    const err: string[] = [];
    const screen: Screen = { out: () => assert.fail(), err: (line) => void err.push(line) };
    assert.equal(await runCommandLine(commands, ["ptp", "--domain", "300"], screen), 2);
    assert.deepEqual(err, [
      'Cannot run ptp: --domain is "300", it must be an integer from 0 to 255; see streamlib ptp --help',
    ]);
  });

  it("exits with 1 and a sentence where PTP cannot be listened to", { timeout }, () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      programOf("./main.ts", ["ptp", "--interface", "nosuch0", "--duration", "1"]),
      { encoding: "utf8" },
    );
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(stderr, skip ? /native library/ : /Cannot open a PTP client on nosuch0: /);
  });

  it("shows a client that follows our own master on the loopback", { skip, timeout }, async () => {
    const pair = await openPair(port, false);
    try {
      await untilLocked(pair);
      const view = viewLines(pair.client.look());
      assert.equal(view[0], "PTP on lo: domain 99, ST 2059-2:2015, UDP over IPv4, end-to-end delay; measured only");
      assert.match(view[2], /^clock {3}locked, may be off by /);
      assert.match(view[3], /^port {4}slave for .*; software stamps; Sync 32 a second, the last 0\.\d s ago$/);
      assert.equal(view[5], "master  02-00-00-FF-FE-00-00-01 port 1: the only one that counts");
      assert.equal(view[7], "        timescale TAI (tai), TAI - UTC 37 s");
      assert.ok(view.includes("Masters heard") && view.includes("Offsets, ours less the master's"));
      assert.match(viewLines(pair.master.look())[5], /^master {2}this machine, 02-00-00-FF-FE-00-00-01: no better/);

      const lines: string[] = [];
      const screen: Screen = { out: (line) => void lines.push(line), err: () => assert.fail() };
      const stop = new AbortController().signal;
      await showSession(pair.client, screen, { json: true, durationS: 0.1, stop });
      const look = JSON.parse(lines[0]) as PtpLook;
      assert.equal(look.mode, "observe");
      assert.equal(look.statistics?.clockState, "locked");
      assert.equal(String(look.masters[0].identity), "02-00-00-FF-FE-00-00-01");
    } finally {
      pair.client.close();
      pair.master.close();
    }
  });

  it("shows what another process follows, until it is interrupted", { skip, timeout }, async () => {
    const follower = start("./testdata/ptp_pair.ts", String(port + 2));
    try {
      assert.equal((await linesOf(follower).next()).value, "locked");
      const watcher = start("./main.ts", "ptp", "--json");
      const closed = once(watcher, "close");
      const look = JSON.parse((await linesOf(watcher).next()).value as string) as PtpLook;
      assert.equal(look.mode, "watch");
      assert.equal(look.tai.publisherPid, follower.pid);
      assert.equal(look.statistics?.domain, 99);
      assert.deepEqual(look.masters, []);
      // Deno says of a child that was killed by its handle that the signal ended it, even if it ended by itself.
      process.kill(watcher.pid!, "SIGINT");
      assert.deepEqual(await closed, [0, null]);
    } finally {
      const closed = once(follower, "close");
      follower.stdin?.end();
      await closed;
    }
  });
});
