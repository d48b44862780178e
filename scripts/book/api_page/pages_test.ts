import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type ApiPackage, apiPages, type ApiSurroundings } from "./pages.ts";
import type { ClassDoc, DocDeclaration, DocModule, DocSymbol, JsDoc, TypeDoc } from "./doc.ts";
import { docstring, firstSentence, prose } from "./prose.ts";
import { apiSurroundings, readApi } from "./read.ts";
import { textLength, TypeWriter } from "./type.ts";

const ROOT_URL = "file:///repository/";
const SURROUNDINGS: ApiSurroundings = {
  rootUrl: ROOT_URL,
  actorPages: new Map([["ThingActor", "/actors/thing"]]),
};
const NUMBER: TypeDoc = { kind: "keyword", value: "number" };

function ref(typeName: string, ...typeParams: TypeDoc[]): TypeDoc {
  return { kind: "typeRef", value: typeParams.length > 0 ? { typeName, typeParams } : { typeName } };
}

function symbol(
  name: string,
  path: string,
  declaration: Omit<DocDeclaration, "location">,
  line: number = 1,
): DocSymbol {
  const location = { filename: `${ROOT_URL}${path}`, line };
  return { name, declarations: [{ location, ...declaration } as DocDeclaration] };
}

function constant(name: string, path: string, jsDoc: JsDoc = {}, line: number = 1): DocSymbol {
  return symbol(name, path, { kind: "variable", jsDoc, def: { kind: "const", tsType: NUMBER } }, line);
}

function pack(name: string, folder: string, symbols: readonly DocSymbol[], doc: string = ""): ApiPackage {
  const module: DocModule = { module_doc: { doc }, symbols };
  return { name: `@streamlib/${name}`, folder, doors: new Map([[".", module]]) };
}

function contentOf(
  packages: readonly ApiPackage[],
  path: string,
  surroundings: ApiSurroundings = SURROUNDINGS,
): string {
  const { pages } = apiPages(packages, surroundings);
  return pages.find((page) => page.path === path)?.content ?? assert.fail(pages.map((page) => page.path).join(" "));
}

const CORE = pack("core", "core", [
  symbol("Actor", "core/actor/actor.ts", {
    kind: "class",
    jsDoc: { doc: "A stage. It runs." },
    def: { methods: [{ name: "stop", kind: "method", functionDef: { params: [], returnType: NUMBER } }] },
  }),
], "The core of `it`.");

const THING = pack("thing", "plugins/thing", [
  symbol("ThingOptions", "plugins/thing/thing_actor.ts", {
    kind: "interface",
    def: { properties: [{ name: "size", readonly: true, optional: true, tsType: NUMBER, jsDoc: { doc: "How big." } }] },
  }, 3),
  symbol("ThingActor", "plugins/thing/thing_actor.ts", {
    kind: "class",
    jsDoc: {
      doc: "Stops by {@linkcode Actor.stop}, takes {@link ThingOptions | options}.\n\nSecond <paragraph> {{ x }}.",
    },
    def: {
      extends: "Actor",
      superTypeParams: [ref("ThingOptions")],
      constructors: [{
        name: "constructor",
        params: [{
          kind: "assign",
          left: { kind: "identifier", name: "options", tsType: ref("ThingOptions") },
          right: "[UNSUPPORTED]",
        }],
        jsDoc: {
          doc: "Makes it.",
          tags: [
            { kind: "param", name: "options", doc: "What it is." },
            { kind: "throws", tsType: ref("RangeError"), doc: "If it is too big." },
          ],
        },
      }],
      properties: [
        { name: "~cell", tsType: NUMBER },
        { name: "hidden", tsType: NUMBER, accessibility: "private" },
        { name: "inner", tsType: NUMBER, jsDoc: { tags: [{ kind: "internal" }] } },
      ],
      methods: [
        { name: "level", kind: "getter", functionDef: { returnType: NUMBER } },
        { name: "level", kind: "setter", functionDef: { params: [] } },
        {
          name: "set",
          kind: "method",
          functionDef: { params: [], returnType: ref("Promise", NUMBER), decorators: [{ name: "control" }] },
        },
      ],
    },
  }, 9),
], "Things.");

describe("apiPages()", () => {
  it("writes a class with its members, links and errors", () => {
    const content = contentOf([CORE, THING], "thing/index");
    for (
      const part of [
        "# @streamlib/thing\n\nThings.\n\nWhat it is for, and how it is used: [its page](/packages/thing).\n\n## ThingActor " +
        "{#ThingActor}",
        'extends</span> <a href="/api/core/#Actor">Actor</a>&lt;<a href="/api/thing/#ThingOptions">ThingOptions</a>&gt;',
        "Stops by [`Actor.stop`](/api/core/#Actor.stop), takes [options](/api/thing/#ThingOptions).",
        "Second &lt;paragraph> &#123;&#123; x }}.",
        'ThingActor(options?: <a href="/api/thing/#ThingOptions">ThingOptions</a>)',
        "- `options`: What it is.\n- Throws <code>RangeError</code>: If it is too big.",
        '<dt id="ThingActor.level"><pre class="api-signature" v-pre><code>level: number</code>',
        '<span class="api-word">@control()</span>\nset(): Promise&lt;number&gt;',
        '<span class="api-word">readonly </span>size?: number',
        "Ports, options and a picture of it: [its page](/actors/thing). `plugins/thing/thing_actor.ts`",
      ]
    ) assert.ok(content.includes(part), `${part}\n\n${content}`);
    assert.doesNotMatch(content, /hidden|inner|~cell/);
    assert.ok(content.indexOf("## ThingActor") < content.indexOf("## ThingOptions"), "classes stand first");
  });

  it("shows overloads, and not what implements them", () => {
    const location = { filename: `${ROOT_URL}core/f.ts`, line: 1 };
    const f = (name: string, hasBody: boolean, tsType: TypeDoc): DocDeclaration => ({
      kind: "function",
      location,
      def: { hasBody, params: [{ kind: "identifier", name, tsType }], returnType: NUMBER },
    });
    const over = { name: "over", declarations: [f("a", false, NUMBER), f("b", false, NUMBER), f("c", true, NUMBER)] };
    const method = (name: string, hasBody: boolean): object => ({
      name: "run",
      kind: "method",
      functionDef: { hasBody, params: [{ kind: "identifier", name, tsType: NUMBER }], returnType: NUMBER },
    });
    const holder = symbol("Holder", "core/f.ts", {
      kind: "class",
      def: { methods: [method("d", false), method("e", true)] as ClassDoc["methods"] },
    } as Omit<DocDeclaration, "location">);
    const content = contentOf([pack("core", "core", [over, holder])], "core/index");
    for (const name of ["a", "b", "d"]) assert.match(content, new RegExp(`\\(${name}: number\\): number`));
    assert.doesNotMatch(content, /\([ce]: number\)/);
  });

  it("lists the packages, and says where a name is explained", () => {
    assert.match(contentOf([CORE, THING], "index"), /- \[`@streamlib\/core`\]\(\/api\/core\/\): The core of `it`\.\n/);
    const { addressOf } = apiPages([CORE, THING], SURROUNDINGS);
    assert.equal(addressOf("ThingActor", "@streamlib/thing"), "/api/thing/#ThingActor");
    assert.equal(addressOf("Actor", "@streamlib/thing"), "/api/core/#Actor");
    assert.equal(addressOf("Nothing", "@streamlib/thing"), undefined);
  });

  it("links to the sources where they are known", () => {
    const sourceAddress = (path: string, line: number): string => `https://example.org/${path}#L${line}`;
    const content = contentOf([CORE], "core/index", { ...SURROUNDINGS, sourceAddress });
    assert.match(content, /\[core\/actor\/actor\.ts\]\(https:\/\/example\.org\/core\/actor\/actor\.ts#L1\)/);
  });

  it("gives large packages a page for each topic", () => {
    const many = Array.from({ length: 58 }, (_, i) => constant(`n${i}`, "ffi/native_ring.ts", { doc: "A. B." }, i));
    const others = ["ffi/gpu/a.ts", "ffi/gpu/b.ts", "ffi/gpu_c.ts", "ffi/memory.ts", "ffi/x_actor.ts"].map((path, i) =>
      constant(`o${i}`, path)
    );
    const packages = [pack("ffi", "ffi", [...many, ...others])];
    const paths = apiPages(packages, SURROUNDINGS).pages.map(({ path }) => path);
    assert.deepEqual(paths, ["index", "ffi/index", "ffi/gpu", "ffi/ring", "ffi/others"]);
    assert.match(
      contentOf(packages, "ffi/index"),
      /## \[ring\]\(\/api\/ffi\/ring\)\n\n- \[`n0`\]\(\/api\/ffi\/ring#n0\): A\.\n/,
    );
    assert.match(
      contentOf(packages, "ffi/gpu"),
      /^# @streamlib\/ffi: gpu\n\nOf \[`@streamlib\/ffi`\]\(\/api\/ffi\/\): 3 names\.\n\n## o2/,
    );
    assert.match(contentOf(packages, "ffi/others"), /## o4[\s\S]*## o3/);
  });

  it("gives another door a page of its own, and names what is borrowed", () => {
    const doors = new Map([
      [".", { symbols: [constant("one", "testing/mod.ts"), CORE.doors.get(".")!.symbols[0]] }],
      ["./conform", { module_doc: { doc: "Checks." }, symbols: [constant("two", "testing/conform/mod.ts")] }],
      ["./bdd", { symbols: [] }],
    ]);
    const packages = [CORE, { name: "@streamlib/testing", folder: "testing", doors }];
    assert.match(
      contentOf(packages, "testing/index"),
      /also gives \[`Actor`\]\(\/api\/core\/#Actor\)[\s\S]*\/conform`\]\(\/api\/testing\/conform\): Checks\.\n\n## one/,
    );
    assert.match(
      contentOf(packages, "testing/conform"),
      /Checks\.\n\nOf \[`@streamlib\/testing\/conform`\]\(\/api\/testing\/\): 1 name\./,
    );
  });

  it("tells of links that lead nowhere", () => {
    const lost = pack("lost", "lost", [
      constant("one", "lost/one.ts", { doc: "See {@link Nobody} and {@linkcode Actor.nothing}, not {@link one}." }),
    ]);
    const { problems, pages } = apiPages([CORE, lost], SURROUNDINGS);
    assert.deepEqual(problems, [
      "lost/one.ts: {@link Nobody} names nothing that is public",
      "lost/one.ts: {@link Actor.nothing} names nothing that is public",
    ]);
    assert.match(pages[2].content, /See `Nobody` and `Actor\.nothing`, not \[`one`\]\(\/api\/lost\/#one\)\./);
  });
});

describe("TypeWriter", () => {
  const types = new TypeWriter((name) => name === "Frame" ? "/api/x#Frame" : undefined);
  const plain = (type: TypeDoc): string =>
    types.type(type).replace(/<[^>]*>/g, "").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&")
      .replaceAll("&quot;", '"');
  const text = (string: string): TypeDoc => ({ kind: "literal", value: { kind: "string", string } });

  it("links the names that are explained", () => {
    assert.equal(types.type(ref("Frame", NUMBER)), '<a href="/api/x#Frame">Frame</a>&lt;number&gt;');
  });

  it("writes every kind of type", () => {
    const T = ref("T");
    const cases: [string, TypeDoc][] = [
      ["unknown", { kind: "keyword", value: "unknown" }],
      ["this", { kind: "this" }],
      ["typeof CODES", { kind: "typeQuery", value: "CODES" }],
      ['"a" | 1 | true', {
        kind: "union",
        value: [
          text("a"),
          { kind: "literal", value: { kind: "number", number: 1 } },
          { kind: "literal", value: { kind: "boolean", boolean: true } },
        ],
      }],
      ["T & number", { kind: "intersection", value: [T, NUMBER] }],
      ["[T, ...number[]]", { kind: "tuple", value: [T, { kind: "rest", value: { kind: "array", value: NUMBER } }] }],
      ["(keyof T)[]", {
        kind: "array",
        value: { kind: "parenthesized", value: { kind: "typeOperator", value: { operator: "keyof", tsType: T } } },
      }],
      ["T[number]", { kind: "indexedAccess", value: { objType: T, indexType: NUMBER } }],
      ["new (...a: T) => number", {
        kind: "fnOrConstructor",
        value: {
          constructor: true,
          tsType: NUMBER,
          params: [{ kind: "rest", arg: { kind: "identifier", name: "a" }, tsType: T }],
        },
      }],
      ["T extends infer U ? number : never", {
        kind: "conditional",
        value: {
          checkType: T,
          extendsType: { kind: "infer", value: { typeParam: { name: "U" } } },
          trueType: NUMBER,
          falseType: { kind: "keyword", value: "never" },
        },
      }],
      ["{ readonly [K in T]?: number }", {
        kind: "mapped",
        value: { typeParam: { name: "K", constraint: T }, tsType: NUMBER, readonly: true, optional: true },
      }],
      ["value is T", { kind: "typePredicate", value: { param: { name: "value" }, type: T } }],
      ["{ a: T; b?: number }", {
        kind: "typeLiteral",
        value: { properties: [{ name: "a", tsType: T }, { name: "b", optional: true, tsType: NUMBER }] },
      }],
      ["`p/${number}`", {
        kind: "literal",
        value: { kind: "template", tsTypes: [text("p/"), NUMBER] },
      }],
      ["string", { kind: "literal", value: { kind: "template", tsTypes: [text("a\nb")] } }],
    ];
    for (const [expected, type] of cases) assert.equal(plain(type), expected);
  });

  it("breaks what is long", () => {
    const names = Array.from({ length: 20 }, (_, i) => text(`name-${i}`));
    assert.match(plain({ kind: "union", value: names }), /^\n {2}\| "name-0"\n {2}\| "name-1"\n/);
    const params = names.map((_, i) => ({ kind: "identifier", name: `name${i}`, tsType: NUMBER }));
    assert.match(types.call({ params, returnType: NUMBER }, "f"), /^f\(\n {2}name0: number,\n[\s\S]*\n\): number$/);
  });

  it("does not print tables", () => {
    const wide: TypeDoc = { kind: "tuple", value: Array.from({ length: 400 }, () => NUMBER) };
    assert.equal(types.constantType(wide), "");
    assert.equal(types.constantType(NUMBER), ": number");
  });

  it("counts what is seen", () => assert.equal(textLength('<a href="/x">a</a>&lt;b&gt;'), 4));
});

describe("docstring()", () => {
  it("finds tags within a line", () => {
    const { text, tags } = docstring({
      doc: "Sends it. @returns The\nlast. @throws If it is closed. @param a what",
      tags: [{ kind: "param", name: "b", doc: "more" }],
    });
    assert.equal(text, "Sends it.");
    assert.deepEqual(tags, [
      { kind: "return", doc: "The\nlast." },
      { kind: "throws", doc: "If it is closed." },
      { kind: "param", name: "a", doc: "what" },
      { kind: "param", name: "b", doc: "more" },
    ]);
  });
});

describe("prose()", () => {
  it("leaves code alone", () => {
    const doc = "`a<b>` and <c>\n\n```ts\nif (a < b) f({{}});\n```\n";
    assert.equal(prose(doc, () => undefined), "`a<b>` and &lt;c>\n\n```ts\nif (a < b) f({{}});\n```");
  });

  it("links to other sites", () => {
    assert.equal(prose("{@link https://example.org | there}", () => undefined), "[there](https://example.org)");
  });
});

describe("firstSentence()", () => {
  it("ends at the first end of a sentence", () => {
    assert.equal(firstSentence("Reads 29.97, e.g. of a\nfile. Then more."), "Reads 29.97, e.g. of a file.");
    assert.equal(firstSentence("streamlib: all of it\n\nNext."), "streamlib: all of it");
  });
});

describe("apiSurroundings()", () => {
  it("knows the sources in a workflow alone", () => {
    assert.equal(apiSurroundings({}, new Map()).sourceAddress, undefined);
    const { sourceAddress } = apiSurroundings({ GITHUB_REPOSITORY: "a/b", GITHUB_SHA: "c0" }, new Map());
    assert.equal(sourceAddress?.("core/mod.ts", 7), "https://github.com/a/b/blob/c0/core/mod.ts#L7");
  });
});

describe("docstrings of this repository", () => {
  it("link to what is public", { timeout: 60_000 }, () => {
    const { pages, problems } = apiPages(readApi(), apiSurroundings({}, new Map()));
    assert.deepEqual(problems, []);
    assert.ok(pages.length > 20);
  });
});
