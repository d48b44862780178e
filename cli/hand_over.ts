/**
 * From Node to a runtime that streamlib runs on: npm starts a package's commands on Node.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { realpathSync } from "node:fs";
import { constants } from "node:os";
import process from "node:process";

/** How each is started. Bun first: Deno finds the packages of a global installation only within a project. */
const RUNTIMES: readonly (readonly [string, readonly string[]])[] = [["bun", ["run"]], ["deno", ["run", "-A"]]];
/** What also Node can do: say what is missing. */
const HERE: readonly (string | undefined)[] = [undefined, "doctor", "--help", "-h", "--version"];
const FORWARDED = ["SIGTERM", "SIGHUP"] as const;

/**
 * On Node, runs this command on Bun or Deno and waits for it. Ctrl-C reaches it as it reaches this process.
 *
 * @returns Its exit code, 128 and its number for a signal; 2 if there is neither. `undefined` if this is a runtime to
 * stay on, or `doctor` and help, which say more there.
 */
export async function handOver(): Promise<number | undefined> {
  const { bun, deno } = process.versions as Readonly<Record<string, string | undefined>>;
  if (bun !== undefined || deno !== undefined) return undefined;
  for (const [name, given] of RUNTIMES) {
    const code = await runOn(name, given);
    if (code !== undefined) return code;
  }
  if (HERE.includes(process.argv[2])) return undefined;
  console.error(
    "Cannot run streamlib on Node: it needs Bun or Deno, and neither is on PATH; npm install -g bun is one way",
  );
  return 2;
}

/** Its exit code; `undefined` if there is no such program. */
function runOn(name: string, given: readonly string[]): Promise<number | undefined> {
  const [, command, ...words] = process.argv;
  const child = spawn(name, [...given, realpathSync(command), ...words], { stdio: "inherit" });
  for (const signal of FORWARDED) process.on(signal, () => child.kill(signal));
  // A terminal sends it to both; this process waits for the other's end.
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  return new Promise((resolve, reject) => {
    child.on(
      "error",
      (error: Error & { code?: string }) => error.code === "ENOENT" ? resolve(undefined) : reject(error),
    );
    child.on("close", (code, signal) => resolve(code ?? (signal === null ? 1 : 128 + constants.signals[signal])));
  });
}
