import { after, before, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import {
  type Actor,
  isStreamError,
  type PoolDispatcher,
  ProcessPoolDispatcher,
  Supervisor,
  ThreadPoolDispatcher,
} from "@streamlib/core";
import {
  median,
  openFiles,
  openMemories,
  placesOf,
  residentBytes,
  sharedBytes,
  threads,
  until,
  zombies,
} from "./proc.ts";
import { SoakFilter, SoakSink, SoakSource } from "./soak_actors.ts";

/** How many processes are killed, and a fifth of it threads; `deno task soak` asks for 1 000. */
const ROUNDS = Number(process.env.STREAMLIB_KILLS ?? 40);
const supervision = { maxRestarts: 1000, withinMs: 1000, backoff: { firstMs: 1, maxMs: 20, factor: 2, jitter: 0.5 } };
const MIB = 2 ** 20;

/** Failures of actors that are not the death of their place. */
const surprises: Error[] = [];

/** One for each actor: none waits for another's restart. */
function supervisor(): Supervisor {
  const made = new Supervisor(supervision);
  made.on("failed", ({ error }) => {
    if (!hasLostItsPlace(error)) surprises.push(error);
  });
  made.on("gave-up", ({ error }) => surprises.push(error));
  return made;
}

function hasLostItsPlace(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause) {
    if (isStreamError(one) && one.code === "place-lost") return true;
  }
  return false;
}

/**
 * Two ways to three sinks, which look at every word: one from here through a process, the other from a process through a
 * thread. Every kind of link is in it.
 */
class Pipeline {
  readonly filter: SoakFilter;
  readonly threadFilter: SoakFilter;
  readonly sinks: readonly SoakSink[];
  readonly actors: readonly Actor[];

  constructor(processes: PoolDispatcher, threadPool: PoolDispatcher) {
    const here = new SoakSource();
    const far = new SoakSource({ dispatcher: processes, supervisor: supervisor() });
    this.filter = new SoakFilter({ dispatcher: processes, supervisor: supervisor() });
    this.threadFilter = new SoakFilter({ dispatcher: threadPool, supervisor: supervisor() });
    this.sinks = [
      new SoakSink(),
      new SoakSink({ dispatcher: threadPool, supervisor: supervisor() }),
      new SoakSink({ dispatcher: processes, supervisor: supervisor() }),
    ];
    here.outputs.video.pipe(this.filter.inputs.video);
    far.outputs.video.pipe(this.threadFilter.inputs.video);
    for (const sink of this.sinks) {
      this.filter.outputs.video.pipe(sink.inputs.latest);
      this.threadFilter.outputs.video.pipe(sink.inputs.ordered);
    }
    this.actors = [here, far, this.filter, this.threadFilter, ...this.sinks];
  }

  /** Frames by sink and input. */
  counts(): number[] {
    return this.sinks.flatMap(({ stats: { counters } }) => [counters.latest ?? 0, counters.ordered ?? 0]);
  }

  /** Every sink gets frames on both ways. */
  async goesOn(): Promise<void> {
    const reached = this.counts().map((count) => count + 3);
    await until(
      () => surprises.length > 0 || this.counts().every((count, i) => count >= reached[i]),
      () => `every sink gets frames: ${this.actors.map(({ id, stats }) => `\n${id} ${JSON.stringify(stats)}`)}`,
    );
    assert.deepEqual(surprises, []);
  }

  async stop(): Promise<void> {
    for (const actor of this.actors) await actor.stop();
    for (const actor of this.actors) assert.equal(actor.state, "stopped", String(actor.error));
  }
}

/** What this process has of everything, after each round. */
class Account {
  readonly #rows: Record<"files" | "threads" | "mapped" | "used", number>[] = [];

  note(): void {
    this.#rows.push({ files: openFiles(), threads: threads(), mapped: sharedBytes(), used: residentBytes() });
  }

  /** Nothing has grown from the first third of the rounds to the last one. */
  close(what: string): void {
    const third = Math.floor(this.#rows.length / 3);
    const [first, last] = [this.#rows.slice(0, third), this.#rows.slice(-third)];
    const grown = (of: "files" | "threads" | "mapped" | "used"): number =>
      median(last.map((row) => row[of])) - median(first.map((row) => row[of]));
    const used = grown("used") / MIB;
    console.log(
      `soak: ${this.#rows.length} ${what}; grown: ${grown("files")} files, ${grown("threads")} threads, ` +
        `${grown("mapped") / MIB} MiB of rings, ${used.toFixed(1)} MiB of memory`,
    );
    // A place that is being replaced has fewer files than one that lives.
    assert.ok(grown("files") <= 6, `${grown("files")} files more`);
    assert.ok(grown("threads") <= 3, `${grown("threads")} threads more`);
    assert.ok(grown("mapped") <= 8 * MIB, `${grown("mapped")} bytes of rings more`);
    assert.ok(used <= 96, `${used} MiB of memory more`);
  }
}

describe("a pipeline over the loop, threads and processes", () => {
  let processes: ProcessPoolDispatcher;
  let threadPool: ThreadPoolDispatcher;
  let pipeline: Pipeline;
  const seen = new Set<number>();
  let filesBefore = 0;

  before(() => {
    filesBefore = openFiles();
    processes = new ProcessPoolDispatcher({ workers: 4 });
    threadPool = new ThreadPoolDispatcher({ workers: 2 });
    pipeline = new Pipeline(processes, threadPool);
  });
  after(async () => {
    await processes.close();
    await threadPool.close();
  });

  function placesNow(): number[] {
    const pids = placesOf();
    for (const pid of pids) seen.add(pid);
    return pids;
  }

  it(`goes on when a process is killed, ${ROUNDS} times`, { timeout: 120_000 + 2000 * ROUNDS }, async () => {
    const account = new Account();
    await pipeline.goesOn();
    for (let round = 0; round < ROUNDS; round++) {
      await setTimeout(Math.random() * 30);
      // Any of them, working or just begun: it writes, reads, or both.
      const pids = placesNow();
      const pid = pids[Math.floor(Math.random() * pids.length)];
      if (pid !== undefined) process.kill(pid, "SIGKILL");
      await pipeline.goesOn();
      account.note();
    }
    account.close(`processes killed, frames seen ${pipeline.counts()}`);
  });

  it(`goes on when a thread ends, ${ROUNDS / 5} times`, { timeout: 120_000 + 400 * ROUNDS }, async () => {
    const account = new Account();
    for (let round = 0; round < ROUNDS / 5; round++) {
      await setTimeout(Math.random() * 30);
      pipeline.threadFilter.endThread().catch(() => {});
      await pipeline.goesOn();
      account.note();
    }
    account.close(`threads ended, frames seen ${pipeline.counts()}`);
  });

  it("leaves nothing behind", { timeout: 60_000 }, async () => {
    placesNow();
    await pipeline.stop();
    await processes.close();
    await threadPool.close();
    assert.deepEqual(zombies(), []);
    assert.deepEqual([...seen].filter((pid) => placesOf().includes(pid)), []);
    assert.ok(openFiles() <= filesBefore + 4, `${openFiles()} open files, ${filesBefore} before`);
    // The bell of this thread stays.
    assert.ok(openMemories() <= 1, `${openMemories()} memories open`);
    assert.ok(sharedBytes() <= 4096, `${sharedBytes()} bytes mapped`);
  });
});
