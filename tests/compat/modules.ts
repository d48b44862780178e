/**
 * Modules, classes and values.
 *
 * @module
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { ROOT } from "../setup.ts";
import { behaviour, difference, type Topic } from "./behaviour.ts";
import { endOf, inFolder, runScript, startScript, writeModule } from "./script.ts";

/** A module that calls its one function for ever within itself, as `f`. */
const ENDLESS = new Uint8Array(
  [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 6, 1, 4, 0, 16, 0, 11],
);

/** A program with a class whose decorator gives another one in its place. */
const DECORATED = `
  function replaced(target, context) {
    const Other = class extends target {};
    order.push("decorator " + Object.hasOwn(target, "field"));
    context.addInitializer(() => order.push("initializer " + Object.hasOwn(target, "field")));
    return Other;
  }
  const order: string[] = [];
  @replaced
  class Decorated {
    static field = order.push("field");
    static inner() { return Decorated; }
  }
  console.log(JSON.stringify({ order, isReplaced: Decorated.inner() === Decorated, name: Decorated.inner().name }));
`;

async function runDecorated(): Promise<{ order: string[]; isReplaced: boolean; name: string }> {
  return await inFolder(async (folder) => {
    writeModule(folder, "decorated.ts", DECORATED);
    const { out, errors } = await endOf(startScript(join(folder, "decorated.ts")));
    assert.equal(errors, "");
    return JSON.parse(out);
  });
}

/** See {@linkcode TOPICS}. */
export const MODULES: Topic = {
  title: "Modules, classes and values",
  entries: [
    behaviour(
      "A module is loaded once per thread, also by import() at the same time; a copy has the same Symbol.for() and globalThis",
      {
        reliedOnBy: ["core/actor/catalogue.ts", "core/place/hosted_cell.ts", "core/native.ts"],
      },
      () =>
        inFolder(async (folder) => {
          const source = `export const own = Symbol("own"); export const shared = Symbol.for("streamlib compat");
          export const { performance } = globalThis;`;
          const { href } = writeModule(folder, "key.mjs", source);
          const [one, again] = await Promise.all([import(href), import(href)]);
          const copy = await import(writeModule(folder, "copy.mjs", source).href);
          assert.equal(one, again);
          assert.deepEqual([one.own === copy.own, one.shared === copy.shared], [false, true]);
          assert.equal(copy.performance, performance);
        }),
    ),
    behaviour("import.meta.url of TypeScript sources ends with .ts, in a thread too", {
      reliedOnBy: ["core/place/thread_pool_dispatcher.ts", "core/place/process_pool_dispatcher.ts"],
    }, () =>
      inFolder(async (folder) => {
        assert.ok(import.meta.url.endsWith("/modules.ts"), import.meta.url);
        const source = `import { parentPort } from "node:worker_threads";
          const url: string = import.meta.url;
          parentPort!.postMessage(url);`;
        const url = writeModule(folder, "thread.ts", source);
        const worker = new Worker(url);
        const [told] = await once(worker, "message");
        await worker.terminate();
        assert.equal(told, url.href);
      })),
    behaviour("createRequire() of a module finds packages of the workspace and of npm, in a thread too", {
      reliedOnBy: ["ffi/locate.ts", "cli/plugins.ts", "plugins/media/codec/ffmpeg_addon.ts"],
    }, async () => {
      const from = pathToFileURL(join(ROOT, "plugins/gpu/mod.ts")).href;
      const here = ["naga-wasm", "@streamlib/core"].map((name) => createRequire(from).resolve(name));
      const source = `const { parentPort, workerData } = require("node:worker_threads");
        const found = ["naga-wasm", "@streamlib/core"].map((name) =>
          require("node:module").createRequire(workerData).resolve(name));
        parentPort.postMessage(found);`;
      const worker = new Worker(source, { eval: true, workerData: from });
      const [there] = await once(worker, "message");
      await worker.terminate();
      assert.deepEqual(there, here);
    }),
    behaviour("A class decorator runs before the class's static fields are set, its initializers after that", {
      reliedOnBy: ["core/actor/register_actor.ts"],
    }, async () => {
      assert.deepEqual((await runDecorated()).order, ["decorator false", "field", "initializer true"]);
    }),
    difference(
      "The name of a decorated class within the class",
      {
        deno: "means the class without its decorator",
        bun: "means what the decorator returned",
        mayGo: "registeredClassOf() and the second map",
        reliedOnBy: ["core/actor/registration.ts", "core/actor/register_actor.ts", "core/actor/actor.ts"],
      },
      async () =>
        (await runDecorated()).isReplaced
          ? "means what the decorator returned"
          : "means the class without its decorator",
    ),
    behaviour("`using` and `await using` dispose in reverse order, also when the block throws", {
      reliedOnBy: ["core/profile/profile.ts", "core/actor/actor.ts", "core/supervision/supervisor.ts"],
    }, async () => {
      const seen: string[] = [];
      const later = async (name: string): Promise<void> => {
        await Promise.resolve();
        seen.push(name);
      };
      await assert.rejects(async () => {
        using _one = { [Symbol.dispose]: () => void seen.push("one") };
        await using _two = { [Symbol.asyncDispose]: () => later("two") };
        using _three = { [Symbol.dispose]: () => void seen.push("three") };
        throw new Error("thrown");
      }, /thrown/);
      assert.deepEqual(seen, ["three", "two", "one"]);
    }),
    behaviour(
      "structuredClone() throws a DataCloneError for functions, however deep, and gives instances of classes as plain objects",
      {
        reliedOnBy: ["core/place/pool_dispatcher.ts", "core/place/thread_main.ts", "core/actor/life.ts"],
      },
      () => {
        assert.throws(() => structuredClone({ deep: [{ call: () => {} }] }), { name: "DataCloneError" });
        class Named {
          readonly value = 1n;
        }
        const clone = structuredClone(new Named());
        assert.deepEqual([clone.value, Object.getPrototypeOf(clone) === Object.prototype], [1n, true]);
      },
    ),
    behaviour(
      "WebAssembly is compiled and made within a call; its overflow of the stack is a RangeError that says so, and the thread goes on",
      {
        reliedOnBy: ["plugins/gpu/compiler/wgsl_compiler.ts", "plugins/gpu/compiler/glsl_compiler.ts"],
      },
      () => {
        const { exports } = new WebAssembly.Instance(new WebAssembly.Module(ENDLESS));
        for (let i = 0; i < 2; i++) {
          assert.throws(exports.f as () => void, (thrown: Error) => {
            assert.ok(thrown instanceof RangeError, thrown.name);
            return /^Maximum call stack size exceeded/.test(thrown.message);
          });
        }
      },
    ),
    difference("What import() throws for code with several mistakes", {
      deno: "one error, whose message has `URL:line:column`",
      bun: "an AggregateError of errors with `position.line`",
      mayGo: "one of the two ways to find the line",
      reliedOnBy: ["plugins/drawing/draw_thread.ts"],
    }, async () => {
      const { out, errors } = await runScript(`
        const url = "data:text/javascript," + encodeURIComponent("\\nlet a = 1;\\nlet a = 2;\\nlet a = 3;");
        try {
          await import(url);
        } catch (error) {
          const isMany = error instanceof AggregateError && error.errors[0].position.line === 3;
          console.log(isMany ? "many" : /data:[^\\s()]*:3:\\d+/.test(error.message) ? "one" : error);
        }`);
      if (out === "many") return "an AggregateError of errors with `position.line`";
      return out === "one" ? "one error, whose message has `URL:line:column`" : out + errors;
    }),
  ],
};
