import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { DrawError } from "./draw_error.ts";
import { type DrawnFrame, DrawRenderer, type DrawRendererOptions } from "./draw_renderer.ts";
import type { DrawInfo } from "./draw_source.ts";

const timeout = 60000;
/** Longer than anybody waits here. Not for ever: Deno ends no thread that computes. */
const LONG = "for (const endMs = Date.now() + 10000; Date.now() < endMs;);";
const size = { width: 16, height: 8, rate: { num: 30000, den: 1001 } };
const module = new URL("./testdata/drawings.ts", import.meta.url);
const renderers: DrawRenderer[] = [];
/** Fills the picture with a red that tells the frame number. */
const numbered = `function draw(context, info) {
  context.fillStyle = "rgb(" + info.frameNumber % 251 + ", 0, 0)";
  context.fillRect(0, 0, 16, 8);
}`;

function start(options: Partial<DrawRendererOptions>, onFailure?: (error: DrawError) => void): DrawRenderer {
  const renderer = new DrawRenderer({ draw: "function draw() {}", ...size, ...options }, onFailure);
  renderers.push(renderer);
  return renderer;
}

function pixel(frame: DrawnFrame, x: number, y: number, width: number = size.width): number[] {
  return [...frame.pixels.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)];
}

async function failureOf(promise: Promise<unknown>): Promise<DrawError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof DrawError, String(error));
    return error;
  }
  throw new Error("It did not fail");
}

describe("DrawRenderer", () => {
  after(async () => {
    await Promise.all(renderers.map((renderer) => renderer.stop()));
  });

  it("draws code text, a module and a function", { timeout }, async () => {
    const sources: DrawRendererOptions["draw"][] = [
      'function draw(context) { context.fillStyle = "#00ff00"; context.fillRect(4, 2, 8, 4); }',
      { module, export: "draw" },
      (context, info) => {
        context.fillStyle = "#ff0000";
        context.fillRect(0, 0, info.width, info.height);
      },
    ];
    const middles = [[0, 255, 0, 255], [0, 0, 255, 255], [255, 0, 0, 255]];
    const corners = [[0, 0, 0, 0], [0, 0, 255, 255], [255, 0, 0, 255]];
    for (const [index, draw] of sources.entries()) {
      const frame = await start({ draw }).draw(0, 0n);
      assert.equal(frame.pixels.length, 16 * 8 * 4);
      assert.deepEqual(pixel(frame, 8, 4), middles[index]);
      assert.deepEqual(pixel(frame, 0, 0), corners[index]);
      assert.ok(frame.drawMs >= 0);
    }
  });

  it("tells the drawing frame number, times, size, rate and parameters", { timeout }, async () => {
    const renderer = start({
      parameters: { first: 1 },
      draw(context, info) {
        const { frameNumber, timeSeconds, timestampNs, width, height, rate, parameters } = info as DrawInfo;
        const ok = frameNumber === 30000 && Math.abs(timeSeconds - 1001) < 1e-9 && timestampNs === 123n &&
          width === 16 && height === 8 && rate.num === 30000 && rate.den === 1001;
        if (!ok) throw new Error("wrong info");
        context.fillStyle = parameters.first === 1 ? "#010000" : "#020000";
        context.fillRect(0, 0, 16, 8);
      },
    });
    const first = await renderer.draw(30000, 123n);
    assert.deepEqual([first.frameNumber, first.timestampNs], [30000, 123n]);
    assert.equal(pixel(first, 0, 0)[0], 1);
    first.release();
    renderer.setParameters({ first: 2 });
    assert.equal(pixel(await renderer.draw(30000, 123n), 0, 0)[0], 2);
    assert.throws(() => renderer.setParameters({ f: () => 1 }), /parameters cannot be sent to another thread/);
  });

  it("gives premultiplied alpha by default and straight alpha when asked", { timeout }, async () => {
    const draw =
      'function draw(context) { context.fillStyle = "rgba(255, 128, 0, 0.5)"; context.fillRect(0, 0, 16, 8); }';
    const premultiplied = pixel(await start({ draw }).draw(0, 0n), 3, 3);
    const straight = pixel(await start({ draw, alpha: "straight" }).draw(0, 0n), 3, 3);
    const near = (got: number[], want: number[]) => {
      got.forEach((value, index) => assert.ok(Math.abs(value - want[index]) <= 1, `${got} for ${want}`));
    };
    near(premultiplied, [128, 64, 0, 128]);
    near(straight, [255, 128, 0, 128]);
  });

  it("begins each frame clear and with fresh state, or keeps the last picture", { timeout }, async () => {
    const draw =
      "function draw(context, info) { context.translate(1, 0); context.fillRect(info.frameNumber, 0, 1, 1); }";
    for (const [clear, alphas] of [[true, [0, 0, 255, 0]], [false, [0, 255, 0, 255]]] as const) {
      const renderer = start({ draw, clear });
      (await renderer.draw(0, 0n)).release();
      const frame = await renderer.draw(1, 0n);
      assert.deepEqual([0, 1, 2, 3].map((x) => pixel(frame, x, 0)[3]), alphas, `clear ${clear}`);
    }
  });

  it("draws text without any font of the system", { timeout }, async () => {
    const renderer = start({
      width: 200,
      height: 60,
      draw: (context) => {
        context.font = "bold 40px Roboto";
        // The advance of these digits in Roboto Bold; another font standing in has another.
        const width = context.measureText("12:34").width;
        if (Math.abs(width - 103.07) > 0.1) throw new Error(`It is another font: ${width} pixels wide`);
        context.fillText("12:34", 5, 45);
      },
    });
    const frame = await renderer.draw(0, 0n);
    let inked = 0;
    for (let index = 3; index < frame.pixels.length; index += 4) if (frame.pixels[index] > 128) inked++;
    assert.ok(inked > 500 && inked < 4000, `${inked} pixels`);
  });

  it("takes the newest finished picture and bounds what is in flight to two", { timeout }, async () => {
    const renderer = start({
      draw: numbered,
    });
    assert.equal(renderer.take(), undefined);
    assert.ok(renderer.request(1, 10n));
    assert.ok(renderer.request(2, 20n));
    assert.equal(renderer.request(3, 30n), false);
    assert.equal(renderer.inFlight, 2);
    const refused = await failureOf(renderer.draw(3, 30n));
    assert.match(refused.message, /frame 3 refused: 2 pictures/);
    assert.equal(renderer.failure, undefined);
    let frame = renderer.take();
    while (frame?.frameNumber !== 2) {
      frame?.release();
      await new Promise((resolve) => setTimeout(resolve, 5));
      frame = renderer.take();
    }
    assert.equal(pixel(frame, 5, 5)[0], 2);
    assert.equal(frame.timestampNs, 20n);
    assert.equal(renderer.inFlight, 1);
    assert.ok(renderer.request(4, 40n));
    assert.equal(renderer.request(5, 50n), false);
    frame.release();
    frame.release();
    assert.ok(renderer.request(5, 50n));
  });

  it("delivers every frame right under mixed use", { timeout }, async () => {
    const renderer = start({
      draw: numbered,
    });
    await renderer.ready;
    let taken = 0;
    for (let frameNumber = 0; frameNumber < 500; frameNumber++) {
      if (frameNumber % 3 === 0) {
        assert.ok(renderer.request(frameNumber, 0n));
        // Busy, so that the picture is seen in shared memory before its report is heard.
        const endMs = performance.now() + 1;
        let early: DrawnFrame | undefined;
        while (early === undefined && performance.now() < endMs) early = renderer.take();
        while (early === undefined) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          early = renderer.take();
        }
        assert.deepEqual([early.frameNumber, pixel(early, 1, 1)[0]], [frameNumber, frameNumber % 251]);
        early.release();
        taken++;
        continue;
      }
      const frame = await renderer.draw(frameNumber, 0n);
      assert.deepEqual([frame.frameNumber, pixel(frame, 1, 1)[0]], [frameNumber, frameNumber % 251]);
      frame.release();
    }
    assert.equal(taken, 167);
    assert.equal(renderer.inFlight, 0);
  });

  it("waits for an async drawing", { timeout }, async () => {
    const renderer = start({
      draw: async (context) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        context.fillRect(0, 0, 16, 8);
      },
    });
    assert.deepEqual(pixel(await renderer.draw(0, 0n), 0, 0), [0, 0, 0, 255]);
  });
});

describe("DrawRenderer, faults", () => {
  after(async () => {
    await Promise.all(renderers.map((renderer) => renderer.stop()));
  });

  it("reports message, line and frame of a drawing that throws, then refuses everything", { timeout }, async () => {
    const failures: DrawError[] = [];
    const draw = "function draw(context, info) {\n  if (info.frameNumber < 3) return;\n  context.nothing();\n}";
    const renderer = start({ draw }, (error) => failures.push(error));
    for (const frameNumber of [0, 1, 2]) (await renderer.draw(frameNumber, 0n)).release();
    const error = await failureOf(renderer.draw(3, 0n));
    assert.match(error.message, /^Drawing failed in frame 3, draw code line 3: context\.nothing is not a function/);
    assert.deepEqual([error.line, error.frameNumber], [3, 3]);
    assert.deepEqual(failures, [error]);
    assert.equal(renderer.failure, error);
    assert.throws(() => renderer.request(4, 0n), error);
    assert.throws(() => renderer.take(), error);
    assert.equal(await failureOf(renderer.draw(4, 0n)), error);
  });

  it("reports the line of a module", { timeout }, async () => {
    const error = await failureOf(start({ draw: `${module.href}#broken` }).draw(0, 0n));
    assert.match(error.message, /frame 0, file:.*drawings\.ts line 12: broken on purpose$/);
    assert.equal(error.line, 12);
  });

  it("reports code that does not parse, with its line", { timeout }, async () => {
    const renderer = start({ draw: "function draw(context) {\n  let x = 1;\n  let a = ;\n}" });
    const error = await failureOf(renderer.ready);
    assert.match(error.message, /^Drawing cannot be loaded, draw code line 3: \w+/);
    assert.doesNotMatch(error.message, /data:|base64/);
    assert.equal(error.line, 3);
  });

  it("reports code that defines no draw function and modules that do not export one", { timeout }, async () => {
    const cases: [DrawRendererOptions["draw"], RegExp][] = [
      ["const x = 1;", /needs a "function draw\(context, info\)" in its code, but there is none/],
      [{ module, export: "nothing" }, /no function "nothing" in file:.*: it exports broken, draw$/],
      [{ module, export: "text" }, /no function "text"/],
      ["./no/such/file.ts", /cannot be loaded, file:.*no\/such\/file\.ts/],
      ["throw new Error('top');\nfunction draw() {}", /cannot be loaded, draw code line 1: top/],
    ];
    for (const [draw, message] of cases) assert.match((await failureOf(start({ draw }).ready)).message, message);
  });

  it("explains why a function does not find what is around it", { timeout }, async () => {
    const outside = { width: 5 };
    const error = await failureOf(start({ draw: (context) => context.fillRect(0, 0, outside.width, 1) }).draw(0, 0n));
    assert.match(
      error.message,
      /draw function line 1: .*outside.* \(a draw function reaches its thread as source text/,
    );
  });

  it("ends a drawing that loops for ever, and others go on", { timeout }, async () => {
    const other = start({});
    const draw = "function draw(context, info) { while (info.frameNumber === 1); }";
    const failures: DrawError[] = [];
    const renderer = start({ draw, timeLimitMs: 1500 }, (error) => failures.push(error));
    (await renderer.draw(0, 0n)).release();
    const [error, second] = await Promise.all([failureOf(renderer.draw(1, 0n)), failureOf(renderer.draw(2, 0n))]);
    assert.match(error.message, /^Drawing took longer than 1500 ms in frame 1, draw code: its thread was ended/);
    assert.equal(second, error);
    assert.deepEqual(failures, [error]);
    (await other.draw(0, 0n)).release();
  });

  it("ends a module that never finishes loading", { timeout }, async () => {
    const error = await failureOf(start({ draw: `${LONG}\nfunction draw() {}`, startLimitMs: 1000 }).ready);
    assert.match(error.message, /cannot be loaded, draw code: not done within 1000 ms/);
  });

  it("does not take a blocked event loop for a slow drawing", { timeout }, async () => {
    const renderer = start({ timeLimitMs: 500 });
    await renderer.ready;
    const drawn = renderer.draw(0, 0n);
    const endMs = performance.now() + 1500;
    while (performance.now() < endMs);
    (await drawn).release();
    assert.equal(renderer.failure, undefined);
  });

  it("refuses a font that is none", { timeout }, async () => {
    const error = await failureOf(start({ fonts: [{ path: "/no/such.ttf" }] }).ready);
    assert.match(error.message, /cannot load the font "\/no\/such\.ttf"/);
  });

  it("stops at once, even while a drawing loops, and rejects what was asked for", { timeout }, async () => {
    const failures: DrawError[] = [];
    const renderer = start(
      { draw: `function draw() { ${LONG} }`, timeLimitMs: 30000 },
      (error) => failures.push(error),
    );
    await renderer.ready;
    const drawn = failureOf(renderer.draw(0, 0n));
    await renderer.stop();
    await renderer.stop();
    assert.match((await drawn).message, /^Drawing was stopped$/);
    assert.throws(() => renderer.request(1, 0n), /Drawing was stopped/);
    assert.deepEqual(failures, []);
  });

  it("refuses bad options and arguments", { timeout }, () => {
    const wrong: [Partial<DrawRendererOptions>, RegExp][] = [
      [{ width: 0 }, /"width" is 0: it must be a whole number from 1 to 16384/],
      [{ height: 1.5 }, /"height" is 1.5/],
      [{ rate: { num: 0, den: 1 } }, /"rate.num" is 0/],
      [{ rate: { num: 25, den: NaN } }, /"rate.den" is NaN/],
      [{ timeLimitMs: 0 }, /"timeLimitMs" is 0/],
      [{ startLimitMs: Infinity }, /"startLimitMs" is Infinity/],
      [{ alpha: "none" as "straight" }, /"alpha" is "none": it must be premultiplied or straight/],
      [{ parameters: { f: () => 1 } }, /parameters cannot be sent/],
    ];
    for (const [options, message] of wrong) assert.throws(() => start(options), message);
    const renderer = start({});
    for (const frameNumber of [-1, 0.5, NaN]) assert.throws(() => renderer.request(frameNumber, 0n), /frame number is/);
  });
});
