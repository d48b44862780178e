/**
 * Whether, and when, this program lets others of its user look at it.
 *
 * @module
 */
import process from "node:process";
import { isMainThread } from "node:worker_threads";

/** `off`: never; `on`: also in tests, and with a line that says why if it cannot be; anything else: by itself. */
const VARIABLE = "STREAMLIB_ATTACH";
/** First frames come before that, and a short program ends before. */
const DELAY_MS = 300;
const TEST_FILE = /[._]test\.[cm]?[jt]sx?$/;
/** Of two copies of this package in one process the first is looked at. */
const KEY = Symbol.for("@streamlib/core/attach/1");
const shared = globalThis as { [KEY]?: true };

/**
 * The first actor lives: a little later the program listens, unless it must not. Costs one timer until then, does not
 * keep the process alive and never fails.
 */
export function offerAttach(): void {
  if (shared[KEY]) return;
  shared[KEY] = true;
  // Tests look for what they leave behind, and a timer is such.
  if (!isMainThread || TEST_FILE.test(process.argv[1] ?? "") && process.env[VARIABLE] !== "on") return;
  setTimeout(() => void listen(), DELAY_MS).unref();
}

/** For a process that is a place of another one: its actors are seen there. */
export function leaveAttachToHome(): void {
  shared[KEY] = true;
}

async function listen(): Promise<void> {
  if (!await isAllowed()) return;
  const setting = process.env[VARIABLE];
  if (setting === "off" || setting !== "on" && process.env.NODE_ENV === "test") return;
  const { listenForVisitors } = await import("./listen.ts");
  const problem = await listenForVisitors();
  if (problem !== undefined && setting === "on") {
    console.error(`streamlib: nobody can attach to this program: ${problem}`);
  }
}

/** Where the runtime would have to ask the user, who has not asked for this, the answer is no. */
async function isAllowed(): Promise<boolean> {
  try {
    const { isUnrestricted } = await import("@streamlib/ffi");
    return isUnrestricted();
  } catch {
    return false;
  }
}
