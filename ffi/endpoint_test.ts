import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { netEndpointLayout as layout } from "./abi.gen.ts";
import { getEndpoint, interfaceIndex, parseAddress, putEndpoint } from "./endpoint.ts";

const six = (...groups: number[]): Uint8Array => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 255]));

describe("parseAddress()", () => {
  it("reads IPv4", () => {
    assert.deepEqual(parseAddress("192.0.2.1"), { family: 4, bytes: Uint8Array.of(192, 0, 2, 1), scope: 0 });
    assert.deepEqual(parseAddress("0.0.0.0").bytes, Uint8Array.of(0, 0, 0, 0));
  });

  it("reads IPv6 in all its spellings", () => {
    assert.deepEqual(parseAddress("2001:DB8::1").bytes, six(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1));
    assert.deepEqual(parseAddress("::").bytes, new Uint8Array(16));
    assert.deepEqual(parseAddress("::1").bytes, six(0, 0, 0, 0, 0, 0, 0, 1));
    assert.deepEqual(parseAddress("ff0e::").bytes, six(0xff0e, 0, 0, 0, 0, 0, 0, 0));
    assert.deepEqual(parseAddress("1:2:3:4:5:6:7:8").bytes, six(1, 2, 3, 4, 5, 6, 7, 8));
    assert.deepEqual(parseAddress("1:2:3::5:6:7:8").bytes, six(1, 2, 3, 0, 5, 6, 7, 8));
    assert.deepEqual(parseAddress("::ffff:192.0.2.1").bytes, six(0, 0, 0, 0, 0, 0xffff, 0xc000, 0x201));
    assert.equal(parseAddress("::1").family, 6);
  });

  it("reads a scope by index and by name", () => {
    assert.equal(parseAddress("fe80::1%7").scope, 7);
    assert.equal(parseAddress("fe80::1%lo").scope, interfaceIndex("lo"));
  });

  it("refuses what is no numeric address", () => {
    const wrong = ["", "localhost", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.04", "1.2.3.4%lo", ":", ":::", "1::2::3"];
    wrong.push(
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1:2:3:4::5:6:7:8",
      "12345::",
      "::1.2.3",
      "1.2.3.4::",
      "::g",
      "::1%1%2",
    );
    for (const text of wrong) assert.throws(() => parseAddress(text), TypeError, text);
  });
});

describe("interfaceIndex()", () => {
  it("refuses names that are no interface and never leaves the folder of interfaces", () => {
    assert.throws(() => interfaceIndex("none-such0"), /there is none of that name/);
    for (const name of ["", "..", "a/b", "lo/../lo", "0", "much-too-long-name"]) {
      assert.throws(() => interfaceIndex(name), TypeError, name);
    }
  });
});

describe("putEndpoint()", () => {
  it("writes all fields, and zeros for none", () => {
    const view = new DataView(new ArrayBuffer(layout.structBytes + 4));
    putEndpoint(view, 4, { address: "192.0.2.1", port: 5004 }, "destination");
    assert.equal(view.getUint32(4 + layout.family, true), 4);
    assert.equal(view.getUint32(4 + layout.port, true), 5004);
    assert.equal(view.getUint32(4 + layout.bytes), 0xc0000201);
    putEndpoint(view, 4, { address: "fe80::1%3", port: 0 }, "destination");
    assert.equal(view.getUint32(4 + layout.family, true), 6);
    assert.equal(view.getUint32(4 + layout.scope, true), 3);
    putEndpoint(view, 4, undefined, "destination");
    assert.deepEqual(new Uint8Array(view.buffer), new Uint8Array(view.byteLength));
  });

  it("writes what getEndpoint() reads", () => {
    const view = new DataView(new ArrayBuffer(layout.structBytes));
    for (const address of ["192.0.2.1", "0.0.0.0", "::1", "2001:db8::5:0:1", "fe80::1%3"]) {
      putEndpoint(view, 0, { address, port: 5004 }, "source");
      assert.deepEqual(getEndpoint(view), { address, port: 5004 });
    }
  });

  it("refuses addresses of a link that is not said", () => {
    const view = new DataView(new ArrayBuffer(layout.structBytes));
    for (const address of ["fe80::1", "FEBF::1"]) {
      assert.throws(
        () => putEndpoint(view, 0, { address, port: 5004 }, "destination"),
        new RegExp(`^TypeError: Cannot use destination address "${address}": every link has such .*${address}%eth0$`),
      );
    }
    for (const address of ["fe80::1%1", "fec0::1", "ff02::1", "169.254.0.1"]) {
      putEndpoint(view, 0, { address, port: 5004 }, "destination");
    }
  });

  it("refuses ports that are none", () => {
    const view = new DataView(new ArrayBuffer(layout.structBytes));
    for (const port of [-1, 65536, 1.5, NaN]) {
      assert.throws(() => putEndpoint(view, 0, { address: "::1", port }, "destination"), /destination port/);
    }
  });
});
