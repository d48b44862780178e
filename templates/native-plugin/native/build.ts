/**
 * Builds the library with Zig into `lib/PLATFORM/`: for this machine, or with `--all` for every platform. Each is a
 * file of a few kilobytes, so the package carries them all and its users compile nothing.
 *
 * Zig is `$ZIG`, or `zig` on the PATH, or the Python package `ziglang`.
 *
 * @module
 */
import { platformName } from "@streamlib/ffi";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const NATIVE = dirname(fileURLToPath(import.meta.url));
const SOURCE = join(NATIVE, "soft_clip.zig");
const NAME = "soft_clip";

/** Platforms by name, and Zig's target for each. */
const TARGETS: Readonly<Record<string, string>> = {
  "linux-x64-gnu": "x86_64-linux-gnu",
  "linux-x64-musl": "x86_64-linux-musl",
  "linux-arm64-gnu": "aarch64-linux-gnu",
  "linux-arm64-musl": "aarch64-linux-musl",
  "darwin-x64": "x86_64-macos",
  "darwin-arm64": "aarch64-macos",
  "win32-x64": "x86_64-windows-gnu",
};

/** Builds the library for these platforms, where it is older than its source; for this machine unless said. */
export function buildLibrary(platforms: readonly string[] = [platformName()]): void {
  for (const platform of platforms) {
    const target = TARGETS[platform];
    if (target === undefined) throw new Error(`Cannot build for ${platform}: add it to TARGETS in native/build.ts`);
    const file = join(NATIVE, "..", "lib", platform, fileName(platform));
    if (existsSync(file) && statSync(file).mtimeMs >= statSync(SOURCE).mtimeMs) continue;
    mkdirSync(dirname(file), { recursive: true });
    const caches = ["--cache-dir", join(NATIVE, ".zig-cache")];
    const given = ["-dynamic", "-O", "ReleaseFast", "-fstrip", "-fno-emit-implib", "--name", NAME, ...caches];
    runZig(["build-lib", SOURCE, "-target", target, `-femit-bin=${file}`, ...given]);
  }
}

function fileName(platform: string): string {
  if (platform.startsWith("win32")) return `${NAME}.dll`;
  return `lib${NAME}.${platform.startsWith("darwin") ? "dylib" : "so"}`;
}

function runZig(given: readonly string[]): void {
  const [program, ...first] = findZig();
  const done = spawnSync(program, [...first, ...given], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`Cannot run "zig ${given.join(" ")}":\n${done.stderr}`);
}

function findZig(): readonly string[] {
  const named = process.env.ZIG ? [[process.env.ZIG]] : [];
  for (const words of [...named, ["zig"], ["python3", "-m", "ziglang"]]) {
    if (spawnSync(words[0], [...words.slice(1), "version"]).status === 0) return words;
  }
  throw new Error("Cannot build the library: no Zig was found; run: pip install ziglang==0.17.0, or set $ZIG");
}

if (import.meta.main) {
  if (process.argv.includes("--test")) runZig(["test", SOURCE, "--cache-dir", join(NATIVE, ".zig-cache")]);
  else buildLibrary(process.argv.includes("--all") ? Object.keys(TARGETS) : undefined);
}
