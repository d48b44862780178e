#!/usr/bin/env node
/**
 * Makes a new streamlib project; what `deno create @streamlib/create`, `npm create streamlib` and `bun create streamlib`
 * run.
 *
 * ```sh
 * deno run -A create/main.ts @me/glow --template native-plugin
 * ```
 *
 * @module
 */
import process from "node:process";
import { runCreate } from "./command.ts";

process.exitCode = await runCreate(process.argv.slice(2));
