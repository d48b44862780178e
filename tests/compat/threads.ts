/**
 * Threads of `node:worker_threads`, and the memory they share.
 *
 * @module
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { behaviour, difference, type Topic } from "./behaviour.ts";
import { inFolder, PRINT_IF_HELD, runScript, writeModule } from "./script.ts";

const IMPORTS = `const { parentPort, workerData } = require("node:worker_threads");\n`;

/** A thread of JavaScript text. */
function start(source: string, workerData?: unknown): Worker {
  return new Worker(IMPORTS + source, { eval: true, workerData });
}

/** The first message of a thread. */
async function answerOf(worker: Worker): Promise<unknown> {
  const [answer] = await once(worker, "message");
  await worker.terminate();
  return answer;
}

/**
 * Terminates a thread when its word 0 says that it is where it stays, and gives its words and whether word 3 is still
 * counted up. In a process of its own: the thread may go on until that ends.
 */
async function terminated(source: string): Promise<{ readonly words: number[]; readonly isCounting: boolean }> {
  const { out, code, errors } = await runScript(`
    import { Worker } from "node:worker_threads";
    const words = new Int32Array(new SharedArrayBuffer(16));
    const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const worker = new Worker(${JSON.stringify(IMPORTS + source)}, { eval: true, workerData: words });
    while (Atomics.load(words, 0) === 0) await pause(5);
    await worker.terminate();
    await pause(100);
    const before = words[3];
    await pause(200);
    console.log(JSON.stringify({ words: [...words.subarray(0, 3)], isCounting: words[3] !== before }));`);
  assert.deepEqual([code, errors], [0, ""]);
  return JSON.parse(out);
}

const COUNTS_FOR_EVER = `
  process.on("exit", () => Atomics.store(workerData, 1, 1));
  try {
    for (Atomics.store(workerData, 0, 1);;) Atomics.add(workerData, 3, 1);
  } finally {
    Atomics.store(workerData, 2, 1);
  }`;

/** See {@linkcode TOPICS}. */
export const THREADS: Topic = {
  title: "Threads and shared memory",
  entries: [
    behaviour(
      "terminate() resolves though the thread computes for ever, runs none of its finally blocks and exit listeners, and the process can end",
      {
        reliedOnBy: ["core/place/thread_pool_dispatcher.ts", "plugins/drawing/draw_renderer.ts"],
      },
      async () => {
        assert.deepEqual((await terminated(COUNTS_FOR_EVER)).words, [1, 0, 0]);
      },
    ),
    behaviour("terminate() resolves though the thread blocks in Atomics.wait()", {
      reliedOnBy: ["plugins/media/worker/codec_worker_pool.ts"],
    }, async () => {
      const { words } = await terminated(`Atomics.store(workerData, 0, 1); Atomics.wait(workerData, 2, 0);`);
      assert.deepEqual(words, [1, 0, 0]);
    }),
    difference(
      "A thread that computes for ever, when terminate() has resolved",
      {
        deno: "computes on until the process ends",
        bun: "has stopped",
        mayGo: "nothing; until then a stuck thread costs a core and may write to what it shares",
        reliedOnBy: ["core/place/thread_pool_dispatcher.ts", "plugins/drawing/draw_renderer.ts"],
      },
      async () => (await terminated(COUNTS_FOR_EVER)).isCounting ? "computes on until the process ends" : "has stopped",
    ),
    behaviour("process.exit() in a thread ends that thread alone, with its code, after the messages posted before it", {
      reliedOnBy: ["core/place/thread_main.ts"],
    }, async () => {
      const worker = start(`parentPort.postMessage("last"); process.exit(3);`);
      const messages: unknown[] = [];
      worker.on("message", (message) => messages.push(message));
      const [code] = await once(worker, "exit");
      assert.deepEqual([code, messages], [3, ["last"]]);
    }),
    behaviour("An uncaught error of a thread is `error` with its message, then `exit`; the others live on", {
      reliedOnBy: ["core/place/thread_pool_dispatcher.ts"],
    }, async () => {
      const worker = start(`throw new RangeError("too far");`);
      const told: unknown[] = [];
      worker.on("error", (error) => told.push((error as Error).message));
      await new Promise<void>((resolve) => worker.on("exit", () => (told.push("exit"), resolve())));
      assert.deepEqual(told, ["too far", "exit"]);
    }),
    behaviour("Messages posted before a thread's main module has run are kept until it listens there, in their order", {
      reliedOnBy: ["core/place/thread_pool_dispatcher.ts", "core/place/thread_main.ts"],
    }, async () => {
      const worker = start(`
        for (const endMs = Date.now() + 50; Date.now() < endMs;);
        const messages = [];
        parentPort.on("message", (message) => {
          if (messages.push(message) === 3) parentPort.postMessage(messages.join());
        });`);
      for (const message of [1, 2, 3]) worker.postMessage(message);
      assert.equal(await answerOf(worker), "1,2,3");
    }),
    difference("Messages that come to a thread before it listens, after its main module has run", {
      deno: "are lost",
      bun: "are kept",
      mayGo: "the rule that a thread listens in its main module, before the first await",
      reliedOnBy: ["core/place/thread_main.ts"],
    }, async () => {
      const worker = start(`setTimeout(() => {
        let count = 0;
        parentPort.on("message", () => count++);
        setTimeout(() => parentPort.postMessage(count), 100);
      }, 50);`);
      for (const message of [1, 2, 3]) worker.postMessage(message);
      const count = await answerOf(worker);
      return count === 3 ? "are kept" : count === 0 ? "are lost" : `${count} of 3 are kept`;
    }),
    behaviour(
      "A SharedArrayBuffer in workerData, a message or structuredClone() is the same memory; Atomics.notify() reaches who waits there",
      {
        reliedOnBy: [
          "core/ring/shared_ring.ts",
          "plugins/media/worker/session_control.ts",
          "plugins/drawing/draw_protocol.ts",
        ],
      },
      async () => {
        const words = new Int32Array(new SharedArrayBuffer(8));
        const worker = start(
          `parentPort.once("message", (words) => {
        parentPort.postMessage(Atomics.wait(workerData, 0, 0) + Atomics.load(words, 1));
      });`,
          words,
        );
        Atomics.store(structuredClone(words), 1, 7);
        worker.postMessage(words);
        const answer = answerOf(worker);
        Atomics.store(words, 0, 1);
        const timer = setInterval(() => Atomics.notify(words, 0), 5);
        const found = String(await answer);
        clearInterval(timer);
        // The thread may have come to its wait after the store.
        assert.match(found, /^(ok|not-equal)7$/);
      },
    ),
    behaviour("Atomics.waitAsync() is resolved by Atomics.notify() of another thread", {
      reliedOnBy: ["plugins/media/worker/session_control.ts"],
    }, async () => {
      const words = new Int32Array(new SharedArrayBuffer(4));
      const wait = Atomics.waitAsync(words, 0, 0);
      assert.ok(wait.async);
      const worker = start(`Atomics.store(workerData, 0, 1); Atomics.notify(workerData, 0);`, words);
      assert.equal(await wait.value, "ok");
      await worker.terminate();
    }),
    behaviour("A thread loads modules anew, and has its own globalThis and Symbol.for() registrations there", {
      reliedOnBy: ["core/actor/catalogue.ts", "core/profile/profile.ts"],
    }, () =>
      inFolder(async (folder) => {
        const url = writeModule(
          folder,
          "count.mjs",
          `const key = Symbol.for("streamlib compat"); export const count = globalThis[key] = (globalThis[key] ?? 0) + 1;`,
        ).href;
        assert.equal((await import(url)).count, 1);
        const worker = start(`import(workerData).then(({ count }) => parentPort.postMessage(count));`, url);
        assert.equal(await answerOf(worker), 1);
        delete (globalThis as { [key: symbol]: unknown })[Symbol.for("streamlib compat")];
      })),
    behaviour("A thread whose entry is an https: URL is refused; one of text imports such a module", {
      reliedOnBy: ["core/place/thread_pool_dispatcher.ts"],
    }, async () => {
      assert.throws(() => new Worker(new URL("https://127.0.0.1:1/thread.js")), TypeError);
      // Of what import() reaches, that needs no network.
      const worker = start(`import("data:text/javascript,export default 7").then((module) =>
        parentPort.postMessage(module.default));`);
      assert.equal(await answerOf(worker), 7);
    }),
    difference("A thread that is listened to after unref()", {
      deno: "lets the process end",
      bun: "holds the process",
      mayGo: "the second unref()",
      reliedOnBy: ["core/place/thread_pool_dispatcher.ts"],
    }, async () => {
      const { out, errors } = await runScript(`
        import { Worker } from "node:worker_threads";
        const source = 'require("node:worker_threads").parentPort.on("message", () => {})';
        const worker = new Worker(source, { eval: true });
        worker.unref();
        worker.on("message", () => {});
        ${PRINT_IF_HELD}`);
      return out === "held" ? "holds the process" : out === "" && errors === "" ? "lets the process end" : out + errors;
    }),
    behaviour("A thread that is listened to lets the process end after unref() once more", {
      reliedOnBy: ["core/place/thread_pool_dispatcher.ts", "plugins/media/worker/codec_worker_pool.ts"],
    }, async () => {
      const { out, code } = await runScript(`
        import { Worker } from "node:worker_threads";
        const source = 'require("node:worker_threads").parentPort.on("message", () => {})';
        const worker = new Worker(source, { eval: true });
        worker.on("message", () => {}).on("error", () => {}).on("exit", () => {});
        worker.unref();
        worker.unref();
        ${PRINT_IF_HELD}`);
      assert.deepEqual([out, code], ["", 0]);
    }),
  ],
};
