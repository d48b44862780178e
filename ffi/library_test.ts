import { after, before, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { buildNative, findZig } from "../zig/toolchain.ts";
import {
  abiHash,
  abiVersion,
  load,
  locate,
  NativeError,
  nativePlatforms,
  openLibrary,
  platformPackage,
  symbols,
} from "./mod.ts";

/** Passes the error on, so that several things can be said about it. */
function errorOf(action: () => unknown): NativeError {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof NativeError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "no error was thrown" });
}

describe("load()", () => {
  it("gives the same object each time, with functions that answer", () => {
    const native = load();
    assert.equal(load(), native);
    assert.equal(native.library.functions.sl_abi_version(), abiVersion);
    assert.equal(native.library.functions.sl_abi_hash(), abiHash);
  });
});

describe("locate()", () => {
  const before = process.env.STREAMLIB_LIBRARY;
  after(() => {
    if (before === undefined) delete process.env.STREAMLIB_LIBRARY;
    else process.env.STREAMLIB_LIBRARY = before;
  });

  it("says what it looked for and the command that mends it", () => {
    delete process.env.STREAMLIB_LIBRARY;
    const error = errorOf(() => locate("file:///nowhere/ffi/locate.ts"));
    assert.equal(error.code, "library_not_found");
    assert.match(error.message, /deno task build/);
    assert.match(error.message, /\$STREAMLIB_LIBRARY: not set/);
    assert.ok(error.message.includes(platformPackage()), error.message);
    assert.match(error.message, /\/nowhere\/zig\/zig-out\/lib\/libstreamlib/);
  });

  it("says for which platforms there is a library, and that streamlib works without", () => {
    delete process.env.STREAMLIB_LIBRARY;
    const error = errorOf(() => locate("file:///nowhere/ffi/locate.ts", "freebsd-x64"));
    assert.equal(error.code, "unsupported_platform");
    assert.match(
      error.message,
      /none for freebsd-x64, only for linux-x64-gnu, .*darwin-arm64, win32-x64; .* works without it/,
    );
    for (const platform of nativePlatforms) {
      assert.equal(errorOf(() => locate("file:///nowhere/ffi/locate.ts", platform)).code, "library_not_found");
    }
  });

  it("takes the package of the platform, by the name that a library has there", () => {
    delete process.env.STREAMLIB_LIBRARY;
    const root = mkdtempSync(join(tmpdir(), "streamlib-ffi-"));
    const files = nativePlatforms.map((platform) => {
      const folder = join(root, "node_modules/@streamlib", `native-${platform}`);
      const file = platform.startsWith("win32")
        ? "streamlib.dll"
        : platform.startsWith("darwin")
        ? "libstreamlib.dylib"
        : "libstreamlib.so";
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "package.json"), JSON.stringify({ exports: { [`./${file}`]: `./${file}` } }));
      writeFileSync(join(folder, file), "");
      return join(folder, file);
    });
    const module = pathToFileURL(join(root, "node_modules/@streamlib/ffi/locate.js")).href;
    assert.deepEqual(
      nativePlatforms.map((platform) => locate(module, platform)),
      files.map((file) => realpathSync(file)),
    );
    rmSync(root, { recursive: true });
  });

  it("says so where packages cannot be looked for, as in a module from the network", () => {
    delete process.env.STREAMLIB_LIBRARY;
    assert.equal(errorOf(() => locate("https://example.org/ffi/locate.ts")).code, "library_not_found");
  });

  it("never passes over a $STREAMLIB_LIBRARY that names no file", () => {
    process.env.STREAMLIB_LIBRARY = "/nowhere/lib.so";
    const error = errorOf(() => locate());
    assert.equal(error.code, "library_not_found");
    assert.match(error.message, /\/nowhere\/lib\.so: no such file/);
  });

  it("prefers $STREAMLIB_LIBRARY", () => {
    const path = load().library.path;
    process.env.STREAMLIB_LIBRARY = path;
    assert.equal(locate("file:///nowhere/ffi/locate.ts"), path);
  });
});

describe("openLibrary()", () => {
  let directory = "";
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "streamlib-ffi-"));
  });
  after(() => rmSync(directory, { recursive: true }));

  /** A shared library that has nothing but an ABI version and hash. */
  function makeLibrary(name: string, version: number, hash: bigint): string {
    const source = `export fn sl_abi_version() u32 { return ${version}; }\n` +
      `export fn sl_abi_hash() u64 { return ${hash}; }\n`;
    writeFileSync(join(directory, `${name}.zig`), source);
    const words = ["build-lib", "-dynamic", "-Osmall", "--cache-dir", join(directory, "cache"), `${name}.zig`];
    const outcome = spawnSync(findZig(), words, { cwd: directory, encoding: "utf8" });
    assert.equal(outcome.status, 0, outcome.stderr);
    return join(directory, `lib${name}.so`);
  }

  it("refuses a library with another hash and names both", { timeout: 120000 }, () => {
    const path = makeLibrary("other", abiVersion + 1, 0x123n);
    const error = errorOf(() => openLibrary(path));
    assert.equal(error.code, "wrong_abi");
    assert.ok(error.message.includes(path), error.message);
    assert.match(error.message, /version 2 \(hash 0000000000000123\)/);
    assert.ok(error.message.includes(abiHash.toString(16)), error.message);
    assert.match(error.message, /deno task build/);
  });

  it("refuses a library that lacks symbols and names them", { timeout: 120000 }, () => {
    const path = makeLibrary("empty", abiVersion, abiHash);
    const error = errorOf(() => openLibrary(path));
    assert.equal(error.code, "missing_symbol");
    assert.ok(error.message.includes(path), error.message);
    for (const name of Object.keys(symbols)) {
      assert.equal(error.message.includes(name), !name.startsWith("sl_abi_"), name);
    }
  });

  it("refuses a file that is no library, and a path that is no file", () => {
    const text = join(directory, "text.so");
    writeFileSync(text, "not a library");
    for (const path of [text, join(directory, "absent.so")]) {
      const error = errorOf(() => openLibrary(path));
      assert.equal(error.code, "cannot_open");
      assert.ok(error.message.includes(path), error.message);
      assert.match(error.message, /deno task build/);
    }
  });
});

describe("a library that cannot be used", () => {
  let directory = "";
  /** Where a package manager would have put it. */
  let installed = "";
  let whole: Buffer;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "streamlib-ffi-"));
    installed = join(directory, "node_modules", platformPackage(), "libstreamlib.so");
    mkdirSync(dirname(installed), { recursive: true });
    whole = readFileSync(load().library.path);
  });
  after(() => rmSync(directory, { recursive: true }));

  /** What is said of a file of these bytes. */
  function refusalOf(bytes: Uint8Array, path = installed): string {
    writeFileSync(path, bytes);
    const error = errorOf(() => openLibrary(path));
    assert.equal(error.code, "cannot_open");
    assert.ok(error.message.includes(path), error.message);
    return error.message;
  }

  it("is refused when it was cut short, instead of ending the process", () => {
    for (const bytes of [whole.length >> 1, whole.length - 1, 4096, 64]) {
      assert.match(refusalOf(whole.subarray(0, bytes)), new RegExp(`it has ${bytes} of \\d+ bytes`));
    }
    assert.match(refusalOf(new Uint8Array(0)), /the file is empty/);
    assert.match(refusalOf(new Uint8Array(200)), /no shared library of Linux/);
  });

  it("is refused when it is for another machine", () => {
    const other = Buffer.from(whole);
    other.writeUInt16LE(process.arch === "x64" ? 183 : 62, 18);
    assert.match(refusalOf(other), /it is for (x64|arm64), this process is (x64|arm64)/);
    other.writeUInt16LE(243, 18);
    assert.match(refusalOf(other), /it is for machine 243/);
  });

  it("is mended by installing it again where it was installed, else by a build", () => {
    const remedy = `install ${platformPackage()} again, in the version of @streamlib/ffi`;
    assert.ok(refusalOf(whole.subarray(0, 100)).endsWith(remedy));
    assert.match(refusalOf(whole.subarray(0, 100), join(directory, "lib.so")), /build it again with: deno task build$/);
  });
});

describe("abi.gen.ts", () => {
  it("is what the generator writes", { timeout: 120000 }, () => {
    const url = new URL("./abi.gen.ts", import.meta.url);
    const committed = readFileSync(url, "utf8");
    buildNative("gen");
    assert.equal(readFileSync(url, "utf8"), committed, "it was out of date and has been written again: commit it");
  });
});
