import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ShaderError } from "../compiler/shader_error.ts";
import { isCompleteGlsl, readShortShader } from "./short_shader.ts";

const END = "vec4 effect(vec2 at) { return vec4(1.0); }";

function refusalOf(source: string): string {
  try {
    readShortShader(source, "glow.glsl");
  } catch (thrown) {
    assert.ok(thrown instanceof ShaderError);
    return thrown.message;
  }
  return "nothing";
}

describe("short shaders", () => {
  it("give their loose uniforms, and keep every other character where it stood", () => {
    const source = [
      "uniform float amount = 0.5; // how much",
      "uniform vec3 tint = vec3(1, .5, -2e-1), other; uniform bool flag = true;",
      "/* uniform float no; */ uniform highp int count = -3;",
      "uniform float weights[3];",
      "uniform vec2 both = vec2(0.25);",
      END,
    ].join("\n");
    const { text, uniforms, preamble } = readShortShader(source, "glow.glsl");
    assert.deepEqual(uniforms, [
      { type: "float", name: "amount", count: undefined, initial: [0.5] },
      { type: "vec3", name: "tint", count: undefined, initial: [1, 0.5, -0.2] },
      { type: "vec3", name: "other", count: undefined, initial: undefined },
      { type: "bool", name: "flag", count: undefined, initial: [1] },
      { type: "int", name: "count", count: undefined, initial: [-3] },
      { type: "float", name: "weights", count: 3, initial: undefined },
      { type: "vec2", name: "both", count: undefined, initial: [0.25, 0.25] },
    ]);
    const [was, is] = [source.split("\n"), text.split("\n")];
    assert.deepEqual(is.map((line) => line.length), was.map((line) => line.length));
    assert.equal(is[0].trim(), "// how much");
    assert.equal(is[2].trimEnd(), "/* uniform float no; */");
    assert.equal(is[5], END);
    assert.match(preamble, /push_constant[\s\S]*float amount;[\s\S]*float weights\[3\];/);
  });

  it("have a buffer for more uniforms than push constants hold", () => {
    assert.match(readShortShader(`uniform vec4 many[7];\n${END}`, "x").preamble, /push_constant/);
    assert.match(readShortShader(`uniform vec4 many[8];\n${END}`, "x").preamble, /set = 0, binding = 100/);
  });

  it("declare the pictures that they name", () => {
    const source = `// image_no\nuniform sampler2D image_a;\n${
      END.replace("1.0", "image_b(at).r + picture(at).r + image_a(at).r")
    }`;
    const declared = readShortShader(source, "x").preamble.match(/binding = \d\) uniform sampler2D \w+/g);
    assert.deepEqual(declared, [
      "binding = 0) uniform sampler2D picture",
      "binding = 1) uniform sampler2D image_b",
      "binding = 2) uniform sampler2D image_a",
    ]);
  });

  it("are told from complete ones by main", () => {
    assert.equal(isCompleteGlsl(`// void main() {}\n${END}`), false);
    assert.equal(isCompleteGlsl("void  main ( ) {}"), true);
  });

  it("say with line and column which uniform cannot be", () => {
    const cases: [string, RegExp][] = [
      ["\n  uniform double deep;", /glow.glsl:2:3: error: 'double' : a uniform is one of bool, int,.*\n.*\n +\| {3}\^/],
      ["uniform float a = b;", /glow.glsl:1:1: error: 'a' : begins with 'b', it must be a number/],
      ["uniform bool a = 1;", /'a' : begins with '1', it must be true or false/],
      ["uniform vec3 a = vec3(1, 2);", /'a' : begins with 'vec3\(1, 2\)', it must be vec3\(…\) of numbers/],
      ["uniform float time;", /'time' : is given already, it needs no declaration/],
      ["uniform float a, a;", /'a' : is declared twice/],
      ["uniform float a[2] = float[](1, 2);", /'a' : an array has no value in the text/],
      ["uniform float a[0];", /'a' : an array has at least one element/],
      ["uniform float 2a;", /'2a' : a uniform is declared as in "uniform float amount = 0.5;"/],
      ["uniform sampler2D mask;", /sampler 'mask' : pictures are called picture, and image_NAME/],
    ];
    for (const [line, message] of cases) assert.match(refusalOf(`${line}\n${END}`), message);
    assert.match(refusalOf("void effect() {}"), /neither a function `vec4 effect\(vec2 at\)` nor `void main\(\)`/);
  });
});
