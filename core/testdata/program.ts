/** A program for `process_test.ts`: what it does is its first argument. */
import { stopAll } from "../registry/local_registry.ts";
import { counting, FilterActor, FiniteActor, SourceActor } from "./actors.ts";

const programs: Record<string, () => unknown> = {
  /** Runs as long as its actors do, though nothing else keeps it alive. */
  lives: () => {
    const source = new FiniteActor({ count: 20 });
    const sink: FilterActor = new FilterActor({ onStop: () => console.log(`sink ${sink.stats.ticks > 0}`) });
    source.pipe(sink);
  },
  /** Ends when all its actors were stopped. */
  stops: async () => {
    const actors = [new SourceActor(counting()), new FilterActor({})] as const;
    actors[0].pipe(actors[1]);
    await Promise.all(actors.map((actor) => actor.ready));
    await stopAll();
    console.log("stopped");
  },
  /** Nobody looks at the actor that fails. */
  fails: () => {
    new SourceActor({
      id: "lonely",
      process: () => {
        throw new Error("the cable is out");
      },
    });
  },
  /** Never ends by itself. */
  stays: async () => {
    const source = new SourceActor(counting());
    await source.ready;
    console.log("ready");
  },
};

await programs[process.argv[2]]();
