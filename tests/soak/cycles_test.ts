import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import process from "node:process";
import {
  type Dispatcher,
  EventLoopDispatcher,
  type PoolDispatcher,
  ProcessPoolDispatcher,
  ThreadPoolDispatcher,
} from "@streamlib/core";
import { openFiles, placesOf, residentBytes, sharedBytes, stateOf, threads, until, zombies } from "./proc.ts";
import { SoakFilter, SoakSink, SoakSource } from "./soak_actors.ts";

const CYCLES = Number(process.env.STREAMLIB_CYCLES ?? 100);
const POOL_CYCLES = CYCLES / 5;
const MIB = 2 ** 20;

/** A source here, a filter there, a sink here, until the sink has got frames. */
async function runOnce(dispatcher: Dispatcher): Promise<void> {
  const source = new SoakSource();
  const filter = new SoakFilter({ dispatcher });
  const sink = new SoakSink();
  source.outputs.video.pipe(filter.inputs.video);
  filter.outputs.video.pipe(sink.inputs.latest);
  await until(() => (sink.stats.counters.latest ?? 0) >= 2, () => "the sink gets frames");
  for (const actor of [source, filter, sink]) await actor.stop();
}

/** What one process has of everything. */
interface Row {
  readonly files: number;
  readonly threads: number;
  readonly resident: number;
  readonly shared: number;
}

function rowOf(pid: number): Row {
  return { files: openFiles(pid), threads: threads(pid), resident: residentBytes(pid), shared: sharedBytes(pid) };
}

/** Nothing has grown from the first third of the cycles to the last one. */
function assertFlat(rows: readonly Row[], what: string): void {
  const third = Math.floor(rows.length / 3);
  const [first, last] = [rows.slice(0, third), rows.slice(-third)];
  // The least: right after a stop, what goes may still be there. What leaks never goes.
  const least = (of: keyof Row, among: readonly Row[]): number => Math.min(...among.map((row) => row[of]));
  const grown = (of: keyof Row): number => least(of, last) - least(of, first);
  const resident = grown("resident") / MIB;
  console.log(
    `soak: ${rows.length} cycles, ${what}; grown: ${grown("files")} files, ${grown("threads")} threads, ` +
      `${grown("shared") / MIB} MiB of rings, ${resident.toFixed(1)} MiB of memory`,
  );
  // A runtime may start a helper late, with its files: that shows in one step. What leaks shows in both.
  const middle = rows.slice(third, -third);
  const steps = [least("files", middle) - least("files", first), least("files", last) - least("files", middle)];
  assert.ok(steps.some((step) => step <= 0) && grown("files") <= 3, `${what}: ${steps.join(", then ")} files more`);
  assert.ok(grown("threads") <= 3, `${what}: ${grown("threads")} threads more`);
  assert.ok(grown("shared") <= 0, `${what}: ${grown("shared")} bytes of rings more`);
  // One ring that is lost per cycle would be more; so would 1 MiB of anything else.
  assert.ok(resident <= 24 + rows.length / 5, `${what}: ${resident} MiB more`);
}

const kinds: [string, () => Dispatcher & Partial<PoolDispatcher>][] = [
  ["the loop", () => new EventLoopDispatcher()],
  ["a thread", () => new ThreadPoolDispatcher({ workers: 1 })],
  ["a process", () => new ProcessPoolDispatcher({ workers: 1 })],
];

describe("starting and stopping", () => {
  for (const [kind, make] of kinds) {
    it(`actors on ${kind} ${CYCLES} times leaves no trace`, { timeout: 60_000 + 1000 * CYCLES }, async () => {
      const dispatcher = make();
      const [here, there]: [Row[], Row[]] = [[], []];
      await runOnce(dispatcher);
      const [place] = placesOf();
      for (let cycle = 0; cycle < CYCLES; cycle++) {
        await runOnce(dispatcher);
        here.push(rowOf(process.pid));
        if (place !== undefined) there.push(rowOf(place));
      }
      await dispatcher.close?.();
      assertFlat(here, `home of ${kind}`);
      if (place !== undefined) assertFlat(there, kind);
    });
  }

  for (const [kind, make] of kinds.slice(1)) {
    it(`pools of ${kind} ${POOL_CYCLES} times leaves no trace`, { timeout: 60_000 + 3000 * POOL_CYCLES }, async () => {
      const rows: Row[] = [];
      const places: number[] = [];
      for (let cycle = 0; cycle < POOL_CYCLES; cycle++) {
        const pool = make();
        await runOnce(pool);
        places.push(...placesOf());
        await pool.close!();
        rows.push(rowOf(process.pid));
      }
      assertFlat(rows, `pools of ${kind}`);
      assert.deepEqual(zombies(), []);
      assert.deepEqual(places.filter((pid) => stateOf(pid)?.parentPid === process.pid), []);
    });
  }
});
