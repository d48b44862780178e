/**
 * Keeps standard output for what the command itself says.
 *
 * @module
 */
import process from "node:process";

/**
 * What is printed otherwise, by actors and modules, goes to standard error. A screen that was made before writes where
 * it did.
 *
 * @returns What ends that.
 */
export function divertOutput(): () => void {
  const { log, info, debug } = console;
  const { stdout, stderr } = process;
  const write = stdout.write;
  console.log = console.info = console.debug = (...words) => console.error(...words);
  // What processes of actors print comes this way.
  stdout.write = stderr.write.bind(stderr) as typeof stdout.write;
  return () => {
    Object.assign(console, { log, info, debug });
    stdout.write = write;
  };
}
