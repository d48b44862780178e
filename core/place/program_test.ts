import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { loadNative } from "../native.ts";
import { until } from "../testdata/actors.ts";
import { reportAbsence } from "../../tests/needs.ts";
import { placesOf, stateOf } from "../../tests/soak/proc.ts";

const timeout = 60_000;
const { library } = await loadNative();
const program = fileURLToPath(new URL("./testdata/place_program.ts", import.meta.url));

/** A program in a process group of its own, as a shell starts it. */
class Program {
  readonly child: ChildProcess;
  /** What it has printed. */
  out: string = "";
  readonly #end: Promise<[code: number | null, signal: string | null]>;

  /** @param prefix What runs the runtime. */
  constructor(given: readonly string[], prefix: readonly string[] = []) {
    const how = process.versions.bun ? ["run"] : ["run", "-A", "--no-check", "--quiet"];
    const [file, ...rest] = [...prefix, process.execPath, ...how, program, ...given];
    this.child = spawn(file, rest, {
      stdio: ["ignore", "pipe", "ignore"],
      detached: true,
    });
    this.child.stdout!.on("data", (bytes) => this.out += bytes);
    this.#end = new Promise((resolve) => this.child.on("close", (code, signal) => resolve([code, signal])));
  }

  async printed(text: string): Promise<void> {
    await until(() => this.out.includes(text), `it prints ${text}`);
  }

  /** What a terminal does for Ctrl-C. */
  interrupt(): void {
    process.kill(-this.child.pid!, "SIGINT");
  }

  /** Its end; then no place of it lives any more. */
  async end(): Promise<{ code: number | null; signal: string | null }> {
    const [code, signal] = await this.#end;
    await until(() => placesOf(this.child.pid).length === 0, "its places have ended");
    return { code, signal };
  }
}

/** In a mount namespace of its own, 64 MB of `/dev/shm` are mounted and filled before the program starts. */
const FULL = [
  "unshare",
  "-m",
  "sh",
  "-c",
  "mount -t tmpfs -o size=64m full /dev/shm && " +
  '{ head -c 67108864 /dev/zero > /dev/shm/full; [ "$(df --output=avail /dev/shm | tail -1)" -eq 0 ]; } && exec "$0" "$@"',
];
const canMount = spawnSync("unshare", ["-m", "sh", "-c", "mount -t tmpfs full /dev/shm"]).status === 0;
if (!canMount) reportAbsence("the right to mount: a full /dev/shm");

describe("a program on a machine whose /dev/shm is full", { skip: library === undefined || !canMount }, () => {
  it("works: the memory of rings is not there", { timeout }, async () => {
    for (const kind of ["thread", "process"]) {
      const running = new Program(["finishes", kind], FULL);
      assert.deepEqual(await running.end(), { code: 0, signal: null });
      assert.equal(running.out, "added true\n");
    }
  });
});

for (const kind of ["thread", "process"]) {
  describe(`a program with a ${kind} pool`, { skip: library === undefined }, () => {
    it("ends by itself when its actors have ended, though the pool is open", { timeout }, async () => {
      for (const [what, out] of [["idle", ""], ["finishes", "added true\n"], ["fails", "failed\n"]]) {
        const running = new Program([what, kind]);
        assert.deepEqual(await running.end(), { code: 0, signal: null }, what);
        assert.equal(running.out, out);
      }
    });

    it("is told what to do with a class of its own", { timeout }, async () => {
      const running = new Program(["main", kind]);
      assert.equal((await running.end()).code, 0);
      assert.match(
        running.out,
        /ProgramActor ".+": its class is registered by the main program file:\S+place_program\.ts, .* move the class to a module of its own/,
      );
    });

    it("stops in good order at the first Ctrl-C, also while its places start", { timeout }, async () => {
      for (const moment of ["made", "ready"]) {
        const running = new Program(["interrupted", kind]);
        await running.printed(moment);
        running.interrupt();
        assert.deepEqual(await running.end(), { code: 0, signal: null }, `${moment}: ${running.out}`);
        assert.match(running.out, /stopping\n(ready\n)?stopped stopped stopped\n$/);
      }
    });

    it("has places that are out of reach of the terminal", { timeout }, async () => {
      const running = new Program(["interrupted", kind]);
      await running.printed("ready");
      const places = placesOf(running.child.pid);
      assert.equal(places.length, kind === "process" ? 2 : 0);
      for (const pid of places) assert.equal(stateOf(pid)?.group, pid);
      running.interrupt();
      await running.end();
    });

    it("ends at once at the second Ctrl-C, whatever its places do", { timeout }, async () => {
      const running = new Program(["interrupted", kind, "hangs"]);
      await running.printed("ready");
      running.interrupt();
      await running.printed("stopping");
      running.interrupt();
      const { code, signal } = await running.end();
      assert.ok(signal === "SIGINT" || code === 130, `${code} ${signal}`);
      assert.doesNotMatch(running.out, /stopped/);
    });
  });
}
