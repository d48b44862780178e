/**
 * Opening libstreamlib and making sure that it speaks our ABI.
 *
 * @module
 */

import { abiHash, abiVersion, bind, type NativeCall, type NativeFunctions, symbols } from "./abi.gen.ts";
import { checkLibraryFile, remedyFor } from "./library_file.ts";
import { locate } from "./locate.ts";
import { NativeError } from "./native_error.ts";
import { hasFfi, open, type OpenLibrary } from "./open.ts";

/** An open libstreamlib. It stays open for the life of the process. */
export interface NativeLibrary {
  /** The file that was opened. */
  readonly path: string;
  /** Its functions, with checked arguments. */
  readonly functions: NativeFunctions;
}

/**
 * Opens the library at `path`, checks its ABI version and hash, then opens all symbols. For tests and tools; programs
 * call `load()`.
 *
 * @throws {NativeError} `no_ffi` on another runtime, `library_not_found`, `unsupported_platform`, `cannot_open`,
 * `wrong_abi`, `missing_symbol`.
 */
export function openLibrary(path?: string): NativeLibrary {
  if (!hasFfi) throw new NativeError("no_ffi", 0, "Cannot open libstreamlib: this runtime is neither Deno nor Bun");
  const found = path ?? locate();
  checkAbi(found);
  return { path: found, functions: bind(openSymbols(found)) };
}

function checkAbi(path: string): void {
  const identity = openIdentity(path);
  const version = identity.symbols.sl_abi_version() as number;
  const hash = identity.symbols.sl_abi_hash() as bigint;
  identity.close();
  if (version === abiVersion && hash === abiHash) return;
  throw new NativeError(
    "wrong_abi",
    0,
    `Cannot use ${path}: it has ABI ${describe(version, hash)}, @streamlib/ffi needs ${
      describe(abiVersion, abiHash)
    }; ${remedyFor(path)}`,
  );
}

function describe(version: number, hash: bigint): string {
  return `version ${version} (hash ${hash.toString(16).padStart(16, "0")})`;
}

function openIdentity(path: string): OpenLibrary {
  const { sl_abi_version, sl_abi_hash } = symbols;
  try {
    checkLibraryFile(path);
    return open(path, { sl_abi_version, sl_abi_hash });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `Cannot open ${path} as libstreamlib: ${reason}; ${remedyFor(path)}`;
    throw new NativeError("cannot_open", 0, message, { cause });
  }
}

function openSymbols(path: string): Readonly<Record<keyof NativeFunctions, NativeCall>> {
  try {
    return open(path, symbols).symbols as Readonly<Record<keyof NativeFunctions, NativeCall>>;
  } catch (cause) {
    const missing = Object.entries(symbols).filter(([name, symbol]) => !hasSymbol(path, name, symbol));
    const names = missing.map(([name]) => name).join(", ");
    const message = `Cannot use ${path}: it lacks ${names || "a symbol"}; ${remedyFor(path)}`;
    throw new NativeError("missing_symbol", 0, message, { cause });
  }
}

function hasSymbol(path: string, name: string, symbol: (typeof symbols)[keyof typeof symbols]): boolean {
  try {
    open(path, { [name]: symbol }).close();
    return true;
  } catch {
    return false;
  }
}
