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
import { terminalScreen } from "./terminal.ts";

const screen = terminalScreen();
const code = await runCommandLine(commands, process.argv.slice(2), screen);
await screen.flush();
process.exit(code);
