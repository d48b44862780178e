/**
 * Keeps the process alive while actors run.
 *
 * @module
 */
import { offerAttach } from "../attach/attach.ts";

let running = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** One actor more runs, or one fewer. */
export function keepAlive(change: 1 | -1): void {
  running += change;
  if (change === 1) offerAttach();
  if (running > 0) timer ??= setInterval(() => {}, 0x7fff_ffff);
  else if (timer !== undefined) {
    clearInterval(timer);
    timer = undefined;
  }
}
