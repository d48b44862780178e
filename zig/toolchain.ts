/**
 * The pinned Zig and how to build with it. The one place of the version.
 *
 * Runs on Deno and Bun with nothing installed: the compiler comes from `$ZIG`, from the PATH if it is the pinned
 * version, or from the Python package `ziglang`, installed into `.tools/zig` of this checkout.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The one Zig release that this code is written for. */
export const zigVersion: string = "0.17.0";

const zigDirectory = dirname(fileURLToPath(import.meta.url));
const toolDirectory = join(zigDirectory, "..", ".tools", "zig");
const cacheDirectory = join(zigDirectory, ".zig-cache");
const globalCacheDirectory = join(cacheDirectory, "global");
const executableSuffix = process.platform === "win32" ? ".exe" : "";

/** What `zig build` makes. */
export type NativeStep =
  | "install"
  | "test"
  | "check"
  | "gen"
  | "mutant"
  | "stress"
  | "bench"
  | "peers"
  | "bench-stream";

function versionOf(zig: string): string | undefined {
  const outcome = spawnSync(zig, ["version"], { encoding: "utf8" });
  return outcome.status === 0 ? outcome.stdout.trim() : undefined;
}

/**
 * The path of the pinned compiler, installing it if there is none.
 *
 * @throws {Error} If `$ZIG` is not the pinned version, or nothing is there and it cannot be installed.
 */
export function findZig(): string {
  const named = process.env.ZIG;
  if (named !== undefined && named !== "") {
    const version = versionOf(named);
    if (version === zigVersion) return named;
    const found = version === undefined ? "cannot be run" : `is version ${version}`;
    throw new Error(
      `Cannot use $ZIG = ${named}: it ${found}, streamlib needs Zig ${zigVersion}; unset ZIG to install it`,
    );
  }
  if (versionOf("zig") === zigVersion) return "zig";
  const installed = join(toolDirectory, "ziglang", `zig${executableSuffix}`);
  if (existsSync(installed) && versionOf(installed) === zigVersion) return installed;
  installZig();
  if (versionOf(installed) === zigVersion) return installed;
  throw new Error(`Cannot run ${installed}: remove ${toolDirectory} and build again, or set $ZIG to Zig ${zigVersion}`);
}

/** Installs beside the place and moves: two builds at once do not see half a compiler. */
function installZig(): void {
  const python = findPip();
  const staging = `${toolDirectory}.${process.pid}`;
  console.error(`Installing Zig ${zigVersion} into ${toolDirectory} (Python package ziglang)`);
  const options = ["--target", staging, "--no-deps", "--no-compile", "--disable-pip-version-check", "--quiet"];
  const outcome = spawnSync(python, ["-m", "pip", "install", ...options, `ziglang==${zigVersion}`], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, PIP_ROOT_USER_ACTION: "ignore" },
  });
  if (outcome.status !== 0) {
    rmSync(staging, { recursive: true, force: true });
    throw new Error(
      `Cannot install Zig ${zigVersion} with pip (see above): set $ZIG to one from ziglang.org/download`,
    );
  }
  mkdirSync(dirname(toolDirectory), { recursive: true });
  rmSync(toolDirectory, { recursive: true, force: true });
  renameSync(staging, toolDirectory);
}

function findPip(): string {
  for (const python of ["python3", "python"]) {
    if (spawnSync(python, ["-m", "pip", "--version"], { stdio: "ignore" }).status === 0) return python;
  }
  throw new Error(
    `Cannot install Zig ${zigVersion}: no Python with pip was found; install them (Debian: apt install python3-pip), ` +
      `or set $ZIG to a Zig ${zigVersion} from ziglang.org/download`,
  );
}

/**
 * The program behind `zig build`. Zig 0.17 compiles it with full optimisation when it is first used, which takes more
 * than a minute; without LLVM the same program is there in seconds and as fast for a project of this size.
 */
function findMaker(zig: string, libraryDirectory: string): string {
  const maker = join(cacheDirectory, `maker-${zigVersion}${executableSuffix}`);
  if (existsSync(maker)) return maker;
  console.error("Preparing zig build (once)");
  const staging = `${maker}.${process.pid}`;
  const options = ["-Osafe", "-fno-llvm", "-fstrip", "--name", "maker", `-femit-bin=${staging}`];
  const caches = ["--cache-dir", cacheDirectory, "--global-cache-dir", globalCacheDirectory];
  const sources = join(libraryDirectory, "compiler");
  mkdirSync(cacheDirectory, { recursive: true });
  runZig(zig, ["build-exe", "Maker.zig", ...options, ...caches], sources, "compile Zig's build program");
  renameSync(staging, maker);
  return maker;
}

function runZig(program: string, words: readonly string[], directory: string, action: string): void {
  const outcome = spawnSync(program, words, { cwd: directory, stdio: ["ignore", "inherit", "inherit"] });
  if (outcome.status !== 0) throw new Error(`Cannot ${action}: the messages of Zig are above`);
}

function libraryDirectoryOf(zig: string): string {
  const outcome = spawnSync(zig, ["env"], { encoding: "utf8" });
  const found = /\.lib_dir = "(.*)"/.exec(outcome.stdout ?? "");
  if (found === null) {
    throw new Error(`Cannot build the native library: "${zig} env" does not say where its library is`);
  }
  return resolve(JSON.parse(`"${found[1]}"`)); // Zig shortens it to a path from the current directory.
}

/**
 * Runs one step of `zig build`. Zig keeps track of what is up to date, so it is cheap to call.
 *
 * @param step What to make; default the shared library.
 * @param settings Further arguments, such as `-Dtarget=aarch64-linux-gnu`.
 * @returns The path of what the step makes: a shared library, or a program for `peers` and `bench-stream`.
 * @throws {Error} If Zig cannot be had or the build fails; its messages went to standard error.
 */
export function buildNative(step: NativeStep = "install", settings: readonly string[] = []): string {
  const zig = findZig();
  const libraryDirectory = libraryDirectoryOf(zig);
  const maker = findMaker(zig, libraryDirectory);
  const places = [`--zig-lib=${libraryDirectory}`, `--zig=${zig}`, `--global-cache=${globalCacheDirectory}`];
  const words = ["build", ...places, "--seed=0x0", "--cache-dir", cacheDirectory, step, ...settings];
  runZig(maker, words, zigDirectory, `build the native library (step ${step})`);
  if (step === "peers" || step === "bench-stream") {
    return join(zigDirectory, "zig-out", "bin", `streamlib-${step}${executableSuffix}`);
  }
  return join(zigDirectory, "zig-out", "lib", libraryFile(step === "mutant" ? "streamlib-mutant" : "streamlib"));
}

/** The name of a shared library's file on this machine. */
function libraryFile(name: string): string {
  if (process.platform === "win32") return `${name}.dll`;
  return `lib${name}.${process.platform === "darwin" ? "dylib" : "so"}`;
}
