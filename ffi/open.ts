/**
 * The one file that names a runtime: opening a shared library and seeing native memory, on Deno and on Bun.
 *
 * @module
 */

import process from "node:process";
import type { NativeCall, NativeSymbol } from "./abi.gen.ts";
import { NativeError } from "./native_error.ts";

interface DenoFfi {
  dlopen(
    path: string,
    symbols: Record<string, { parameters: readonly string[]; result: string }>,
  ): { symbols: Record<string, NativeCall>; close(): void };
  UnsafePointer: { create(address: bigint): object | null };
  UnsafePointerView: { getArrayBuffer(pointer: object, bytes: number): ArrayBuffer };
  permissions: { querySync(wanted: { name: string }): { state: string } };
}

interface BunFfi {
  dlopen(
    path: string,
    symbols: Record<string, { args: readonly string[]; returns: string }>,
  ): { symbols: Record<string, NativeCall>; close(): void };
  toArrayBuffer(address: number, offset: number, bytes: number): ArrayBuffer;
}

const deno: DenoFfi | undefined = (globalThis as { Deno?: DenoFfi }).Deno;
const bun: BunFfi | undefined = deno === undefined && process.versions.bun !== undefined
  ? process.getBuiltinModule("bun:ffi") as unknown as BunFfi
  : undefined;

/** True where this runtime can open a native library at all. */
export const hasFfi: boolean = deno !== undefined || bun !== undefined;

/** What a program needs that opens files and sockets of its own. */
const PERMISSIONS = ["env", "net", "read", "sys", "write"];

/**
 * Whether the program may read the environment and open any file and socket without the user being asked: always on
 * Bun, and on Deno if it was run with `-A`, or with these permissions and no list of exceptions.
 */
export function isUnrestricted(): boolean {
  return deno === undefined || PERMISSIONS.every((name) => deno.permissions.querySync({ name }).state === "granted");
}

/** Symbols of an open library, not yet checked for ranges. */
export interface OpenLibrary {
  readonly symbols: Readonly<Record<string, NativeCall>>;
  close(): void;
}

/**
 * Opens a shared library. The same path opened again, also in another thread, is the same library with the same state.
 *
 * @throws Whatever the runtime throws for a file that is no library, or for a missing symbol.
 */
export function open(path: string, symbols: Readonly<Record<string, NativeSymbol>>): OpenLibrary {
  const entries = Object.entries(symbols);
  if (deno !== undefined) return deno.dlopen(path, { ...symbols });
  if (bun !== undefined) {
    const table = entries.map(([name, { parameters, result }]) => [name, { args: parameters, returns: result }]);
    return bun.dlopen(path, Object.fromEntries(table));
  }
  throw noFfi();
}

/**
 * Opens a shared library as a Node-API addon in this thread and gives what it exports. It is the same library with the
 * same state as the one that {@link open} gives for that path. Opened again in a thread, it registers again.
 *
 * @throws Whatever the runtime throws for a file that is no addon.
 */
export function openAddon(path: string): Readonly<Record<string, unknown>> {
  const module = { exports: {} };
  (process as unknown as { dlopen(module: object, path: string): void }).dlopen(module, path);
  return module.exports;
}

/**
 * An ArrayBuffer that lies on native memory, without a copy. It does not keep the memory alive: see `NativeMemory`.
 */
export function view(address: bigint, bytes: number): ArrayBuffer {
  if (deno !== undefined) {
    const pointer = deno.UnsafePointer.create(address);
    if (pointer === null) throw new RangeError("Cannot view native memory: the address is 0");
    return deno.UnsafePointerView.getArrayBuffer(pointer, bytes);
  }
  if (bun !== undefined) return bun.toArrayBuffer(Number(address), 0, bytes);
  throw noFfi();
}

/**
 * From now on this thread opens no library under the names by which a module finds the call. What keeps a module that is
 * hostile from doing harm is the kernel alone: this is for clear errors.
 */
export function refuseLibraries(): void {
  const refuse = (): never => {
    throw new NativeError("no_ffi", 0, "Cannot open a native library: this process is a sandbox");
  };
  if (deno !== undefined) deno.dlopen = refuse;
  for (const name of ["dlopen", "linkSymbols", "cc"]) {
    if (bun !== undefined) (bun as unknown as Record<string, unknown>)[name] = refuse;
  }
  (process as unknown as { dlopen: unknown }).dlopen = refuse;
}

/** A module that is in no file: its text, or what it exports. */
export type ProvidedModule =
  | { readonly contents: string; readonly loader: "ts" }
  | { readonly exports: object; readonly loader: "object" };

/** What is used of Bun's own module. */
interface BunModule {
  plugin(plugin: {
    name: string;
    setup(build: { module(specifier: string, load: () => ProvidedModule): void }): void;
  }): void;
}

/**
 * Has imports of these specifiers find these modules, in this thread.
 *
 * @returns False, and nothing is done, where the runtime has no such call: Deno imports `data:` addresses of TypeScript.
 */
export function provideModules(modules: Readonly<Record<string, ProvidedModule>>): boolean {
  if (bun === undefined) return false;
  const { plugin } = process.getBuiltinModule("bun") as unknown as BunModule;
  plugin({
    name: "streamlib",
    setup: (build) => Object.entries(modules).forEach(([name, module]) => build.module(name, () => module)),
  });
  return true;
}

function noFfi(): NativeError {
  return new NativeError("no_ffi", 0, "Cannot open libstreamlib: this runtime is neither Deno nor Bun");
}
