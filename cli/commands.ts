/**
 * The subcommands of `streamlib`. One file each; a further one is added here.
 *
 * @module
 */
import type { Command } from "./command.ts";
import { check } from "./check_command.ts";
import { completionsOf } from "./completions_command.ts";
import { conform } from "./conform_command.ts";
import { doctor } from "./doctor_command.ts";
import { graph } from "./graph_command.ts";
import { inspect } from "./inspect_command.ts";
import { newProject } from "./new_command.ts";
import { ptp } from "./ptp_command.ts";
import { run } from "./run_command.ts";
import { tap } from "./tap_command.ts";
import { top } from "./top_command.ts";

const others: readonly Command[] = [run, check, graph, top, tap, doctor, inspect, newProject, conform, ptp];

/** Every subcommand, in the order of the help. */
export const commands: readonly Command[] = [...others, completionsOf(others)];
