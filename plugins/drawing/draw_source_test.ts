import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { type DrawFunction, readDrawSource } from "./draw_source.ts";

function codeOf(url: string): string {
  return Buffer.from(url.slice(url.indexOf(",") + 1), "base64").toString("utf8");
}

describe("readDrawSource()", () => {
  it("reads a module reference with and without an export", () => {
    const cwd = (name: string) => pathToFileURL(path.join(process.cwd(), name)).href;
    const cases: [Parameters<typeof readDrawSource>[0], string, string][] = [
      ["./clock.ts", cwd("clock.ts"), "draw"],
      ["./clock.ts#drawClock", cwd("clock.ts"), "drawClock"],
      ["/tmp/clock.ts#a", "file:///tmp/clock.ts", "a"],
      ["https://example.org/clock.js#default", "https://example.org/clock.js", "default"],
      ["npm:clock@1#draw", "npm:clock@1", "draw"],
      [{ module: "clock.ts" }, cwd("clock.ts"), "draw"],
      [{ module: new URL("file:///a/b.ts"), export: "c" }, "file:///a/b.ts", "c"],
    ];
    for (const [source, url, exportName] of cases) {
      const request = readDrawSource(source);
      assert.deepEqual([request.url, request.exportName], [url, exportName]);
      assert.equal(request.label, url);
    }
  });

  it("takes any other text as code and keeps its lines", () => {
    const code = "// a comment\nfunction draw(context) {\n  context.fillRect(0, 0, 1, 1); // #1\n}";
    const request = readDrawSource(code);
    assert.ok(codeOf(request.url).startsWith(`${code}\n`));
    assert.equal(request.label, "draw code");
  });

  it("takes functions, arrows, async functions and methods by their source", async () => {
    const object = {
      draw(_context: unknown, info: { frameNumber: number }): number {
        return info.frameNumber + 1;
      },
    };
    const functions: unknown[] = [
      function (_context: unknown, info: { frameNumber: number }): number {
        return info.frameNumber + 1;
      },
      (_context: unknown, info: { frameNumber: number }) => info.frameNumber + 1,
      async (_context: unknown, info: { frameNumber: number }) => await Promise.resolve(info.frameNumber + 1),
      object.draw,
    ];
    for (const source of functions) {
      const request = readDrawSource(source as DrawFunction);
      const module = await import(request.url);
      assert.equal(await module[request.exportName](undefined, { frameNumber: 41 }), 42, String(source));
      assert.ok(request.fromFunction);
    }
  });

  it("refuses what cannot be sent, and says what can", () => {
    function bound(): void {}
    class Drawing {
      #color: string = "red";
      draw(): string {
        return this.#color;
      }
    }
    function* generator(): Generator<number> {
      yield 1;
    }
    const wrong: [unknown, RegExp][] = [
      [bound.bind(null), /native or bound function/],
      [Math.max, /native or bound function/],
      [Drawing, /is a class: it must be code text/],
      [Drawing.prototype.draw, /does not stand alone/],
      [generator, /is a generator/],
      ["", /is empty: it must be/],
      ["  \n", /is empty/],
      [undefined, /is undefined: it must be code text with "function draw\(context, info\)"/],
      [5, /is 5/],
      [{ export: "draw" }, /is \[object Object\]/],
      [{ module: "" }, /names no module/],
      ["./a.ts#", /names no module or no export/],
    ];
    for (const [source, message] of wrong) {
      assert.throws(() => readDrawSource(source as DrawFunction), { name: "TypeError", message }, String(source));
    }
  });
});
