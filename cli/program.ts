/**
 * The `streamlib` command, on a runtime that it can run on.
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
