/**
 * Commands that go on until somebody ends them.
 *
 * @module
 */
import process from "node:process";

/** Does `work`; Ctrl-C, SIGTERM and a reader that has gone, such as `head`, call `end` meanwhile. */
export async function untilInterrupted<T>(end: () => void, work: () => Promise<T>): Promise<T> {
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  process.stdout.on("error", end);
  try {
    return await work();
  } finally {
    process.off("SIGINT", end);
    process.off("SIGTERM", end);
  }
}
