/** The actor that gives test patterns. */
import {
  Actor,
  type ActorSpec,
  convertFrame,
  type FrameBytes,
  messageOf,
  optionsFrom,
  type Output,
  output,
  type Rate,
  registerActor,
  type TimedTick,
  toRate,
  type VideoFormat,
  videoFormat,
  VideoFrame,
} from "@streamlib/core";
import { z } from "zod";
import {
  checkPatternOptionNames,
  createPattern,
  type PatternName,
  patternNames,
  type PatternOptions,
} from "./pattern/catalogue.ts";
import type { Pattern } from "./pattern/pattern.ts";
import { chromaSets } from "./pattern/smpte_bars.ts";

/** Options of {@link TestPatternActor}. The options of a pattern may only be given with that pattern. */
export interface TestPatternOptions extends PatternOptions {
  /** Which pattern. Default `"smpte-bars"`. */
  readonly pattern?: PatternName;
  /** Columns, even, 2 to 16384. Default 1920. */
  readonly width?: number;
  /** Rows, even, 2 to 16384. Default 1080. */
  readonly height?: number;
  /** Frames per second: a number (29.97 and its like mean n·1000/1001) or a fraction. Default 60. */
  readonly fps?: number | Rate;
  /**
   * `"yuv422p10le"`, in which patterns are made (10-bit Y′CbCr 4:2:2, BT.709, narrow range), or `"rgba8"` converted
   * from it (full range, opaque). Default `"yuv422p10le"`.
   */
  readonly pixelFormat?: "yuv422p10le" | "rgba8";
}

/** Ports and options of {@link TestPatternActor}. */
export interface TestPatternTypes {
  /** `video`: the pattern. */
  outputs: { video: Output<VideoFrame> };
  /** As given by the user. */
  options: TestPatternOptions;
}

const side = z.int().min(2).max(16384).multipleOf(2);
const code = z.int().min(4).max(1019);
const color = z.union([
  z.string().regex(/^#[0-9a-fA-F]{6}$/, 'must be "#rrggbb"'),
  z.strictObject({ y: code, cb: code, cr: code }),
]);
const fps = z.union([z.number().positive(), z.strictObject({ num: z.int().positive(), den: z.int().positive() })]);

const options = z.strictObject({
  pattern: z.enum(patternNames).default("smpte-bars").describe("which pattern"),
  width: side.default(1920).describe("columns, even"),
  height: side.default(1080).describe("rows, even"),
  fps: fps.default(60).describe("frames per second, a number or { num, den }"),
  pixelFormat: z.enum(["yuv422p10le", "rgba8"]).default("yuv422p10le").describe("10-bit Y'CbCr, or RGBA made of it"),
  chromaSet: z.enum(chromaSets).optional().describe("smpte-bars: second column of rows two and three"),
  subBlack: z.boolean().optional().describe("smpte-bars: dip below black in the last rows"),
  superWhite: z.boolean().optional().describe("smpte-bars: peak above white in the last rows"),
  edges: z.enum(["hard", "shaped"]).optional().describe("smpte-bars: hard columns, or the slow edges of RP 219-1"),
  direction: z.enum(["horizontal", "vertical"]).optional().describe("gradient: which way it changes"),
  from: color.optional().describe("gradient: first colour, #rrggbb or 10-bit { y, cb, cr }"),
  to: color.optional().describe("gradient: last colour"),
  color: color.optional().describe("solid: the colour; moving-bar: colour of the bar"),
  background: color.optional().describe("moving-bar: colour behind the bar"),
  stepPixels: z.int().optional().describe("moving-bar: pixels to the right per frame"),
  barPixels: z.int().min(1).optional().describe("moving-bar: width of the bar in pixels"),
  phasePerFrame: z.number().min(-0.5).max(0.5).optional().describe("zone-plate: cycles the rings move per frame"),
}).superRefine((given, context) => {
  const { pattern, width, height: _height, fps: rate, pixelFormat: _pixelFormat, ...own } = given;
  const checks: [string, () => void][] = [
    ["fps", () => toRate(rate)],
    ["pattern", () => checkPatternOptionNames(pattern, own)],
    ["barPixels", () => {
      if ((own.barPixels ?? 1) > width) throw new RangeError(`must be from 1 to the width, ${width}`);
    }],
  ];
  for (const [option, check] of checks) {
    try {
      check();
    } catch (thrown) {
      context.addIssue({ code: "custom", path: [option], message: messageOf(thrown) });
    }
  }
});

/**
 * Gives a test pattern, one frame per tick.
 *
 * A still pattern is painted once and copied once into each slot of the ring; a moving one is drawn for the tick's
 * frame number, so that a missed tick is a missed position and not a delay.
 */
@registerActor({ name: "TestPattern", module: import.meta.url })
export class TestPatternActor extends Actor<TestPatternTypes> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<TestPatternTypes> = {
    description: "Gives a test pattern: SMPTE RP 219 bars, gradient, moving bar, zone plate or one colour",
    positional: "pattern",
    outputs: { video: output(VideoFrame, { description: "the pattern" }) },
    options: optionsFrom(options),
  };

  #pattern: Pattern | undefined;
  #format: VideoFormat | undefined;
  /** Where the pattern is drawn if it is to be converted; and the same memory as words. */
  #drawn: FrameBytes | undefined;
  #drawnWords: Uint16Array | undefined;
  /** Places in ring memory that hold the still picture already. */
  #painted: WeakMap<ArrayBufferLike, Set<number>> = new WeakMap();

  /** Makes the pattern. */
  override onStart(): void {
    const { pattern, width, height, fps: rate, pixelFormat, ...own } = this.options;
    this.tickAt(toRate(rate));
    const beat = this.clock?.rate ?? toRate(rate);
    this.#pattern = createPattern(pattern, { width, height }, own);
    this.#format = videoFormat({ pixelFormat, width, height, rate: beat, alpha: "opaque" });
    if (pixelFormat === "rgba8") {
      const made = videoFormat({ pixelFormat: "yuv422p10le", width, height, rate: beat });
      this.#drawnWords = new Uint16Array(width * height * 2);
      this.#drawn = { data: new Uint8Array(this.#drawnWords.buffer), format: made };
    }
  }

  /** Gives the picture of the tick's frame number. */
  override process(tick: TimedTick): void {
    if (!this.#format || !this.#pattern) return;
    const loan = this.outputs.video.loan(this.#format);
    if (!loan) return;
    if (this.#pattern.moving) this.#draw(this.#pattern, tick.frameNumber, loan.data);
    else this.#repeat(this.#pattern, loan.data);
    loan.commit();
  }

  #draw(pattern: Pattern, frameNumber: number, data: Uint8Array): void {
    if (!this.#format || !this.#drawn || !this.#drawnWords) {
      pattern.render(frameNumber, new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2));
      return;
    }
    pattern.render(frameNumber, this.#drawnWords);
    convertFrame(this.#drawn, { data, format: this.#format });
  }

  /** A slot of the ring keeps its bytes from use to use: the picture goes into each one only once. */
  #repeat(pattern: Pattern, data: Uint8Array): void {
    const painted = this.#painted.get(data.buffer) ?? new Set();
    if (painted.has(data.byteOffset)) return;
    this.#draw(pattern, 0, data);
    painted.add(data.byteOffset);
    this.#painted.set(data.buffer, painted);
  }
}
