import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { locate, platformName } from "./locate.ts";
import { NativeError } from "./native_error.ts";
import { findSharedLibrary, openSharedLibrary, sharedLibraryFileName } from "./shared_library.ts";

function has(code: string, message: RegExp): (thrown: unknown) => boolean {
  return (thrown) => {
    assert.ok(thrown instanceof NativeError, String(thrown));
    assert.equal(thrown.code, code);
    assert.match(thrown.message, message);
    return true;
  };
}

const SYMBOLS = {
  sl_abi_version: { parameters: [], result: "u32" },
  sl_abi_hash: { parameters: [], result: "u64" },
  sl_ring_address: { parameters: ["u32", "buffer", "u32"], result: "i32" },
} as const;

describe("openSharedLibrary()", () => {
  it("gives functions with typed results", () => {
    const { functions, path } = openSharedLibrary(locate(), SYMBOLS);
    assert.ok(existsSync(path));
    const version: number = functions.sl_abi_version();
    const hash: bigint = functions.sl_abi_hash();
    assert.ok(Number.isInteger(version) && typeof hash === "bigint");
    assert.ok(functions.sl_ring_address(0xffff_ffff, new Uint8Array(64), 64) < 0);
  });

  it("refuses arguments that cannot be, before the call", () => {
    const { sl_ring_address: call } = openSharedLibrary(locate(), SYMBOLS).functions;
    const bytes = new Uint8Array(8);
    assert.throws(() => call(-1, bytes, 8), /Cannot call sl_ring_address: argument 1 is -1.*integer from 0/);
    assert.throws(() => call(1, bytes, 1.5), /argument 3 is 1.5/);
    assert.throws(() => call(1, [] as unknown as Uint8Array, 8), /argument 2 is .*typed array/);
    assert.throws(() => (call as (given: number) => number)(1), /takes 3 arguments, given are 1/);
  });

  it("names what is no library, and every function that is missing", () => {
    const folder = mkdtempSync(join(tmpdir(), "streamlib-shared-"));
    try {
      const path = join(folder, "libnone.so");
      writeFileSync(path, "no library");
      assert.throws(() => openSharedLibrary(path, SYMBOLS), has("cannot_open", /^Cannot open .*libnone\.so: /));
      assert.throws(() => openSharedLibrary(locate(), {}), /name at least one of its functions/);
      const wrong = { sl_none: SYMBOLS.sl_abi_version, sl_nought: SYMBOLS.sl_abi_version, ...SYMBOLS };
      assert.throws(() => openSharedLibrary(locate(), wrong), has("missing_symbol", /lacks sl_none, sl_nought; build/));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("findSharedLibrary()", () => {
  it("finds the file of this platform, or names those there are", () => {
    const folder = mkdtempSync(join(tmpdir(), "streamlib-shared-"));
    const url = pathToFileURL(`${folder}/`);
    try {
      assert.throws(() => findSharedLibrary(new URL("./lib/", url), "gain"), has("library_not_found", /is not built/));
      mkdirSync(join(folder, "plan9-mips"));
      assert.throws(() => findSharedLibrary(url, "gain"), has("library_not_found", /there are plan9-mips$/));
      mkdirSync(join(folder, platformName()));
      const path = join(folder, platformName(), sharedLibraryFileName("gain"));
      writeFileSync(path, "");
      assert.equal(findSharedLibrary(url, "gain"), path);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("refuses a folder that is not of this machine", () => {
    const url = new URL("https://example.com/lib/");
    assert.throws(() => findSharedLibrary(url, "gain"), has("library_not_found", /install the package from npm/));
  });
});
