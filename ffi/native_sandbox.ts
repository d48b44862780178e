/**
 * Processes that run what is not trusted: what the kernel can enforce, and its enforcing.
 *
 * @module
 */

import { results, sandboxFeaturesLayout as layout } from "./abi.gen.ts";
import type { NativeLibrary } from "./library.ts";
import { check } from "./result.ts";
import { encodeAddress, type SharedAddress } from "./shared_address.ts";

/** What this kernel can enforce. */
export interface NativeSandboxFeatures {
  /** Version of Landlock, which keeps a process from files and sockets; 0 where there is none. */
  readonly landlockVersion: number;
  /** Whether filters of system calls (seccomp) can be set for all threads of a process. */
  readonly hasFilters: boolean;
}

/** What {@link NativeSandbox.enter} replaces the process by, and what that may. */
export interface NativeSandboxPlan {
  /** From {@link NativeLender.name}. */
  readonly lenderName: number;
  /** Files and folders that may be read, and run. */
  readonly executable: readonly string[];
  /** Files that may be read and written. */
  readonly writable: readonly string[];
  /** Path of the program, and its arguments. */
  readonly command: readonly string[];
  /** All of its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Private memory that can be written, bytes; 0: no limit. */
  readonly dataBytes: number;
  /** Largest shared memory that it makes, bytes; 0: no limit. */
  readonly fileBytes: number;
  /** Time of processors that all its threads take together, s; 0: no limit. */
  readonly cpuSeconds: number;
  /** Open descriptors; 0: no limit. */
  readonly descriptors: number;
}

/** Processes that run what is not trusted. */
export class NativeSandbox {
  readonly #functions: NativeLibrary["functions"];

  /** Over an open library. */
  constructor(library: NativeLibrary) {
    this.#functions = library.functions;
  }

  /** What this kernel can enforce. */
  probe(): NativeSandboxFeatures {
    const view = new DataView(new ArrayBuffer(layout.structBytes));
    check(this.#functions.sl_sandbox_probe(view), "ask what the kernel can enforce");
    return {
      landlockVersion: view.getUint32(layout.landlock, true),
      hasFilters: view.getUint32(layout.filters, true) === 1,
    };
  }

  /**
   * Opens the end from which memory is lent to one process.
   *
   * @throws {NativeError} `too_many_files`, `too_many_handles`, `system_failed`.
   */
  openLender(): NativeLender {
    return new NativeLender(this.#functions);
  }

  /**
   * Takes from the calling process privileges, files, network and limits, and replaces it by another program, which has
   * standard input, output and error alone and lives under the same for ever. Does not return, unless it fails: then the process must end.
   *
   * @throws {NativeError} `not_supported`, `permission`, `gone` if nobody lends or the program is not there.
   */
  enter(plan: NativeSandboxPlan): never {
    const records = [
      ...plan.executable.map((path) => `x${path}`),
      ...plan.writable.map((path) => `n${path}`),
      ...plan.command.map((word) => `a${word}`),
      ...Object.entries(plan.environment).map(([name, value]) => `e${name}=${value}`),
    ];
    const text = new TextEncoder().encode(records.map((record) => `${record}\0`).join(""));
    const code = this.#functions.sl_sandbox_enter(
      plan.lenderName,
      text,
      BigInt(plan.dataBytes),
      BigInt(plan.fileBytes),
      plan.cpuSeconds,
      plan.descriptors,
    );
    check(code, "wall the process in");
    throw new Error("Cannot wall the process in: the program was not started");
  }

  /**
   * From now on all threads of this process live under a filter of system calls that starts no process and reaches no
   * other one, and opens nothing but what may be read. For ever.
   *
   * @param readable Files and folders that may be read; most often none.
   * @param dataBytes By how much private memory may still grow; 0: as it could before.
   * @throws {NativeError} `not_supported`, also if a thread of this process cannot be made to take part; `system_failed`.
   */
  lock(readable: readonly string[], dataBytes: number): void {
    const text = new TextEncoder().encode(readable.map((path) => `r${path}\0`).join(""));
    check(this.#functions.sl_sandbox_lock(text, BigInt(dataBytes)), "filter the calls of the process");
  }
}

/** The end from which memory is lent to one process that cannot open it. */
export class NativeLender {
  readonly #functions: NativeLibrary["functions"];
  readonly #handle: number;
  /** The number by which the process finds it. */
  readonly name: number;

  /** @internal See {@link NativeSandbox.openLender}. */
  constructor(functions: NativeLibrary["functions"]) {
    this.#functions = functions;
    this.#handle = check(functions.sl_sandbox_open(), "open a lender of memory");
    this.name = check(functions.sl_sandbox_name(this.#handle), "name a lender of memory");
  }

  /** Takes the connection of the process. @returns False if it has not come. */
  accept(pid: number): boolean {
    const code = this.#functions.sl_sandbox_accept(this.#handle, pid);
    if (code === results.empty) return false;
    check(code, `take the connection of process ${pid}`);
    return true;
  }

  /**
   * Sends a ring or a bell to the process, which then opens it by the same address.
   *
   * @returns False if it is gone, or was none.
   * @throws {NativeError} `full` if the process does not take what it is sent.
   */
  lend(address: SharedAddress): boolean {
    const bytes = encodeAddress(address);
    const code = this.#functions.sl_sandbox_lend(this.#handle, bytes);
    if (code === results.gone || code === results.not_shared) return false;
    check(code, "lend memory to a process");
    return true;
  }

  /** Lends nothing more. Again does nothing. */
  close(): void {
    this.#functions.sl_sandbox_close(this.#handle);
  }
}
