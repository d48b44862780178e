/**
 * The clocks of a runtime, against those of the machine.
 *
 * @module
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { NativeSymbol } from "../../ffi/abi.gen.ts";
import { locate } from "../../ffi/locate.ts";
import { open } from "../../ffi/open.ts";
import { behaviour, type Topic } from "./behaviour.ts";

/** What rounding may hide, ms. */
const ROUNDED_MS = 1;

function monotonicMs(): number {
  const symbols: Record<string, NativeSymbol> = { sl_time_monotonic_ns: { parameters: [], result: "u64" } };
  return Number(open(locate(), symbols).symbols.sl_time_monotonic_ns()) / 1e6;
}

/** The runtime's time between two looks at the machine's, ms. */
function look(): { readonly before: number; readonly now: number; readonly after: number } {
  return { before: monotonicMs(), now: performance.now(), after: monotonicMs() };
}

/** See {@linkcode TOPICS}. */
export const TIME: Topic = {
  title: "Time",
  entries: [
    behaviour("performance.now() goes on as the machine's monotonic clock does, and never back", {
      reliedOnBy: ["core/time/now.ts", "core/scheduler.ts", "core/supervision/timers.ts"],
    }, async () => {
      const first = look();
      for (let i = 0, last = 0; i < 10_000; i++) {
        const now = performance.now();
        assert.ok(now >= last, `${now} came after ${last}`);
        last = now;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
      const second = look();
      const passed = second.now - first.now;
      assert.ok(passed >= second.before - first.after - ROUNDED_MS, `${passed} ms: it lags`);
      assert.ok(passed <= second.after - first.before + ROUNDED_MS, `${passed} ms: it runs ahead`);
    }),
    behaviour("performance.now() has steps finer than 0.1 ms", {
      reliedOnBy: ["core/time/now.ts", "core/actor/runner.ts", "core/profile/profiler.ts"],
    }, () => {
      let finest = Infinity;
      for (let i = 0, last = performance.now(); i < 100_000; i++) {
        const now = performance.now();
        if (now > last) finest = Math.min(finest, now - last);
        last = now;
      }
      assert.ok(finest < 0.1, `the finest step was ${finest} ms`);
    }),
    behaviour("performance.timeOrigin + performance.now() is one time for all threads, to a few milliseconds", {
      reliedOnBy: ["plugins/display/thread_protocol.ts"],
    }, async () => {
      const now = (): number => performance.timeOrigin + performance.now();
      const source = `require("node:worker_threads").parentPort.on("message", () =>
        require("node:worker_threads").parentPort.postMessage(performance.timeOrigin + performance.now()))`;
      const worker = new Worker(source, { eval: true });
      const before = now();
      worker.postMessage(0);
      const [there] = await once(worker, "message") as [number];
      const after = now();
      await worker.terminate();
      const apart = Math.max(before - there, there - after);
      assert.ok(apart < 5, `the times of two threads are ${apart} ms apart`);
    }),
  ],
};
