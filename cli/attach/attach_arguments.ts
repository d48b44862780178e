/**
 * Options of commands that attach to a running program.
 *
 * @module
 */
import type { CommandOption } from "../command.ts";

/** What says which program is meant. */
export const PID_OPTION: CommandOption = {
  kind: "text",
  value: "PID",
  description: "The process of the program; needed if several run",
};

/** The process number, `undefined` if none is given, or what is wrong with it. */
export function pidOf(given: unknown): number | undefined | string {
  if (given === undefined) return undefined;
  return /^[1-9]\d{0,9}$/.test(String(given)) ? Number(given) : `--pid ${given}: a process number is right`;
}
