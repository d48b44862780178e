/**
 * Asks for a sandbox where the kernel gives nothing that one is made of: within one.
 *
 * @module
 */
import process from "node:process";
import { isStreamError, loadNative } from "@streamlib/core";
import { actorFromSource } from "../actor_from_source.ts";

const { library } = await loadNative();
library!.native.sandbox.lock([], 0);
try {
  await actorFromSource("throw new Error('it was run');");
} catch (thrown) {
  if (isStreamError(thrown)) process.stdout.write(`${thrown.code}: ${thrown.message}\n`);
}
process.exit(0);
