/**
 * What a text may have, and whether this machine can keep it from the rest.
 *
 * @module
 */
import { realpathSync } from "node:fs";
import { loadNative, messageOf, StreamError } from "@streamlib/core";

const MB = 1 << 20;
const PATHS_MAX = 100;

/** What a text may have. What is not named it does not have. */
export interface Grant {
  /**
   * Files, and folders with all that is in them, that it may read; paths of this machine that exist. Of all others it can
   * then still learn whether they are there, how large and how old. Default: none, and it learns nothing of any.
   */
  read?: readonly string[];
  /** The network cannot be granted. */
  network?: false;
  /**
   * Resident memory of the process and shared memory that it has made, bytes, 128 MB to 64 GB; the runtime itself takes
   * 50 to 90 MB of it. Default 512 MB.
   */
  memoryBytes?: number;
  /** Time of processors that the process may take in all, s, 1 to 1e9. Default: no limit. */
  cpuSeconds?: number;
  /**
   * How long its event loop may be held up: a call of `process` that does not return, a module that never ends to load.
   * 100 to 600 000 ms, default 2000.
   */
  wallMsPerTick?: number;
  /** Threads of the process, 32 to 1024; the runtime has up to 30. Default 64. */
  threads?: number;
}

/** A grant, complete. */
export interface CompleteGrant {
  /** Without links and dots. */
  readonly read: readonly string[];
  readonly memoryBytes: number;
  /** 0: no limit. */
  readonly cpuSeconds: number;
  readonly wallMsPerTick: number;
  readonly threads: number;
}

const RANGES: Readonly<
  Record<Exclude<keyof CompleteGrant, "read">, readonly [least: number, most: number, unless: number]>
> = {
  memoryBytes: [128 * MB, 65_536 * MB, 512 * MB],
  cpuSeconds: [1, 1e9, 0],
  wallMsPerTick: [100, 600_000, 2000],
  threads: [32, 1024, 64],
};

/**
 * The grant, complete.
 *
 * @throws {StreamError} `option-invalid` naming the entry, its value and what would be right.
 */
export function completeGrant(given: Grant): CompleteGrant {
  const { read = [], network, ...numbers } = given;
  if (network !== undefined && network !== false) {
    invalid(`grant.network = ${String(network)}: the network cannot be granted; leave it out`);
  }
  for (const name of Object.keys(numbers)) {
    if (Object.hasOwn(RANGES, name)) continue;
    invalid(`grant.${name}: nothing of that name can be granted; read, ${Object.keys(RANGES).join(", ")} are right`);
  }
  const entries = Object.entries(RANGES).map(([name, [least, most, unless]]) => {
    const value = numbers[name as keyof typeof numbers] ?? unless;
    const isRight = Number.isSafeInteger(value) && value >= least && value <= most;
    if (!isRight && value !== unless) invalid(`grant.${name} = ${value}: an integer from ${least} to ${most} is right`);
    return [name, value];
  });
  return { ...Object.fromEntries(entries), read: readable(read) } as CompleteGrant;
}

/** The paths as they are in truth: what a link leads to later is not granted. */
function readable(paths: readonly string[]): string[] {
  if (!Array.isArray(paths) || paths.length > PATHS_MAX || !paths.every((path) => typeof path === "string")) {
    invalid(`grant.read: a list of at most ${PATHS_MAX} paths is right`);
  }
  return paths.map((path) => {
    try {
      return realpathSync(path);
    } catch (thrown) {
      invalid(`grant.read: ${path} is not there, or out of reach (${messageOf(thrown)})`);
    }
  });
}

function invalid(what: string): never {
  throw new StreamError("option-invalid", `Cannot make an actor of a text: ${what}`);
}

/** What a machine has that a sandbox needs. */
export interface Abilities {
  /** `linux`, for example. */
  readonly platform: string;
  /** Why there is no native library, if there is none. */
  readonly nativeReason: string | undefined;
  /** Version of Landlock; 0: none. */
  readonly landlockVersion: number;
  /** Whether system calls can be filtered for all threads. */
  readonly hasFilters: boolean;
}

/** Why a sandbox cannot be locked on such a machine; `undefined` if it can. */
export function problemOf(abilities: Abilities): string | undefined {
  if (abilities.platform !== "linux") return `it is enforced by Linux alone, and this is ${abilities.platform}`;
  if (abilities.nativeReason !== undefined) return `it needs the native library: ${abilities.nativeReason}`;
  const missing = [
    ...(abilities.landlockVersion > 0 ? [] : ["Landlock (Linux 5.13 or later, with `landlock` among its lsm=)"]),
    ...(abilities.hasFilters ? [] : ["filters of system calls (seccomp, on x86_64 or aarch64)"]),
  ];
  return missing.length === 0 ? undefined : `this system does not have ${missing.join(", nor ")}`;
}

/** Why this machine cannot lock a sandbox; `undefined` if it can. */
export async function sandboxProblem(): Promise<string | undefined> {
  const { platform } = await import("node:process");
  const { library, reason } = await loadNative();
  const features = library?.native.sandbox.probe() ?? { landlockVersion: 0, hasFilters: false };
  return problemOf({ platform, nativeReason: library ? undefined : reason, ...features });
}
