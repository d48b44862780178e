/**
 * Waiting for conditions.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";

/** Longest wait for anything here, ms: far above what any of it takes, below what a test is given. */
const DEADLINE_MS = 20_000;
const STEP_MS = 5;

/**
 * Waits until a condition holds.
 *
 * @param isSo The condition.
 * @param what What it means, for the message.
 * @param found What there is instead, for the message.
 * @throws If it does not come true in time, or if the condition throws.
 */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what: string,
  found: () => unknown = () => undefined,
): Promise<void> {
  const end = performance.now() + DEADLINE_MS;
  while (!(await isSo())) {
    if (performance.now() > end) {
      const more = found();
      throw new Error(`Waited ${DEADLINE_MS} ms: ${what}${more === undefined ? "" : `; there is ${text(more)}`}`);
    }
    await sleep(STEP_MS);
  }
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  return JSON.stringify(value, (_, one) => typeof one === "bigint" ? String(one) : one);
}
