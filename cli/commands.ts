/**
 * The subcommands of `streamlib`. One file each; a further one is added here.
 *
 * @module
 */
import type { Command } from "./command.ts";
import { doctor } from "./doctor_command.ts";
import { inspect } from "./inspect_command.ts";
import { ptp } from "./ptp_command.ts";

/** Every subcommand, in the order of the help. */
export const commands: readonly Command[] = [doctor, inspect, ptp];
