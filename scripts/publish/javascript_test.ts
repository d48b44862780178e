/** What the packages' JavaScript is made of, on the runtime that runs this file. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { transformSync } from "esbuild";
import { after, before, describe, it } from "@std/testing/bdd";
import { ROOT } from "../../tests/setup.ts";
import { lowerDecorators, writeJavaScript } from "./javascript.ts";
import { moduleNames, toScriptNames } from "./module_names.ts";

const CORE = pathToFileURL(join(ROOT, "core/mod.ts")).href;

/** Everything about a class that a lowered decorator could lose, under a name of its own for each test. */
function counterSource(name: string): string {
  return `
import { Actor, control, registerActor } from ${JSON.stringify(CORE)};
@registerActor({ name: "${name}", module: import.meta.url })
export class CounterActor extends Actor<{ outputs: Record<never, never> }> {
  static readonly spec = { description: "Counts" };
  static step = 3;
  #count = 1;
  @control()
  add(): Promise<number> {
    this.#count += CounterActor.step;
    return Promise.resolve(this.#count);
  }
  process(): void {}
}
`;
}

interface Counter {
  readonly state: string;
  readonly ready: Promise<void>;
  add(): Promise<number>;
  stop(): Promise<void>;
}

/** Imports a module that defines the actor, and lives a short life with it. */
async function live(path: string): Promise<void> {
  const { CounterActor } = await import(pathToFileURL(path).href) as {
    CounterActor: { new (): Counter; spec: { description: string }; step: number };
  };
  assert.equal(CounterActor.name, "CounterActor");
  assert.equal(CounterActor.spec.description, "Counts");
  const actor = new CounterActor();
  assert.ok(actor instanceof CounterActor);
  await actor.ready;
  assert.equal(actor.state, "running");
  assert.equal(await actor.add(), 4);
  assert.equal(await actor.add(), 7);
  await actor.stop();
}

describe("writeJavaScript()", () => {
  let base = "";
  before(() => {
    base = mkdtempSync(join(tmpdir(), "streamlib-javascript-"));
  });
  after(() => rmSync(base, { recursive: true, force: true }));

  it("makes actors that live, with private members of the language", { timeout: 60_000 }, async () => {
    writeFileSync(join(base, "counter.ts"), counterSource("LoweredCounter"));
    writeJavaScript(base, ["counter.ts"], join(base, "out"));
    const script = readFileSync(join(base, "out/counter.js"), "utf8");
    assert.match(script, /this\.#count \+=/);
    assert.doesNotMatch(script, /^@|WeakMap/m);
    assert.match(readFileSync(join(base, "out/counter.d.ts"), "utf8"), /add\(\): Promise<number>/);
    await live(join(base, "out/counter.js"));
  });

  it("is not needed by plugins: an actor that esbuild alone has compiled lives too", { timeout: 60_000 }, async () => {
    for (const target of ["es2022", "es2024"]) {
      const source = counterSource(`${target.toUpperCase()}Counter`);
      const path = join(base, `${target}.mjs`);
      writeFileSync(path, transformSync(source, { loader: "ts", format: "esm", target }).code);
      await live(path);
    }
  });

  it("rewrites what names a module, and neither strings nor comments", { timeout: 60_000 }, () => {
    mkdirSync(join(base, "names/part"), { recursive: true });
    const comment = '// import { a } from "./a.ts";';
    writeFileSync(
      join(base, "names/part/a.ts"),
      `${comment}\nexport interface A { readonly a: number }\nexport const text: string = 'import "./a.ts"';\n` +
        'export function later(): Promise<typeof import("../b.ts")> {\n  return import("../b.ts");\n}\n',
    );
    writeFileSync(
      join(base, "names/b.ts"),
      'import type { A } from "./part/a.ts";\nexport { text } from "./part/a.ts";\nexport const one: A = { a: 1 };\n',
    );
    writeJavaScript(join(base, "names"), ["b.ts", "part/a.ts"], join(base, "names_out"));
    const read = (file: string): string => readFileSync(join(base, "names_out", file), "utf8");
    assert.deepEqual(moduleNames("b.js", read("b.js")).map(({ name }) => name), ["./part/a.js"]);
    assert.deepEqual(moduleNames("b.d.ts", read("b.d.ts")).map(({ name }) => name), ["./part/a.js", "./part/a.js"]);
    assert.deepEqual(moduleNames("a.js", read("part/a.js")).map(({ name }) => name), ["../b.js"]);
    assert.deepEqual(moduleNames("a.d.ts", read("part/a.d.ts")).map(({ name }) => name), ["../b.js"]);
    assert.ok(read("part/a.js").includes(`'import "./a.ts"'`));
    assert.equal(toScriptNames("a.ts", comment), comment);
  });

  it("says where a file cannot be compiled", { timeout: 60_000 }, () => {
    writeFileSync(join(base, "wrong.ts"), "export const a: number = 1;\nexport const = 2;\n");
    assert.throws(() => writeJavaScript(base, ["wrong.ts"], join(base, "out")), /wrong\.ts:2: cannot be packed: /);
    writeFileSync(join(base, "bare.ts"), "export const a = Math.random();\n");
    assert.throws(() => writeJavaScript(base, ["bare.ts"], join(base, "out")), /bare\.ts:1: cannot be packed: .*type/);
  });
});

describe("lowerDecorators()", () => {
  it("tells each decorator the name of its class", () => {
    const text = "function d(_: unknown, context: ClassDecoratorContext): void {\n  names.push(context.name);\n}\n" +
      "const names: unknown[] = [];\n@d\nexport class A {}\n@d\nclass B extends A { static #b = 1; static c = B.#b; }\nexport { B, names };\n";
    const lowered = lowerDecorators("a.ts", text);
    assert.deepEqual(lowered.match(/name: "\w+"/g), ['name: "A"', 'name: "B"']);
  });

  it("leaves a file without decorators as it is, an @ in a comment included", () => {
    const text = "/** @module */\nexport const a: number = 1;\n";
    assert.equal(lowerDecorators("a.ts", text), text);
  });
});
