/** A program for `program_test.ts`: what it does is its first argument. */
import process from "node:process";
import { Worker } from "node:worker_threads";
import { FilterActor, put, SourceActor } from "../../testdata/actors.ts";
import { ManualClock } from "../../time/virtual_clock.ts";
import { leavePrintingToHome, mergeProfile, profile, profiler } from "../profile.ts";
import type { ProfileSnapshot } from "../profiler.ts";

/** Ten frames through two actors. */
async function work(): Promise<void> {
  const clock = new ManualClock(60);
  const source = new SourceActor({ id: "source", clock, process: (body) => void put(body.outputs.video, 1) });
  const filter = new FilterActor({ id: "filter", process: (body) => profile("copy", () => body.pass()) });
  source.pipe(filter);
  await Promise.all([source.ready, filter.ready]);
  await clock.advance(10);
  await source.stop();
  await filter.stop();
}

const programs: Record<string, () => unknown> = {
  works: work,
  idles: () => {},
  /** Ends in the middle of its work. */
  exits: async () => {
    await work();
    process.exit(3);
  },
  /** Runs until a signal ends it. */
  stays: async () => {
    await work();
    setInterval(() => {}, 1000);
    console.log("ready");
  },
  /** Decides itself what a signal means. */
  listens: async () => {
    await work();
    const stay = setInterval(() => {}, 1000);
    process.once("SIGINT", () => {
      console.log("bye");
      clearInterval(stay);
    });
    console.log("ready");
  },
  /** Is a place of another process. */
  serves: async () => {
    await work();
    leavePrintingToHome();
    console.log(JSON.stringify(profiler?.takeSnapshot()));
  },
  /** Has a thread that works too and sends what it has measured. */
  threads: async () => {
    await work();
    const worker = new Worker(new URL("profiled_thread.ts", import.meta.url));
    const snapshot = await new Promise<ProfileSnapshot>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
    });
    mergeProfile("thread 1", snapshot);
    await worker.terminate();
  },
};

await programs[process.argv[2]]();
