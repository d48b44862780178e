import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { parseClientMessage } from "./client_message.ts";

const key = {
  type: "down",
  key: "a",
  code: "KeyA",
  repeat: false,
  shift: false,
  control: false,
  alt: false,
  meta: false,
};
const mouse = { type: "down", x: 3, y: 4.5, button: 0, deltaX: 0, deltaY: 0 };

describe("parseClientMessage()", () => {
  it("takes what a page says", () => {
    assert.deepEqual(parseClientMessage('{"type":"next"}'), { type: "next", resumed: false });
    assert.deepEqual(parseClientMessage('{"type":"next","resumed":true}'), { type: "next", resumed: true });
    assert.deepEqual(parseClientMessage('{"type":"release"}'), { type: "release" });
    for (const message of [{ type: "key", event: key }, { type: "mouse", event: mouse }]) {
      assert.deepEqual(parseClientMessage(JSON.stringify(message)), message);
    }
  });

  it("leaves out what it does not know", () => {
    const message = parseClientMessage(JSON.stringify({ type: "key", event: { ...key, extra: 1 }, more: 2 }));
    assert.deepEqual(message, { type: "key", event: key });
  });

  it("gives undefined for what makes no sense", () => {
    const bad: unknown[] = [null, 1, "next", [], {}, { type: "nexd" }, { type: "key" }, { type: "mouse", event: null }];
    for (
      const change of [
        { type: "press" },
        { key: "" },
        { key: 5 },
        { key: "x".repeat(33) },
        { code: "x".repeat(33) },
        { repeat: 1 },
        { shift: undefined },
        { control: "no" },
        { alt: null },
        { meta: 0 },
      ]
    ) bad.push({ type: "key", event: { ...key, ...change } });
    for (
      const change of [
        { type: "drag" },
        { x: -1 },
        { x: null },
        { y: 16385 },
        { button: 0.5 },
        { button: -1 },
        { button: 5 },
        { deltaX: 1e6 },
        { deltaY: "1" },
      ]
    ) bad.push({ type: "mouse", event: { ...mouse, ...change } });
    for (const message of bad) {
      assert.equal(parseClientMessage(JSON.stringify(message)), undefined, JSON.stringify(message));
    }
    for (const text of ["", "{", "next", "\u0000", '{"type":"mouse","event":{"x":1e999}}']) {
      assert.equal(parseClientMessage(text), undefined, text);
    }
  });
});
