/**
 * The packages as their users have them: how large, how fast an editor knows their types, how fast a project of one's own
 * is there.
 *
 * @module
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { findRuntimes, ROOT } from "../setup.ts";
import { installPacked, makeOutside, STRANGER } from "../../scripts/outside.ts";
import { packAll, type PackedPackage } from "../../scripts/pack.ts";
import { runProgram } from "../../scripts/workspace.ts";
import { appText } from "./numbers_app.ts";

const MINIMAL: readonly string[] = ["@streamlib/core", "@streamlib/ffi"];
/** Packages that were packed, in a folder that goes with it. */
export class Packages implements Disposable {
  readonly #folder: string = makeOutside("numbers");
  readonly #packed: readonly PackedPackage[] = packAll(join(this.#folder, "packs"));

  /** Bytes that core, ffi and the native library take once they are unpacked. */
  minimalBytes(): number {
    const wanted = this.#packed.filter(({ name }) => MINIMAL.includes(name) || name.startsWith("@streamlib/native-"));
    for (const { folder } of wanted) {
      const { dependencies = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      const others = Object.keys(dependencies).filter((name) => !MINIMAL.includes(name));
      if (others.length > 0) throw new Error(`Cannot weigh a minimal install: ${folder} asks for ${others.join(", ")}`);
    }
    return wanted.reduce((sum, { folder }) => sum + bytesBelow(folder), 0);
  }

  /**
   * Time to check the types of an app of 200 lines whenever a line of it has changed, ms: by `deno check` on Deno, by
   * TypeScript's `tsc` on Bun.
   */
  checkMs(rounds: number): number[] {
    const folder = join(this.#folder, "app");
    mkdirSync(folder);
    const manifest = { name: "app", private: true, type: "module", dependencies: this.#dependencies() };
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
    installPacked(folder, this.#packed.filter(({ name }) => name !== "create-streamlib"));
    const types = join(folder, "node_modules", "@types");
    rmSync(types, { recursive: true, force: true });
    symlinkSync(join(ROOT, "node_modules", "@types"), types);
    if (process.versions.bun) writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(TSCONFIG));
    const [program, words] = process.versions.bun
      ? [process.execPath, [join(ROOT, "node_modules", "typescript", "bin", "tsc"), "-p", "."]] as const
      : [process.execPath, ["check", "app.ts"]] as const;
    const check = (round: number): number => {
      writeFileSync(join(folder, "app.ts"), appText(round));
      return timed(() => runProgram(program, words, { cwd: folder, env: STRANGER }));
    };
    check(-1);
    this.#mustFail(() => runProgram(program, words, { cwd: folder, env: STRANGER }), join(folder, "app.ts"));
    return Array.from({ length: rounds }, (_, round) => check(round));
  }

  /** Time from an empty folder to a plugin of one's own whose tests have passed, ms. */
  scaffoldMs(): number {
    const { deno, bun } = findRuntimes();
    const isBun = process.versions.bun !== undefined;
    const scaffolder = join(this.#folder, "scaffolder");
    mkdirSync(scaffolder, { recursive: true });
    writeFileSync(join(scaffolder, "package.json"), JSON.stringify({ name: "scaffolder", private: true }));
    installPacked(scaffolder, this.#packed.filter(({ name }) => name === "create-streamlib"));
    const outside = makeOutside("scaffold");
    try {
      return timed(() => {
        const create = [join(scaffolder, "node_modules/create-streamlib/main.js"), "@me/deep-glow", "--template"];
        const words = [...(isBun ? [] : ["run", "-A"]), ...create, "actor-plugin", "--yes"];
        runProgram(isBun ? bun : deno, words, { cwd: outside, env: STRANGER });
        const folder = join(outside, "deep-glow");
        installPacked(folder, this.#packed);
        runProgram(isBun ? bun : deno, isBun ? ["test"] : ["task", "test"], { cwd: folder, env: STRANGER });
      });
    } finally {
      rmSync(outside, { recursive: true, force: true });
    }
  }

  #dependencies(): Record<string, string> {
    const wanted = this.#packed.filter(({ name }) => name.startsWith("@streamlib/") && !name.includes("native-"));
    return Object.fromEntries(wanted.map(({ name, tarball }) => [name, `file:${tarball}`]));
  }

  /** Removes everything. */
  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A check that finds nothing wrong where something is checks nothing. */
  #mustFail(check: () => void, app: string): void {
    writeFileSync(app, `${readFileSync(app, "utf8")}export const wrong: number = stages;\n`);
    try {
      check();
    } catch {
      return;
    }
    throw new Error("Cannot measure the check of types: it finds no error where one is");
  }
}

const TSCONFIG = {
  compilerOptions: {
    target: "ES2024",
    lib: ["ES2024", "ESNext.Disposable", "ESNext.Collection"],
    module: "ESNext",
    moduleResolution: "Bundler",
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ["node"],
  },
  files: ["app.ts"],
};

function timed(work: () => void): number {
  const startMs = performance.now();
  work();
  return performance.now() - startMs;
}

function bytesBelow(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
