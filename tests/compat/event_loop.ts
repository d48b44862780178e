/**
 * The order of what an event loop does, and what holds it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { clearTimeout, setImmediate, setTimeout } from "node:timers";
import { behaviour, type Topic } from "./behaviour.ts";
import { PRINT_IF_HELD, runScript } from "./script.ts";

/** Far more turns than anything that is due may wait. */
const TURNS_MAX = 10_000_000;

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** See {@linkcode TOPICS}. */
export const EVENT_LOOP: Topic = {
  title: "The event loop",
  entries: [
    behaviour("Microtasks, also those that microtasks and promises add, run before an immediate that was set earlier", {
      reliedOnBy: ["core/scheduler.ts", "core/gpu/gpu_stream.ts", "core/time/domain.ts"],
    }, async () => {
      const seen: string[] = [];
      const immediate = turn().then(() => void seen.push("immediate"));
      let left = 500;
      const step = (): void => {
        if (left-- === 0) return void seen.push("last microtask");
        if (left % 2 === 0) queueMicrotask(step);
        else void Promise.resolve().then(step);
      };
      queueMicrotask(step);
      await immediate;
      assert.deepEqual(seen, ["last microtask", "immediate"]);
    }),
    behaviour("Immediates run in their order, and the microtasks of one before the next one", {
      reliedOnBy: ["core/gpu/gpu_stream.ts", "core/time/domain.ts"],
    }, async () => {
      const seen: number[] = [];
      setImmediate(() => {
        seen.push(1);
        queueMicrotask(() => seen.push(2));
      });
      setImmediate(() => seen.push(3));
      await turn();
      await turn();
      assert.deepEqual(seen, [1, 2, 3]);
    }),
    behaviour(
      "An immediate set within an immediate comes in a later turn: timers that are due and messages come through",
      {
        reliedOnBy: ["core/scheduler.ts", "core/buffer/buffer_actor.ts", "ffi/native_bell.ts"],
      },
      async () => {
        const { port1, port2 } = new MessageChannel();
        let isHeard = false;
        let isDue = false;
        port1.onmessage = () => isHeard = true;
        setTimeout(() => isDue = true, 1);
        port2.postMessage(0);
        for (let turns = 0; !(isHeard && isDue); turns++) {
          assert.ok(turns < TURNS_MAX, `after ${turns} immediates: message ${isHeard}, timer ${isDue}`);
          await turn();
        }
        port1.close();
      },
    ),
    behaviour("A timer that a due timer sets with 0 ms comes in a later turn: immediates come through", {
      reliedOnBy: ["core/time/deadlines.ts"],
    }, async () => {
      let timers = 0;
      let timer: ReturnType<typeof setTimeout>;
      const again = (): void => {
        assert.ok(++timers < TURNS_MAX);
        timer = setTimeout(again, 0);
      };
      await new Promise<void>((resolve) => setTimeout(() => (again(), resolve()), 0));
      await turn();
      clearTimeout(timer!);
      assert.ok(timers < TURNS_MAX);
    }),
    behaviour(
      "What a microtask throws is an uncaughtException; the process goes on if somebody listens, else it exits with 1",
      {
        reliedOnBy: ["ffi/native_bell.ts"],
      },
      async () => {
        const source = `queueMicrotask(() => { throw new Error("lost"); });
        setTimeout(() => console.log("goes on"), 20);`;
        const heard = await runScript(
          `process.on("uncaughtException", ({ message }) => console.log(message));${source}`,
        );
        assert.equal(heard.out, "lost\ngoes on");
        const alone = await runScript(source);
        assert.deepEqual([alone.code, alone.out], [1, ""]);
      },
    ),
    behaviour("Timers after unref() let the process end, those of globalThis too", {
      reliedOnBy: ["core/place/stats_feed.ts", "core/attach/attach.ts", "core/time/pulse.ts", "ffi/native_bell.ts"],
    }, async () => {
      const { out, code } = await runScript(`
        setInterval(() => {}, 10).unref();
        setTimeout(() => console.log("fired"), 20_000).unref();
        ${PRINT_IF_HELD}`);
      assert.deepEqual([out, code], ["", 0]);
    }),
    behaviour("Timers of 2 ** 31 - 1 ms hold the process and do not fire at once", {
      reliedOnBy: ["core/actor/keep_alive.ts", "core/time/deadlines.ts"],
    }, async () => {
      const { out } = await runScript(`
        let fired = 0;
        const held = [setInterval(() => fired++, 0x7fff_ffff), setTimeout(() => fired++, 0x7fff_ffff)];
        setTimeout(() => { console.log("held", fired); held.forEach(clearTimeout); }, 100).unref();`);
      assert.equal(out, "held 0");
    }),
    behaviour(
      "AsyncLocalStorage keeps its value over await, timers, immediates and microtasks, also past another run()",
      {
        reliedOnBy: ["core/profile/profiler.ts", "core/profile/trace.ts"],
      },
      async () => {
        const storage = new AsyncLocalStorage<string>();
        const gate = Promise.withResolvers<void>();
        const follow = async (name: string): Promise<string[]> => {
          const seen: (string | undefined)[] = [];
          await gate.promise;
          seen.push(storage.getStore());
          await turn();
          seen.push(storage.getStore());
          await new Promise((resolve) => setTimeout(resolve, 1));
          seen.push(storage.getStore());
          queueMicrotask(() => seen.push(storage.getStore()));
          storage.run("within", () => seen.push(storage.getStore()));
          await turn();
          return seen.map((one) => one === name ? "own" : `${one}`);
        };
        const both = ["a", "b"].map((name) => storage.run(name, () => follow(name)));
        storage.run("c", () => gate.resolve());
        const own = ["own", "own", "own", "within", "own"];
        assert.deepEqual(await Promise.all(both), [own, own]);
        assert.equal(storage.getStore(), undefined);
      },
    ),
    behaviour(
      "AbortSignal.any() follows the first that aborts, with its reason, and is collected while a source lives on",
      {
        reliedOnBy: ["core/actor/runner.ts"],
      },
      async () => {
        const [one, long] = [new AbortController(), new AbortController()];
        const either = AbortSignal.any([long.signal, one.signal]);
        let heard = 0;
        either.addEventListener("abort", () => heard++);
        one.abort("enough");
        long.abort("later");
        assert.deepEqual([either.aborted, either.reason, heard], [true, "enough", 1]);
        assert.equal(AbortSignal.any([new AbortController().signal, one.signal]).aborted, true);
        const { out } = await runScript(`
        let collected = 0;
        const registry = new FinalizationRegistry(() => collected++);
        const source = new AbortController();
        for (let i = 0; i < 2000 && collected === 0; i++) {
          for (let j = 0; j < 500; j++) {
            registry.register(AbortSignal.any([source.signal, new AbortController().signal]), 0);
          }
          await new Promise((resolve) => setTimeout(resolve));
        }
        console.log(collected > 0, source.signal.aborted);`);
        assert.equal(out, "true false");
      },
    ),
  ],
};
