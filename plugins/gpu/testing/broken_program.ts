/**
 * Overflows the stack of WGSL's compiler in a thread, and prints one line of JSON: what that shader, the next one and
 * one in another thread were told.
 *
 * @module
 */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { isStreamError } from "@streamlib/core";
import { compileShader } from "../mod.ts";

/** Each constant needs the next one, which no check of the text sees. */
const DEEP = Array.from({ length: 30_000 }, (_, index) => `const a${index} = a${index + 1};`).join("\n") +
  "\nconst a30000 = 1;";
const GOOD = "@compute @workgroup_size(1) fn main() {}";

async function told(source: string): Promise<string> {
  try {
    return (await compileShader({ source, language: "wgsl", stage: "compute", name: "x", cache: false })).entryPoint;
  } catch (thrown) {
    return isStreamError(thrown) ? `${thrown.code} ${thrown.message}` : String(thrown);
  }
}

function inWorker(sources: readonly string[]): Promise<string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<string[]>();
  const worker = new Worker(new URL(import.meta.url), { workerData: sources });
  worker.once("message", resolve);
  worker.once("error", reject);
  return promise;
}

if (isMainThread) console.log(JSON.stringify([...await inWorker([DEEP, GOOD]), ...await inWorker([GOOD])]));
else {
  const answers: string[] = [];
  for (const source of workerData as readonly string[]) answers.push(await told(source));
  parentPort!.postMessage(answers);
}
