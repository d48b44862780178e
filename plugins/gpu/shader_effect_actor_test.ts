import { after, afterEach, before, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LockstepClock, ManualClock, Supervisor } from "@streamlib/core";
import { assertNothingLeft } from "../../ffi/testing/gpu.ts";
import { compileShader, ShaderEffectActor, type ShaderEffectOptions } from "./mod.ts";
import { drawn, type Picture, psnrDb, testPicture } from "./testing/effect_formulas.ts";
import { keep, numbersOf, sourceOf, stopKept, testDispatcher, testGpu, through } from "./testing/gpu_chain.ts";
import { GpuView, type SeenPicture, TestValues } from "./testing/picture_actors.ts";
import { runProgram } from "./testing/run_program.ts";

const SLOW = { timeout: 60_000 };
const RIGHT_DB = 50;
const INVERT = `uniform float amount = 0.5;

vec4 effect(vec2 at) {
  vec4 colour = picture(at);
  return vec4(mix(colour.rgb, colour.a - colour.rgb, amount), colour.a);
}
`;
const INVERT_WGSL = `struct Values { resolution: vec2<f32>, amount: f32 }
@group(0) @binding(0) var<uniform> values: Values;
@group(0) @binding(1) var picture: texture_2d<f32>;
@group(0) @binding(2) var linear: sampler;
@group(0) @binding(3) var result: texture_storage_2d<rgba32float, write>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let at = (vec2<f32>(id.xy) + 0.5) / values.resolution;
  let colour = textureSampleLevel(picture, linear, at, 0.0);
  textureStore(result, vec2<i32>(id.xy), vec4<f32>(mix(colour.rgb, colour.a - colour.rgb, values.amount), colour.a));
}
`;
const INVERT_COMPUTE = `layout(local_size_x = 16, local_size_y = 8) in;
layout(set = 0, binding = 4) uniform sampler2D image_absent;
layout(set = 0, binding = 3) uniform sampler2D picture;
layout(set = 0, binding = 1, rgba32f) uniform writeonly image2D result;
layout(push_constant) uniform Values { float amount; };
void main() {
  ivec2 at = ivec2(gl_GlobalInvocationID.xy);
  if (any(greaterThanEqual(at, imageSize(result)))) return;
  vec4 colour = texelFetch(picture, at, 0);
  colour += texelFetch(image_absent, ivec2(0), 0);
  imageStore(result, at, vec4(mix(colour.rgb, colour.a - colour.rgb, amount), colour.a));
}
`;
const INVERT_FRAGMENT = `layout(location = 0) in vec2 position;
layout(location = 0) out vec4 colour;
layout(set = 0, binding = 0) uniform sampler2D video;
layout(set = 0, binding = 1) uniform Values { float amount; };
void main() {
  colour = texture(video, position);
  colour.rgb = mix(colour.rgb, colour.a - colour.rgb, amount);
}
`;
const INVERT_WGSL_FRAGMENT = `@group(0) @binding(0) var<uniform> amount: f32;
@group(0) @binding(1) var picture: texture_2d<f32>;
@group(0) @binding(2) var nearest: sampler;

@fragment
fn draw(@location(0) at: vec2<f32>) -> @location(0) vec4<f32> {
  let colour = textureSample(picture, nearest, at);
  return vec4<f32>(mix(colour.rgb, colour.a - colour.rgb, amount), colour.a);
}
`;

function inverted({ width, height, data }: Picture, amount: number): Picture {
  const mixed = data.map((value, at) => at % 4 === 3 ? value : value + amount * (data[at - at % 4 + 3] - 2 * value));
  return { width, height, data: mixed };
}

function effect(
  options: ShaderEffectOptions & { id?: string; clock?: ManualClock | LockstepClock },
): ShaderEffectActor {
  return new ShaderEffectActor({ dispatcher: testDispatcher(), ...options });
}

/** Why an actor cannot start, without what every such error begins with. */
async function refusalOf(options: ShaderEffectOptions & { clock?: LockstepClock }): Promise<string> {
  const actor = keep(effect({ id: "glow", ...options }));
  const error: Error = await actor.ready.then(() => assert.fail("it started"), (thrown) => thrown);
  await actor.stop();
  return (error.cause as Error).message;
}

describe("ShaderEffect", { ...SLOW, skip: testGpu === undefined }, () => {
  const picture = testPicture(97, 54, false);
  let folder = "";

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "streamlib-shader-"));
  });
  after(() => rm(folder, { recursive: true }));
  afterEach(async () => {
    await stopKept();
    assertNothingLeft();
  });

  async function file(name: string, content: string | Uint8Array): Promise<string> {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  }

  it("runs a shader of a few lines", SLOW, async () => {
    const [seen] = await through([picture], [effect({ source: INVERT })]);
    assert.ok(psnrDb(numbersOf(seen), inverted(picture, 0.5)) >= RIGHT_DB);
    const [eight] = await through([picture], [effect({ source: INVERT, uniforms: { amount: 1 } })], "rgba8");
    assert.equal(eight.format.pixelFormat, "rgba8");
    assert.ok(psnrDb(numbersOf(eight), inverted(picture, 1)) >= RIGHT_DB);
  });

  it("runs complete ones in every language from files", SLOW, async () => {
    const { words } = await compileShader({
      source: INVERT_COMPUTE,
      language: "glsl",
      stage: "compute",
      name: "invert",
      cache: false,
    });
    const files = [
      await file("short.glsl", INVERT),
      await file("invert.comp", INVERT_COMPUTE),
      await file("complete.glsl", INVERT_COMPUTE),
      await file("invert.frag", INVERT_FRAGMENT),
      await file("invert.wgsl", INVERT_WGSL),
      await file("fragment.wgsl", INVERT_WGSL_FRAGMENT),
      await file("invert.spv", new Uint8Array(words.buffer)),
    ];
    const wanted = inverted(picture, 0.8);
    for (const file of files) {
      const [seen] = await through([picture], [effect({ file, uniforms: { amount: 0.8 } })]);
      assert.ok(psnrDb(numbersOf(seen), wanted) >= RIGHT_DB, file);
    }
  });

  it("goes through four of them with one submit per tick and no byte on the host", SLOW, async () => {
    const filters = [0.25, 1, 0.125, 1].map((amount) => effect({ source: INVERT, uniforms: { amount } }));
    const seen = await through(Array(8).fill(picture), filters);
    const wanted = [0.25, 1, 0.125, 1].reduce(inverted, picture);
    const steps = seen.slice(1).map(({ submits }, at) => submits - seen[at].submits);
    assert.deepEqual(steps, steps.map(() => 1));
    for (const { stats } of filters) assert.equal(stats.inputs.video.bytesCopied, 0);
    for (const one of seen) assert.ok(psnrDb(numbersOf(one), wanted) >= RIGHT_DB);
  });

  it("makes pictures out of nothing, and knows time, resolution and frame", SLOW, async () => {
    const clock = new ManualClock(50);
    const source = "vec4 effect(vec2 at) { return vec4(time, float(frame), resolution) + 0.0 * picture(at); }";
    const made = keep(effect({ source, width: 7, height: 5, rate: 50, pixelFormat: "rgba32-float", clock }));
    const seen: SeenPicture[] = [];
    const view = made.pipe(keep(new GpuView({ dispatcher: testDispatcher(), see: (one) => void seen.push(one) })));
    await Promise.all([made.ready, view.ready]);
    await clock.advance(3);
    const firsts = seen.map((one) => [...numbersOf(one).data.slice(0, 4)]);
    const start = firsts[0][1];
    const wanted = [0, 1, 2].map((i) => [Math.fround(i / 50), start + i, 7, 5]);
    assert.deepEqual(firsts, wanted);
    assert.deepEqual([seen[0].format.width, seen[0].format.height, seen[0].format.rate], [7, 5, { num: 50, den: 1 }]);
  });

  it("beats by itself at its rate", SLOW, async () => {
    const made = keep(effect({ source: INVERT, width: 16, height: 16, rate: 100 }));
    const seen: SeenPicture[] = [];
    const enough = Promise.withResolvers<void>();
    made.pipe(keep(
      new GpuView({
        dispatcher: testDispatcher(),
        see: (one) => {
          if (seen.push(one) === 5) enough.resolve();
        },
      }),
    ));
    await enough.promise;
    assert.equal(made.clock?.clockId, "software/100/1");
  });

  it("reads further pictures by name, and transparent black where there is none", SLOW, async () => {
    const clock = new LockstepClock(60);
    const source = "vec4 effect(vec2 at) { return picture(at) * image_my_mask(at).r + image_none(at); }";
    const mask = drawn(4, 4, () => [0.25, 0, 0, 1]);
    const made = keep(effect({ source }));
    const seen: SeenPicture[] = [];
    sourceOf([picture, picture], clock).outputs.video.pipe(made.inputs.video);
    sourceOf([mask, mask], clock).outputs.video.pipe(made.inputs.image.at("my-mask"));
    const view = made.pipe(keep(new GpuView({ dispatcher: testDispatcher(), see: (one) => void seen.push(one) })));
    await made.ready;
    await clock.run();
    await view.ended;
    const wanted = { ...picture, data: picture.data.map((value) => 0.25 * value) };
    assert.equal(seen.length, 2);
    for (const one of seen) assert.ok(psnrDb(numbersOf(one), wanted) >= RIGHT_DB);
  });

  it("fails when a picture is linked that its shader does not read", SLOW, async () => {
    const clock = new LockstepClock(60);
    const made = keep(effect({ id: "glow", source: INVERT.replace("picture(at)", "picture(at) + image_glow(at)") }));
    sourceOf([picture], clock).outputs.video.pipe(made.inputs.video);
    sourceOf([picture], clock).outputs.video.pipe(made.inputs.image.at("mask"));
    await made.ready;
    const failed = assert.rejects(made.ended, (error: Error) => {
      assert.equal(
        (error.cause as Error).message,
        'Cannot use input image.mask of ShaderEffect "glow": its shader does not read image_mask; ' +
          "the images that it reads are image.glow",
      );
      return true;
    });
    await clock.run();
    await failed;
  });

  it("takes uniforms of every kind", SLOW, async () => {
    const source = `uniform bool flag; uniform int less; uniform uint more; uniform ivec2 pair; uniform mat2 turn;
uniform mat3 wide = mat3(1, 2, 3, 4, 5, 6, 7, 8, 9); uniform vec3 list[2]; uniform vec4 fill[4];
vec4 effect(vec2 at) {
  vec2 turned = turn * vec2(1.0, 2.0);
  vec3 column = wide[2];
  float first = (flag ? 100.0 : 0.0) + float(less) + float(more) + float(pair.x * pair.y);
  return vec4(first, turned.x * 100.0 + turned.y, column.x + column.z * 10.0, list[1].z + fill[3].w);
}`;
    const uniforms = {
      flag: true,
      less: -7,
      more: 4,
      pair: [3, 5],
      turn: [1, 2, 3, 4],
      list: [1, 2, 3, 4, 5, 6],
      fill: Array.from({ length: 16 }, (_, i) => 10 * i),
    };
    const made = effect({ source, uniforms, pixelFormat: "rgba32-float" });
    const [seen] = await through([picture], [made], "rgba8");
    // Columns of turn are (1, 2) and (3, 4): (1 + 6, 2 + 8).
    assert.deepEqual([...numbersOf(seen).data.slice(0, 4)], [100 - 7 + 4 + 15, 710, 97, 6 + 150]);
  });

  it("takes as many blocks of uniforms as a shader has", SLOW, async () => {
    const blocks = Array.from({ length: 12 }, (_, at) => at + 1);
    const source = `layout(location = 0) in vec2 position;
      layout(location = 0) out vec4 colour;
      layout(set = 0, binding = 0) uniform sampler2D picture;
      ${blocks.map((at) => `layout(set = 0, binding = ${at}) uniform Block${at} { float a${at}; };`).join("\n")}
      void main() { colour = vec4(${
      blocks.map((at) => `a${at} / ${at}.0`).join(" * ")
    } * texture(picture, position)); }`;
    const uniforms = Object.fromEntries(blocks.map((at) => [`a${at}`, at]));
    const [seen] = await through([picture], [effect({ source, uniforms })]);
    assert.ok(psnrDb(numbersOf(seen), picture) >= RIGHT_DB);
  });

  it("takes uniforms while it runs, by its control and by its input", SLOW, async () => {
    const clock = new ManualClock(60);
    const source = "uniform float amount; uniform vec3 tint;\nvec4 effect(vec2 at) { return vec4(tint, amount); }";
    const made = keep(effect({ source, width: 1, height: 1, rate: 60, pixelFormat: "rgba32-float", clock }));
    const values = keep(new TestValues());
    const seen: SeenPicture[] = [];
    values.outputs.data.pipe(made.inputs.uniforms);
    const view = made.pipe(keep(new GpuView({ dispatcher: testDispatcher(), see: (one) => void seen.push(one) })));
    await Promise.all([made, values, view].map((actor) => actor.ready));
    await clock.advance();
    await made.set({ amount: 4 });
    await clock.advance();
    // None of them is lost.
    await values.say({ amount: 5 });
    await values.say({ tint: [1, 2, 3] });
    await clock.advance();
    // A clock given, a tick is its own; the values wait for it.
    assert.deepEqual(seen.map((one) => [...numbersOf(one).data]), [[0, 0, 0, 0], [0, 0, 0, 4], [1, 2, 3, 5]]);
    const wrong = made.set({ amount: 6, tint: [1, 2] });
    await assert.rejects(wrong, {
      code: "option-invalid",
      message: `Cannot set uniform "tint" of ${made.label} to [1,2]: it is a vec3 and takes 3 numbers`,
    });
    await clock.advance();
    assert.equal(numbersOf(seen[3]).data[3], 5);
    const failed = assert.rejects(made.ended, (error: Error) => {
      assert.equal(
        (error.cause as Error).message,
        `Cannot set uniform "amuont" of ${made.label} to 1: there is no such uniform; ` +
          "there are amount (float), tint (vec3)",
      );
      return true;
    });
    await values.say({ amuont: 1 });
    await clock.advance();
    await failed;
  });

  it("goes on with what was set when a supervisor restarts it", SLOW, async () => {
    const clock = new ManualClock(60);
    const source = "uniform float amount; vec4 effect(vec2 at) { return vec4(amount); }";
    const supervisor = new Supervisor({ snapshotMs: 1, backoff: { firstMs: 1, maxMs: 1 } });
    const size = { width: 1, height: 1, rate: 60, pixelFormat: "rgba32-float" as const };
    const made = keep(new ShaderEffectActor({ source, ...size, clock, supervisor, dispatcher: testDispatcher() }));
    const values = keep(new TestValues());
    const seen: SeenPicture[] = [];
    values.outputs.data.pipe(made.inputs.uniforms);
    const view = made.pipe(keep(new GpuView({ dispatcher: testDispatcher(), see: (one) => void seen.push(one) })));
    await Promise.all([made, values, view].map((actor) => actor.ready));
    await made.set({ amount: 4 });
    await clock.advance();
    const restarted = Promise.withResolvers<void>();
    supervisor.on("restarted", () => restarted.resolve());
    await values.say({ amount: "much" });
    await clock.advance();
    await restarted.promise;
    await clock.advance();
    assert.equal(numbersOf(seen.at(-1)!).data[0], 4);
  });

  it("says which uniform of the options cannot be, and why", SLOW, async () => {
    const source = `uniform int count; uniform uint size; uniform bool flag; uniform float list[3];
vec4 effect(vec2 at) { return vec4(float(count) + float(size) + (flag ? list[1] : 0.0)); }`;
    const cases: [Record<string, number | boolean | number[]>, string][] = [
      [{ count: 1.5 }, "it is an int and takes an integer from -2147483648 to 2147483647"],
      [{ size: -1 }, "it is a uint and takes an integer from 0 to 4294967295"],
      [{ flag: 2 }, "it is a bool and takes true or false"],
      [{ list: [1, 2] }, "it is a float[3] and takes 3 numbers"],
      [{ list: true }, "it is a float[3] and takes 3 numbers"],
      [{ time: 1 }, "the actor gives it itself"],
      [
        { nothing: 1 },
        "there is no such uniform; there are count (int), size (uint), flag (bool), list (float[3])",
      ],
    ];
    for (const [uniforms, why] of cases) {
      const [[name, value]] = Object.entries(uniforms);
      assert.equal(
        await refusalOf({ source, uniforms }),
        `Cannot set uniform "${name}" of ShaderEffect "glow" to ${JSON.stringify(value)}: ${why}`,
      );
    }
  });

  it("says where a shader does not compile, in the lines of its user", SLOW, async () => {
    const path = await file("wrong.glsl", INVERT.replace("amount)", "amuont)"));
    assert.equal(
      await refusalOf({ file: path }),
      `Cannot compile shader "${path}": an error
${path}:5:54: error: 'amuont' : undeclared identifier
  5 |   return vec4(mix(colour.rgb, colour.a - colour.rgb, amuont), colour.a);
    |                                                      ^`,
    );
    const same = "uniform float a = 1.0; vec4 effect(vec2 at) { return b; }";
    assert.match(await refusalOf({ source: same }), /shader.glsl:1:54: .*'b'.*\n {2}1 \| uniform float a = 1.0; vec4 /);
    assert.match(await refusalOf({ source: "fn nothing(", language: "wgsl" }), /shader.wgsl:1:\d+: error/);
  });

  it("says what is wrong with a file and with bindings", SLOW, async () => {
    const clock = new LockstepClock(60);
    const inLockstep = await refusalOf({ source: INVERT, width: 4, height: 4, rate: 60, clock });
    assert.match(inLockstep, /"glow": it has a rate, but in lockstep what has inputs follows them; leave rate out/);
    const head =
      "layout(local_size_x = 8) in;\nlayout(set = 0, binding = 1, rgba8) uniform writeonly image2D result;\n";
    const main = "void main() { imageStore(result, ivec2(0), vec4(1.0)); }";
    const extra = (binding: string, use: string): string => `${head}${binding}\n${main.replace("1.0", use)}`;
    const cases: [ShaderEffectOptions, RegExp][] = [
      [{ file: join(folder, "none.glsl") }, /option file = ".*none.glsl": ENOENT/],
      [{ file: join(folder, "shader.txt") }, /say its language, or have it end with .glsl, .frag, .comp, .wgsl, .spv/],
      [{ file: await file("cut.spv", new Uint8Array(20)) }, /cut.spv: error: it begins with 0x00000000/],
      [
        { source: extra("layout(set = 0, binding = 2) readonly buffer Table { float table[]; };", "table[0]") },
        /binding "\w+" \(set 0, binding 2\) is a storage buffer/,
      ],
      [{ source: "layout(local_size_x = 8) in;\nvoid main() {}" }, /it computes, but writes no image/],
      [{ source: head + main, pixelFormat: "rgba16" }, /pixelFormat = "rgba16": its shader writes rgba8/],
    ];
    for (const [options, message] of cases) assert.match(await refusalOf(options), message);
    const wrong: [ShaderEffectOptions, RegExp][] = [
      [{}, /source: give source or file/],
      [{ source: "x", file: "y" }, /source.*give source or file, and one only/],
      [{ source: "x", width: 4 }, /height: width and height must be given together/],
      [{ source: "x", rate: 30 }, /width: a shader that beats by itself needs width and height/],
      [{ source: "x", width: 4, height: 4, rate: 1.23456 }, /rate = 1.23456/],
      [{ source: "x", language: "spirv" }, /SPIR-V is no text/],
    ];
    for (const [options, message] of wrong) {
      assert.throws(() => new ShaderEffectActor(options), { code: "option-invalid", message });
    }
  });

  it("lets the others of the program live when a shader never ends", SLOW, async () => {
    const { out, errors } = await runProgram("endless_shader_program.ts", [String(testGpu!.index)]);
    const line = out.split("\n").find((one) => one.startsWith("report "));
    assert.ok(line, errors);
    assert.deepEqual(JSON.parse(line.slice(7)), {
      endless: "gpu-abandoned",
      besideOnItsDevice: "gpu-abandoned",
      elsewhere: "running",
      goesOnElsewhere: true,
      supervised: "running",
      restarted: true,
    });
  });
});
