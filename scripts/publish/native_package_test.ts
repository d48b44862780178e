import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, it } from "@std/testing/bdd";
import { abiHash } from "../../ffi/abi.gen.ts";
import { nativePlatforms } from "../../ffi/locate.ts";
import { buildNative } from "../../zig/toolchain.ts";
import { choiceOf, machineOf, nativeDependencies, targetOf } from "./native_package.ts";

/** The beginning of a library. */
function header(write: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(256);
  write(bytes);
  return bytes;
}

describe("native packages", () => {
  it("are built for the platform that they are chosen by", () => {
    const table = nativePlatforms.map((platform) => [platform, targetOf(platform), choiceOf(platform)]);
    assert.deepEqual(table, [
      ["linux-x64-gnu", "x86_64-linux-gnu", { os: ["linux"], cpu: ["x64"], libc: ["glibc"] }],
      ["linux-arm64-gnu", "aarch64-linux-gnu", { os: ["linux"], cpu: ["arm64"], libc: ["glibc"] }],
      ["linux-x64-musl", "x86_64-linux-musl", { os: ["linux"], cpu: ["x64"], libc: ["musl"] }],
      ["linux-arm64-musl", "aarch64-linux-musl", { os: ["linux"], cpu: ["arm64"], libc: ["musl"] }],
      ["darwin-x64", "x86_64-macos.13.0", { os: ["darwin"], cpu: ["x64"], libc: undefined }],
      ["darwin-arm64", "aarch64-macos.13.0", { os: ["darwin"], cpu: ["arm64"], libc: undefined }],
      ["win32-x64", "x86_64-windows-gnu", { os: ["win32"], cpu: ["x64"], libc: undefined }],
    ]);
    assert.equal(nativeDependencies("1.2.3")["@streamlib/native-darwin-arm64"], "1.2.3");
  });

  it("compile for systems that no test runs on, with the ABI of the binding", { timeout: 300_000 }, () => {
    buildNative("check", [`-Dabi=${abiHash}`]);
  });

  it("know the machine of a library by its header", () => {
    const elf = (machine: number): Buffer =>
      header((bytes) => {
        bytes.writeUInt32BE(0x7f454c46, 0);
        bytes.writeUInt16LE(machine, 18);
      });
    const macho = (machine: number): Buffer =>
      header((bytes) => {
        bytes.writeUInt32LE(0xfeedfacf, 0);
        bytes.writeUInt32LE(machine, 4);
      });
    const pe = (machine: number): Buffer =>
      header((bytes) => {
        bytes.write("MZ");
        bytes.writeUInt32LE(128, 60);
        bytes.write("PE", 128);
        bytes.writeUInt16LE(machine, 132);
      });
    assert.deepEqual([elf(62), elf(183), elf(40)].map(machineOf), ["linux-x64", "linux-arm64", "linux-machine 40"]);
    assert.deepEqual([macho(0x01000007), macho(0x0100000c)].map(machineOf), ["darwin-x64", "darwin-arm64"]);
    assert.deepEqual([pe(0x8664), pe(0xaa64)].map(machineOf), ["win32-x64", "win32-arm64"]);
    assert.equal(machineOf(Buffer.from("not a library")), "no system-machine 0");
  });
});
