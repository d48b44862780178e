/**
 * All that is relied on in the runtimes.
 *
 * @module
 */
import type { Topic } from "./behaviour.ts";
import { EVENT_LOOP } from "./event_loop.ts";
import { MODULES } from "./modules.ts";
import { NATIVE_CALLS } from "./native_calls.ts";
import { NETWORK } from "./network.ts";
import { PROCESSES } from "./processes.ts";
import { SIGNALS } from "./signals.ts";
import { TESTS } from "./tests.ts";
import { THREADS } from "./threads.ts";
import { TIME } from "./time.ts";

/** In the order of the page. */
export const TOPICS: readonly Topic[] = [
  NATIVE_CALLS,
  THREADS,
  EVENT_LOOP,
  TIME,
  PROCESSES,
  SIGNALS,
  NETWORK,
  MODULES,
  TESTS,
];
