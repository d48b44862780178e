/**
 * The last word of a process: a text on standard error when it ends.
 *
 * @module
 */
import process from "node:process";

/** Signals that end a program from outside, by Ctrl-C or by its manager. */
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * Prints a text once when the process ends, also by Ctrl-C or SIGTERM. A program that listens to these signals by
 * `process.on` keeps them: the text comes when it exits. For the main thread.
 *
 * @param text Asked for at the end.
 * @returns A function that takes it all back.
 */
export function printAtExit(text: () => string): () => void {
  let isPrinted = false;
  const print = (): void => {
    if (isPrinted) return;
    isPrinted = true;
    console.error(text());
  };
  const listeners = SIGNALS.map((signal) =>
    [signal, (): void => {
      // Somebody else decides what the signal means; without that it ends the process, as if nobody had listened.
      if (process.listenerCount(signal) > 1) return;
      print();
      forget();
      process.kill(process.pid, signal);
    }] as const
  );
  const forget = (): void => {
    process.removeListener("exit", print);
    for (const [signal, listener] of listeners) process.removeListener(signal, listener);
  };
  process.on("exit", print);
  for (const [signal, listener] of listeners) process.on(signal, listener);
  return forget;
}
