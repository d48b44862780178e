import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { refusalOf } from "./request_guard.ts";

describe("refusalOf()", () => {
  it("lets the own page in, by address in digits, as localhost, or by the given name", () => {
    for (const host of ["127.0.0.1:8080", "localhost:9000", "LocalHost:1", "[::1]:80", "192.0.2.7", "studio.lan:80"]) {
      assert.equal(refusalOf({ host }, "studio.lan"), undefined, host);
      assert.equal(refusalOf({ host, origin: `http://${host}` }, "Studio.LAN"), undefined, host);
      assert.equal(refusalOf({ host, origin: `https://${host}` }, "studio.lan"), undefined, host);
    }
  });

  it("refuses pages of other origins", () => {
    const host = "127.0.0.1:8080";
    for (
      const origin of [
        "http://evil.example",
        "null",
        "",
        "http://127.0.0.1",
        "http://127.0.0.1:8081",
        "http://localhost:8080",
        "http://127.0.0.1:8080.evil.example",
        "file://",
      ]
    ) assert.match(refusalOf({ host, origin }, "127.0.0.1") ?? "", /another origin/, origin);
  });

  it("refuses names that only resolve to this machine, even if the origin agrees", () => {
    for (const host of ["evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example:80"]) {
      assert.match(refusalOf({ host, origin: `http://${host}` }, "127.0.0.1") ?? "", /host name .* is not one/, host);
    }
  });

  it("refuses a missing or broken host", () => {
    for (const host of [undefined, "", "a b", "x:y", "127.0.0.1:8080@evil.example", "[::1", "http://127.0.0.1"]) {
      assert.match(refusalOf({ host }, "127.0.0.1") ?? "", /no valid Host/, host);
    }
  });
});
