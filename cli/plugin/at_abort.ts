/**
 * What must be cleared away if the program ends in the middle of something.
 *
 * @module
 */
import process from "node:process";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What is to be done, the last that came first. */
const actions: (() => void)[] = [];

/**
 * Has something done if the process exits, or is told to end by Ctrl-C or its manager, before it is taken back.
 *
 * @param action Does not wait. The others are done though it throws.
 * @returns Takes it back.
 */
export function atAbort(action: () => void): () => void {
  if (actions.length === 0) listen();
  actions.unshift(action);
  return () => {
    const at = actions.indexOf(action);
    if (at < 0) return;
    actions.splice(at, 1);
    if (actions.length === 0) unlisten();
  };
}

function clear(): void {
  for (const action of actions.splice(0)) {
    try {
      action();
    } catch {
      // The program ends: what stays behind is found by its age.
    }
  }
}

function onSignal(signal: NodeJS.Signals): void {
  clear();
  // Somebody else decides what the signal means; without that it ends the process, as if nobody had listened.
  const isAlone = process.listenerCount(signal) === 1;
  unlisten();
  if (isAlone) process.kill(process.pid, signal);
}

function listen(): void {
  process.on("exit", clear);
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

function unlisten(): void {
  process.removeListener("exit", clear);
  for (const signal of SIGNALS) process.removeListener(signal, onSignal);
}
