/**
 * Sets up what a fresh machine lacks, and says what it could not.
 *
 * ```sh
 * deno run -A tests/setup.ts          # what the demo needs: npm packages and the native library
 * deno run -A tests/setup.ts --test   # and what the tests need: both runtimes, and Debian's media programs
 * ```
 *
 * It needs only Node with npm, and Python with pip; it installs into `.tools/` and `node_modules/` of the checkout.
 * Debian's packages are installed only where there is a root user and `apt-get`.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { buildNative } from "../zig/toolchain.ts";

/** The checkout. */
export const ROOT: string = dirname(dirname(fileURLToPath(import.meta.url)));
const TOOLS = join(ROOT, ".tools");

/** The pinned runtimes; `package.json` says which. */
export interface Runtimes {
  readonly deno: string;
  readonly bun: string;
}

/** Programs that tests use, and Debian's packages that have them. */
export const DEBIAN_PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  ffmpeg: ["ffmpeg"],
  ffprobe: ["ffmpeg"],
  chromium: ["chromium"],
  ethtool: ["ethtool"],
  fish: ["fish"],
  "gst-launch-1.0": ["gstreamer1.0-tools", "gstreamer1.0-plugins-base", "gstreamer1.0-plugins-good"],
  ip: ["iproute2"],
  nft: ["nftables"],
  ptp4l: ["linuxptp"],
  "spirv-val": ["spirv-tools"],
  tshark: ["tshark"],
  vulkaninfo: ["vulkan-tools", "mesa-vulkan-drivers", "vulkan-validationlayers", "libvulkan-dev"],
  zsh: ["zsh"],
};

/** Elements of GStreamer that tests use, and Debian's packages that have them. */
export const GSTREAMER_ELEMENTS: Readonly<Record<string, readonly string[]>> = {
  h264parse: ["gstreamer1.0-plugins-bad"],
  sdpdemux: ["gstreamer1.0-plugins-bad"],
};

interface Engines {
  readonly engines: { readonly deno: string; readonly bun: string };
}

/** Versions of Deno and Bun that the project is tested with. */
export function pinnedVersions(): { readonly deno: string; readonly bun: string } {
  return (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Engines).engines;
}

/** Path of a program, or `undefined`. */
export function findProgram(name: string): string | undefined {
  const found = spawnSync("sh", ["-c", `command -v "${name}"`], { encoding: "utf8" });
  return found.status === 0 ? found.stdout.trim() : undefined;
}

/** Whether GStreamer is there and has an element. */
export function hasElement(name: string): boolean {
  return spawnSync("gst-inspect-1.0", ["--exists", name]).status === 0;
}

/** Both runtimes in their pinned versions, from PATH or installed into `.tools/`. */
export function findRuntimes(): Runtimes {
  const { deno, bun } = pinnedVersions();
  return { deno: findRuntime("deno", deno), bun: findRuntime("bun", bun) };
}

/** Installs the npm packages of the workspace, for both runtimes, with Bun and without running any install script. */
export function installPackages(bun: string = findRuntime("bun", pinnedVersions().bun)): void {
  run(bun, ["install", "--frozen-lockfile", "--ignore-scripts"]);
}

/** Installs Debian's packages that the tests use, where that can be done. @returns What is absent. */
export function installDebianPrograms(): string[] {
  const absent = (): string[] => [
    ...Object.keys(DEBIAN_PROGRAMS).filter((name) => findProgram(name) === undefined),
    ...Object.keys(GSTREAMER_ELEMENTS).filter((name) => !hasElement(name)),
  ];
  const wanted = absent();
  if (wanted.length === 0 || process.getuid?.() !== 0 || findProgram("apt-get") === undefined) return wanted;
  const packages = [...new Set(wanted.flatMap((name) => DEBIAN_PROGRAMS[name] ?? GSTREAMER_ELEMENTS[name]))];
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const step of [["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", ...packages]]) {
    spawnSync("apt-get", step, { stdio: ["ignore", "ignore", "inherit"], env: environment });
  }
  return absent();
}

function findRuntime(name: "deno" | "bun", version: string): string {
  const here = process.versions[name];
  if (here === version) return process.execPath;
  const installed = join(TOOLS, name, "node_modules", runtimePackage(name), name === "bun" ? "bin/bun" : "deno");
  if (existsSync(installed) && versionOf(installed)?.includes(version)) return installed;
  const onPath = findProgram(name);
  if (onPath !== undefined && versionOf(onPath)?.includes(version)) return onPath;
  console.log(`setup: installing ${name} ${version} into .tools/${name}`);
  run("npm", [
    "install",
    "--prefix",
    join(TOOLS, name),
    "--no-save",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    `${runtimePackage(name)}@${version}`,
  ]);
  return installed;
}

/** The npm package that holds the binary itself: it works without install scripts. */
function runtimePackage(name: "deno" | "bun"): string {
  const arm = process.arch === "arm64";
  if (name === "deno") {
    const target = process.platform === "darwin"
      ? (arm ? "darwin-arm64" : "darwin-x64")
      : arm
      ? "linux-arm64-glibc"
      : "linux-x64-glibc";
    return `@deno/${target}`;
  }
  const musl = process.platform === "linux" && existsSync(`/lib/ld-musl-${arm ? "aarch64" : "x86_64"}.so.1`);
  return `@oven/bun-${process.platform}-${arm ? "aarch64" : "x64"}${musl ? "-musl" : ""}`;
}

function versionOf(program: string): string | undefined {
  const answer = spawnSync(program, ["--version"], { encoding: "utf8" });
  return answer.status === 0 ? answer.stdout : undefined;
}

/** Runs an installer; what it prints is shown only if it fails. */
function run(program: string, given: readonly string[]): void {
  const done = spawnSync(program, given, { cwd: ROOT, encoding: "utf8" });
  if (done.status === 0) return;
  console.error(done.stdout, done.stderr);
  const why = done.error ? done.error.message : `exit code ${done.status}, its messages are above`;
  throw new Error(`Cannot set up: "${program} ${given.join(" ")}" failed (${why})`);
}

if (import.meta.main) {
  try {
    installPackages();
    buildNative();
    if (process.argv.includes("--test")) {
      for (const program of installDebianPrograms()) console.log(`setup: absent: ${program}`);
    }
  } catch (thrown) {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    process.exit(1);
  }
}
