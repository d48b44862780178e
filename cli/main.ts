#!/usr/bin/env node
/**
 * The `streamlib` command.
 *
 * ```sh
 * deno run -A cli/main.ts doctor
 * bun run cli/main.ts inspect TestPattern --json
 * ```
 *
 * @module
 */
import "./pipeline/profile_switch.ts";
import process from "node:process";
import { runCommandLine } from "./command_line.ts";
import { commands } from "./commands.ts";

process.exit(await runCommandLine(commands, process.argv.slice(2)));
