/** A program for `program_test.ts`: `place_program.ts WHAT KIND`. It prints one line per step. */
import process from "node:process";
import { Actor } from "../../actor/actor.ts";
import { registerActor } from "../../actor/register_actor.ts";
import type { ActorSpec, NoPorts } from "../../actor/spec.ts";
import { messageOf } from "../../errors.ts";
import { stopAll } from "../../registry/local_registry.ts";
import type { PoolDispatcher } from "../pool_dispatcher.ts";
import { ProcessPoolDispatcher } from "../process_pool_dispatcher.ts";
import { ThreadPoolDispatcher } from "../thread_pool_dispatcher.ts";
import { AddActor, CounterActor } from "./place_actors.ts";
import { KeeperActor } from "./stubborn_actors.ts";

/** A class of the main program: no place can have it. */
@registerActor({ name: "ProgramActor", module: import.meta.url })
class ProgramActor extends Actor<{ options: NoPorts }> {
  static readonly spec: ActorSpec<{ options: NoPorts }> = {
    description: "Belongs to the program",
    options: { validate: () => ({ value: {} }), toJSONSchema: () => ({ type: "object" }) },
  };

  override process(): void {}
}

const [what, kind] = process.argv.slice(2);

function pool(workers: number): PoolDispatcher {
  return kind === "thread" ? new ThreadPoolDispatcher({ workers }) : new ProcessPoolDispatcher({ workers });
}

const programs: Record<string, () => unknown> = {
  /** Uses no place. */
  idle: () => void pool(2),
  /** Its source comes to its end, and with it all. */
  finishes: () => {
    const places = pool(2);
    const source = new CounterActor({ count: 20, dispatcher: places });
    const add = new AddActor({ dispatcher: places });
    const here = new AddActor();
    source.outputs.video.pipe(add.inputs.video);
    add.outputs.video.pipe(here.inputs.video);
    void here.ended.then(() => console.log(`added ${here.stats.counters.added > 0}`));
  },
  /** Its actors fail, with and without their place. */
  fails: async () => {
    const places = pool(2);
    const source = new CounterActor({ failAt: 3, freeRun: true, dispatcher: places });
    const keeper = new KeeperActor({ dispatcher: places });
    await Promise.allSettled([source.ended, keeper.exit(), keeper.ended]);
    console.log("failed");
  },
  main: () => {
    try {
      new ProgramActor({ dispatcher: pool(1) });
    } catch (thrown) {
      console.log(messageOf(thrown));
    }
  },
  /** Stops its actors at the first Ctrl-C; the second one ends it. */
  interrupted: async () => {
    const places = pool(2);
    process.once("SIGINT", async () => {
      console.log("stopping");
      await stopAll();
      console.log(`stopped ${source.state} ${keeper.state}`);
    });
    const source = new CounterActor({ freeRun: true, dispatcher: places });
    const keeper = new KeeperActor({ dispatcher: places });
    source.outputs.video.pipe(keeper.inputs.video);
    console.log("made");
    await Promise.all([source.ready, keeper.ready]);
    if (process.argv[4] === "hangs") keeper.hang().catch(() => {});
    console.log("ready");
  },
  /** Runs until it is killed; one of its places hangs in a loop, one works. */
  stays: async () => {
    const threads = new ThreadPoolDispatcher({ workers: 1 });
    const processes = pool(3);
    const source = new CounterActor({ freeRun: true, width: 256, height: 256, dispatcher: processes });
    const hanging = new KeeperActor({ dispatcher: processes });
    const add = new AddActor({ dispatcher: processes });
    const last = new AddActor({ dispatcher: threads });
    source.outputs.video.pipe(add.inputs.video);
    source.outputs.video.pipe(hanging.inputs.video);
    add.outputs.video.pipe(last.inputs.video);
    await hanging.ready;
    hanging.hang().catch(() => {});
    await last.ready;
    console.log("ready");
  },
};

await programs[what]();
