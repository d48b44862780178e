/**
 * Calling native code. The functions called are those of the C library and of libstreamlib.
 *
 * @module
 */
import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { Worker } from "node:worker_threads";
import type { NativeSymbol } from "../../ffi/abi.gen.ts";
import { locate } from "../../ffi/locate.ts";
import { open, openAddon, view } from "../../ffi/open.ts";
import { behaviour, difference, type Topic } from "./behaviour.ts";
import { endOf, inFolder, startScript, writeModule } from "./script.ts";

const OPEN = JSON.stringify(new URL("../../ffi/open.ts", import.meta.url).href);
const C_LIBRARY = process.platform === "darwin" ? "libSystem.dylib" : "libc.so.6";
const SYMBOLS: Readonly<Record<string, NativeSymbol>> = {
  /** To, from, bytes; returns the address of `to`. */
  memcpy: { parameters: ["buffer", "buffer", "u64"], result: "u64" },
  labs: { parameters: ["i64"], result: "i64" },
  ntohl: { parameters: ["u32"], result: "u32" },
  malloc: { parameters: ["u64"], result: "u64" },
};
const { memcpy, labs, ntohl, malloc } = open(C_LIBRARY, SYMBOLS).symbols;
const FOUR = new Uint8Array([1, 2, 3, 4]);

/** What a call does with a value that its type has no room for. */
function answerTo(call: () => number | bigint): string {
  try {
    return `takes it as ${call()}`;
  } catch (thrown) {
    return `throws a ${(thrown as Error).name}`;
  }
}

/** Whether the process has a file mapped, after a thread that opened it there was ended. */
const THREAD_OPENS_LIBRARY = `
  import { readFileSync } from "node:fs";
  import { Worker } from "node:worker_threads";
  const path = process.argv[2];
  const worker = new Worker(new URL("./thread.mjs", import.meta.url), { workerData: path });
  await new Promise((resolve) => worker.once("message", resolve));
  const isMapped = () => readFileSync("/proc/self/maps", "utf8").includes(path);
  const before = isMapped();
  await worker.terminate();
  // The thread is over when the runtime has let go of what was its own, which may be later.
  for (let i = 0; i < 100 && isMapped(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  console.log(before, isMapped());
  process.exit(0);
`;

/** See {@linkcode TOPICS}. */
export const NATIVE_CALLS: Topic = {
  title: "Native calls",
  entries: [
    behaviour("A buffer argument is the memory itself, from the view's offset on", {
      reliedOnBy: ["ffi/abi.gen.ts"],
    }, () => {
      const bytes = new Uint8Array(16);
      memcpy(bytes.subarray(8), FOUR, 4n);
      memcpy(new DataView(bytes.buffer, 2), FOUR, 2n);
      assert.deepEqual([...bytes], [0, 0, 1, 2, 0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0]);
    }),
    behaviour("A view of a SharedArrayBuffer is a buffer argument, without a copy", {
      reliedOnBy: ["plugins/display/picture.ts", "core/pixel/convert_frame.ts"],
    }, () => {
      const bytes = new Uint8Array(new SharedArrayBuffer(8));
      memcpy(bytes.subarray(4), FOUR, 4n);
      assert.deepEqual([...bytes], [0, 0, 0, 0, 1, 2, 3, 4]);
    }),
    behaviour("64-bit results are bigint, small ones too", {
      reliedOnBy: ["ffi/abi.gen.ts", "ffi/library.ts"],
    }, () => {
      assert.equal(labs(-5n), 5n);
      assert.equal(labs(-(2n ** 63n - 1n)), 2n ** 63n - 1n);
    }),
    behaviour("A missing symbol and a missing library throw when they are opened", {
      reliedOnBy: ["ffi/library.ts", "ffi/shared_library.ts"],
    }, () => {
      const nothing = { streamlib_has_no_such: { parameters: [], result: "u32" } } as const;
      assert.throws(() => open(C_LIBRARY, nothing), /streamlib_has_no_such/);
      assert.throws(() => open("/nowhere/lib.so", nothing), /\/nowhere\/lib\.so/);
    }),
    behaviour(
      "A view of native memory is the memory; two views of it are one; transfer(0) empties a view, and no more",
      {
        reliedOnBy: ["ffi/open.ts", "ffi/memory.ts"],
      },
      () => {
        const address = malloc(64n) as bigint;
        const one = new Uint8Array(view(address, 64));
        const two = new Uint8Array(view(address, 64));
        memcpy(one, FOUR, 4n);
        assert.deepEqual([...two.subarray(0, 4)], [1, 2, 3, 4]);
        assert.equal(memcpy(two, FOUR, 0n), address);
        one.buffer.transfer(0);
        assert.deepEqual([one.length, one.buffer.detached, two.length, two[3]], [0, true, 64, 4]);
      },
    ),
    behaviour("Atomics work on native memory, except for waiting", {
      reliedOnBy: ["ffi/native_ring.ts"],
    }, () => {
      const words = new Int32Array(view(malloc(64n) as bigint, 64));
      Atomics.store(words, 0, 5);
      assert.equal(Atomics.add(words, 0, 3), 5);
      assert.equal(Atomics.load(words, 0), 8);
      assert.throws(() => Atomics.wait(words, 0, 8, 0), TypeError);
    }),
    behaviour("A library opened by its path in another thread is the same, with the same state", {
      reliedOnBy: ["ffi/open.ts", "core/ring/native_ref.ts"],
    }, async () => {
      // Of every process there is one sequence of these numbers.
      const random = { srand48: { parameters: ["i64"], result: "i32" }, lrand48: { parameters: [], result: "i64" } };
      const { srand48, lrand48 } = open(C_LIBRARY, random as Record<string, NativeSymbol>).symbols;
      srand48(7n);
      const [first, second] = [lrand48(), lrand48()];
      srand48(7n);
      assert.equal(lrand48(), first);
      const source = `
        import(${OPEN}).then(({ open }) => {
          const { symbols } = open(${JSON.stringify(C_LIBRARY)}, { lrand48: { parameters: [], result: "i64" } });
          require("node:worker_threads").parentPort.postMessage(symbols.lrand48());
        });`;
      const worker = new Worker(source, { eval: true });
      const found = await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
      await worker.terminate();
      assert.equal(found, second);
    }),
    behaviour("process.dlopen() opens a library as Node-API addon that shares its state with the library by FFI", {
      reliedOnBy: ["ffi/open.ts", "ffi/native_bell.ts"],
    }, () => {
      const addon = openAddon(locate()) as { openBellLoop(onRing: () => void): number };
      const loop = addon.openBellLoop(() => {});
      const symbols: Record<string, NativeSymbol> = {
        sl_bell_open: { parameters: ["u32"], result: "i32" },
        sl_bell_close: { parameters: ["u32"], result: "i32" },
      };
      const { sl_bell_open, sl_bell_close } = open(locate(), symbols).symbols;
      const bell = sl_bell_open(loop) as number;
      assert.ok(bell > 0, `opening a bell of loop ${loop} returned ${bell}`);
      sl_bell_close(bell);
    }),
    difference("A u32 argument of -1", {
      deno: "throws a TypeError",
      bun: "takes it as 4294967295",
      mayGo: "nothing while one of them takes wrong numbers",
      reliedOnBy: ["ffi/range.ts", "ffi/abi.gen.ts"],
    }, () => answerTo(() => (ntohl(-1) as number) >>> 0)),
    difference("An ArrayBuffer, or null, as a buffer argument", {
      deno: "is taken",
      bun: "throws",
      mayGo: "the rule that buffers are typed arrays",
      reliedOnBy: ["ffi/range.ts", "ffi/abi.gen.ts"],
    }, () => {
      for (const value of [new ArrayBuffer(8), null]) {
        try {
          memcpy(value as unknown as ArrayBufferView, FOUR, 0n);
        } catch {
          return "throws";
        }
      }
      return "is taken";
    }),
    difference("The address of an array of length 0", {
      deno: "null",
      bun: "not null",
      mayGo: "rule 5 of the native boundary: only lengths are trusted",
      reliedOnBy: ["docs/internals/abi.md"],
    }, () => memcpy(new Uint8Array(0), FOUR, 0n) === 0n ? "null" : "not null"),
    difference("Opening no symbol of a library", {
      deno: "opens it",
      bun: "throws",
      mayGo: "the check that at least one function is named",
      reliedOnBy: ["ffi/shared_library.ts"],
    }, () => {
      try {
        open(C_LIBRARY, {}).close();
        return "opens it";
      } catch {
        return "throws";
      }
    }),
    difference("A library that only a thread had opened, when that has ended", {
      deno: "is unloaded",
      bun: "stays",
      mayGo: "the library's hold on itself, `stay` in the file",
      reliedOnBy: ["zig/src/thread.zig"],
    }, () =>
      inFolder(async (folder) => {
        const copy = join(folder, "library.so");
        copyFileSync(locate(), copy);
        writeModule(
          folder,
          "thread.mjs",
          `import { parentPort, workerData } from "node:worker_threads";
          import { open } from ${OPEN};
          open(workerData, { sl_abi_version: { parameters: [], result: "u32" } }).symbols.sl_abi_version();
          parentPort.on("message", () => {});
          parentPort.postMessage("open");`,
        );
        writeModule(folder, "script.mjs", THREAD_OPENS_LIBRARY);
        const { out, errors } = await endOf(startScript(join(folder, "script.mjs"), {}, [copy]));
        if (out === "true false") return "is unloaded";
        return out === "true true" ? "stays" : `${out}${errors}`;
      })),
  ],
};
