/**
 * Entry of the codec threads: does one job after the other.
 *
 * @module
 */
import { parentPort } from "node:worker_threads";
import { probeProviders } from "./probe.ts";
import { runReadSession } from "./read_session.ts";
import { runWriteSession } from "./write_session.ts";
import { toErrorMessage } from "../media_error.ts";
import type { Job, Reply } from "./messages.ts";

function reply(message: Reply): void {
  parentPort?.postMessage(message);
}

async function run(job: Job): Promise<void> {
  try {
    switch (job.kind) {
      case "read":
        return await runReadSession(job, reply);
      case "write":
        return await runWriteSession(job, reply);
      case "probe":
        return reply({ kind: "probed", providers: await probeProviders(job.providers) });
    }
  } catch (thrown) {
    const [action, otherwise] = job.kind === "read"
      ? [`Cannot read ${job.path}`, "damaged" as const]
      : job.kind === "write"
      ? [`Cannot write ${job.path}`, "unwritable" as const]
      : ["Cannot load the codec providers", "provider" as const];
    reply({ kind: "failed", error: toErrorMessage(thrown, action, otherwise) });
  } finally {
    reply({ kind: "ended" });
  }
}

parentPort?.on("message", (job: Job) => void run(job));
