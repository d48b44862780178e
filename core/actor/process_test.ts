import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const timeout = 60_000;
const program = fileURLToPath(new URL("../testdata/program.ts", import.meta.url));
const isDeno = "deno" in process.versions;

interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly errors: string;
}

function start(what: string): { child: ChildProcess; result: Promise<Result> } {
  const given = isDeno ? ["run", "-A", "--no-check", program, what] : [program, what];
  const child = spawn(process.execPath, given, { stdio: ["ignore", "pipe", "pipe"] });
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  let [out, errors] = ["", ""];
  child.stdout!.on("data", (bytes) => out += bytes);
  child.stderr!.on("data", (bytes) => errors += bytes);
  child.on("error", reject);
  child.on("close", (code) => resolve({ code, out, errors }));
  return { child, result: promise };
}

describe("a program", () => {
  it("runs until its actors have ended, without anything else that keeps it alive", { timeout }, async () => {
    const { code, out } = await start("lives").result;
    assert.deepEqual({ code, out }, { code: 0, out: "sink true\n" });
  });

  it("ends when all actors were stopped", { timeout }, async () => {
    const { code, out } = await start("stops").result;
    assert.deepEqual({ code, out }, { code: 0, out: "stopped\n" });
  });

  it("prints the failure of an actor that nobody looks at, in one line, and does not crash", { timeout }, async () => {
    const { code, out, errors } = await start("fails").result;
    assert.deepEqual({ code, out }, { code: 0, out: "" });
    const lines = errors.trim().split("\n").filter((line) => !line.includes("without the native library"));
    assert.deepEqual(lines, ['streamlib: TestScript "lonely" failed: the cable is out']);
  });

  it("stays alive while an actor runs", { timeout }, async () => {
    const { child, result } = start("stays");
    await new Promise<void>((resolve) => child.stdout!.on("data", () => resolve()));
    await new Promise((resolve) => setTimeout(resolve, 400));
    assert.equal(child.exitCode, null);
    child.kill("SIGKILL");
    assert.notEqual((await result).code, 0);
  });
});
