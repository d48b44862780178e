/**
 * Compiles here and in threads, with and without errors, and prints one line of JSON with what was seen. It does
 * nothing to end.
 *
 * @module
 */
import process from "node:process";
import { isMainThread, parentPort, Worker } from "node:worker_threads";

/** How many instances of WebAssembly this thread made. Counting begins before the package is imported. */
let instances = 0;
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
    super(module, imports);
    instances++;
  }
};
const { compileShader, ShaderError } = await import("../mod.ts");
const loadedByImport = instances;

async function compileAll(): Promise<string[]> {
  const glsl = { language: "glsl", stage: "compute", cache: false } as const;
  const wgsl = { ...glsl, language: "wgsl" } as const;
  const { entryPoint } = await compileShader({ ...glsl, source: "layout(local_size_x = 1) in;\nvoid main() {}" });
  const source = "@compute @workgroup_size(1) fn main() {}";
  if ((await compileShader({ ...wgsl, source })).entryPoint !== entryPoint) return ["different"];
  for (const given of [{ ...glsl, source: "void main() { q; }" }, { ...wgsl, source: "fn" }]) {
    try {
      await compileShader(given);
      return ["compiled"];
    } catch (thrown) {
      if (!(thrown instanceof ShaderError)) throw thrown;
    }
  }
  return [entryPoint, "broken"];
}

function inWorker(): Promise<string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<string[]>();
  const worker = new Worker(new URL(import.meta.url));
  worker.once("message", resolve);
  worker.once("error", reject);
  return promise;
}

if (isMainThread) {
  const main = await compileAll();
  const [worker, others] = await Promise.all([inWorker(), inWorker()]);
  const listeners = ["uncaughtException", "unhandledRejection"]
    .reduce((count, event) => count + process.listenerCount(event), 0);
  console.log(JSON.stringify({ loadedByImport, loaded: instances, listeners, main, worker, others }));
} else {
  parentPort!.postMessage(await compileAll());
}
