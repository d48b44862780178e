import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { KeyEventValue, MouseEventValue } from "@streamlib/core";
import { HeldInputs } from "./held_inputs.ts";

function key(type: "down" | "up", name: string): KeyEventValue {
  const modifiers = { shift: true, control: false, alt: false, meta: false };
  return { type, key: name, code: `Key${name.toUpperCase()}`, repeat: false, ...modifiers };
}

function mouse(type: MouseEventValue["type"], button: number, x: number = 0): MouseEventValue {
  return { type, x, y: 7, button, deltaX: 0, deltaY: 0 };
}

describe("HeldInputs", () => {
  it("releases what is down, in order, where the mouse was last", () => {
    const held = new HeldInputs();
    for (const name of ["a", "b", "c"]) assert.equal(held.key(key("down", name)), true);
    assert.equal(held.key(key("up", "b")), true);
    held.mouse(mouse("down", 2));
    held.mouse(mouse("move", -1, 55));
    const { keys, mouse: buttons } = held.release();
    assert.deepEqual(keys.map((event) => [event.type, event.code, event.shift]), [
      ["up", "KeyA", false],
      ["up", "KeyC", false],
    ]);
    assert.deepEqual(buttons, [mouse("up", 2, 55)]);
    assert.deepEqual(held.release(), { keys: [], mouse: [] });
  });

  it("does not pass on what goes up and never went down", () => {
    const held = new HeldInputs();
    assert.equal(held.key(key("up", "a")), false);
    assert.equal(held.mouse(mouse("up", 0)), false);
    assert.equal(held.mouse(mouse("move", -1)), true);
  });

  it("holds one key once, by the name of its place or else its meaning", () => {
    const held = new HeldInputs();
    held.key(key("down", "a"));
    held.key({ ...key("down", "A"), repeat: true });
    held.key({ ...key("down", "Go"), code: "" });
    assert.deepEqual(held.release().keys.map((event) => event.key), ["A", "Go"]);
  });

  it("holds at most 64 keys", () => {
    const held = new HeldInputs();
    const passed = Array.from({ length: 70 }, (_, i) => held.key(key("down", `k${i}`))).filter(Boolean);
    assert.equal(passed.length, 64);
    assert.equal(held.release().keys.length, 64);
  });
});
