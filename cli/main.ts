#!/usr/bin/env node
/**
 * The `streamlib` command.
 *
 * ```sh
 * deno run -A cli/main.ts doctor
 * bun run cli/main.ts inspect TestPattern --json
 * ```
 *
 * npm starts it on Node, which hands it over to Bun or Deno.
 *
 * @module
 */
import process from "node:process";
import { handOver } from "./hand_over.ts";

const code = await handOver();
if (code === undefined) await import("./program.ts");
else process.exit(code);
