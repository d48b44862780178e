import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { isStreamError } from "@streamlib/core";
import { spirvObjections } from "../testing/spirv_val.ts";
import { type CompiledShader, compileShader, type CompileShaderOptions } from "./compile_shader.ts";
import { ShaderError } from "./shader_error.ts";

const SLOW = { timeout: 60_000 };
const HEAD = `#version 450
layout(local_size_x = 16, local_size_y = 16) in;
layout(set = 0, binding = 1, rgba8) uniform writeonly image2D result;
`;
const INVERT = `${HEAD}layout(set = 0, binding = 0) uniform sampler2D picture;
layout(push_constant) uniform P { float amount; } p;
void main() {
  ivec2 at = ivec2(gl_GlobalInvocationID.xy);
  imageStore(result, at, mix(texelFetch(picture, at, 0), vec4(1.0), p.amount));
}
`;
const WGSL = `struct P { amount: f32 }
var<immediate> p: P;
@group(0) @binding(0) var picture: texture_2d<f32>;
@group(0) @binding(1) var result: texture_storage_2d<rgba8unorm, write>;
@compute @workgroup_size(16, 16) fn invert(@builtin(global_invocation_id) id: vec3u) {
  textureStore(result, id.xy, textureLoad(picture, id.xy, 0) * p.amount);
}
`;
const BOTH = `@vertex fn corner(@builtin(vertex_index) i: u32) -> @builtin(position) vec4f {
  return vec4f(f32(i), 0.0, 0.0, 1.0);
}
@fragment fn red() -> @location(0) vec4f { return vec4f(1.0, 0.0, 0.0, 1.0); }
@fragment fn green() -> @location(0) vec4f { return vec4f(0.0, 1.0, 0.0, 1.0); }
`;

function compile(given: Partial<CompileShaderOptions>): Promise<CompiledShader> {
  return compileShader({ source: INVERT, language: "glsl", stage: "compute", cache: false, ...given });
}

async function failure(given: Partial<CompileShaderOptions>): Promise<ShaderError> {
  try {
    await compile(given);
  } catch (thrown) {
    assert.ok(thrown instanceof ShaderError, String(thrown));
    assert.ok(isStreamError(thrown));
    assert.equal(thrown.code, "shader-invalid");
    return thrown;
  }
  assert.fail("it compiled");
}

async function refusal(given: Record<string, unknown>): Promise<string> {
  try {
    await compile(given as Partial<CompileShaderOptions>);
  } catch (thrown) {
    assert.ok(isStreamError(thrown), String(thrown));
    assert.equal(thrown.code, "option-invalid");
    return thrown.message;
  }
  assert.fail("it compiled");
}

describe("compileShader()", SLOW, () => {
  it("compiles GLSL for every stage", SLOW, async () => {
    const vertex = "#version 450\nlayout(location = 0) out vec2 at;\nvoid main() { at = vec2(gl_VertexIndex); " +
      "gl_Position = vec4(at, 0.0, 1.0); }";
    const fragment = "#version 450\nlayout(location = 0) in vec2 at;\nlayout(location = 0) out vec4 colour;\n" +
      "void main() { colour = vec4(at, 0.0, 1.0); }";
    for (const [stage, source] of [["compute", INVERT], ["vertex", vertex], ["fragment", fragment]] as const) {
      const shader = await compile({ source, stage });
      assert.equal(shader.words[0], 0x07230203);
      assert.equal(shader.stage, stage);
      assert.equal(shader.entryPoint, "main");
      assert.equal(shader.cache, "off");
      assert.deepEqual(shader.warnings, []);
      assert.equal(spirvObjections(shader.words), "");
    }
  });

  it("compiles WGSL, and finds the entry point of the stage", SLOW, async () => {
    const invert = await compile({ source: WGSL, language: "wgsl" });
    assert.equal(invert.entryPoint, "invert");
    assert.equal(spirvObjections(invert.words), "");
    const corner = await compile({ source: BOTH, language: "wgsl", stage: "vertex" });
    assert.equal(corner.entryPoint, "corner");
    const green = await compile({ source: BOTH, language: "wgsl", stage: "fragment", entryPoint: "green" });
    assert.equal(green.entryPoint, "green");
    assert.equal(spirvObjections(green.words), "");
  });

  it("keeps the names that reflection shows, in both languages", SLOW, async () => {
    for (const given of [{}, { source: WGSL, language: "wgsl" }] as const) {
      const { words } = await compile(given);
      const text = new TextDecoder("latin1").decode(words);
      for (const name of ["amount", "picture", "result"]) assert.ok(text.includes(name), name);
    }
  });

  it("says which entry points there are when none or several fit", SLOW, async () => {
    const none = await failure({ source: BOTH, language: "wgsl", stage: "compute", name: "both.wgsl" });
    assert.equal(
      none.message,
      'Cannot compile shader "both.wgsl": an error\nboth.wgsl: error: there is no entry point for compute; ' +
        'it has "corner" (vertex), "red" (fragment), "green" (fragment)',
    );
    const several = await failure({ source: BOTH, language: "wgsl", stage: "fragment" });
    assert.match(several.message, /several entry points for fragment: name one/);
    const wrong = await failure({ entryPoint: "start" });
    assert.match(wrong.message, /no entry point "start" for compute; it has "main" \(compute\)/);
  });

  it("passes SPIR-V on, as words or bytes, and copies it", SLOW, async () => {
    const { words } = await compile({});
    const given = new Uint8Array(words.byteLength + 1).subarray(1);
    given.set(new Uint8Array(words.buffer));
    for (const source of [words, given]) {
      const shader = await compile({ source, language: "spirv" });
      assert.deepEqual(shader.words, words);
      assert.notEqual(shader.words.buffer, source.buffer);
      assert.equal(shader.entryPoint, "main");
      assert.equal(shader.cache, "off");
    }
  });

  it("refuses what is no SPIR-V", SLOW, async () => {
    const { words } = await compile({});
    const changed = (index: number, value: number): Uint32Array => {
      const copy = new Uint32Array(words);
      copy[index] = value;
      return copy;
    };
    const cases: readonly (readonly [Uint32Array | Uint8Array, RegExp])[] = [
      [new Uint32Array(0), /its 0 words are fewer than the 5 of the header/],
      [changed(0, 0x464c457f), /begins with 0x464c457f and not with 0x07230203/],
      [changed(0, 0x03022307), /the other byte order/],
      [changed(1, 0x10600), /its version 1\.6 \(0x00010600\) is not 1\.0 to 1\.5/],
      [changed(1, 0x10301), /its version 1\.3 \(0x00010301\)/],
      [changed(3, 0), /bound of ids is 0/],
      [changed(5, 0x11), /instruction at word 5 has no end/],
      [words.subarray(0, words.length - 1), /its last function has no end/],
      [new Uint8Array(words.buffer, 0, words.byteLength - 1), /no whole number of words/],
      [words.subarray(0, 5), /no entry point for compute; it has none/],
      [new Uint32Array((1 << 20) + 1).fill(0x07230203, 0, 1), /are more than 1048576/],
    ];
    for (const [source, expected] of cases) {
      assert.match((await failure({ source, language: "spirv" })).message, expected);
    }
    for (let length = 0; length < words.length; length++) {
      await failure({ source: words.subarray(0, length), language: "spirv" });
    }
    const fragment = await failure({ source: words, language: "spirv", stage: "fragment" });
    assert.match(fragment.message, /no entry point for fragment; it has "main" \(compute\)/);
  });

  it("shows file, line, column, text and a caret of an error in GLSL", SLOW, async () => {
    const error = await failure({ source: INVERT.replace("p.amount", "p.amuont"), name: "effects/invert.comp" });
    const [first] = error.messages;
    assert.deepEqual(first, {
      severity: "error",
      file: "effects/invert.comp",
      line: 8,
      column: 71,
      text: "'amuont' : no such field in structure",
      lineText: "  imageStore(result, at, mix(texelFetch(picture, at, 0), vec4(1.0), p.amuont));",
    });
    assert.ok(
      error.message.includes(
        "effects/invert.comp:8:71: error: 'amuont' : no such field in structure\n" +
          "  8 |   imageStore(result, at, mix(texelFetch(picture, at, 0), vec4(1.0), p.amuont));\n" +
          `    | ${" ".repeat(70)}^`,
      ),
      error.message,
    );
  });

  it("shows several errors at once, and warnings beside them", SLOW, async () => {
    const source = INVERT.replace("\n", "\n#extension GL_FOO_bar : enable\n").replace(
      "p.amount",
      "vec4(1.0) * p.amuont",
    );
    const error = await failure({ source });
    assert.deepEqual(
      error.messages.map(({ severity, line, column }) => [severity, line, column]),
      [["warning", 2, 1], ["error", 9, 83], ["error", 9, 79]],
      error.message,
    );
    assert.match(error.message, /^Cannot compile shader "shader": 2 errors\nshader:2:1: warning: .*GL_FOO_bar/);
    assert.match(error.message, /\nshader:9:79: error: '\*' : wrong operand types/);
    assert.doesNotMatch(error.message, /compilation terminated|No code generated/);
  });

  it("shows errors of WGSL, with notes, in its first stage and in its second", SLOW, async () => {
    const wgsl = { language: "wgsl", name: "effect.wgsl" } as const;
    const syntax = await failure({ ...wgsl, source: WGSL.replace("p.amount", "p.") });
    assert.equal(syntax.messages[0].line, 6);
    assert.equal(syntax.messages[0].column, 66);
    assert.match(syntax.message, /effect\.wgsl:6:66: error: expected identifier/);
    assert.match(syntax.message, /\n {2}6 \| {3}textureStore.*\n {4}\| {66}\^$/);
    const source = "@compute @workgroup_size(1) fn main() {\n  let a = 1i + 1.0f;\n}";
    const types = await failure({ ...wgsl, source });
    assert.equal(types.messages[0].line, 2);
    assert.match(types.messages[0].text, /Operation Add can't work with/);
    assert.doesNotMatch(types.messages[0].text, /[│┌\n]/);
    const whole = await failure({ ...wgsl, stage: "fragment", source: "@fragment fn main(@location(0) a: i32) {}" });
    assert.equal(whole.messages[0].line, undefined);
    assert.match(whole.message, /flat/);
  });

  it("warns where a shader compiles all the same", SLOW, async () => {
    const { warnings } = await compile({
      source: INVERT.replace("\n", "\n#extension GL_FOO_bar : enable\n"),
      name: "w",
    });
    assert.deepEqual(warnings, [{
      severity: "warning",
      file: "w",
      line: 2,
      column: 1,
      text: "'#extension' : extension not supported: GL_FOO_bar",
      lineText: "#extension GL_FOO_bar : enable",
    }]);
  });

  it("takes a preamble, and lines stay those of the text", SLOW, async () => {
    const preamble = "layout(local_size_x = 8) in;\nconst float PI = 3.14;\n";
    for (const head of ["", "#version 460\n", "// no\n/* #version 100\n*/ // yes:\n  #version 450\n"]) {
      assert.equal(
        spirvObjections((await compile({ preamble, source: `${head}void main() { float a = PI; }` })).words),
        "",
      );
      const { messages } = await failure({ preamble, source: `${head}void main() {\n  float a = PIE;\n}` });
      const line = head.split("\n").length + 1;
      assert.deepEqual([messages[0].file, messages[0].line, messages[0].column], ["shader", line, 13]);
    }
    const own = await failure({ preamble: "const int a;\n\nconst int b = c;", source: "void main() {}" });
    assert.equal(own.messages[0].file, "preamble");
    const wgsl = { language: "wgsl", preamble: "const TAU = 6.28;\nconst PI = 3.14;" } as const;
    await compile({ ...wgsl, source: "@compute @workgroup_size(1) fn main() { let a = PI; }" });
    const wrong = await failure({ ...wgsl, source: "@compute @workgroup_size(1) fn main() {\n  let a = PIE;\n}" });
    assert.deepEqual([wrong.messages[0].file, wrong.messages[0].line], ["shader", 2]);
    const inside = await failure({ language: "wgsl", source: "", preamble: "\nconst a = b;" });
    assert.deepEqual([inside.messages[0].file, inside.messages[0].line], ["preamble", 2]);
  });

  it("includes texts, and errors name them", SLOW, async () => {
    const source = `${HEAD}#include "lib/pi.glsl"
#  include <both.glsl> // twice
// #include "none.glsl"
/*
#include "none.glsl"
*/
void main() {
  imageStore(result, ivec2(0), vec4(PI, TAU, 0, 1));
}`;
    const pi = "#ifndef PI_\n#define PI_\nconst float PI = 3.14;\n#endif\n";
    const both = '#include "lib/pi.glsl"\nconst float TAU = 2 * PI;';
    const good = await compile({ source, includes: { "lib/pi.glsl": pi, "both.glsl": both } });
    assert.equal(spirvObjections(good.words), "");
    const bad = { "lib/pi.glsl": pi, "both.glsl": both.replace("2 * PI", "2 * PIE") };
    const inner = await failure({ source, includes: bad });
    assert.deepEqual([inner.messages[0].file, inner.messages[0].line], ["both.glsl", 2]);
    const after = await failure({ source: source.replace("TAU,", "TOO,"), includes: { ...bad, "both.glsl": both } });
    assert.deepEqual([after.messages[0].file, after.messages[0].line], ["shader", 11]);
  });

  it("refuses includes that are not there, malformed or go around in circles", SLOW, async () => {
    const source = '#version 450\n  #include "a.glsl"\nvoid main() {}';
    const cases: readonly (readonly [string, Record<string, string> | undefined, RegExp])[] = [
      [source, undefined, /shader:2:3: error: #include "a\.glsl": there is no such text; none was given in `includes`/],
      [source, { "b.glsl": "" }, /there is no such text; `includes` has b\.glsl\n {2}2 \| {3}#include/],
      [source, { toString: "" }, /`includes` has toString/],
      ["#include x", {}, /#include: must be followed by "NAME" or <NAME>/],
      [source, { "a.glsl": '#include "a.glsl"' }, /a\.glsl:1:1: error: .* include each other in a circle/],
      [
        source,
        { "a.glsl": `${'#include "b.glsl"\n'.repeat(3)}`, "b.glsl": " ".repeat(400_000) },
        /longer than 1048576/,
      ],
    ];
    for (const [text, includes, expected] of cases) {
      assert.match((await failure({ source: text, includes, stage: "compute" })).message, expected);
    }
  });

  it("counts lines alike whatever ends them", SLOW, async () => {
    for (const end of ["\r\n", "\r"]) {
      const source = `\uFEFF${INVERT.replace("p.amount", "p.x")}`.replaceAll("\n", end);
      assert.equal((await failure({ source })).messages[0].line, 8);
      const wgsl = await failure({ language: "wgsl", source: WGSL.replace("p.amount", "p.x").replaceAll("\n", end) });
      assert.equal(wgsl.messages[0].line, 6);
    }
    const old = "#version 150\n\nvoid main() {\n  q;\n}";
    assert.equal((await failure({ source: old, stage: "fragment", preamble: "\n\n" })).messages[0].line, 4);
    const es = "#version 310 es\nprecision highp float;\nvoid main() {\n  q;\n}";
    assert.equal((await failure({ source: es, stage: "fragment", preamble: "\n\n" })).messages[0].line, 4);
  });

  it("takes every text, however odd", SLOW, async () => {
    const texts = [
      "",
      " ",
      "\n\n",
      "é ☃ 𝄞",
      "#version",
      "#version 99999",
      "#if 1",
      "/*",
      '"',
      "void main() {",
      "\\",
      "#error no",
    ];
    for (const source of texts) {
      for (const language of ["glsl", "wgsl"] as const) {
        const { messages } = await failure({ source, language });
        assert.ok(messages.some(({ severity, text }) => severity === "error" && text.trim() !== ""), source);
      }
    }
    await compile({ source: `${INVERT}// the end \\` });
  });

  it("refuses texts that are too deep for a compiler, and goes on", SLOW, async () => {
    const deep = (middle: string): string => `${HEAD}void main() { int b = 1; int a = ${middle}; }`;
    for (const source of [deep(`${"(".repeat(20_000)}1${")".repeat(20_000)}`), deep(`${"b+".repeat(100_000)}1`)]) {
      assert.match((await failure({ source })).message, /memory exhausted|broke down over this shader/);
      assert.equal((await compile({})).entryPoint, "main");
    }
    const body = (text: string): string => `@compute @workgroup_size(1) fn main() { var b = 1; ${text} }`;
    const chains = [
      `let a = ${"b + ".repeat(3000)} 1;`,
      `let a = ${"-".repeat(3000)} b;`,
      `let a = b${".x".repeat(3000)};`,
      `if b > 0 {} ${"else if b > 1 {}\n".repeat(3000)}`,
      "{".repeat(3000),
      `let a = ${"(".repeat(3000)}`,
    ];
    for (const chain of chains) {
      const { message } = await failure({ source: body(chain), language: "wgsl" });
      assert.match(message, /a chain of more than 500|nesting limit|recursion limit/);
      assert.equal((await compile({ source: WGSL, language: "wgsl" })).entryPoint, "invert");
    }
    const long = `${"b = b + 1; if b > 0 {} else {}\n".repeat(1000)}/* ${"+".repeat(1000)} // */ // ${
      "-".repeat(1000)
    }`;
    await compile({ source: body(`${long}\nlet c = array(${"-1.0, ".repeat(1000)});`), language: "wgsl" });
  });

  it("names the option that is wrong", SLOW, async () => {
    const cases: readonly (readonly [Record<string, unknown>, RegExp])[] = [
      [{ langauge: "glsl" }, /there is no option "langauge"; there are source, language/],
      [{ language: "hlsl" }, /`language` is "hlsl"; it must be glsl, wgsl, spirv/],
      [{ stage: "geometry" }, /`stage` is "geometry"; it must be compute, vertex, fragment/],
      [{ name: "" }, /`name` must be a text of one line/],
      [{ entryPoint: "" }, /`entryPoint` must be the name/],
      [{ cache: true }, /`cache` must be a folder, or false/],
      [{ source: new Uint32Array(5) }, /`source` must be a text/],
      [{ source: "", language: "spirv" }, /must be a Uint32Array of words/],
      [{ preamble: 1 }, /`preamble` must be a text/],
      [{ preamble: "#version 450" }, /`#version` must stand in `source`/],
      [{ source: new Uint32Array(5), language: "spirv", preamble: "" }, /SPIR-V takes no `preamble`/],
      [{ source: "", language: "wgsl", includes: {} }, /only GLSL has #include/],
      [{ includes: { "a.glsl": 1 } }, /`includes\["a\.glsl"\]` must be a text/],
      [{ source: " ".repeat((1 << 20) + 1) }, /`source` is longer than 1048576 bytes/],
      [{ source: "é".repeat((1 << 19) + 1) }, /`source` is longer than 1048576 bytes/],
      [{ source: "a\nb\0" }, /`source` has a zero character in line 2/],
    ];
    for (const [given, expected] of cases) assert.match(await refusal({ name: "x", ...given }), expected);
    await compile({ source: INVERT + " ".repeat((1 << 20) - INVERT.length - 100) });
  });
});
